"""A recurrent layer; a loop at the end divides by the number of steps."""

import numpy as np

T, N, D, H, K = 6, 3, 5, 4, 5


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    f = np.float32
    return {
        "x": rng.normal(size=(T, N, D)).astype(f),
        "labels": rng.integers(0, K, (T, N)),
        "Wx": (0.5 * rng.normal(size=(D, H))).astype(f),
        "Wh": (0.5 * rng.normal(size=(H, H))).astype(f),
        "bh": (0.1 * rng.normal(size=H)).astype(f),
        "Wy": rng.normal(size=(H, K)).astype(f),
        "by": (0.1 * rng.normal(size=K)).astype(f),
    }


PARAMS = ["Wx", "Wh", "bh", "Wy", "by"]


def softmax(z):
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def unroll(p):
    states = [np.zeros((N, H), dtype=p["x"].dtype)]
    probs = []
    for t in range(T):
        states.append(np.tanh(p["x"][t] @ p["Wx"] + states[-1] @ p["Wh"] + p["bh"]))
        probs.append(softmax(states[-1] @ p["Wy"] + p["by"]))
    return states, probs


def forward(inputs):
    _, probs = unroll(inputs)
    cost = 0.0
    for t in range(T):
        cost = cost - np.log(probs[t][np.arange(N), inputs["labels"][t]]).sum() / N
    return cost


def backward(inputs):
    p = inputs
    states, probs = unroll(p)
    g = {name: np.zeros_like(p[name]) for name in PARAMS}
    carried = np.zeros_like(states[0])
    for t in range(T - 1, -1, -1):
        dz = probs[t].copy()
        dz[np.arange(N), p["labels"][t]] -= 1
        dz /= N
        g["Wy"] += states[t + 1].T @ dz
        g["by"] += dz.sum(axis=0)
        da = (dz @ p["Wy"].T + carried) * (1 - states[t + 1] ** 2)
        g["Wx"] += p["x"][t].T @ da
        g["Wh"] += states[t].T @ da
        g["bh"] += da.sum(axis=0)
        carried = da @ p["Wh"].T
    for name in ("Wx", "Wh", "bh"):
        g[name] /= T
    return g
