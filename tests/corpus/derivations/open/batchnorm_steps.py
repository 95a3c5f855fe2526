"""Batch normalisation, backward step by step through the graph, inside linear - BN - ReLU - linear - softmax."""

import numpy as np

EPS = 1e-3
CONDITIONS = ("plain", "tiny_variance", "batch_of_two")


def make_inputs(seed, condition="plain"):
    rng = np.random.default_rng(seed)
    N = 2 if condition == "batch_of_two" else 8
    X = rng.normal(size=(N, 4))
    if condition == "tiny_variance":
        X = 1.0 + 1e-6 * X
    return {
        "X": X,
        "y": rng.integers(0, 3, N),
        "W1": rng.normal(size=(4, 5)),
        "b1": rng.normal(size=5),
        "gamma": 1 + 0.5 * rng.normal(size=5),
        "beta": rng.normal(size=5),
        "W2": rng.normal(size=(5, 3)),
        "b2": rng.normal(size=3),
    }


PARAMS = ["W1", "gamma", "beta", "W2", "b2", "X"]


def batchnorm_forward(x, gamma, beta, eps):
    N, D = x.shape
    # step1: mean
    mu = 1.0 / N * np.sum(x, axis=0)
    # step2: subtract the mean
    xmu = x - mu
    # step3 and 4: variance
    sq = xmu**2
    var = 1.0 / N * np.sum(sq, axis=0)
    # step5 and 6: inverse standard deviation
    sqrtvar = np.sqrt(var + eps)
    ivar = 1.0 / sqrtvar
    # step7 to 9: normalise, scale, shift
    xhat = xmu * ivar
    gammax = gamma * xhat
    out = gammax + beta
    return out, (xhat, gamma, xmu, ivar, sqrtvar, var, eps)


def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var, eps = cache
    N, D = dout.shape
    # step9
    dbeta = np.sum(dout, axis=0)
    dgammax = dout
    # step8
    dgamma = np.sum(dgammax * xhat, axis=0)
    dxhat = dgammax * gamma
    # step7
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    # step6
    dsqrtvar = -1.0 / (sqrtvar**2) * divar
    # step5
    dvar = 0.5 * 1.0 / np.sqrt(var + eps) * dsqrtvar
    # step4
    dsq = 1.0 / N * np.ones((N, D)) * dvar
    # step3
    dxmu2 = 2 * xmu * dsq
    # step2
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    # step1
    dx2 = 1.0 / N * np.ones((N, D)) * dmu
    # step0
    dx = dx1 + dx2
    return dx, dgamma, dbeta


def forward(inputs):
    z = inputs["X"] @ inputs["W1"] + inputs["b1"]
    bn, _ = batchnorm_forward(z, inputs["gamma"], inputs["beta"], EPS)
    h = np.maximum(bn, 0)
    s = h @ inputs["W2"] + inputs["b2"]
    s = s - np.max(s, axis=1, keepdims=True)
    logp = s - np.log(np.sum(np.exp(s), axis=1, keepdims=True))
    return -np.mean(logp[np.arange(len(s)), inputs["y"]])


def backward(inputs):
    X, y = inputs["X"], inputs["y"]
    N = len(X)
    z = X @ inputs["W1"] + inputs["b1"]
    bn, cache = batchnorm_forward(z, inputs["gamma"], inputs["beta"], EPS)
    h = np.maximum(bn, 0)
    s = h @ inputs["W2"] + inputs["b2"]
    e = np.exp(s - np.max(s, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)

    ds = p
    ds[np.arange(N), y] -= 1.0
    ds = ds / N
    dW2 = h.T @ ds
    db2 = ds.sum(axis=0)
    dh = ds @ inputs["W2"].T
    dbn = dh * (bn > 0)
    dz, dgamma, dbeta = batchnorm_backward(dbn, cache)
    dW1 = X.T @ dz
    dX = dz @ inputs["W1"].T
    return {"dW1": dW1, "dgamma": dgamma, "dbeta": dbeta, "dW2": dW2, "db2": db2, "dX": dX}
