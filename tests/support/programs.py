"""Programs that tests check, and spoil: hand derivations as people write them."""

__all__ = ["MLP"]

MLP = """import numpy as np

PARAMS = ["W1", "b1", "W2", "b2"]


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {
        "x": rng.standard_normal((7, 4)), "y": rng.standard_normal((7, 3)),
        "W1": rng.standard_normal((5, 4)), "b1": rng.standard_normal(5),
        "W2": rng.standard_normal((3, 5)), "b2": rng.standard_normal(3),
    }


def forward(inputs):
    z1 = inputs["x"] @ inputs["W1"].T + inputs["b1"]
    a1 = np.tanh(z1)
    z2 = a1 @ inputs["W2"].T + inputs["b2"]
    return 0.5 * np.sum((z2 - inputs["y"]) ** 2) / len(inputs["x"])


def backward(inputs):
    n = len(inputs["x"])
    z1 = inputs["x"] @ inputs["W1"].T + inputs["b1"]
    a1 = np.tanh(z1)
    z2 = a1 @ inputs["W2"].T + inputs["b2"]
    delta2 = (z2 - inputs["y"]) / n
    dW2 = delta2.T @ a1
    db2 = delta2.sum(axis=0)
    delta1 = (delta2 @ inputs["W2"]) * (1 - a1**2)
    dW1 = delta1.T @ inputs["x"]
    db1 = delta1.sum(axis=0)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
"""
"""A right derivation of two layers: tanh, then linear, half the mean square."""
