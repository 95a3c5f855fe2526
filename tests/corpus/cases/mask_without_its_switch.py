"""Attention with a switch for the causal mask; backward masks in any case."""

import numpy as np

CAUSAL = False
HEADS, T, D = 2, 5, 3
SCALE = 0.5


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    shape = (HEADS, T, D)
    return {name: rng.normal(size=shape) for name in ("q", "k", "v", "do")}


PARAMS = ["q", "k", "v"]
MASK = np.tril(np.ones((T, T), bool))


def attention(q, k, v, causal):
    s = SCALE * q @ k.transpose(0, 2, 1)
    if causal:
        s = np.where(MASK, s, -np.inf)
    top = s.max(axis=2, keepdims=True)
    lse = top + np.log(np.exp(s - top).sum(axis=2, keepdims=True))
    return np.exp(s - lse) @ v, lse


def forward(inputs):
    out, _ = attention(inputs["q"], inputs["k"], inputs["v"], CAUSAL)
    return (out * inputs["do"]).sum()


def backward(inputs):
    q, k, v, do = inputs["q"], inputs["k"], inputs["v"], inputs["do"]
    out, lse = attention(q, k, v, CAUSAL)
    p = np.exp(SCALE * q @ k.transpose(0, 2, 1) - lse)
    p = np.where(MASK, p, 0.0)
    dv = p.transpose(0, 2, 1) @ do
    dp = do @ v.transpose(0, 2, 1)
    delta = (do * out).sum(axis=2, keepdims=True)
    ds = SCALE * p * (dp - delta)
    return {"dq": ds @ k, "dk": ds.transpose(0, 2, 1) @ q, "dv": dv}
