import numpy as np

# Triplet loss on l2-normalised embeddings with a learned Mahalanobis metric M = L L'
# e(x) = (W x + b)/||W x + b||,  d(u, v) = ||L'(u - v)||^2

margin = 0.5
CONDITIONS = ("one_triplet", "all_inactive")


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    n = 1 if condition == "one_triplet" else 7
    inp = {
        "anchor": rng.normal(size=(n, 5)),
        "W": rng.normal(size=(4, 5)),
        "b": rng.normal(size=4),
        "L": rng.normal(size=(4, 3)),
    }
    inp["pos"] = inp["anchor"] + rng.normal(size=(n, 5))
    inp["neg"] = rng.normal(size=(n, 5))
    if condition == "one_triplet":
        inp["pos"], inp["neg"] = -inp["anchor"], inp["anchor"] * 0.9
    if condition == "all_inactive":
        inp["pos"] = inp["anchor"].copy()
        inp["neg"] = -inp["anchor"]
        inp["b"][:] = 0.0
        inp["L"] = np.vstack([np.eye(3), np.zeros((1, 3))]) * 3 + inp["L"]
    return inp


PARAMS = ["W", "b", "L"]


def embed(x, W, b):
    z = x @ W.T + b
    nrm = np.sqrt((z ** 2).sum(axis=1, keepdims=True))
    return z / nrm, nrm


def embed_back(de, e, nrm):
    """gradient through v/||v||:  (I - e e') / ||v||"""
    return (de - e * (de * e).sum(axis=1, keepdims=True)) / nrm


def forward(inputs):
    W, b, L = inputs["W"], inputs["b"], inputs["L"]
    ea, _ = embed(inputs["anchor"], W, b)
    ep, _ = embed(inputs["pos"], W, b)
    en, _ = embed(inputs["neg"], W, b)
    d_ap = (((ea - ep) @ L) ** 2).sum(axis=1)
    d_an = (((ea - en) @ L) ** 2).sum(axis=1)
    return np.maximum(0.0, d_ap - d_an + margin).mean()


def backward(inputs):
    W, b, L = inputs["W"], inputs["b"], inputs["L"]
    xs = {k: inputs[k] for k in ("anchor", "pos", "neg")}
    es = {k: embed(v, W, b) for k, v in xs.items()}
    ea, ep, en = es["anchor"][0], es["pos"][0], es["neg"][0]
    dap, dan = ea - ep, ea - en
    viol = ((dap @ L) ** 2).sum(1) - ((dan @ L) ** 2).sum(1) + margin
    active = (viol > 0).astype(float)[:, None] / len(viol)

    dL = 2 * dap.T @ (active * (dap @ L)) - 2 * dan.T @ (active * (dan @ L))

    M = L @ L.T
    g_ap = 2 * active * (dap @ M)
    g_an = 2 * active * (dan @ M)
    de = {
        "anchor": g_ap - g_an,
        "pos": -g_ap,
        "neg": g_an,
    }
    dW = np.zeros_like(W)
    db = np.zeros_like(b)
    for key in de:
        e, nrm = es[key]
        dz = embed_back(de[key], e, nrm)
        dW += dz.T @ xs[key]
        db += dz.sum(axis=0)
    return {"dW": dW, "db": db, "dL": dL}
