"""
A pre-LN transformer block (GPT style), forward and backward by hand.

    x = x + Attn(LN1(x))
    x = x + MLP(LN2(x))
then a linear read-out with softmax cross entropy at each position.
Shapes follow karpathy: B batch, T time, C channels, nh heads, hs head size.
"""
import math
import numpy as np

NH = 2
CONDITIONS = ["T1"]
PARAMS = ["x", "ln1w", "ln1b", "qkvw", "qkvb", "projw", "projb", "ln2w", "ln2b",
          "fcw", "fcb", "fcprojw", "fcprojb", "lm"]


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    B, T, C, V = 2, 4, 6, 5
    if condition == "T1":
        T = 1
    n = lambda *s: rng.standard_normal(s)
    return {
        "x": n(B, T, C),
        "ln1w": 1 + 0.1 * n(C), "ln1b": 0.1 * n(C),
        "qkvw": 0.5 * n(C, 3 * C), "qkvb": 0.1 * n(3 * C),
        "projw": 0.5 * n(C, C), "projb": 0.1 * n(C),
        "ln2w": 1 + 0.1 * n(C), "ln2b": 0.1 * n(C),
        "fcw": 0.5 * n(C, 8), "fcb": 0.1 * n(8),
        "fcprojw": 0.5 * n(8, C), "fcprojb": 0.1 * n(C),
        "lm": 0.5 * n(C, V),
        "targets": rng.integers(0, V, (B, T)),
    }


# ---------------------------------------------------------------- layer norm
def layernorm_fwd(x, w, b, eps=1e-5):
    mean = x.mean(-1, keepdims=True)
    rstd = 1.0 / np.sqrt(((x - mean) ** 2).mean(-1, keepdims=True) + eps)
    norm = (x - mean) * rstd
    return norm * w + b, (norm, rstd, w)


def layernorm_bwd(dout, cache):
    norm, rstd, w = cache
    db = dout.sum((0, 1))
    dw = (dout * norm).sum((0, 1))
    dnorm = dout * w
    dx = dnorm - dnorm.mean(-1, keepdims=True) - norm * (dnorm * norm).mean(-1, keepdims=True)
    dx *= rstd
    return dx, dw, db


# ---------------------------------------------------------------- gelu (tanh)
def gelu(x):
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x ** 3)))


def gelu_bwd(dout, x):
    s = math.sqrt(2 / math.pi)
    t = np.tanh(s * (x + 0.044715 * x ** 3))
    local = 0.5 * (1 + t) + 0.5 * x * (1 - t ** 2) * s * (1 + 3 * 0.044715 * x ** 2)
    return dout * local


# ---------------------------------------------------------------- attention
def split_heads(a):
    B, T, C = a.shape
    return a.reshape(B, T, NH, C // NH).transpose(0, 2, 1, 3)


def merge_heads(a):
    B, nh, T, hs = a.shape
    return a.transpose(0, 2, 1, 3).reshape(B, T, nh * hs)


def attention_fwd(x, p):
    B, T, C = x.shape
    qkv = x @ p["qkvw"] + p["qkvb"]
    q, k, v = [split_heads(a) for a in np.split(qkv, 3, axis=-1)]
    scale = 1.0 / math.sqrt(q.shape[-1])
    att = q @ k.transpose(0, 1, 3, 2) * scale
    causal = np.tril(np.ones((T, T), dtype=bool))
    att = np.where(causal, att, -1e10)
    att = att - att.max(-1, keepdims=True)
    att = np.exp(att)
    att = att / att.sum(-1, keepdims=True)
    y = merge_heads(att @ v)
    return y @ p["projw"] + p["projb"], (x, q, k, v, att, y, scale)


def attention_bwd(dout, cache, p, grads):
    x, q, k, v, att, y, scale = cache
    grads["projw"] = np.einsum("bti,btj->ij", y, dout)
    grads["projb"] = dout.sum((0, 1))
    dy = split_heads(dout @ p["projw"].T)
    datt = dy @ v.transpose(0, 1, 3, 2)
    dv = att.transpose(0, 1, 3, 2) @ dy
    dpre = att * (datt - (datt * att).sum(-1, keepdims=True))
    dq = dpre @ k * scale
    dk = dpre.transpose(0, 1, 3, 2) @ q * scale
    dqkv = np.concatenate([merge_heads(dq), merge_heads(dk), merge_heads(dv)], axis=-1)
    grads["qkvw"] = np.einsum("bti,btj->ij", x, dqkv)
    grads["qkvb"] = dqkv.sum((0, 1))
    return dqkv @ p["qkvw"].T


# ---------------------------------------------------------------- model
def block(p):
    x0 = p["x"]
    l1, ln1c = layernorm_fwd(x0, p["ln1w"], p["ln1b"])
    a, attc = attention_fwd(l1, p)
    x1 = x0 + a
    l2, ln2c = layernorm_fwd(x1, p["ln2w"], p["ln2b"])
    h = l2 @ p["fcw"] + p["fcb"]
    hg = gelu(h)
    x2 = x1 + hg @ p["fcprojw"] + p["fcprojb"]
    logits = x2 @ p["lm"]
    m = logits.max(-1, keepdims=True)
    logprobs = logits - m - np.log(np.exp(logits - m).sum(-1, keepdims=True))
    return ln1c, attc, l2, ln2c, h, hg, x2, logprobs


def forward(p):
    logprobs = block(p)[-1]
    return -np.take_along_axis(logprobs, p["targets"][..., None], axis=-1).mean()


def backward(p):
    ln1c, attc, l2, ln2c, h, hg, x2, logprobs = block(p)
    B, T, C = x2.shape
    grads = {}
    dlogits = np.exp(logprobs)
    b, t = np.indices((B, T))
    dlogits[b, t, p["targets"]] -= 1
    dlogits /= B * T
    grads["lm"] = x2.reshape(-1, C).T @ dlogits.reshape(B * T, -1)
    dx2 = dlogits @ p["lm"].T

    # mlp branch
    grads["fcprojb"] = dx2.sum((0, 1))
    grads["fcprojw"] = hg.reshape(B * T, -1).T @ dx2.reshape(B * T, -1)
    dh = gelu_bwd(dx2 @ p["fcprojw"].T, h)
    grads["fcb"] = dh.sum((0, 1))
    grads["fcw"] = l2.reshape(B * T, -1).T @ dh.reshape(B * T, -1)
    dl2 = dh @ p["fcw"].T
    dx1, grads["ln2w"], grads["ln2b"] = layernorm_bwd(dl2, ln2c)
    dx1 += dx2

    # attention branch
    dl1 = attention_bwd(dx1, attc, p, grads)
    dx0, grads["ln1w"], grads["ln1b"] = layernorm_bwd(dl1, ln1c)
    dx0 += dx1
    grads["x"] = dx0
    return grads
