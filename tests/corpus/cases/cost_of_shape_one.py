"""The cost is an array that holds one number; the slip is one name."""

import numpy as np


def make_inputs(seed):
    r = np.random.default_rng(seed)
    return {
        "x": r.standard_normal((5, 2)),
        "y": r.random((5, 1)),
        "W1": r.standard_normal((2, 3)),
        "W2": r.standard_normal((3, 1)),
    }


def sigma(z):
    return 1 / (1 + np.exp(-z))


def forward(i):
    return 0.5 * sum((i["y"] - sigma(sigma(i["x"] @ i["W1"]) @ i["W2"])) ** 2)


def backward(i):
    z1 = i["x"] @ i["W1"]
    a1 = sigma(z1)
    a2 = sigma(a1 @ i["W2"])
    d2 = (a2 - i["y"]) * a2 * (1 - a2)
    d1 = (d2 @ i["W2"].T) * sigma(a1) * (1 - sigma(z1))
    return {"dW1": i["x"].T @ d1, "dW2": a1.T @ d2}
