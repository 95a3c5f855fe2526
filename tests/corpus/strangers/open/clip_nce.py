"""Symmetric InfoNCE (CLIP) in float32.  Based on my blog post 'CLIP loss by hand'."""
import numpy as np

PARAMS = ["Wi", "Wt", "log_temp"]
CONDITIONS = ("cold", "batch_of_one")


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    n = 1 if condition == "batch_of_one" else 5
    r = lambda *s: rng.standard_normal(s).astype(np.float32)
    log_temp = np.float32(2.5) if condition == "cold" else np.float32(0.7)
    return {"img": r(n, 6), "txt": r(n, 4), "Wi": r(6, 3), "Wt": r(4, 3), "log_temp": np.array(log_temp)}


def normalize(v):
    length = np.linalg.norm(v, axis=1, keepdims=True)
    return v / length, length


def log_softmax(s, axis):
    s = s - s.max(axis=axis, keepdims=True)
    return s - np.log(np.exp(s).sum(axis=axis, keepdims=True))


def forward(inputs):
    I, _ = normalize(inputs["img"] @ inputs["Wi"])
    T, _ = normalize(inputs["txt"] @ inputs["Wt"])
    S = np.exp(inputs["log_temp"]) * np.einsum("id,jd->ij", I, T)
    n = S.shape[0]
    idx = np.arange(n)
    loss_i = -log_softmax(S, 1)[idx, idx].mean()
    loss_t = -log_softmax(S, 0)[idx, idx].mean()
    return (loss_i + loss_t) / 2


def backward(inputs):
    img, txt = inputs["img"], inputs["txt"]
    zi = img @ inputs["Wi"]
    zt = txt @ inputs["Wt"]
    I, li = normalize(zi)
    T, lt = normalize(zt)
    temp = np.exp(inputs["log_temp"])
    cos = np.einsum("id,jd->ij", I, T)
    S = temp * cos
    n = S.shape[0]

    # both softmaxes push on the same similarity matrix
    P_rows = np.exp(log_softmax(S, 1))
    P_cols = np.exp(log_softmax(S, 0))
    dS = (P_rows + P_cols - 2 * np.eye(n, dtype=S.dtype)) / (2 * n)

    dlog_temp = (dS * S).sum()
    dcos = dS * temp
    dI = np.einsum("ij,jd->id", dcos, T)
    dT = np.einsum("ij,id->jd", dcos, I)

    def through_norm(g, unit, length):
        return (g - unit * np.sum(g * unit, axis=1, keepdims=True)) / length

    dzi = through_norm(dI, I, li)
    dzt = through_norm(dT, T, lt)
    return {"dWi": img.T @ dzi, "dWt": txt.T @ dzt, "dlog_temp": dlog_temp}
