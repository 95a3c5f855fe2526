"""Residual block with squeeze-and-excitation, then global average pooling and a linear classifier."""
import numpy as np
from numpy.lib.stride_tricks import as_strided

PARAMS = ["conv1", "conv2", "squeeze", "excite", "fc"]


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {
        "x": rng.standard_normal((2, 4, 5, 5)),
        "y": rng.integers(0, 3, 2),
        "conv1": rng.standard_normal((4, 4, 3, 3)) * 0.25,
        "conv2": rng.standard_normal((4, 4, 3, 3)) * 0.25,
        "squeeze": rng.standard_normal((2, 4)),
        "excite": rng.standard_normal((4, 2)),
        "fc": rng.standard_normal((3, 4)),
    }


def patches(x, pad=1, k=3):
    """(N, C, H, W) -> (N, C, H, W, k, k) view, same padding"""
    N, C, H, W = x.shape
    xp = np.ascontiguousarray(np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad))))
    a, b, c, d = xp.strides
    return as_strided(xp, (N, C, H, W, k, k), (a, b, c, d, c, d))


def conv_same(x, w):
    return np.tensordot(patches(x), w, axes=([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2)


def conv_same_dw(x, dy):
    return np.einsum("nohw,nchwij->ocij", dy, patches(x))


def conv_same_dx(dy, w):
    # full correlation with the flipped kernels, channels swapped
    w_flip = w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3)
    return conv_same(dy, w_flip)


def relu(a):
    return a * (a > 0)


def softmax(a):
    e = np.exp(a - np.max(a, axis=1)[:, None])
    return e / np.sum(e, axis=1)[:, None]


def compute(inputs):
    v = dict(inputs)
    v["z1"] = conv_same(v["x"], v["conv1"])
    v["a1"] = relu(v["z1"])
    v["z2"] = conv_same(v["a1"], v["conv2"])
    # squeeze and excitation
    v["q"] = v["z2"].mean(axis=(2, 3))
    v["e1"] = v["q"] @ v["squeeze"].T
    v["r"] = relu(v["e1"])
    v["gate"] = 1 / (1 + np.exp(-v["r"] @ v["excite"].T))
    v["scaled"] = v["z2"] * v["gate"][:, :, None, None]
    # shortcut
    v["pre"] = v["scaled"] + v["x"]
    v["out"] = relu(v["pre"])
    v["pool"] = v["out"].mean(axis=(2, 3))
    v["prob"] = softmax(v["pool"] @ v["fc"].T)
    return v


def forward(inputs):
    v = compute(inputs)
    return -np.mean(np.log(v["prob"][np.arange(len(v["y"])), v["y"]]))


def backward(inputs):
    v = compute(inputs)
    n, c, h, w = v["x"].shape
    dlogit = v["prob"].copy()
    dlogit[np.arange(n), v["y"]] -= 1
    dlogit /= n
    dfc = dlogit.T @ v["pool"]
    dpool = dlogit @ v["fc"]
    dout = dpool[:, :, None, None] / (h * w)
    dpre = dout * (v["pre"] > 0)

    dgate = np.sum(dpre * v["z2"], axis=(2, 3))
    dt = dgate * v["gate"] * (1 - v["gate"])
    dexcite = dt.T @ v["r"]
    dr = dt @ v["excite"]
    de1 = dr * (v["e1"] > 0)
    dsqueeze = de1.T @ v["q"]
    dq = de1 @ v["squeeze"]

    dz2 = dpre * v["gate"][:, :, None, None]
    dz2 += dq[:, :, None, None] / (h * w)

    dconv2 = conv_same_dw(v["a1"], dz2)
    da1 = conv_same_dx(dz2, v["conv2"])
    dz1 = da1 * (v["z1"] > 0)
    dconv1 = conv_same_dw(v["x"], dz1)
    return {"conv1": dconv1, "conv2": dconv2, "squeeze": dsqueeze, "excite": dexcite, "fc": dfc}
