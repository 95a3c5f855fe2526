"""im2col convolution (stride 1, padding 1), max pooling 2x2, softmax cross entropy: the layout of many course assignments."""

import numpy as np


def make_inputs(seed, condition="plain"):
    rng = np.random.default_rng(seed)
    N = 1 if condition == "one_image" else 3
    d = {
        "X": rng.normal(size=(N, 2, 4, 4)),
        "Wc": rng.normal(size=(3, 2, 3, 3)) * 0.5,
        "bc": rng.normal(size=3),
        "Wf": rng.normal(size=(3 * 2 * 2, 5)),
        "bf": rng.normal(size=5),
        "y": rng.integers(0, 5, N),
    }
    if condition == "dead_channel":
        d["Wc"][0] = 0.0
        d["bc"][0] = -1.0
    return d


CONDITIONS = ["plain", "one_image", "dead_channel"]
PARAMS = ["Wc", "bc", "Wf", "bf"]


def get_im2col_indices(C, H, W, field=3):
    i0 = np.tile(np.repeat(np.arange(field), field), C)
    i1 = np.repeat(np.arange(H), W)
    j0 = np.tile(np.arange(field), field * C)
    j1 = np.tile(np.arange(W), H)
    i = i0.reshape(-1, 1) + i1.reshape(1, -1)
    j = j0.reshape(-1, 1) + j1.reshape(1, -1)
    k = np.repeat(np.arange(C), field * field).reshape(-1, 1)
    return k, i, j


def conv_forward(X, W, b):
    N, C, H, Wd = X.shape
    k, i, j = get_im2col_indices(C, H, Wd)
    Xp = np.pad(X, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="constant")
    cols = Xp[:, k, i, j].transpose(1, 2, 0).reshape(C * 9, -1)
    out = W.reshape(W.shape[0], -1) @ cols + b.reshape(-1, 1)
    out = out.reshape(W.shape[0], H, Wd, N).transpose(3, 0, 1, 2)
    return out, cols


def pool_forward(A):
    N, C, H, W = A.shape
    windows = A.reshape(N, C, H // 2, 2, W // 2, 2)
    return windows.max(axis=5).max(axis=3)


def forward(inputs):
    out, _ = conv_forward(inputs["X"], inputs["Wc"], inputs["bc"])
    act = np.maximum(0, out)
    pooled = pool_forward(act)
    scores = pooled.reshape(len(pooled), -1) @ inputs["Wf"] + inputs["bf"]
    m = scores.max(axis=1, keepdims=True)
    lse = m[:, 0] + np.log(np.exp(scores - m).sum(axis=1))
    return np.mean(lse - scores[np.arange(len(scores)), inputs["y"]])


def backward(inputs):
    X, Wc = inputs["X"], inputs["Wc"]
    N, C, H, W = X.shape
    F = Wc.shape[0]
    out, cols = conv_forward(X, Wc, inputs["bc"])
    act = np.maximum(0, out)
    pooled = pool_forward(act)
    flat = pooled.reshape(N, -1)
    scores = flat @ inputs["Wf"] + inputs["bf"]
    probs = np.exp(scores - scores.max(axis=1, keepdims=True))
    probs /= probs.sum(axis=1, keepdims=True)

    # softmax
    dscores = probs
    dscores[range(N), inputs["y"]] -= 1
    dscores /= N
    # fully connected
    dWf = flat.T.dot(dscores)
    dbf = dscores.sum(axis=0)
    dpooled = dscores.dot(inputs["Wf"].T).reshape(pooled.shape)
    # max pool: the gradient goes to the winner of each window
    up = pooled.repeat(2, axis=2).repeat(2, axis=3)
    mask = act == up
    ties = mask.reshape(N, F, H // 2, 2, W // 2, 2).sum(axis=(3, 5)).repeat(2, axis=2).repeat(2, axis=3)
    dact = dpooled.repeat(2, axis=2).repeat(2, axis=3) * mask / ties
    # relu
    dout = dact * (out > 0)
    # conv
    dbc = dout.sum(axis=(0, 2, 3))
    dout_cols = dout.transpose(1, 2, 3, 0).reshape(F, -1)
    dWc = (dout_cols @ cols.T).reshape(Wc.shape)
    return {"dWc": dWc, "dbc": dbc, "dWf": dWf, "dbf": dbf}
