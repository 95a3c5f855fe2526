"""Variational auto-encoder; the noise epsilon is an input. -ELBO per example, Bernoulli decoder."""
import numpy as np

PARAMS = ["We", "be", "Wmu", "bmu", "Wlv", "blv", "Wd", "bd", "Wx", "bx"]
CONDITIONS = ("single_example",)


def make_inputs(seed, condition=None):
    R = np.random.RandomState(seed)
    N, D, H, Z = (1 if condition == "single_example" else 4), 6, 5, 2
    return {
        "x": (R.rand(N, D) > 0.5).astype(float),
        "epsilon": R.randn(N, Z),
        "We": R.randn(D, H) * 0.5, "be": R.randn(H) * 0.1,
        "Wmu": R.randn(H, Z) * 0.5, "bmu": R.randn(Z) * 0.1,
        "Wlv": R.randn(H, Z) * 0.5, "blv": R.randn(Z) * 0.1,
        "Wd": R.randn(Z, H) * 0.5, "bd": R.randn(H) * 0.1,
        "Wx": R.randn(H, D) * 0.5, "bx": R.randn(D) * 0.1,
    }


def softplus(a):
    return np.logaddexp(0, a)


def logistic(a):
    return 1 / (1 + np.exp(-a))


def encode(P):
    pre_h = P["x"] @ P["We"] + P["be"]
    h = softplus(pre_h)
    mu = h @ P["Wmu"] + P["bmu"]
    logvar = h @ P["Wlv"] + P["blv"]
    return pre_h, h, mu, logvar


def decode(P, z):
    pre_g = z @ P["Wd"] + P["bd"]
    g = np.tanh(pre_g)
    return g, g @ P["Wx"] + P["bx"]


def forward(P):
    _, _, mu, logvar = encode(P)
    z = mu + np.exp(0.5 * logvar) * P["epsilon"]
    _, logits = decode(P, z)
    rec = np.sum(softplus(logits) - P["x"] * logits)
    kl = -0.5 * np.sum(1 + logvar - mu ** 2 - np.exp(logvar))
    return (rec + kl) / len(P["x"])


def backward(P):
    N = len(P["x"])
    pre_h, h, mu, logvar = encode(P)
    std = np.exp(0.5 * logvar)
    z = mu + std * P["epsilon"]
    g, logits = decode(P, z)

    # decoder
    dlogits = (logistic(logits) - P["x"]) / N
    dWx, dbx = g.T @ dlogits, dlogits.sum(0)
    dg = dlogits @ P["Wx"].T
    dpre_g = dg * (1 - g * g)
    dWd, dbd = z.T @ dpre_g, dpre_g.sum(0)
    dz = dpre_g @ P["Wd"].T

    # reparametrisation + KL
    dmu = dz + mu / N
    dlogvar = dz * P["epsilon"] * 0.5 * std
    dlogvar += 0.5 * (np.exp(logvar) - 1) / N

    # encoder
    dWmu, dbmu = h.T @ dmu, dmu.sum(0)
    dWlv, dblv = h.T @ dlogvar, dlogvar.sum(0)
    dh = dmu @ P["Wmu"].T + dlogvar @ P["Wlv"].T
    dpre_h = dh * logistic(pre_h)
    dWe, dbe = P["x"].T @ dpre_h, dpre_h.sum(0)

    return {"dWe": dWe, "dbe": dbe, "dWmu": dWmu, "dbmu": dbmu, "dWlv": dWlv, "dblv": dblv,
            "dWd": dWd, "dbd": dbd, "dWx": dWx, "dbx": dbx}
