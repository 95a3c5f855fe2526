"""Leaky-ReLU regression with the Huber loss; some residuals at exactly +-delta and some units at exactly 0 in one condition."""

import numpy as np

SLOPE = 0.1
DELTA = 1.0


def make_inputs(seed, condition="plain"):
    rng = np.random.default_rng(seed)
    n = 1 if condition == "single" else 6
    q = {
        "X": rng.integers(-3, 4, size=(n, 3)).astype(float),
        "Y": rng.normal(size=(n, 2)),
        "W1": rng.normal(size=(3, 4)),
        "b1": rng.normal(size=(1, 4)),
        "W2": rng.normal(size=(4, 2)),
        "b2": rng.normal(size=(1, 2)),
    }
    if condition == "edges":
        q["W1"][:, 2] = 0.0
        q["b1"][0, 2] = 0.0
        q["W2"][:, 0] = 0.0
        q["b2"][0, 0] = 0.5
        q["Y"][:, 0] = -0.5  # residual exactly DELTA
    return q


CONDITIONS = ["plain", "edges", "single"]
PARAMS = ["W1", "b1", "W2", "b2"]


def leaky(z):
    return np.where(z > 0, z, SLOPE * z)


def huber(r):
    a = np.abs(r)
    return np.where(a <= DELTA, 0.5 * r**2, DELTA * (a - 0.5 * DELTA))


def forward(inputs):
    a1 = leaky(inputs["X"] @ inputs["W1"] + inputs["b1"])
    out = a1 @ inputs["W2"] + inputs["b2"]
    return huber(out - inputs["Y"]).mean()


def backward(inputs):
    X, Y, W1, b1, W2, b2 = (inputs[k] for k in ("X", "Y", "W1", "b1", "W2", "b2"))
    z1 = X @ W1 + b1
    a1 = leaky(z1)
    out = a1 @ W2 + b2
    r = out - Y
    grad_out = np.clip(r, -DELTA, DELTA) / r.size
    grad_W2 = a1.T @ grad_out
    grad_b2 = grad_out.sum(axis=0, keepdims=True)
    grad_z1 = (grad_out @ W2.T) * np.where(z1 > 0, 1.0, SLOPE)
    grad_W1 = X.T @ grad_z1
    grad_b1 = grad_z1.sum(axis=0, keepdims=True)
    return {"grad_W1": grad_W1, "grad_b1": grad_b1, "grad_W2": grad_W2, "grad_b2": grad_b2}
