"""Single-head self attention with a causal mask and projections, written with einsum; cost = weighted sum of squares."""

import numpy as np

B, S, E, DK = 2, 4, 3, 5


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {
        "x": rng.normal(size=(B, S, E)),
        "Wq": rng.normal(size=(E, DK)),
        "Wk": rng.normal(size=(E, DK)),
        "Wv": rng.normal(size=(E, E)),
        "Wo": rng.normal(size=(E, E)),
        "target": rng.normal(size=(B, S, E)),
    }


PARAMS = ["x", "Wq", "Wk", "Wv", "Wo"]
MASK = np.triu(np.ones((S, S), dtype=bool), k=1)


def attend(inputs):
    x = inputs["x"]
    q = np.einsum("bse,ed->bsd", x, inputs["Wq"])
    k = np.einsum("bse,ed->bsd", x, inputs["Wk"])
    v = np.einsum("bse,ed->bsd", x, inputs["Wv"])
    scores = np.einsum("bsd,btd->bst", q, k) / np.sqrt(DK)
    scores = np.where(MASK, -1e30, scores)
    w = np.exp(scores - scores.max(axis=-1, keepdims=True))
    att = w / w.sum(axis=-1, keepdims=True)
    ctx = np.einsum("bst,bte->bse", att, v)
    return q, k, v, att, ctx


def forward(inputs):
    *_, ctx = attend(inputs)
    out = ctx @ inputs["Wo"]
    return 0.5 * np.sum((out - inputs["target"]) ** 2) / B


def backward(inputs):
    x = inputs["x"]
    q, k, v, att, ctx = attend(inputs)
    dout = (ctx @ inputs["Wo"] - inputs["target"]) / B
    dWo = np.einsum("bse,bsf->ef", ctx, dout)
    dctx = np.einsum("bsf,ef->bse", dout, inputs["Wo"])

    datt = np.einsum("bse,bte->bst", dctx, v)
    dv = np.einsum("bst,bse->bte", att, dctx)
    dscores = att * (datt - np.sum(datt * att, axis=-1, keepdims=True))
    dscores = dscores / np.sqrt(DK)
    dq = np.einsum("bst,btd->bsd", dscores, k)
    dk = np.einsum("bst,bsd->btd", dscores, q)

    dWq = np.einsum("bse,bsd->ed", x, dq)
    dWk = np.einsum("bse,bsd->ed", x, dk)
    dWv = np.einsum("bse,bsd->ed", x, dv)
    dx = dq @ inputs["Wq"].T + dk @ inputs["Wk"].T + dv @ inputs["Wv"].T
    return {"g_x": dx, "g_Wq": dWq, "g_Wk": dWk, "g_Wv": dWv, "g_Wo": dWo}
