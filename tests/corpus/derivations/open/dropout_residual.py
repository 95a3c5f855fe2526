"""Two residual blocks with inverted dropout (the mask is given), SiLU, a shared read-out; squared error averaged over samples."""

import numpy as np

P_DROP = 0.4


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    n, d, h = 6, 4, 5
    return {
        "X": rng.normal(size=(n, d)),
        "y": rng.normal(size=(n,)),
        "mask1": (rng.random((n, h)) > P_DROP).astype(np.int64),
        "mask2": (rng.random((n, h)) > P_DROP).astype(np.int64),
        "A1": rng.normal(size=(d, h)),
        "B1": rng.normal(size=(h, d)),
        "A2": rng.normal(size=(d, h)),
        "B2": rng.normal(size=(h, d)),
        "v": rng.normal(size=d),
        "c": np.array([0.2]),
    }


PARAMS = ["A1", "B1", "A2", "B2", "v", "c"]


def silu(z):
    return z / (1 + np.exp(-z))


def silu_prime(z):
    s = 1 / (1 + np.exp(-z))
    return s * (1 + z * (1 - s))


def block(x, A, B, mask):
    z = x @ A
    h = silu(z) * mask / (1 - P_DROP)
    return x + h @ B, (x, z, h, mask)


def block_backward(g, A, B, cache):
    x, z, h, mask = cache
    dB = h.T @ g
    dh = g @ B.T
    dz = dh * mask / (1 - P_DROP) * silu_prime(z)
    dA = x.T @ dz
    dx = g + dz @ A.T
    return dx, dA, dB


def forward(inputs):
    x, _ = block(inputs["X"], inputs["A1"], inputs["B1"], inputs["mask1"])
    x, _ = block(x, inputs["A2"], inputs["B2"], inputs["mask2"])
    pred = x @ inputs["v"] + inputs["c"]
    return np.mean((pred - inputs["y"]) ** 2)


def backward(inputs):
    x1, cache1 = block(inputs["X"], inputs["A1"], inputs["B1"], inputs["mask1"])
    x2, cache2 = block(x1, inputs["A2"], inputs["B2"], inputs["mask2"])
    pred = x2 @ inputs["v"] + inputs["c"]

    dpred = 2 * (pred - inputs["y"]) / len(pred)
    dv = x2.T @ dpred
    dc = np.array([dpred.sum()])
    g = dpred[:, None] * inputs["v"][None, :]
    g, dA2, dB2 = block_backward(g, inputs["A2"], inputs["B2"], cache2)
    g, dA1, dB1 = block_backward(g, inputs["A1"], inputs["B1"], cache1)
    return {"dA1": dA1, "dB1": dB1, "dA2": dA2, "dB2": dB2, "dv": dv, "dc": dc}
