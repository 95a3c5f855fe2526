"""Pre-norm transformer block: layer norm, two causal heads, residual, layer norm, feed-forward with tanh GELU, residual."""

import numpy as np

S, E, HEADS, F = 3, 4, 2, 5
EPS = 1e-5


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    shapes = {
        "x": (S, E),
        "g1": (E,),
        "s1": (E,),
        "Wqkv": (E, 3 * E),
        "bqkv": (3 * E,),
        "Wo": (E, E),
        "g2": (E,),
        "s2": (E,),
        "W1": (E, F),
        "c1": (F,),
        "W2": (F, E),
        "c2": (E,),
        "y": (S, E),
    }
    return {k: rng.normal(size=v) for k, v in shapes.items()}


PARAMS = ["x", "g1", "s1", "Wqkv", "bqkv", "Wo", "g2", "s2", "W1", "c1", "W2", "c2"]


def layer_norm(x, g, s):
    mu = x.mean(-1, keepdims=True)
    r = 1 / np.sqrt(((x - mu) ** 2).mean(-1, keepdims=True) + EPS)
    xhat = (x - mu) * r
    return xhat * g + s, (xhat, r, g)


def layer_norm_back(d, cache):
    xhat, r, g = cache
    dg = (d * xhat).sum(0)
    ds = d.sum(0)
    dxhat = d * g
    dx = r * (dxhat - dxhat.mean(-1, keepdims=True) - xhat * (dxhat * xhat).mean(-1, keepdims=True))
    return dx, dg, ds


def split(t):
    return t.reshape(S, HEADS, E // HEADS).transpose(1, 0, 2)


def merge(t):
    return t.transpose(1, 0, 2).reshape(S, E)


def gelu(z):
    return 0.5 * z * (1 + np.tanh(0.7978845608028654 * (z + 0.044715 * z**3)))


def gelu_grad(z):
    t = np.tanh(0.7978845608028654 * (z + 0.044715 * z**3))
    return 0.5 * (1 + t) + 0.5 * z * (1 - t * t) * 0.7978845608028654 * (1 + 0.134145 * z**2)


def run(p):
    n1, c_ln1 = layer_norm(p["x"], p["g1"], p["s1"])
    qkv = n1 @ p["Wqkv"] + p["bqkv"]
    q, k, v = (split(t) for t in np.split(qkv, 3, axis=1))
    scores = q @ k.transpose(0, 2, 1) / np.sqrt(E // HEADS)
    scores = scores + np.triu(np.full((S, S), -1e9), 1)
    P = np.exp(scores - scores.max(-1, keepdims=True))
    P = P / P.sum(-1, keepdims=True)
    heads = merge(P @ v)
    x1 = p["x"] + heads @ p["Wo"]
    n2, c_ln2 = layer_norm(x1, p["g2"], p["s2"])
    z = n2 @ p["W1"] + p["c1"]
    h = gelu(z)
    out = x1 + h @ p["W2"] + p["c2"]
    return out, (n1, c_ln1, q, k, v, P, heads, n2, c_ln2, z, h)


def forward(inputs):
    out, _ = run(inputs)
    return ((out - inputs["y"]) ** 2).sum() / 2


def backward(inputs):
    p = inputs
    out, (n1, c_ln1, q, k, v, P, heads, n2, c_ln2, z, h) = run(p)
    dout = out - p["y"]
    # feed-forward
    dW2 = h.T @ dout
    dc2 = dout.sum(0)
    dz = (dout @ p["W2"].T) * gelu_grad(z)
    dW1 = n2.T @ dz
    dc1 = dz.sum(0)
    dn2 = dz @ p["W1"].T
    dx1, dg2, ds2 = layer_norm_back(dn2, c_ln2)
    dx1 = dx1 + dout
    # attention
    dWo = heads.T @ dx1
    dheads = split(dx1 @ p["Wo"].T)
    dv = P.transpose(0, 2, 1) @ dheads
    dP = dheads @ v.transpose(0, 2, 1)
    dscores = P * (dP - (dP * P).sum(-1, keepdims=True))
    dscores = dscores / np.sqrt(E // HEADS)
    dq = dscores @ k
    dk = dscores.transpose(0, 2, 1) @ q
    dqkv = np.concatenate([merge(dq), merge(dk), merge(dv)], axis=1)
    dWqkv = n1.T @ dqkv
    dbqkv = dqkv.sum(0)
    dn1 = dqkv @ p["Wqkv"].T
    dx, dg1, ds1 = layer_norm_back(dn1, c_ln1)
    dx = dx + dx1
    return {
        "dx": dx,
        "dg1": dg1,
        "ds1": ds1,
        "dWqkv": dWqkv,
        "dbqkv": dbqkv,
        "dWo": dWo,
        "dg2": dg2,
        "ds2": ds2,
        "dW1": dW1,
        "dc1": dc1,
        "dW2": dW2,
        "dc2": dc2,
    }
