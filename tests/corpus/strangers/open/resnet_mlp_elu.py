"""Residual MLP. Each block: h <- h + V elu(U h + u) ; head is linear; cost = 1/2 sum of squares / batch."""
import numpy as np


def elu(z, alpha=1.0):
    return np.where(z > 0, z, alpha * (np.exp(np.minimum(z, 0)) - 1))


def d_elu(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * np.exp(np.minimum(z, 0)))


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    d, k, n = 5, 7, 6
    if condition == "single":
        n = 1
    out = {"x": rng.normal(size=(n, d)), "y": rng.normal(size=(n, 2))}
    for blk in "abc":
        out["U" + blk] = rng.normal(size=(d, k)) / np.sqrt(d)
        out["u" + blk] = 0.1 * rng.normal(size=k)
        out["V" + blk] = rng.normal(size=(k, d)) / np.sqrt(k)
    out["head"] = rng.normal(size=(d, 2))
    if condition == "zero_init":
        # popular trick: last matrix of each branch starts at zero
        for blk in "abc":
            out["V" + blk][:] = 0
    return out


CONDITIONS = ("single", "zero_init")
PARAMS = ["Ua", "ua", "Va", "Ub", "ub", "Vb", "Uc", "uc", "Vc", "head"]


def block_fwd(h, U, u, V):
    pre = h @ U + u
    act = elu(pre)
    return h + act @ V, (h, pre, act, U, V)


def block_bwd(dout, tape):
    h, pre, act, U, V = tape
    dV = act.T @ dout
    dpre = (dout @ V.T) * d_elu(pre)
    dU = h.T @ dpre
    du = dpre.sum(0)
    dh = dout + dpre @ U.T
    return dh, dU, du, dV


def trunk(inputs):
    h, tapes = inputs["x"], []
    for blk in "abc":
        h, tape = block_fwd(h, inputs["U" + blk], inputs["u" + blk], inputs["V" + blk])
        tapes.append(tape)
    return h, tapes


def forward(inputs):
    h, _ = trunk(inputs)
    r = h @ inputs["head"] - inputs["y"]
    return 0.5 * np.sum(r * r) / len(r)


def backward(inputs):
    h, tapes = trunk(inputs)
    r = h @ inputs["head"] - inputs["y"]
    dr = r / len(r)
    g = {"dhead": h.T @ dr}
    dh = dr @ inputs["head"].T
    for blk, tape in zip("cba", reversed(tapes)):
        dh, g["dU" + blk], g["du" + blk], g["dV" + blk] = block_bwd(dh, tape)
    return g
