"""A loss as loops and as arrays; the loops lack the 2 of the penalty."""

import numpy as np


def loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros_like(W)
    for k in range(len(X)):
        s = X[k] @ W
        p = np.exp(s) / np.sum(np.exp(s))
        loss += -np.log(p[y[k]])
        for j in range(W.shape[1]):
            dW[:, j] += X[k] * p[j]
        dW[:, y[k]] -= X[k]
    loss = loss / len(X) + reg * np.sum(W * W)
    dW /= len(X)

    dW += reg * W

    return loss, dW


def loss_vectorized(W, X, y, reg):
    s = X @ W
    p = np.exp(s) / np.sum(np.exp(s), axis=1, keepdims=True)
    loss = np.mean(-np.log(p[range(len(X)), y])) + reg * np.sum(W * W)
    p[range(len(X)), y] -= 1
    return loss, X.T @ p / len(X) + 2 * reg * W


def make_inputs(seed):
    r = np.random.default_rng(seed)
    return {"X": r.standard_normal((6, 4)), "y": r.integers(0, 3, 6), "W": r.standard_normal((4, 3))}


def forward(i):
    return loss_naive(i["W"], i["X"], i["y"], 0.1)[0]


def backward(i):
    return {"dW": loss_naive(i["W"], i["X"], i["y"], 0.1)[1]}
