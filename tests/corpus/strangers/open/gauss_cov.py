# Maximum likelihood for a multivariate normal, covariance form.
# Derivatives follow the Matrix Cookbook, eqs. (57), (61) and (86).
import numpy as np
from numpy.linalg import inv, slogdet

CONDITIONS = ("one_sample", "large_scale")
PARAMS = ["mu", "Sigma"]


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    n = 1 if condition == "one_sample" else 12
    d = 4
    A = rng.normal(size=(d, d))
    X = 2.0 * rng.normal(size=(n, d)) + 1.0
    mu = rng.normal(size=d)
    Sigma = A @ A.T + d * np.eye(d)
    if condition == "large_scale":
        X = 1e3 * X
        Sigma = 1e6 * Sigma
    return {"X": X, "mu": mu, "Sigma": Sigma}


def forward(inputs):
    X, mu, Sigma = inputs["X"], inputs["mu"], inputs["Sigma"]
    n, d = X.shape
    D = X - mu
    P = inv(Sigma)
    _, logdet = slogdet(Sigma)
    maha = np.trace(D @ P @ D.T)
    return 0.5 * (n * d * np.log(2 * np.pi) + n * logdet + maha)


def backward(inputs):
    X, mu, Sigma = inputs["X"], inputs["mu"], inputs["Sigma"]
    n = X.shape[0]
    D = X - mu
    P = inv(Sigma)
    S = D.T @ D                          # scatter matrix
    # d/dmu  1/2 sum (x-mu)' P (x-mu) = - P sum (x-mu)
    dmu = -P @ D.sum(axis=0)
    # d/dSigma  n/2 log|Sigma|  = n/2 Sigma^-T
    # d/dSigma  1/2 tr(P S)     = -1/2 (P S P)^T
    dlogdet = 0.5 * n * P.T
    dquad = -0.5 * (P @ S @ P).T
    return {"dmu": dmu, "dSigma": dlogdet + dquad}
