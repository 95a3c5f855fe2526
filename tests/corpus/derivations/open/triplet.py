"""Triplet margin loss on squared distances, one shared tanh embedding for anchor, positive and negative."""

import numpy as np

MARGIN = 1.0


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    n = 12
    anchor = rng.normal(size=(n, 4))
    return {
        "anchor": anchor,
        "positive": anchor + 0.9 * rng.normal(size=(n, 4)),
        "negative": rng.normal(size=(n, 4)),
        "W": rng.normal(size=(3, 4)),
        "b": rng.normal(size=3),
    }


PARAMS = ["W", "b"]


def embed(x, W, b):
    return np.tanh(x @ W.T + b)


def forward(inputs):
    W, b = inputs["W"], inputs["b"]
    fa, fp, fn = (embed(inputs[k], W, b) for k in ("anchor", "positive", "negative"))
    dist_pos = ((fa - fp) ** 2).sum(axis=1)
    dist_neg = ((fa - fn) ** 2).sum(axis=1)
    return np.maximum(dist_pos - dist_neg + MARGIN, 0).mean()


def backward(inputs):
    W, b = inputs["W"], inputs["b"]
    xa, xp, xn = inputs["anchor"], inputs["positive"], inputs["negative"]
    fa, fp, fn = embed(xa, W, b), embed(xp, W, b), embed(xn, W, b)
    hinge = ((fa - fp) ** 2).sum(axis=1) - ((fa - fn) ** 2).sum(axis=1) + MARGIN
    active = (hinge > 0)[:, None] / len(hinge)

    dfa = active * (2 * (fa - fp) - 2 * (fa - fn))
    dfp = active * (-2 * (fa - fp))
    dfn = active * (2 * (fa - fn))

    dW, db = np.zeros_like(W), np.zeros_like(b)
    for x, f, df in ((xa, fa, dfa), (xp, fp, dfp), (xn, fn, dfn)):
        dz = df * (1 - f**2)
        dW += dz.T @ x
        db += dz.sum(axis=0)
    return {"g_W": dW, "g_b": db}
