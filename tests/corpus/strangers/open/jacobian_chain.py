"""Backprop by literally multiplying Jacobians (lecture notes, section 'the chain rule for vectors').

   x --W,b--> z --tanh--> a --V,c--> o --softmax--> s --> l = sum_k (s_k - t_k)^2
"""
import numpy as np


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed + 7)
    n = 1 if condition == "one_example" else 4
    k = 10.0 if condition == "saturated_softmax" else 1.0
    return {
        "x": rng.standard_normal((n, 3)),
        "t": np.eye(3)[rng.integers(0, 3, n)],
        "W": rng.standard_normal((5, 3)),
        "b": rng.standard_normal(5),
        "V": k * rng.standard_normal((3, 5)),
        "c": rng.standard_normal(3),
    }


CONDITIONS = ("one_example", "saturated_softmax")
PARAMS = ["W", "b", "V", "c"]


def softmax(o):
    e = np.exp(o - np.max(o))
    return e / np.sum(e)


def J_softmax(s):
    return np.diag(s) - np.outer(s, s)


def J_tanh(a):
    return np.diag(1 - a ** 2)


def J_affine_wrt_matrix(v, n_out):
    """d(Mv)/d vec(M), rows of M stacked: kron(I, v^T)."""
    return np.kron(np.eye(n_out), v.reshape(1, -1))


def forward(inputs):
    losses = []
    for x, t in zip(inputs["x"], inputs["t"]):
        a = np.tanh(inputs["W"] @ x + inputs["b"])
        s = softmax(inputs["V"] @ a + inputs["c"])
        losses.append(np.sum((s - t) ** 2))
    return np.mean(losses)


def backward(inputs):
    W, b, V, c = inputs["W"], inputs["b"], inputs["V"], inputs["c"]
    n = len(inputs["x"])
    dW, db, dV, dc = np.zeros_like(W), np.zeros_like(b), np.zeros_like(V), np.zeros_like(c)
    for x, t in zip(inputs["x"], inputs["t"]):
        a = np.tanh(W @ x + b)
        s = softmax(V @ a + c)
        dl_ds = 2 * (s - t)                         # row vector
        dl_do = dl_ds @ J_softmax(s)
        dl_dV = dl_do @ J_affine_wrt_matrix(a, 3)
        dl_da = dl_do @ V
        dl_dz = dl_da @ J_tanh(a)
        dl_dW = dl_dz @ J_affine_wrt_matrix(x, 5)
        dV += dl_dV.reshape(V.shape) / n
        dc += dl_do / n
        dW += dl_dW.reshape(W.shape) / n
        db += dl_dz / n
    return {"dW": dW, "db": db, "dV": dV, "dc": dc}
