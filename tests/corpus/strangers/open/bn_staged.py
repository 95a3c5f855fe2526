# Batch normalisation, one node of the computational graph at a time.
import numpy as np

CONDITIONS = ("tiny_variance", "batch_of_two")
eps = 1e-5
PARAMS = ("x", "W1", "gamma", "beta", "W2", "b2")


def make_inputs(seed, condition=None):
    rng = np.random.RandomState(seed)
    N = 2 if condition == "batch_of_two" else 6
    x = rng.randn(N, 4)
    if condition == "tiny_variance":
        x = 1.0 + 1e-3 * x
    return {
        "x": x,
        "y": rng.randn(N, 2),
        "W1": rng.randn(4, 5),
        "gamma": 1 + 0.2 * rng.randn(5),
        "beta": 0.5 * rng.randn(5),
        "W2": rng.randn(5, 2),
        "b2": rng.randn(2),
    }


def batchnorm_forward(x, gamma, beta):
    N, D = x.shape
    # step1: mean
    mu = 1.0 / N * np.sum(x, axis=0)
    # step2: subtract mean
    xmu = x - mu
    # step3: square
    sq = xmu ** 2
    # step4: variance
    var = 1.0 / N * np.sum(sq, axis=0)
    # step5: sqrt
    sqrtvar = np.sqrt(var + eps)
    # step6: invert
    ivar = 1.0 / sqrtvar
    # step7: normalise
    xhat = xmu * ivar
    # step8, 9: scale and shift
    gammax = gamma * xhat
    out = gammax + beta
    cache = (xhat, gamma, xmu, ivar, sqrtvar, var)
    return out, cache


def batchnorm_backward(dout, cache):
    xhat, gamma, xmu, ivar, sqrtvar, var = cache
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
    dsqrtvar = -1.0 / (sqrtvar ** 2) * divar
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
    h = inputs["x"].dot(inputs["W1"])
    out, _ = batchnorm_forward(h, inputs["gamma"], inputs["beta"])
    a = np.tanh(out)
    scores = a.dot(inputs["W2"]) + inputs["b2"]
    return 0.5 * np.sum((scores - inputs["y"]) ** 2) / inputs["x"].shape[0]


def backward(inputs):
    x, W1, W2 = inputs["x"], inputs["W1"], inputs["W2"]
    h = x.dot(W1)
    out, cache = batchnorm_forward(h, inputs["gamma"], inputs["beta"])
    a = np.tanh(out)
    scores = a.dot(W2) + inputs["b2"]

    dscores = (scores - inputs["y"]) / x.shape[0]
    dW2 = a.T.dot(dscores)
    db2 = dscores.sum(axis=0)
    da = dscores.dot(W2.T)
    dout = da * (1 - a ** 2)
    dh, dgamma, dbeta = batchnorm_backward(dout, cache)
    dW1 = x.T.dot(dh)
    dx = dh.dot(W1.T)
    return {"dx": dx, "dW1": dW1, "dgamma": dgamma, "dbeta": dbeta, "dW2": dW2, "db2": db2}
