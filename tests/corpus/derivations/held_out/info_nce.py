"""Contrastive loss: two linear towers, cosine similarity, temperature, softmax over the batch in both directions."""

import numpy as np

TAU = 0.3


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    n = 5
    return {
        "u": rng.normal(size=(n, 4)),
        "v": rng.normal(size=(n, 3)),
        "A": rng.normal(size=(4, 6)),
        "B": rng.normal(size=(3, 6)),
    }


def normalise(t):
    norm = np.sqrt(np.sum(t**2, axis=1, keepdims=True))
    return t / norm, norm


def softmax(s, axis):
    e = np.exp(s - s.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def forward(inputs):
    p, _ = normalise(inputs["u"] @ inputs["A"])
    q, _ = normalise(inputs["v"] @ inputs["B"])
    s = p @ q.T / TAU
    rows = np.log(np.exp(s).sum(axis=1))
    cols = np.log(np.exp(s).sum(axis=0))
    return 0.5 * np.mean(rows + cols - 2 * np.diag(s))


def backward(inputs):
    u, v, A, B = inputs["u"], inputs["v"], inputs["A"], inputs["B"]
    p, np_ = normalise(u @ A)
    q, nq = normalise(v @ B)
    s = p @ q.T / TAU
    n = len(s)
    ds = 0.5 * (softmax(s, 1) + softmax(s, 0) - 2 * np.eye(n)) / n
    dp = ds @ q / TAU
    dq = ds.T @ p / TAU
    dP = (dp - p * np.sum(dp * p, axis=1, keepdims=True)) / np_
    dQ = (dq - q * np.sum(dq * q, axis=1, keepdims=True)) / nq
    dA = u.T @ dP
    dB = v.T @ dQ
    du = dP @ A.T
    dv = dQ @ B.T
    return {"A": dA, "B": dB, "u": du, "v": dv}
