"""Group norm with two groups, swish, instance norm, squared error. Gradients of everything incl. the image."""
import numpy as np

GROUPS = 2
CONDITIONS = ("batch_of_one", "tiny_variance")
EPSILON = 1e-5
PARAMS = ["image", "mix", "gn_scale", "gn_shift", "in_scale", "in_shift"]


def make_inputs(seed, condition=None):
    rng = np.random.RandomState(1000 + seed)
    n = 1 if condition == "batch_of_one" else 2
    image = rng.randn(n, 4, 3, 3)
    if condition == "tiny_variance":
        image = 0.3 + 0.003 * image
    return {
        "image": image,
        "target": rng.randn(n, 4, 3, 3),
        "mix": rng.randn(4, 4) * 0.6,
        "gn_scale": 1 + 0.3 * rng.randn(4),
        "gn_shift": 0.3 * rng.randn(4),
        "in_scale": 1 + 0.3 * rng.randn(4),
        "in_shift": 0.3 * rng.randn(4),
    }


def normalise(v):
    """v: (rows, m); every row to mean 0 and variance 1"""
    centred = v - v.mean(axis=1, keepdims=True)
    std = np.sqrt((centred ** 2).mean(axis=1, keepdims=True) + EPSILON)
    return centred / std, std


def normalise_backward(d_hat, hat, std):
    m = hat.shape[1]
    total = d_hat.sum(axis=1, keepdims=True)
    corr = (d_hat * hat).sum(axis=1, keepdims=True)
    return (d_hat - total / m - hat * corr / m) / std


def per_channel(v):
    return v[np.newaxis, :, np.newaxis, np.newaxis]


def run(inp):
    n, c, h, w = inp["image"].shape
    st = {}
    st["z"] = np.tensordot(inp["mix"], inp["image"], axes=([1], [1])).transpose(1, 0, 2, 3)
    hat, st["gn_std"] = normalise(st["z"].reshape(n * GROUPS, -1))
    st["gn_hat"] = hat.reshape(n, c, h, w)
    st["a"] = st["gn_hat"] * per_channel(inp["gn_scale"]) + per_channel(inp["gn_shift"])
    st["sig"] = 1 / (1 + np.exp(-st["a"]))
    st["s"] = st["a"] * st["sig"]
    hat, st["in_std"] = normalise(st["s"].reshape(n * c, -1))
    st["in_hat"] = hat.reshape(n, c, h, w)
    st["out"] = st["in_hat"] * per_channel(inp["in_scale"]) + per_channel(inp["in_shift"])
    return st


def forward(inp):
    return 0.5 * ((run(inp)["out"] - inp["target"]) ** 2).mean()


def backward(inp):
    st = run(inp)
    n, c, h, w = inp["image"].shape
    d_out = (st["out"] - inp["target"]) / st["out"].size
    d_in_shift = d_out.sum(axis=(0, 2, 3))
    d_in_scale = (d_out * st["in_hat"]).sum(axis=(0, 2, 3))
    d_hat = d_out * per_channel(inp["in_scale"])
    d_s = normalise_backward(d_hat.reshape(n * c, -1), st["in_hat"].reshape(n * c, -1), st["in_std"])
    d_s = d_s.reshape(n, c, h, w)
    d_a = d_s * (st["sig"] + st["s"] * (1 - st["sig"]))
    d_gn_shift = d_a.sum(axis=(0, 2, 3))
    d_gn_scale = (d_a * st["gn_hat"]).sum(axis=(0, 2, 3))
    d_hat = d_a * per_channel(inp["gn_scale"])
    d_z = normalise_backward(d_hat.reshape(n * GROUPS, -1), st["gn_hat"].reshape(n * GROUPS, -1), st["gn_std"])
    d_z = d_z.reshape(n, c, h, w)
    d_mix = np.einsum("nohw,nchw->oc", d_z, inp["image"])
    d_image = np.einsum("nohw,oc->nchw", d_z, inp["mix"])
    return {
        "dimage": d_image, "dmix": d_mix,
        "dgn_scale": d_gn_scale, "dgn_shift": d_gn_shift,
        "din_scale": d_in_scale, "din_shift": d_in_shift,
    }
