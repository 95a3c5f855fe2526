"""Skip-gram with negative sampling"""
import numpy as np


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    V, D, B, K = 10, 4, 8, 3
    return {
        "center": rng.integers(0, V, B),
        "context": rng.integers(0, V, B),
        "negatives": rng.integers(0, V, (B, K)),
        "W_in": rng.standard_normal((V, D)),
        "W_out": rng.standard_normal((V, D)),
    }


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def forward(inputs):
    vc = inputs["W_in"][inputs["center"]]
    uo = inputs["W_out"][inputs["context"]]
    un = inputs["W_out"][inputs["negatives"]]
    pos = np.sum(vc * uo, axis=1)
    neg = np.einsum("bd,bkd->bk", vc, un)
    loss = -np.log(sigmoid(pos)) - np.log(sigmoid(-neg)).sum(axis=1)
    return loss.mean()


def backward(inputs):
    center, context, negatives = inputs["center"], inputs["context"], inputs["negatives"]
    W_in, W_out = inputs["W_in"], inputs["W_out"]
    B = len(center)

    vc = W_in[center]
    uo = W_out[context]
    un = W_out[negatives]

    g_pos = (sigmoid(np.sum(vc * uo, axis=1)) - 1) / B               # (B,)
    g_neg = sigmoid(np.einsum("bd,bkd->bk", vc, un)) / B             # (B, K)

    grad_vc = g_pos[:, None] * uo + np.einsum("bk,bkd->bd", g_neg, un)
    grad_uo = g_pos[:, None] * vc
    grad_un = g_neg[:, :, None] * vc[:, None, :]

    grad_W_in = np.zeros_like(W_in)
    grad_W_out = np.zeros_like(W_out)
    np.add.at(grad_W_in, center, grad_vc)
    np.add.at(grad_W_out, context, grad_uo)
    np.add.at(grad_W_out, negatives.reshape(-1), grad_un.reshape(-1, grad_un.shape[-1]))
    return {"grad_W_in": grad_W_in, "grad_W_out": grad_W_out}
