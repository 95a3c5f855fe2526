"""Biased matrix factorisation on observed ratings (Funk SVD / Koren), weighted, with group lasso on the factors."""
import numpy as np

CONDITIONS = ("one_rating", "repeated_user", "zero_factors")
PARAMS = ["P", "Q", "bu", "bi", "mu"]
REG = 0.05
GL = 0.2


def make_inputs(seed, condition=None):
    rs = np.random.RandomState(seed)
    nu, ni, k, nobs = 6, 7, 3, 20
    if condition == "one_rating":
        nobs = 1
    users, items = rs.randint(0, nu, nobs), rs.randint(0, ni, nobs)
    if condition == "repeated_user":
        users[:] = 2
    P, Q = rs.randn(nu, k) * 0.7, rs.randn(ni, k) * 0.7
    if condition == "zero_factors":
        P[:, 1] = 0.0
        Q[:, 1] = 0.0
    return {"users": users, "items": items, "ratings": rs.randint(1, 6, nobs).astype(float),
            "conf": rs.uniform(0.5, 1.5, nobs), "P": P, "Q": Q,
            "bu": 0.1 * rs.randn(nu), "bi": 0.1 * rs.randn(ni), "mu": np.array(3.0)}


def group_norms(M):
    # one group per latent factor (column), smoothed
    return np.sqrt((M ** 2).sum(axis=0) + 1e-4)


def predict(inputs):
    u, i = inputs["users"], inputs["items"]
    dot = (inputs["P"][u] * inputs["Q"][i]).sum(axis=1)
    return inputs["mu"] + inputs["bu"][u] + inputs["bi"][i] + dot


def forward(inputs):
    err = inputs["ratings"] - predict(inputs)
    cost = 0.5 * np.sum(inputs["conf"] * err ** 2)
    cost += 0.5 * REG * (np.linalg.norm(inputs["bu"]) ** 2 + np.linalg.norm(inputs["bi"]) ** 2)
    cost += GL * (group_norms(inputs["P"]).sum() + group_norms(inputs["Q"]).sum())
    return cost


def backward(inputs):
    P, Q, u, i = inputs["P"], inputs["Q"], inputs["users"], inputs["items"]
    err = inputs["ratings"] - predict(inputs)
    e = inputs["conf"] * err

    gP, gQ = np.zeros_like(P), np.zeros_like(Q)
    gbu, gbi = np.zeros_like(inputs["bu"]), np.zeros_like(inputs["bi"])
    np.add.at(gP, u, -e[:, None] * Q[i])
    np.add.at(gQ, i, -e[:, None] * P[u])
    np.add.at(gbu, u, -e)
    np.add.at(gbi, i, -e)
    gmu = -e.sum()

    gP += GL * P / group_norms(P)
    gQ += GL * Q / group_norms(Q)
    gbu += REG * inputs["bu"]
    gbi += REG * inputs["bi"]
    return {"dP": gP, "dQ": gQ, "dbu": gbu, "dbi": gbi, "dmu": gmu}
