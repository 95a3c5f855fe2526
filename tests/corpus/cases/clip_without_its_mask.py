"""Cross-entropy of clipped probabilities; the gradient passes through the clip as if it were not there."""

import numpy as np

TINY = 1e-7
CONDITIONS = ["plain", "saturated"]


def make_inputs(seed, condition="plain"):
    rng = np.random.default_rng(seed)
    scale = 60.0 if condition == "saturated" else 1.0
    return {
        "x": scale * rng.normal(size=(8, 3)),
        "y": rng.integers(0, 2, 8).astype(float),
        "w": rng.normal(size=3),
        "b": 0.1 * rng.normal(),
    }


PARAMS = ["w", "b"]


def probability(inputs):
    z = inputs["x"] @ inputs["w"] + inputs["b"]
    return np.clip(1 / (1 + np.exp(-z)), TINY, 1 - TINY)


def forward(inputs):
    p, y = probability(inputs), inputs["y"]
    return -(y * np.log(p) + (1 - y) * np.log(1 - p)).mean()


def backward(inputs):
    p, y = probability(inputs), inputs["y"]
    dz = (p - y) / len(y)
    return {"dw": inputs["x"].T @ dz, "db": dz.sum()}
