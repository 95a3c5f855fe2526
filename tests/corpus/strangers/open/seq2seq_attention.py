"""Encoder-decoder RNN with Luong dot attention, teacher forcing, masked source.

encoder   h_s = tanh(Ex[x_s] + Re h_{s-1})                      (embedding doubles as input matrix)
decoder   d_t = tanh(Ey[y_{t-1}] + Rd d_{t-1}),  d_0 = h_S
attention a_t = softmax(h d_t),  c_t = sum_s a_ts h_s
output    o_t = tanh(Wc [c_t; d_t]),  logits = Wy o_t
"""
import numpy as np

PARAMS = ["Ex", "Re", "Ey", "Rd", "Wc", "Wy"]
CONDITIONS = ["source_of_one"]


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed + 5)
    B, S, T, V, H = 3, 4, 4, 6, 4
    if condition == "source_of_one":
        S = 1
    src = rng.integers(1, V, (B, S))
    for b, n in enumerate(rng.integers(1, S + 1, B)):
        src[b, n:] = 0                       # 0 = padding
    return {
        "src": src,
        "tgt": rng.integers(0, V, (B, T)),
        "Ex": rng.normal(size=(V, H)), "Re": 0.5 * rng.normal(size=(H, H)),
        "Ey": rng.normal(size=(V, H)), "Rd": 0.5 * rng.normal(size=(H, H)),
        "Wc": 0.5 * rng.normal(size=(H, 2 * H)), "Wy": rng.normal(size=(V, H)),
    }


def encode(src, Ex, Re):
    B, S = src.shape
    hs = np.zeros((S + 1, B, Re.shape[0]))
    for s in range(S):
        hs[s + 1] = np.tanh(Ex[src[:, s]] + hs[s] @ Re.T)
    return hs


def run(p):
    src, tgt = p["src"], p["tgt"]
    B, T = tgt.shape
    hs = encode(src, p["Ex"], p["Re"])
    enc = hs[1:].transpose(1, 0, 2)          # B S H
    pad = src == 0
    steps = []
    d = hs[-1]
    loss = 0.0
    prev = np.zeros(B, dtype=int)            # <bos>
    for t in range(T):
        d_prev = d
        d = np.tanh(p["Ey"][prev] + d_prev @ p["Rd"].T)
        score = np.einsum("bsh,bh->bs", enc, d)
        score[pad] = -1e9
        a = np.exp(score - score.max(axis=1, keepdims=True))
        a /= a.sum(axis=1, keepdims=True)
        c = np.einsum("bs,bsh->bh", a, enc)
        cd = np.concatenate([c, d], axis=1)
        o = np.tanh(cd @ p["Wc"].T)
        logits = o @ p["Wy"].T
        q = np.exp(logits - logits.max(axis=1, keepdims=True))
        q /= q.sum(axis=1, keepdims=True)
        loss -= np.log(q[np.arange(B), tgt[:, t]]).sum()
        steps.append((prev, d_prev, d, a, cd, o, q))
        prev = tgt[:, t]
    return loss / (B * T), hs, enc, steps


def forward(p):
    return run(p)[0]


def backward(p):
    src, tgt = p["src"], p["tgt"]
    _, hs, enc, steps = run(p)
    B, T = tgt.shape
    S = src.shape[1]
    H = enc.shape[2]
    g = {name: np.zeros_like(p[name]) for name in PARAMS}

    denc = np.zeros_like(enc)
    dd_next = np.zeros((B, H))
    for t in range(T - 1, -1, -1):
        prev, d_prev, d, a, cd, o, q = steps[t]
        dlogits = q.copy()
        dlogits[np.arange(B), tgt[:, t]] -= 1
        dlogits /= B * T
        g["Wy"] += dlogits.T @ o
        do = (dlogits @ p["Wy"]) * (1 - o ** 2)
        g["Wc"] += do.T @ cd
        dcd = do @ p["Wc"]
        dc = dcd[:, :H]
        dd = dcd[:, H:] + dd_next
        # attention
        da = np.einsum("bh,bsh->bs", dc, enc)
        denc += a[:, :, None] * dc[:, None, :]
        dscore = a * (da - np.sum(a * da, axis=1, keepdims=True))
        dd += np.einsum("bs,bsh->bh", dscore, enc)
        denc += dscore[:, :, None] * d[:, None, :]
        # decoder cell
        dpre = dd * (1 - d ** 2)
        np.add.at(g["Ey"], prev, dpre)
        g["Rd"] += dpre.T @ d_prev
        dd_next = dpre @ p["Rd"]

    dh = dd_next                              # decoder started from the last encoder state
    for s in range(S - 1, -1, -1):
        dh = dh + denc[:, s]
        dpre = dh * (1 - hs[s + 1] ** 2)
        np.add.at(g["Ex"], src[:, s], dpre)
        g["Re"] += dpre.T @ hs[s]
        dh = dpre @ p["Re"]
    return g
