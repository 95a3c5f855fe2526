"""GRU in PyTorch's form (reset gate after the matrix product, two biases), final state into a linear layer, half squared error."""

import numpy as np


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    T, N, D, H = 4, 3, 2, 3
    return {
        "x": rng.normal(size=(T, N, D)),
        "y": rng.normal(size=(N,)),
        "Wi": rng.normal(size=(3 * H, D)),
        "Wh": rng.normal(size=(3 * H, H)),
        "bi": rng.normal(size=3 * H),
        "bh": rng.normal(size=3 * H),
        "h0": rng.normal(size=(N, H)),
        "w": rng.normal(size=H),
    }


PARAMS = ["Wi", "Wh", "bi", "bh", "h0", "w"]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def cell(x, h, Wi, Wh, bi, bh):
    H = h.shape[1]
    a = x @ Wi.T + bi
    u = h @ Wh.T + bh
    r = sigmoid(a[:, :H] + u[:, :H])
    z = sigmoid(a[:, H : 2 * H] + u[:, H : 2 * H])
    n = np.tanh(a[:, 2 * H :] + r * u[:, 2 * H :])
    return (1 - z) * n + z * h, (r, z, n, u[:, 2 * H :])


def forward(inputs):
    h = inputs["h0"]
    for t in range(inputs["x"].shape[0]):
        h, _ = cell(inputs["x"][t], h, inputs["Wi"], inputs["Wh"], inputs["bi"], inputs["bh"])
    out = h @ inputs["w"]
    return 0.5 * np.mean((out - inputs["y"]) ** 2)


def backward(inputs):
    x, Wi, Wh = inputs["x"], inputs["Wi"], inputs["Wh"]
    T, N, _ = x.shape
    H = Wh.shape[1]
    h = [inputs["h0"]]
    saved = []
    for t in range(T):
        h_new, gates = cell(x[t], h[-1], Wi, Wh, inputs["bi"], inputs["bh"])
        h.append(h_new)
        saved.append(gates)

    d_out = (h[T] @ inputs["w"] - inputs["y"]) / N
    grad_w = h[T].T @ d_out
    dh = np.outer(d_out, inputs["w"])
    grad_Wi = np.zeros_like(Wi)
    grad_Wh = np.zeros_like(Wh)
    grad_bi = np.zeros(3 * H)
    grad_bh = np.zeros(3 * H)
    for t in range(T - 1, -1, -1):
        r, z, n, un = saved[t]
        dn = dh * (1 - z) * (1 - n**2)
        dz = dh * (h[t] - n) * z * (1 - z)
        dr = dn * un * r * (1 - r)
        da = np.concatenate([dr, dz, dn], axis=1)
        du = np.concatenate([dr, dz, dn * r], axis=1)
        grad_Wi += da.T @ x[t]
        grad_bi += da.sum(axis=0)
        grad_Wh += du.T @ h[t]
        grad_bh += du.sum(axis=0)
        dh = du @ Wh + dh * z
    return {"grad_Wi": grad_Wi, "grad_Wh": grad_Wh, "grad_bi": grad_bi, "grad_bh": grad_bh, "grad_h0": dh, "grad_w": grad_w}
