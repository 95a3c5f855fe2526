"""A tiny autograd engine (after micrograd) training a 2-layer MLP with a max-margin loss."""
import math

import numpy as np


class Value:
    """ stores a single scalar value and its gradient """

    def __init__(self, data, _children=(), _op=''):
        self.data = data
        self.grad = 0.0
        self._backward = lambda: None
        self._prev = set(_children)
        self._op = _op

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data + other.data, (self, other), '+')

        def _backward():
            self.grad += out.grad
            other.grad += out.grad
        out._backward = _backward
        return out

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        out = Value(self.data * other.data, (self, other), '*')

        def _backward():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad
        out._backward = _backward
        return out

    def __pow__(self, other):
        out = Value(self.data ** other, (self,), '**')

        def _backward():
            self.grad += (other * self.data ** (other - 1)) * out.grad
        out._backward = _backward
        return out

    def relu(self):
        out = Value(0 if self.data < 0 else self.data, (self,), 'ReLU')

        def _backward():
            self.grad += (out.data > 0) * out.grad
        out._backward = _backward
        return out

    def tanh(self):
        t = math.tanh(self.data)
        out = Value(t, (self,), 'tanh')

        def _backward():
            self.grad += (1 - t ** 2) * out.grad
        out._backward = _backward
        return out

    def backward(self):
        topo = []
        visited = set()

        def build_topo(v):
            if v not in visited:
                visited.add(v)
                for child in v._prev:
                    build_topo(child)
                topo.append(v)
        build_topo(self)
        self.grad = 1.0
        for v in reversed(topo):
            v._backward()

    def __neg__(self):
        return self * -1

    def __radd__(self, other):
        return self + other

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return (-self) + other

    def __rmul__(self, other):
        return self * other


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {
        "X": rng.standard_normal((5, 2)),
        "y": rng.choice([-1, 1], 5),
        "W1": rng.standard_normal((4, 2)),
        "b1": rng.standard_normal(4),
        "W2": rng.standard_normal((1, 4)),
        "b2": rng.standard_normal(1),
    }


PARAMS = ["W1", "b1", "W2", "b2"]
ALPHA = 0.01


def wrap(array):
    if array.ndim == 2:
        return [[Value(float(v)) for v in row] for row in array]
    return [Value(float(v)) for v in array]


def layer(W, b, x, nonlin):
    outs = []
    for row, bias in zip(W, b):
        act = sum((wi * xi for wi, xi in zip(row, x)), bias)
        outs.append(act.tanh() if nonlin else act)
    return outs


def build_loss(inputs):
    p = {name: wrap(inputs[name]) for name in PARAMS}
    losses = []
    for xrow, yi in zip(inputs["X"], inputs["y"]):
        x = [float(v) for v in xrow]
        h = layer(p["W1"], p["b1"], x, True)
        score = layer(p["W2"], p["b2"], h, False)[0]
        losses.append((1 + -float(yi) * score).relu())
    data_loss = sum(losses) * (1.0 / len(losses))
    flat = [v for row in p["W1"] + p["W2"] for v in row]
    reg_loss = ALPHA * sum((v ** 2 for v in flat))
    return data_loss + reg_loss, p


def forward(inputs):
    total, _ = build_loss(inputs)
    return total.data


def backward(inputs):
    total, p = build_loss(inputs)
    total.backward()
    return {
        "W1": np.array([[v.grad for v in row] for row in p["W1"]]),
        "b1": np.array([v.grad for v in p["b1"]]),
        "W2": np.array([[v.grad for v in row] for row in p["W2"]]),
        "b2": np.array([v.grad for v in p["b2"]]),
    }
