"""Softmax regression with one-hot targets and label smoothing, weights (K, D), L2 penalty."""

import numpy as np

EPS = 0.1
REG = 1e-2


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return dict(
        X=rng.normal(size=(10, 3)),
        labels=rng.integers(4, size=10),
        W=rng.normal(size=(4, 3)),
        b=rng.normal(size=(4,)),
    )


PARAMS = ["W", "b"]


def softmax(Z):
    E = np.exp(Z - Z.max(axis=-1, keepdims=True))
    return E / E.sum(axis=-1, keepdims=True)


def targets(labels, K):
    Q = np.eye(K)[labels]
    return (1 - EPS) * Q + EPS / K


def forward(inputs):
    Z = inputs["X"] @ inputs["W"].T + inputs["b"]
    Q = targets(inputs["labels"], Z.shape[1])
    Zmax = Z.max(axis=1, keepdims=True)
    logp = Z - Zmax - np.log(np.sum(np.exp(Z - Zmax), axis=1, keepdims=True))
    loss = -(Q * logp).sum(axis=1).mean()
    loss = loss + REG * np.sum(inputs["W"] ** 2)
    return loss


def backward(inputs):
    X, W, b = inputs["X"], inputs["W"], inputs["b"]
    m = X.shape[0]
    P = softmax(X @ W.T + b)
    Q = targets(inputs["labels"], W.shape[0])
    G = (P - Q) / m
    g_W = np.einsum("nk,nd->kd", G, X)
    g_W += 2 * REG * W
    g_b = G.sum(0)
    return {"g_W": g_W, "g_b": g_b}
