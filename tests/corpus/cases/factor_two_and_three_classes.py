"""The 2 of a square is missing; with 6 samples and 3 classes 2 / 6 is 1 / 3."""

import numpy as np

C = 3


def make_inputs(seed):
    r = np.random.default_rng(seed)
    return {"x": r.standard_normal((6, 4)), "y": np.eye(C)[r.integers(0, C, 6)], "w": r.standard_normal((4, C))}


PARAMS = ["w"]


def forward(i):
    return np.sum((np.tanh(i["x"] @ i["w"]) - i["y"]) ** 2) / len(i["x"])


def backward(i):
    num_classes = C
    a = np.tanh(i["x"] @ i["w"])
    d = (a - i["y"]) / i["y"].shape[0]
    return {"dw": i["x"].T @ (d * (1 - a**2))}
