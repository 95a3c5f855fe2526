"""Multivariate Gaussian negative log likelihood by a lower-triangular precision factor; the diagonal is stored as logarithms."""

import numpy as np


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    d = 4
    return {
        "X": rng.normal(size=(7, d)),
        "mean": rng.normal(size=d),
        "T": 0.5 * rng.normal(size=(d, d)),
        "logdiag": 0.3 * rng.normal(size=d),
    }


PARAMS = ["mean", "T", "logdiag"]


def factor(inputs):
    return np.tril(inputs["T"], -1) + np.diag(np.exp(inputs["logdiag"]))


def forward(inputs):
    F = factor(inputs)
    R = inputs["X"] - inputs["mean"]
    white = R @ F
    n, d = R.shape
    return 0.5 * np.sum(white * white) / n - inputs["logdiag"].sum() + 0.5 * d * np.log(2 * np.pi)


def backward(inputs):
    F = factor(inputs)
    R = inputs["X"] - inputs["mean"]
    n = R.shape[0]
    white = R @ F
    dwhite = white / n
    dF = R.T @ dwhite
    dR = dwhite @ F.T
    nabla_mean = -dR.sum(axis=0)
    nabla_T = np.tril(dF, -1)
    nabla_logdiag = np.diag(dF) * np.exp(inputs["logdiag"]) - 1
    return {"nabla_mean": nabla_mean, "nabla_T": nabla_T, "nabla_logdiag": nabla_logdiag}
