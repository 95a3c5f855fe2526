"""
Softmax regression with label smoothing and class weights (homework 3, problem 2).

 notation:  x_n in R^D, W in R^{K x D}, c in R^K,  o_n = W x_n + c,  p_n = softmax(o_n)
 targets :  t_nk = (1 - eps) 1[k = y_n] + eps / K
 loss    :  L = - 1/N sum_n omega_{y_n} sum_k t_nk log p_nk
"""
import numpy as np

EPS = 0.1


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    N, D, K = 8, 5, 4
    if condition == "batch_of_one":
        N = 1
    W = rng.normal(size=(K, D))
    if condition == "saturated":
        W = W * 200
    return {
        "x": rng.normal(size=(N, D)),
        "y": rng.integers(0, K, size=N),
        "omega": rng.uniform(0.5, 2.0, size=K),
        "W": W,
        "c": rng.normal(size=K),
    }


CONDITIONS = ("batch_of_one", "saturated")
PARAMS = ["W", "c"]


def log_softmax(o):
    m = o.max(axis=-1, keepdims=True)
    return o - m - np.log(np.exp(o - m).sum(axis=-1, keepdims=True))


def smooth(y, K):
    t = np.full((len(y), K), EPS / K)
    t[np.arange(len(y)), y] += 1 - EPS
    return t


def forward(inputs):
    x, y, W, c = inputs["x"], inputs["y"], inputs["W"], inputs["c"]
    logp = log_softmax(np.einsum("kd,nd->nk", W, x) + c)
    t = smooth(y, len(c))
    per_sample = -np.einsum("nk,nk->n", t, logp)
    return np.mean(inputs["omega"][y] * per_sample)


def backward(inputs):
    x, y, W, c = inputs["x"], inputs["y"], inputs["W"], inputs["c"]
    N = x.shape[0]
    p = np.exp(log_softmax(np.einsum("kd,nd->nk", W, x) + c))
    t = smooth(y, len(c))
    # sum_k t_nk = 1, hence dL/do = omega (p - t) / N
    do = inputs["omega"][y][:, None] * (p - t) / N
    return {"dW": np.einsum("nk,nd->kd", do, x), "dc": np.einsum("nk->k", do)}
