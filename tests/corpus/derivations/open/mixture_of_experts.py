"""Mixture of experts with a dense softmax gate, stacked expert weights (K, D, O), einsum throughout; mean of fourth powers."""

import numpy as np

N, D, O, K = 6, 3, 2, 4


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {
        "x": rng.normal(size=(N, D)),
        "t": rng.normal(size=(N, O)),
        "We": rng.normal(size=(K, D, O)),
        "be": rng.normal(size=(K, O)),
        "Wg": rng.normal(size=(D, K)),
        "bg": rng.normal(size=K),
    }


def run(inputs):
    pre = np.einsum("nd,kdo->nko", inputs["x"], inputs["We"]) + inputs["be"]
    expert = np.sin(pre)
    logits = inputs["x"] @ inputs["Wg"] + inputs["bg"]
    e = np.exp(logits)
    gate = e / e.sum(axis=1, keepdims=True)
    y = np.einsum("nk,nko->no", gate, expert)
    return pre, expert, gate, y


def forward(inputs):
    *_, y = run(inputs)
    return np.sum((y - inputs["t"]) ** 4) / N


def backward(inputs):
    pre, expert, gate, y = run(inputs)
    dy = 4 * (y - inputs["t"]) ** 3 / N
    dgate = np.einsum("no,nko->nk", dy, expert)
    dexpert = gate[:, :, None] * dy[:, None, :]
    dpre = dexpert * np.cos(pre)
    dWe = np.einsum("nd,nko->kdo", inputs["x"], dpre)
    dbe = dpre.sum(axis=0)
    dlogits = gate * (dgate - (gate * dgate).sum(axis=1, keepdims=True))
    dWg = inputs["x"].T @ dlogits
    dbg = dlogits.sum(axis=0)
    dx = dlogits @ inputs["Wg"].T + np.einsum("nko,kdo->nd", dpre, inputs["We"])
    dt = -dy
    return {"dWe": dWe, "dbe": dbe, "dWg": dWg, "dbg": dbg, "dx": dx, "dt": dt}
