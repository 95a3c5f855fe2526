"""GP regression: negative log marginal likelihood and its gradient (Rasmussen & Williams eq. 5.9).

k(x, x') = sf^2 exp(-1/2 sum_d (x_d - x'_d)^2 / ell_d^2) + sn^2 delta,  constant mean m
"""
import numpy as np

CONDITIONS = ("short_scales", "duplicate_points")
PARAMS = ["log_ell", "log_sf", "log_sn", "m"]


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    n, d = 10, 3
    X = rng.uniform(-2, 2, size=(n, d))
    y = np.sin(X.sum(1)) + 0.1 * rng.standard_normal(n)
    le = rng.normal(scale=0.3, size=d)
    if condition == "short_scales":
        le = le - 2.0
    if condition == "duplicate_points":
        X[1] = X[0]
        X[5] = X[4]
    return {"X": X, "y": y, "log_ell": le, "log_sf": np.array(0.1 * rng.normal()),
            "log_sn": np.array(-1.0 + 0.1 * rng.normal()), "m": np.array(rng.normal())}


def sqdist_1d(x):
    return (x[:, None] - x[None, :]) ** 2


def kernel(X, log_ell, log_sf):
    D = np.zeros((len(X), len(X)))
    for d in range(X.shape[1]):
        D += sqdist_1d(X[:, d]) / np.exp(2 * log_ell[d])
    return np.exp(2 * log_sf) * np.exp(-0.5 * D)


def forward(inputs):
    X, y = inputs["X"], inputs["y"]
    n = len(y)
    Ky = kernel(X, inputs["log_ell"], inputs["log_sf"]) + np.exp(2 * inputs["log_sn"]) * np.eye(n)
    r = y - inputs["m"]
    alpha = np.linalg.solve(Ky, r)
    logdet = np.linalg.slogdet(Ky)[1]
    return 0.5 * r @ alpha + 0.5 * logdet + 0.5 * n * np.log(2 * np.pi)


def backward(inputs):
    X, y = inputs["X"], inputs["y"]
    n = len(y)
    K = kernel(X, inputs["log_ell"], inputs["log_sf"])
    noise = np.exp(2 * inputs["log_sn"])
    Kinv = np.linalg.inv(K + noise * np.eye(n))
    alpha = Kinv @ (y - inputs["m"])
    Q = 0.5 * (Kinv - np.outer(alpha, alpha))     # dL/dKy

    # chain through each hyperparameter:  dL/dtheta = sum_ij Q_ij dK_ij/dtheta
    g_ell = np.zeros(X.shape[1])
    for d in range(X.shape[1]):
        dK = K * sqdist_1d(X[:, d]) / np.exp(2 * inputs["log_ell"][d])
        g_ell[d] = np.sum(Q * dK)
    g_sf = np.sum(Q * 2 * K)
    g_sn = 2 * noise * np.trace(Q)
    g_m = -alpha.sum()
    return {"g_log_ell": g_ell, "g_log_sf": g_sf, "g_log_sn": g_sn, "g_m": g_m}
