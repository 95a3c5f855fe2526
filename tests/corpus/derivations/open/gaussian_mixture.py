"""Negative log likelihood of a one-dimensional Gaussian mixture: logits, means, log standard deviations, log-sum-exp."""

import numpy as np


def make_inputs(seed, condition="plain"):
    rng = np.random.default_rng(seed)
    K = 4
    inp = {
        "x": rng.normal(size=11) * 2,
        "logits": rng.normal(size=K),
        "means": rng.normal(size=K) * 2,
        "logsig": 0.3 * rng.normal(size=K),
    }
    if condition == "narrow":
        inp["logsig"] = inp["logsig"] - 4.0
    if condition == "one":
        inp["x"] = inp["x"][:1]
    return inp


CONDITIONS = ["plain", "narrow", "one"]
PARAMS = ["logits", "means", "logsig"]


def joint(inputs):
    lz = inputs["logits"]
    top = lz.max()
    logpi = lz - top - np.log(np.exp(lz - top).sum())
    u = (inputs["x"][:, None] - inputs["means"][None, :]) / np.exp(inputs["logsig"])[None, :]
    return logpi[None, :] - 0.5 * u**2 - inputs["logsig"][None, :] - 0.5 * np.log(2 * np.pi), u


def forward(inputs):
    lj, _ = joint(inputs)
    m = lj.max(axis=1)
    return -np.sum(m + np.log(np.sum(np.exp(lj - m[:, None]), axis=1)))


def backward(inputs):
    lj, u = joint(inputs)
    w = np.exp(lj - lj.max(axis=1, keepdims=True))
    resp = w / w.sum(axis=1, keepdims=True)
    pi = np.exp(inputs["logits"] - inputs["logits"].max())
    pi = pi / pi.sum()
    sigma = np.exp(inputs["logsig"])
    n = len(inputs["x"])
    grad_logits = n * pi - resp.sum(axis=0)
    grad_means = -(resp * u).sum(axis=0) / sigma
    grad_logsig = (resp * (1 - u**2)).sum(axis=0)
    return {"grad_logits": grad_logits, "grad_means": grad_means, "grad_logsig": grad_logsig}
