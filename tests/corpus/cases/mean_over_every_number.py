"""The cost is a mean over all entries, the gradient one over samples."""

import numpy as np


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {
        "x": rng.normal(size=(11, 5)),
        "y": rng.normal(size=(11, 3)),
        "W1": rng.normal(size=(7, 5)),
        "b1": rng.normal(size=7),
        "W2": rng.normal(size=(3, 7)),
        "b2": rng.normal(size=3),
    }


PARAMS = ["W1", "b1", "W2", "b2"]


def forward(inputs):
    a1 = np.tanh(inputs["x"] @ inputs["W1"].T + inputs["b1"])
    a2 = a1 @ inputs["W2"].T + inputs["b2"]
    return ((a2 - inputs["y"]) ** 2).mean()


def backward(inputs):
    x, y = inputs["x"], inputs["y"]
    a1 = np.tanh(x @ inputs["W1"].T + inputs["b1"])
    a2 = a1 @ inputs["W2"].T + inputs["b2"]
    delta2 = 2 * (a2 - y) / len(y)
    delta1 = delta2 @ inputs["W2"] * (1 - a1**2)
    return {"dW1": delta1.T @ x, "db1": delta1.sum(0), "dW2": delta2.T @ a1, "db2": delta2.sum(0)}
