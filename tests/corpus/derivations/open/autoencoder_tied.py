"""Tied autoencoder: the decoder uses the encoder's transposed weights, so both paths add up; a sparsity penalty on the code."""

import numpy as np

RHO = 0.1


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {
        "X": rng.uniform(0.1, 0.9, size=(6, 5)),
        "W": rng.normal(size=(5, 3)),
        "b": rng.normal(size=3),
        "c": rng.normal(size=5),
    }


PARAMS = ["W", "b", "c"]


def sig(t):
    return 1.0 / (1.0 + np.exp(-t))


def forward(inputs):
    X, W = inputs["X"], inputs["W"]
    code = sig(X @ W + inputs["b"])
    rec = sig(code @ W.T + inputs["c"])
    bce = -(X * np.log(rec) + (1 - X) * np.log(1 - rec)).sum(axis=1).mean()
    return bce + RHO * np.abs(code).sum() / X.shape[0]


def backward(inputs):
    X, W = inputs["X"], inputs["W"]
    N = X.shape[0]
    code = sig(X @ W + inputs["b"])
    rec = sig(code @ W.T + inputs["c"])

    g = rec - X
    g /= N
    dc = g.sum(axis=0)
    dW = g.T @ code
    dcode = g @ W
    dcode += RHO / N
    dcode *= code
    dcode *= 1 - code
    db = dcode.sum(axis=0)
    dW += X.T @ dcode
    return {"dW": dW, "db": db, "dc": dc}
