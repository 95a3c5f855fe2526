"""Variational autoencoder with fixed noise: reparametrisation, Bernoulli decoder on logits, closed-form KL term."""

import numpy as np


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    N, D, H, Z = 5, 6, 4, 2
    return {
        "x": (rng.random((N, D)) > 0.5).astype(np.int64),
        "eps": rng.normal(size=(N, Z)),
        "W_enc": rng.normal(size=(H, D)),
        "b_enc": rng.normal(size=H),
        "W_mu": rng.normal(size=(Z, H)),
        "b_mu": rng.normal(size=Z),
        "W_lv": 0.5 * rng.normal(size=(Z, H)),
        "b_lv": 0.5 * rng.normal(size=Z),
        "W_dec": rng.normal(size=(D, Z)),
        "b_dec": rng.normal(size=D),
    }


PARAMS = ["W_enc", "b_enc", "W_mu", "b_mu", "W_lv", "b_lv", "W_dec", "b_dec"]
BETA = 0.7


def forward(inputs):
    x = inputs["x"]
    h = np.tanh(x @ inputs["W_enc"].T + inputs["b_enc"])
    mu = h @ inputs["W_mu"].T + inputs["b_mu"]
    logvar = h @ inputs["W_lv"].T + inputs["b_lv"]
    z = mu + np.exp(0.5 * logvar) * inputs["eps"]
    logits = z @ inputs["W_dec"].T + inputs["b_dec"]
    bce = np.sum(np.log(1 + np.exp(logits)) - x * logits)
    kl = -0.5 * np.sum(1 + logvar - mu**2 - np.exp(logvar))
    return (bce + BETA * kl) / len(x)


def backward(inputs):
    x, eps = inputs["x"], inputs["eps"]
    n = len(x)
    h = np.tanh(x @ inputs["W_enc"].T + inputs["b_enc"])
    mu = h @ inputs["W_mu"].T + inputs["b_mu"]
    logvar = h @ inputs["W_lv"].T + inputs["b_lv"]
    std = np.exp(0.5 * logvar)
    z = mu + std * eps
    logits = z @ inputs["W_dec"].T + inputs["b_dec"]

    d_logits = (1 / (1 + np.exp(-logits)) - x) / n
    nabla_W_dec = d_logits.T @ z
    nabla_b_dec = d_logits.sum(axis=0)
    d_z = d_logits @ inputs["W_dec"]
    d_mu = d_z + BETA * mu / n
    d_logvar = d_z * eps * 0.5 * std + BETA * 0.5 * (np.exp(logvar) - 1) / n
    nabla_W_mu = d_mu.T @ h
    nabla_b_mu = d_mu.sum(axis=0)
    nabla_W_lv = d_logvar.T @ h
    nabla_b_lv = d_logvar.sum(axis=0)
    d_h = d_mu @ inputs["W_mu"] + d_logvar @ inputs["W_lv"]
    d_a = d_h * (1 - h**2)
    nabla_W_enc = d_a.T @ x
    nabla_b_enc = d_a.sum(axis=0)
    return {
        "nabla_W_enc": nabla_W_enc,
        "nabla_b_enc": nabla_b_enc,
        "nabla_W_mu": nabla_W_mu,
        "nabla_b_mu": nabla_b_mu,
        "nabla_W_lv": nabla_W_lv,
        "nabla_b_lv": nabla_b_lv,
        "nabla_W_dec": nabla_W_dec,
        "nabla_b_dec": nabla_b_dec,
    }
