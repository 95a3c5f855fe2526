# character CNN with max-over-time and one highway layer (after Kim et al. 2016)
import numpy as np

CONDITIONS = ("repeated_chars", "batch_of_one")
PARAMS = ["E", "K2", "c2", "K3", "c3", "WT", "bT", "WH", "bH", "U", "d"]


def make_inputs(seed, condition=None):
    rs = np.random.RandomState(seed)
    B = 1 if condition == "batch_of_one" else 3
    chars = rs.randint(0, 8, size=(B, 7))
    if condition == "repeated_chars":
        chars[:, :] = chars[:, :1]        # "aaaaaaa": every window the same, max has ties
    return {
        "chars": chars, "label": rs.randint(0, 2, size=B),
        "E": rs.randn(8, 3),
        "K2": rs.randn(4, 2, 3) * 0.6, "c2": rs.randn(4) * 0.2,
        "K3": rs.randn(3, 3, 3) * 0.6, "c3": rs.randn(3) * 0.2,
        "WT": rs.randn(7, 7) * 0.5, "bT": rs.randn(7) - 1,
        "WH": rs.randn(7, 7) * 0.5, "bH": rs.randn(7) * 0.2,
        "U": rs.randn(7), "d": rs.randn(),
    }


def sig(z):
    return 1 / (1 + np.exp(-z))


def conv_max(emb, K, c):
    """emb (B, L, D), K (F, w, D) -> tanh, then the largest over time"""
    B, L, D = emb.shape
    F, w, _ = K.shape
    idx = np.arange(L - w + 1)[:, None] + np.arange(w)[None, :]
    win = emb[:, idx]                                   # B, L-w+1, w, D
    a = np.tanh(np.tensordot(win, K, axes=([2, 3], [1, 2])) + c)
    where = a.argmax(axis=1)                            # B, F
    top = np.take_along_axis(a, where[:, None, :], axis=1)[:, 0]
    return top, (win, idx, where, top)


def conv_max_back(dtop, cache, K, demb):
    win, idx, where, top = cache
    B, F = dtop.shape
    dK = np.zeros_like(K)
    dz = dtop * (1 - top ** 2)
    for b in range(B):
        for f in range(F):
            t = where[b, f]
            dK[f] += dz[b, f] * win[b, t]
            np.add.at(demb[b], idx[t], dz[b, f] * K[f])
    return dK, dz.sum(axis=0)


def predict(I):
    emb = I["E"][I["chars"]]
    m2, k2 = conv_max(emb, I["K2"], I["c2"])
    m3, k3 = conv_max(emb, I["K3"], I["c3"])
    y = np.concatenate([m2, m3], axis=1)
    t = sig(y @ I["WT"].T + I["bT"])
    h = np.maximum(y @ I["WH"].T + I["bH"], 0)
    z = t * h + (1 - t) * y
    p = sig(z @ I["U"] + I["d"])
    return emb, k2, k3, y, t, h, z, p


def forward(I):
    p = predict(I)[-1]
    l = I["label"]
    return np.mean(-l * np.log(p) - (1 - l) * np.log(1 - p))


def backward(I):
    emb, k2, k3, y, t, h, z, p = predict(I)
    ds = (p - I["label"]) / len(p)
    dz = np.outer(ds, I["U"])
    dt = dz * (h - y) * t * (1 - t)
    dh = dz * t * (h > 0)
    dy = dz * (1 - t)
    dy += dt @ I["WT"]
    dy += dh @ I["WH"]
    demb = np.zeros_like(emb)
    dK2, dc2 = conv_max_back(dy[:, :4], k2, I["K2"], demb)
    dK3, dc3 = conv_max_back(dy[:, 4:], k3, I["K3"], demb)
    dE = np.zeros_like(I["E"])
    np.add.at(dE, I["chars"], demb)
    return dict(
        E=dE, K2=dK2, c2=dc2, K3=dK3, c3=dc3,
        WT=dt.T @ y, bT=dt.sum(0), WH=dh.T @ y, bH=dh.sum(0),
        U=z.T @ ds, d=ds.sum(),
    )
