"""Convolution written with plain loops (stride 2, padding 1), ReLU, 2x2 average pooling, a linear head, squared error."""

import numpy as np

STRIDE, PAD = 2, 1


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {
        "x": rng.normal(size=(2, 2, 7, 7)),
        "k": rng.normal(size=(3, 2, 3, 3)),
        "kb": rng.normal(size=3),
        "w": rng.normal(size=(2, 3 * 2 * 2)),
        "c": rng.normal(size=2),
        "t": rng.normal(size=(2, 2)),
    }


PARAMS = ["x", "k", "kb", "w", "c"]


def conv(x, k, kb):
    xp = np.pad(x, ((0, 0), (0, 0), (PAD, PAD), (PAD, PAD)))
    N, C, H, W = xp.shape
    O, _, kh, kw = k.shape
    oh, ow = (H - kh) // STRIDE + 1, (W - kw) // STRIDE + 1
    rows = []
    for i in range(oh):
        for j in range(ow):
            patch = xp[:, :, i * STRIDE : i * STRIDE + kh, j * STRIDE : j * STRIDE + kw]
            rows.append(np.tensordot(patch, k, axes=([1, 2, 3], [1, 2, 3])) + kb)
    return np.stack(rows, axis=-1).reshape(N, O, oh, ow)


def avg_pool(a):
    return (a[:, :, 0::2, 0::2] + a[:, :, 1::2, 0::2] + a[:, :, 0::2, 1::2] + a[:, :, 1::2, 1::2]) / 4


def forward(inputs):
    z = conv(inputs["x"], inputs["k"], inputs["kb"])
    a = np.maximum(z, 0)
    p = avg_pool(a)
    flat = p.reshape(p.shape[0], -1)
    out = flat @ inputs["w"].T + inputs["c"]
    return 0.5 * np.sum((out - inputs["t"]) ** 2) / out.shape[0]


def backward(inputs):
    x, k = inputs["x"], inputs["k"]
    z = conv(x, k, inputs["kb"])
    a = np.maximum(z, 0)
    p = avg_pool(a)
    flat = p.reshape(p.shape[0], -1)
    out = flat @ inputs["w"].T + inputs["c"]

    dout = (out - inputs["t"]) / out.shape[0]
    dw = dout.T @ flat
    dc = dout.sum(axis=0)
    dp = (dout @ inputs["w"]).reshape(p.shape)

    da = np.zeros_like(a)
    for di in range(2):
        for dj in range(2):
            da[:, :, di::2, dj::2] = dp / 4
    dz = da * (z > 0)

    xp = np.pad(x, ((0, 0), (0, 0), (PAD, PAD), (PAD, PAD)))
    dxp = np.zeros_like(xp)
    dk = np.zeros_like(k)
    dkb = np.zeros_like(inputs["kb"])
    N, O, oh, ow = dz.shape
    for n in range(N):
        for o in range(O):
            for i in range(oh):
                for j in range(ow):
                    g = dz[n, o, i, j]
                    top, left = i * STRIDE, j * STRIDE
                    dk[o] += g * xp[n, :, top : top + 3, left : left + 3]
                    dxp[n, :, top : top + 3, left : left + 3] += g * k[o]
                    dkb[o] += g
    dx = dxp[:, :, PAD:-PAD, PAD:-PAD]
    return {"dx": dx, "dk": dk, "dkb": dkb, "dw": dw, "dc": dc}
