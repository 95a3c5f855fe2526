"""A gradient is added up through a view of a padded array; one index stands for another, twice."""

import numpy as np


def make_inputs(seed):
    r = np.random.default_rng(seed)
    return {"x": r.standard_normal((2, 4, 4)), "k": r.standard_normal((2, 2)), "up": r.standard_normal((2, 5, 5))}


PARAMS = ["x", "k"]


def forward(i):
    out, x = np.zeros((2, 5, 5)), np.pad(i["x"], ((0, 0), (1, 1), (1, 1)))
    for n in range(2):
        for h in range(5):
            for w in range(5):
                out[n, h, w] = np.sum(x[n, h : h + 2, w : w + 2] * i["k"])
    return np.sum(out * i["up"])


def backward(i):
    x = np.pad(i["x"], ((0, 0), (1, 1), (1, 1)))
    dx, dk = np.zeros((2, 4, 4)), np.zeros((2, 2))
    pad = np.zeros((2, 6, 6))
    for n in range(2):
        view = pad[n]
        for h in range(5):
            for w in range(5):
                top, left = h, w
                view[top : top + 2, top : top + 2] += i["k"] * i["up"][n, h, w]
                dk += x[n, top : top + 2, left : left + 2] * i["up"][n, h, w]
        dx[n, :, :] = view[1:-1, 1:-1]
    return {"dx": dx, "dk": dk}
