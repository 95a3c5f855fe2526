"""LSTM over five steps with stacked gates [i, f, g, o], row batch, a linear read-out and a squared error at every step."""

import numpy as np

T, N, D, H, O = 5, 3, 2, 4, 2


def make_inputs(seed, condition="plain"):
    r = np.random.default_rng(seed)
    s = 6.0 if condition == "saturated" else 0.6
    return {
        "x": r.normal(size=(T, N, D)),
        "target": r.normal(size=(T, N, O)),
        "Wx": s * r.normal(size=(D, 4 * H)),
        "Wh": s * r.normal(size=(H, 4 * H)),
        "b": r.normal(size=4 * H),
        "h0": r.normal(size=(N, H)),
        "c0": r.normal(size=(N, H)),
        "Wo": r.normal(size=(H, O)),
        "bo": r.normal(size=O),
    }


CONDITIONS = ("plain", "saturated")
PARAMS = ("Wx", "Wh", "b", "h0", "c0", "Wo", "bo")


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def step(x, h, c, p):
    act = x @ p["Wx"] + h @ p["Wh"] + p["b"]
    i = sigmoid(act[:, 0:H])
    f = sigmoid(act[:, H : 2 * H])
    g = np.tanh(act[:, 2 * H : 3 * H])
    o = sigmoid(act[:, 3 * H : 4 * H])
    c_next = f * c + i * g
    tc = np.tanh(c_next)
    h_next = o * tc
    return h_next, c_next, (x, h, c, i, f, g, o, tc)


def forward(inputs):
    p = inputs
    h, c = p["h0"], p["c0"]
    loss = 0.0
    for t in range(T):
        h, c, _ = step(p["x"][t], h, c, p)
        y = h @ p["Wo"] + p["bo"]
        loss = loss + 0.5 * ((y - p["target"][t]) ** 2).sum()
    return loss / (T * N)


def backward(inputs):
    p = inputs
    h, c = p["h0"], p["c0"]
    caches, hs = [], []
    for t in range(T):
        h, c, cache = step(p["x"][t], h, c, p)
        caches.append(cache)
        hs.append(h)

    dWx, dWh, db = np.zeros_like(p["Wx"]), np.zeros_like(p["Wh"]), np.zeros_like(p["b"])
    dWo, dbo = np.zeros_like(p["Wo"]), np.zeros_like(p["bo"])
    dh_next = np.zeros((N, H))
    dc_next = np.zeros((N, H))
    for t in range(T - 1, -1, -1):
        x, h_prev, c_prev, i, f, g, o, tc = caches[t]
        dy = (hs[t] @ p["Wo"] + p["bo"] - p["target"][t]) / (T * N)
        dWo += hs[t].T @ dy
        dbo += dy.sum(0)
        dh = dy @ p["Wo"].T + dh_next
        do = dh * tc
        dc = dc_next + dh * o * (1 - tc**2)
        df = dc * c_prev
        di = dc * g
        dg = dc * i
        da_i = di * i * (1 - i)
        da_f = df * f * (1 - f)
        da_g = dg * (1 - g**2)
        da_o = do * o * (1 - o)
        da = np.hstack([da_i, da_f, da_g, da_o])
        dWx += x.T @ da
        dWh += h_prev.T @ da
        db += da.sum(axis=0)
        dh_next = da @ p["Wh"].T
        dc_next = dc * f
    return {"Wx": dWx, "Wh": dWh, "b": db, "h0": dh_next, "c0": dc_next, "Wo": dWo, "bo": dbo}
