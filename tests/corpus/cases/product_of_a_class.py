"""A scalar with operators; the product's gradient takes the wrong operand."""

import numpy as np


class Value:
    def __init__(self, data, parents=(), back=None):
        self.data, self.grad, self.parents, self.back = data, 0.0, parents, back

    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other))

        def back():
            self.grad += other.data * out.grad
            other.grad += other.data * out.grad

        out.back = back
        return out

    def __add__(self, other):
        out = Value(self.data + other.data, (self, other))

        def back():
            self.grad += out.grad
            other.grad += out.grad

        out.back = back
        return out

    def backward(self):
        order = []

        def visit(v):
            if v not in order:
                for p in v.parents:
                    visit(p)
                order.append(v)

        visit(self)
        self.grad = 1.0
        for v in reversed(order):
            if v.back:
                v.back()


def make_inputs(seed):
    r = np.random.default_rng(seed)
    return {"x": r.standard_normal(3), "w": r.standard_normal(3), "v": r.standard_normal(3)}


def run(i):
    w, v = [Value(a) for a in i["w"]], [Value(a) for a in i["v"]]
    out = Value(0.0)
    for a, b, x in zip(w, v, i["x"]):
        out = out + a * b * Value(x)
    return out, w, v


PARAMS = ["w", "v"]


def forward(i):
    return run(i)[0].data


def backward(i):
    out, w, v = run(i)
    out.backward()
    return {"dw": np.array([a.grad for a in w]), "dv": np.array([a.grad for a in v])}
