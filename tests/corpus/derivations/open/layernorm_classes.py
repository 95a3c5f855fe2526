"""Layers as classes, each with its own forward and backward: linear - layer norm - erf GELU - linear - mean squared error."""

import math

import numpy as np

erf = np.vectorize(math.erf, otypes=[float])


def make_inputs(seed, condition="plain"):
    rng = np.random.default_rng(seed)
    n = {"plain": 6, "batch_of_one": 1, "tiny_variance": 6}[condition]
    x = rng.normal(size=(n, 3))
    inputs = {
        "x": x,
        "target": rng.normal(size=(n, 2)),
        "fc1_W": rng.normal(size=(5, 3)),
        "fc1_b": rng.normal(size=5),
        "ln_g": rng.normal(size=5),
        "ln_b": rng.normal(size=5),
        "fc2_W": rng.normal(size=(2, 5)),
        "fc2_b": rng.normal(size=2),
    }
    if condition == "tiny_variance":
        inputs["fc1_W"] *= 1e-4
        inputs["fc1_b"][:] = 0.5
    return inputs


CONDITIONS = ["plain", "batch_of_one", "tiny_variance"]
PARAMS = ["fc1_W", "fc1_b", "ln_g", "ln_b", "fc2_W", "fc2_b"]


class Linear:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W.T + self.b

    def backward(self, grad):
        self.dW = grad.T @ self.x
        self.db = grad.sum(axis=0)
        return grad @ self.W


class LayerNorm:
    def __init__(self, g, b, eps=1e-5):
        self.g, self.b, self.eps = g, b, eps

    def forward(self, x):
        mean = x.mean(axis=-1, keepdims=True)
        var = ((x - mean) ** 2).mean(axis=-1, keepdims=True)
        self.rstd = 1 / np.sqrt(var + self.eps)
        self.xhat = (x - mean) * self.rstd
        return self.g * self.xhat + self.b

    def backward(self, grad):
        self.dg = (grad * self.xhat).sum(axis=0)
        self.db = grad.sum(axis=0)
        d = grad * self.g
        m1 = d.mean(axis=-1, keepdims=True)
        m2 = (d * self.xhat).mean(axis=-1, keepdims=True)
        return self.rstd * (d - m1 - self.xhat * m2)


class GELU:
    def forward(self, z):
        self.z = z
        return z * 0.5 * (1 + erf(z / math.sqrt(2)))

    def backward(self, grad):
        cdf = 0.5 * (1 + erf(self.z / math.sqrt(2)))
        pdf = np.exp(-0.5 * self.z**2) / math.sqrt(2 * math.pi)
        return grad * (cdf + self.z * pdf)


class Model:
    def __init__(self, p):
        self.fc1 = Linear(p["fc1_W"], p["fc1_b"])
        self.ln = LayerNorm(p["ln_g"], p["ln_b"])
        self.act = GELU()
        self.fc2 = Linear(p["fc2_W"], p["fc2_b"])
        self.layers = [self.fc1, self.ln, self.act, self.fc2]

    def loss(self, x, target):
        for layer in self.layers:
            x = layer.forward(x)
        self.diff = x - target
        return np.mean(self.diff**2)

    def grad(self):
        g = 2 * self.diff / self.diff.size
        for layer in reversed(self.layers):
            g = layer.backward(g)


def forward(inputs):
    return Model(inputs).loss(inputs["x"], inputs["target"])


def backward(inputs):
    model = Model(inputs)
    model.loss(inputs["x"], inputs["target"])
    model.grad()
    return {
        "grad_fc1_W": model.fc1.dW,
        "grad_fc1_b": model.fc1.db,
        "grad_ln_g": model.ln.dg,
        "grad_ln_b": model.ln.db,
        "grad_fc2_W": model.fc2.dW,
        "grad_fc2_b": model.fc2.db,
    }
