"""A gradient is filled into an array of whole numbers."""

import numpy as np


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {
        "pixels": rng.integers(0, 16, (9, 5)),
        "y": rng.integers(0, 2, 9),
        "w": 0.3 * rng.normal(size=5),
        "b": 0.2 * rng.normal(),
    }


PARAMS = ["w", "b"]


def forward(inputs):
    z = inputs["pixels"] @ inputs["w"] + inputs["b"]
    return (np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0) - inputs["y"] * z).mean()


def backward(inputs):
    pixels, y, w = inputs["pixels"], inputs["y"], inputs["w"]
    z = pixels @ w + inputs["b"]
    error = 1 / (1 + np.exp(-z)) - y
    dw = np.array([0] * len(w))
    for j in range(len(w)):
        dw[j] = np.mean(error * pixels[:, j])
    return {"dw": dw, "db": np.mean(error)}
