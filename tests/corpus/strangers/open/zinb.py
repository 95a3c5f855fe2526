"""Zero-inflated negative binomial regression (NB2), scRNA style.

 y ~ pi * delta_0 + (1 - pi) * NB(mu, theta)
 log mu = X beta + log offset,  logit pi = Z gamma,  theta = exp(log_theta)
"""
import numpy as np
from scipy.special import gammaln, digamma, expit

CONDITIONS = ("all_zero", "large_counts")
PARAMS = ["beta", "gamma", "log_theta"]


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    n = 16
    X = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    Z = np.column_stack([np.ones(n), rng.normal(size=n)])
    y = rng.poisson(3.0, size=n) * rng.integers(0, 2, size=n)
    y[:2] = 0
    beta = rng.normal(size=3) * 0.4
    if condition == "all_zero":
        y = np.zeros(n, dtype=int)
    if condition == "large_counts":
        y = y * 500
        beta[0] += 6
    return {"X": X, "Z": Z, "y": y, "offset": rng.uniform(0.5, 2.0, size=n),
            "beta": beta, "gamma": rng.normal(size=2) * 0.5,
            "log_theta": np.array(0.3 * rng.normal())}


def softplus(u):
    return np.logaddexp(0.0, u)


def forward(inputs):
    y = inputs["y"]
    th = np.exp(inputs["log_theta"])
    mu = inputs["offset"] * np.exp(inputs["X"] @ inputs["beta"])
    u = inputs["Z"] @ inputs["gamma"]
    log_nb = (gammaln(y + th) - gammaln(th) - gammaln(y + 1.0)
              + th * np.log(th / (th + mu)) + y * np.log(mu / (th + mu)))
    # zeros: log( pi + (1-pi) NB(0) ) ; nonzeros: log(1-pi) + log NB(y)
    log_nb0 = th * np.log(th / (th + mu))
    ll_zero = np.logaddexp(u, log_nb0) - softplus(u)
    ll_pos = -softplus(u) + log_nb
    ll = np.where(y == 0, ll_zero, ll_pos)
    return -ll.sum()


def backward(inputs):
    X, Z, y = inputs["X"], inputs["Z"], inputs["y"]
    th = np.exp(inputs["log_theta"])
    mu = inputs["offset"] * np.exp(X @ inputs["beta"])
    u = Z @ inputs["gamma"]
    zero = (y == 0)

    log_nb0 = th * np.log(th / (th + mu))
    # posterior probability that a zero is NOT structural
    w = expit(log_nb0 - u)

    # derivative of log NB w.r.t. log mu
    s_mu = th * (y - mu) / (th + mu)
    d_logmu = np.where(zero, w * s_mu, s_mu)

    # derivative of log NB w.r.t. theta
    s_th = (digamma(y + th) - digamma(th) + np.log(th / (th + mu)) + 1 - (th + y) / (th + mu))
    d_th = np.where(zero, w * s_th, s_th)

    d_u = np.where(zero, (1 - w) - expit(u), -expit(u))

    return {"dbeta": -X.T @ d_logmu,
            "dgamma": -Z.T @ d_u,
            "dlog_theta": -th * d_th.sum()}
