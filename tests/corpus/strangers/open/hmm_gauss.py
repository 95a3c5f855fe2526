import numpy as np
from math import log, pi

# HMM with Gaussian emissions. Gradient through Fisher's identity (expected sufficient statistics).

CONDITIONS = ("length_one", "well_separated")
PARAMS = ["pi_logits", "A_logits", "mu", "log_sigma"]


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    S, T = 3, 9
    if condition == "length_one":
        T = 1
    mu = rng.normal(size=S)
    if condition == "well_separated":
        mu = 20.0 * np.arange(S) + mu
    return {"obs": rng.normal(size=T) * 1.5, "pi_logits": rng.normal(size=S),
            "A_logits": rng.normal(size=(S, S)), "mu": mu, "log_sigma": 0.3 * rng.normal(size=S)}


def log_normalise(v):
    """log softmax over the last axis"""
    m = v.max(axis=-1, keepdims=True)
    return v - m - np.log(np.exp(v - m).sum(axis=-1, keepdims=True))


def emission_logp(obs, mu, log_sigma):
    z = (obs[:, None] - mu[None, :]) / np.exp(log_sigma)
    return -0.5 * z ** 2 - log_sigma - 0.5 * log(2 * pi)


def lse_cols(M):
    top = M.max(axis=0)
    return top + np.log(np.exp(M - top).sum(axis=0))


def alphas(lp, lA, le):
    la = [lp + le[0]]
    for t in range(1, len(le)):
        la.append(lse_cols(la[-1][:, None] + lA) + le[t])
    return np.array(la)


def betas(lA, le):
    T, S = le.shape
    lb = np.zeros((T, S))
    for t in reversed(range(T - 1)):
        lb[t] = lse_cols((lA + le[t + 1] + lb[t + 1]).T)
    return lb


def forward(inputs):
    le = emission_logp(inputs["obs"], inputs["mu"], inputs["log_sigma"])
    la = alphas(log_normalise(inputs["pi_logits"]), log_normalise(inputs["A_logits"]), le)
    return -lse_cols(la[-1][:, None])[0]


def backward(inputs):
    obs, mu, log_sigma = inputs["obs"], inputs["mu"], inputs["log_sigma"]
    lp, lA = log_normalise(inputs["pi_logits"]), log_normalise(inputs["A_logits"])
    le = emission_logp(obs, mu, log_sigma)
    la, lb = alphas(lp, lA, le), betas(lA, le)
    T, S = le.shape
    ll = lse_cols(la[-1][:, None])[0]

    gamma = np.exp(la + lb - ll)                 # T x S
    xi = np.zeros((S, S))
    for t in range(T - 1):
        xi += np.exp(la[t][:, None] + lA + (le[t + 1] + lb[t + 1])[None, :] - ll)

    d_pi = -(gamma[0] - np.exp(lp))
    d_A = -(xi - xi.sum(axis=1, keepdims=True) * np.exp(lA))
    sd = np.exp(log_sigma)
    z = (obs[:, None] - mu) / sd
    d_mu = -(gamma * z / sd).sum(axis=0)
    d_ls = -(gamma * (z * z - 1)).sum(axis=0)
    return {"dpi_logits": d_pi, "dA_logits": d_A, "dmu": d_mu, "dlog_sigma": d_ls}
