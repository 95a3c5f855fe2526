"""A hand derivation with one mistake in it: gradref check examples/derivation.py"""

import numpy as np


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {
        "x": rng.standard_normal((5, 4)),
        "y": rng.standard_normal((5, 3)),
        "W1": rng.standard_normal((6, 4)),
        "b1": rng.standard_normal(6),
        "W2": rng.standard_normal((3, 6)),
        "b2": rng.standard_normal(3),
    }


PARAMS = ["W1", "b1", "W2", "b2"]


def sigma(z):
    return 1 / (1 + np.exp(-z))


def sigma_prime(z):
    return sigma(z) * (1 - sigma(z))


def forward(inputs):
    a1 = sigma(inputs["x"] @ inputs["W1"].T + inputs["b1"])
    a2 = sigma(a1 @ inputs["W2"].T + inputs["b2"])
    return ((a2 - inputs["y"]) ** 2).sum() / (2 * len(inputs["x"]))


def backward(inputs):
    x, y, W2 = inputs["x"], inputs["y"], inputs["W2"]
    z1 = x @ inputs["W1"].T + inputs["b1"]
    a1 = sigma(z1)
    z2 = a1 @ W2.T + inputs["b2"]
    a2 = sigma(z2)
    delta2 = (a2 - y) * sigma_prime(z2) / len(x)
    delta1 = (delta2 @ W2) * sigma_prime(a1)
    return {"dW1": delta1.T @ x, "db1": delta1.sum(axis=0), "dW2": delta2.T @ a1, "db2": delta2.sum(axis=0)}
