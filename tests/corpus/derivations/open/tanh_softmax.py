"""Two-layer classifier, tanh hidden layer, softmax cross entropy, integer labels; row batch, kernels of shape (in, out)."""

import numpy as np

CONDITIONS = ("plain", "saturated", "batch_of_one")


def make_inputs(seed, condition="plain"):
    rng = np.random.default_rng(seed)
    N, D, H, K = 7, 5, 6, 4
    if condition == "batch_of_one":
        N = 1
    gain = 15.0 if condition == "saturated" else 0.8
    return {
        "X": rng.standard_normal((N, D)),
        "y": rng.integers(0, K, size=N),
        "W1": gain * rng.standard_normal((D, H)),
        "b1": 0.1 * rng.standard_normal(H),
        "W2": rng.standard_normal((H, K)),
        "b2": 0.1 * rng.standard_normal(K),
    }


def _run(inputs):
    cache = {}
    cache["h"] = np.tanh(inputs["X"] @ inputs["W1"] + inputs["b1"])
    cache["scores"] = cache["h"] @ inputs["W2"] + inputs["b2"]
    shifted = cache["scores"] - cache["scores"].max(axis=1, keepdims=True)
    exp_scores = np.exp(shifted)
    cache["probs"] = exp_scores / exp_scores.sum(axis=1, keepdims=True)
    cache["shifted"] = shifted
    return cache


def forward(inputs):
    cache = _run(inputs)
    N = inputs["X"].shape[0]
    log_probs = cache["shifted"] - np.log(np.exp(cache["shifted"]).sum(axis=1, keepdims=True))
    return -log_probs[np.arange(N), inputs["y"]].sum() / N


def backward(inputs):
    cache = _run(inputs)
    X, y = inputs["X"], inputs["y"]
    N = X.shape[0]

    dscores = cache["probs"].copy()
    dscores[np.arange(N), y] -= 1
    dscores /= N

    dW2 = cache["h"].T @ dscores
    db2 = np.sum(dscores, axis=0)
    dh = dscores @ inputs["W2"].T
    dz1 = dh * (1 - cache["h"] ** 2)
    dW1 = X.T @ dz1
    db1 = np.sum(dz1, axis=0)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2}
