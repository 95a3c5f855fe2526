"""Dilated one-dimensional convolution, tanh, global average pooling, hinge loss of a linear classifier."""

import numpy as np

DIL = 2


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {
        "x": rng.normal(size=(4, 2, 9)),
        "label": rng.choice([-1, 1], size=4),
        "kernel": rng.normal(size=(3, 2, 3)),
        "bias": rng.normal(size=3),
        "v": rng.normal(size=3),
        "v0": rng.normal(size=()),
    }


PARAMS = ["kernel", "bias", "v", "v0", "x"]


def conv1d(x, kernel, bias):
    n, _, width = x.shape
    taps = kernel.shape[2]
    out_width = width - DIL * (taps - 1)
    z = bias[None, :, None] * np.ones((n, 1, out_width))
    for tap in range(taps):
        z = z + np.einsum("ncw,oc->now", x[:, :, tap * DIL : tap * DIL + out_width], kernel[:, :, tap])
    return z


def forward(inputs):
    a = np.tanh(conv1d(inputs["x"], inputs["kernel"], inputs["bias"]))
    score = a.mean(axis=2) @ inputs["v"] + inputs["v0"]
    return np.maximum(0, 1 - inputs["label"] * score).sum() / len(score) + 0.01 * (inputs["v"] ** 2).sum()


def backward(inputs):
    x, kernel, v = inputs["x"], inputs["kernel"], inputs["v"]
    a = np.tanh(conv1d(x, kernel, inputs["bias"]))
    pooled = a.mean(axis=2)
    score = pooled @ v + inputs["v0"]
    margin = 1 - inputs["label"] * score
    dscore = np.where(margin > 0, -inputs["label"], 0) / len(score)
    dv = pooled.T @ dscore + 0.02 * v
    dv0 = dscore.sum()
    dpooled = np.outer(dscore, v)
    da = dpooled[:, :, None] / a.shape[2] * np.ones_like(a)
    dz = da * (1 - a**2)
    dbias = dz.sum(axis=(0, 2))
    dkernel = np.zeros_like(kernel)
    dx = np.zeros_like(x)
    w = dz.shape[2]
    for tap in range(kernel.shape[2]):
        lo = tap * DIL
        dkernel[:, :, tap] = np.einsum("now,ncw->oc", dz, x[:, :, lo : lo + w])
        dx[:, :, lo : lo + w] += np.einsum("now,oc->ncw", dz, kernel[:, :, tap])
    return {"dkernel": dkernel, "dbias": dbias, "dv": dv, "dv0": dv0, "dx": dx}
