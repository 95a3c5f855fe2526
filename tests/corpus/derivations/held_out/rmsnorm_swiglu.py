"""RMS normalisation followed by a SwiGLU feed-forward layer with a residual connection; mean squared error."""

import numpy as np

EPS = 1e-6


def make_inputs(seed, condition="plain"):
    rng = np.random.default_rng(seed)
    N, D, F = (1 if condition == "one" else 5), 4, 6
    data = {
        "x": rng.normal(size=(N, D)),
        "gain": rng.normal(size=D),
        "W": rng.normal(size=(D, F)),
        "V": rng.normal(size=(D, F)),
        "W2": rng.normal(size=(F, D)),
        "target": rng.normal(size=(N, D)),
    }
    if condition == "tiny":
        data["x"] = data["x"] * 1e-4
    return data


CONDITIONS = ("plain", "one", "tiny")
PARAMS = ("x", "gain", "W", "V", "W2")


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def forward(inputs):
    x = inputs["x"]
    ms = np.mean(x**2, axis=1, keepdims=True)
    xn = x / np.sqrt(ms + EPS) * inputs["gain"]
    p = xn @ inputs["W"]
    q = xn @ inputs["V"]
    y = x + (p * sigmoid(p) * q) @ inputs["W2"]
    return np.mean((y - inputs["target"]) ** 2)


def backward(inputs):
    x, gain, W, V, W2 = (inputs[name] for name in PARAMS)
    # recompute the forward pass
    ms = np.mean(x**2, axis=1, keepdims=True)
    r = 1 / np.sqrt(ms + EPS)
    xhat = x * r
    xn = xhat * gain
    p = xn @ W
    q = xn @ V
    s = sigmoid(p)
    h = p * s * q
    y = x + h @ W2

    dy = 2 * (y - inputs["target"]) / y.size
    dW2 = h.T @ dy
    dh = dy @ W2.T
    dq = dh * p * s
    dp = dh * q * (s + p * s * (1 - s))
    dW = xn.T @ dp
    dV = xn.T @ dq
    dxn = dp @ W.T + dq @ V.T
    dgain = (dxn * xhat).sum(axis=0)
    dxhat = dxn * gain
    dx = dy + r * (dxhat - xhat * np.mean(dxhat * xhat, axis=1, keepdims=True))
    return {"g_x": dx, "g_gain": dgain, "g_W": dW, "g_V": dV, "g_W2": dW2}
