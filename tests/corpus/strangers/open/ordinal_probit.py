"""Ordered probit, written with plain python loops (homework 3, question 2).

P(y = k) = Phi(c_k - eta) - Phi(c_{k-1} - eta),  c_0 = -inf, c_K = +inf
c_1 = first_cut,  c_k = c_{k-1} + exp(log_gap_{k-1})
"""
import math

import numpy as np

K = 4
CONDITIONS = ("one_sample", "only_top_class")


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    n = 1 if condition == "one_sample" else 11
    y = rng.integers(0, K, size=n)
    if condition == "only_top_class":
        y[:] = K - 1
    return {
        "x": rng.normal(size=(n, 3)),
        "y": y,
        "beta": 0.5 * rng.normal(size=3),
        "first_cut": np.array(-0.8 + 0.1 * rng.normal()),
        "log_gaps": 0.3 * rng.normal(size=K - 2),
    }


def Phi(z):
    return 0.5 * (1.0 + math.erf(z / math.sqrt(2.0)))


def phi(z):
    return math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)


def cutpoints(first_cut, log_gaps):
    cuts = [float(first_cut)]
    for g in log_gaps:
        cuts.append(cuts[-1] + math.exp(g))
    return cuts


def forward(inputs):
    x, y, beta = inputs["x"], inputs["y"], inputs["beta"]
    c = cutpoints(inputs["first_cut"], inputs["log_gaps"])
    total = 0.0
    for i in range(len(y)):
        eta = 0.0
        for j in range(len(beta)):
            eta += x[i, j] * beta[j]
        hi = Phi(c[y[i]] - eta) if y[i] < K - 1 else 1.0
        lo = Phi(c[y[i] - 1] - eta) if y[i] > 0 else 0.0
        total -= math.log(hi - lo)
    return total / len(y)


def backward(inputs):
    x, y, beta = inputs["x"], inputs["y"], inputs["beta"]
    c = cutpoints(inputs["first_cut"], inputs["log_gaps"])
    n = len(y)
    grad_beta = np.zeros(len(beta))
    grad_c = [0.0] * (K - 1)
    for i in range(n):
        eta = sum(x[i, j] * beta[j] for j in range(len(beta)))
        k = y[i]
        hi, lo, dhi, dlo = 1.0, 0.0, 0.0, 0.0
        if k < K - 1:
            hi, dhi = Phi(c[k] - eta), phi(c[k] - eta)
        if k > 0:
            lo, dlo = Phi(c[k - 1] - eta), phi(c[k - 1] - eta)
        p = hi - lo
        if k < K - 1:
            grad_c[k] -= dhi / p / n
        if k > 0:
            grad_c[k - 1] += dlo / p / n
        deta = (dhi - dlo) / p / n
        for j in range(len(beta)):
            grad_beta[j] += deta * x[i, j]
    # a cut moves with its own gap and with every gap before it
    grad_first = sum(grad_c)
    grad_gaps = np.zeros(K - 2)
    for k in range(K - 2):
        grad_gaps[k] = math.exp(inputs["log_gaps"][k]) * sum(grad_c[k + 1:])
    return {"grad_beta": grad_beta, "grad_first_cut": np.array(grad_first), "grad_log_gaps": grad_gaps}
