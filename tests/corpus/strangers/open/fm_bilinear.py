"""Factorisation machine plus a bilinear user-item layer, log loss with labels -1/+1.

  yhat = w0 + <w, x> + 1/2 sum_f [ (sum_i v_if x_i)^2 - sum_i v_if^2 x_i^2 ] + u' B i
"""
import numpy as np

l2_w, l2_v = 0.02, 0.05


def make_inputs(seed):
    rng = np.random.RandomState(seed)
    n, d, k = 7, 6, 3
    X = rng.rand(n, d) * (rng.rand(n, d) < 0.7)
    y = 2 * rng.randint(0, 2, n) - 1
    return {"X": X, "y": y,
            "user": rng.randn(n, 2), "item": rng.randn(n, 3),
            "w0": np.array([0.1 * rng.randn()]), "w": rng.randn(d), "V": rng.randn(d, k), "B": rng.randn(2, 3)}


PARAMS = ["w0", "w", "V", "user", "item", "B"]


def predict(w0, w, V, X, user, item, B):
    linear = X.dot(w)
    s = X.dot(V)
    pair = 0.5 * (s ** 2 - (X ** 2).dot(V ** 2)).sum(axis=1)
    bil = np.array([user[m] @ B @ item[m] for m in range(len(X))])
    return w0[0] + linear + pair + bil


def forward(inputs):
    X, y = inputs["X"], inputs["y"]
    w0, w, V = inputs["w0"], inputs["w"], inputs["V"]
    yhat = predict(w0, w, V, X, inputs["user"], inputs["item"], inputs["B"])
    loss = np.log(1 + np.exp(-y * yhat)).mean()
    return loss + l2_w * (w ** 2).sum() + l2_v * (V ** 2).sum()


def backward(inputs):
    X, y = inputs["X"], inputs["y"]
    w0, w, V = inputs["w0"], inputs["w"], inputs["V"]
    user, item, B = inputs["user"], inputs["item"], inputs["B"]
    n, d = X.shape
    k = V.shape[1]
    yhat = predict(w0, w, V, X, user, item, B)
    g = -y / (1 + np.exp(y * yhat)) / n

    grad_w0 = np.array([g.sum()])
    grad_w = X.T.dot(g) + 2 * l2_w * w

    grad_V = np.zeros((d, k))
    s = X.dot(V)
    for i in range(d):
        for f in range(k):
            acc = 0.0
            for m in range(n):
                acc += g[m] * (X[m, i] * s[m, f] - V[i, f] * X[m, i] ** 2)
            grad_V[i, f] = acc
    grad_V += 2 * l2_v * V

    grad_B = np.zeros_like(B)
    grad_user = np.zeros_like(user)
    grad_item = np.zeros_like(item)
    for m in range(n):
        grad_B += g[m] * np.outer(user[m], item[m])
        grad_user[m] = g[m] * (B @ item[m])
        grad_item[m] = g[m] * (B.T @ user[m])
    return {"grad_w0": grad_w0, "grad_w": grad_w, "grad_V": grad_V,
            "grad_user": grad_user, "grad_item": grad_item, "grad_B": grad_B}
