"""Matrix factorisation with biases for a list of ratings: r = mu + bu[u] + bi[i] + <P[u], Q[i]>, penalty on what was used."""

import numpy as np

LAM = 0.3


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    users, items, rank, ratings = 4, 5, 3, 12
    return {
        "u": rng.integers(0, users, ratings),
        "i": rng.integers(0, items, ratings),
        "r": rng.integers(1, 6, ratings),
        "P": rng.normal(size=(users, rank)),
        "Q": rng.normal(size=(items, rank)),
        "bu": rng.normal(size=users),
        "bi": rng.normal(size=items),
        "mu": np.array(3.1),
    }


def forward(inputs):
    u, i = inputs["u"], inputs["i"]
    pred = inputs["mu"] + inputs["bu"][u] + inputs["bi"][i] + np.sum(inputs["P"][u] * inputs["Q"][i], axis=1)
    err = pred - inputs["r"]
    reg = np.sum(inputs["P"][u] ** 2) + np.sum(inputs["Q"][i] ** 2) + np.sum(inputs["bu"] ** 2)
    return np.sum(err**2) + LAM * reg


def backward(inputs):
    P, Q, bu, bi = inputs["P"], inputs["Q"], inputs["bu"], inputs["bi"]
    dP, dQ = np.zeros(P.shape), np.zeros(Q.shape)
    dbu, dbi = 2 * LAM * bu, np.zeros(bi.shape)
    dmu = 0.0
    for u, i, r in zip(inputs["u"], inputs["i"], inputs["r"]):
        e = inputs["mu"] + bu[u] + bi[i] + P[u] @ Q[i] - r
        dP[u] += 2 * e * Q[i] + 2 * LAM * P[u]
        dQ[i] += 2 * e * P[u] + 2 * LAM * Q[i]
        dbu[u] += 2 * e
        dbi[i] += 2 * e
        dmu += 2 * e
    return {"dP": dP, "dQ": dQ, "dbu": dbu, "dbi": dbi, "dmu": dmu}
