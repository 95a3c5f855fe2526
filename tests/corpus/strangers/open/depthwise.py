import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

# MobileNet-like: depthwise 3x3 (groups = channels) -> relu6 -> pointwise 1x1 -> relu6 -> global avg pool -> fc
CONDITIONS = ["batch_of_one"]
PARAMS = ["Kd", "bd", "Kp", "bp", "Wfc", "bfc"]


def make_inputs(seed, condition=""):
    r = np.random.default_rng(seed + 100)
    m = 1 if condition == "batch_of_one" else 3
    d = {}
    d["img"] = r.standard_normal((m, 3, 6, 6))
    d["lab"] = r.integers(0, 4, m)
    d["Kd"] = r.standard_normal((3, 3, 3))
    d["bd"] = r.standard_normal(3)
    d["Kp"] = r.standard_normal((5, 3))
    d["bp"] = r.standard_normal(5)
    d["Wfc"] = r.standard_normal((4, 5))
    d["bfc"] = r.standard_normal(4)
    return d


relu6 = lambda t: np.minimum(np.maximum(t, 0), 6)
drelu6 = lambda t: ((t > 0) & (t < 6)).astype(float)


def _fwd(I):
    xp = np.pad(I["img"], [(0, 0), (0, 0), (1, 1), (1, 1)])
    win = sliding_window_view(xp, (3, 3), axis=(2, 3))            # m c h w 3 3
    u = np.einsum("mchwij,cij->mchw", win, I["Kd"]) + I["bd"][:, None, None]
    v = relu6(u)
    s = np.einsum("mchw,oc->mohw", v, I["Kp"]) + I["bp"][:, None, None]
    r = relu6(s)
    g = r.mean(axis=(2, 3))
    o = g @ I["Wfc"].T + I["bfc"]
    o = o - o.max(axis=1, keepdims=True)
    logp = o - np.log(np.exp(o).sum(axis=1, keepdims=True))
    return win, u, v, s, r, g, logp


def forward(I):
    logp = _fwd(I)[-1]
    return -np.take_along_axis(logp, I["lab"][:, None], axis=1).mean()


def backward(I):
    win, u, v, s, r, g, logp = _fwd(I)
    m, _, H, W = u.shape
    onehot = np.eye(4)[I["lab"]]
    do = (np.exp(logp) - onehot) / m
    dg = do @ I["Wfc"]
    dr = np.broadcast_to(dg[:, :, None, None], r.shape) / (H * W)
    ds = dr * drelu6(s)
    dv = np.einsum("mohw,oc->mchw", ds, I["Kp"])
    du = dv * drelu6(u)
    return {
        "dWfc": do.T @ g,
        "dbfc": do.sum(axis=0),
        "dKp": np.einsum("mohw,mchw->oc", ds, v),
        "dbp": ds.sum(axis=(0, 2, 3)),
        "dKd": np.einsum("mchw,mchwij->cij", du, win),
        "dbd": du.sum(axis=(0, 2, 3)),
    }
