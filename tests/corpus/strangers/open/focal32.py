# Focal loss for a multi-label linear head. Everything in float32 like on the GPU.
import numpy as np

f32 = np.float32
EPS = f32(1e-6)
GAMMA = f32(2.0)
ALPHA = f32(0.25)

CONDITIONS = ("saturated", "batch_of_one", "no_positives")


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    B = 1 if condition == "batch_of_one" else 6
    x = rng.standard_normal((B, 5)).astype(np.float32)
    w = rng.standard_normal((5, 3)).astype(np.float32)
    t = (rng.random((B, 3)) < 0.4).astype(np.int64)
    if condition == "saturated":
        w = w * f32(4)
    if condition == "no_positives":
        t[...] = 0
    return {"x": x, "t": t, "w": w, "b": rng.standard_normal(3).astype(np.float32)}


PARAMS = ["w", "b"]


def sigmoid(z):
    out = np.empty_like(z)
    pos = z >= 0
    out[pos] = 1 / (1 + np.exp(-z[pos]))
    ez = np.exp(z[~pos])
    out[~pos] = ez / (1 + ez)
    return out


def forward(inputs):
    x, t, w, b = inputs["x"], inputs["t"], inputs["w"], inputs["b"]
    p = sigmoid(x @ w + b)
    pt = np.where(t == 1, p, 1 - p)
    at = np.where(t == 1, ALPHA, 1 - ALPHA)
    loss = -at * (1 - pt) ** GAMMA * np.log(pt + EPS)
    return loss.sum() / f32(len(x))


def backward(inputs):
    x, t, w, b = inputs["x"], inputs["t"], inputs["w"], inputs["b"]
    p = sigmoid(x @ w + b)
    pt = np.where(t == 1, p, 1 - p)
    at = np.where(t == 1, ALPHA, 1 - ALPHA)
    # product rule on (1-pt)^g * log(pt + eps)
    d_pt = at * GAMMA * (1 - pt) ** (GAMMA - 1) * np.log(pt + EPS)
    d_pt -= at * (1 - pt) ** GAMMA / (pt + EPS)
    d_pt /= f32(len(x))
    sign = np.where(t == 1, f32(1), f32(-1))
    dz = d_pt * sign * p * (1 - p)
    return {"dw": x.T @ dz, "db": dz.sum(axis=0)}
