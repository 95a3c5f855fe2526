"""Rows for columns where the gradient of a pooling layer is scattered."""

import numpy as np


def make_inputs(seed):
    r = np.random.default_rng(seed)
    return {"image": r.standard_normal((6, 6)), "k": r.standard_normal((2, 3, 3)), "up": r.standard_normal((2, 2, 2))}


PARAMS = ["k"]


def conv(image, k):
    out = np.zeros((4, 4, 2))
    for i in range(4):
        for j in range(4):
            out[i, j] = np.sum(image[i : i + 3, j : j + 3] * k, axis=(1, 2))
    return out


def forward(p):
    z = conv(p["image"], p["k"])
    out = np.zeros((2, 2, 2))
    for i in range(2):
        for j in range(2):
            out[i, j] = np.amax(z[2 * i : 2 * i + 2, 2 * j : 2 * j + 2], axis=(0, 1))
    return np.sum(out * p["up"])


def backward(p):
    z = conv(p["image"], p["k"])
    dz = np.zeros((4, 4, 2))
    for i in range(2):
        for j in range(2):
            region = z[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
            for i2 in range(2):
                for j2 in range(2):
                    for f in range(2):
                        if region[i2, j2, f] == np.amax(region, axis=(0, 1))[f]:
                            dz[2 * i + j2, 2 * j + i2, f] = p["up"][i, j, f]
    dk = np.zeros((2, 3, 3))
    for i in range(4):
        for j in range(4):
            for f in range(2):
                dk[f] += dz[i, j, f] * p["image"][i : i + 3, j : j + 3]
    return {"dk": dk}
