"""Three-layer ReLU regression with weight decay on the weights (not on the biases); W is (out, in), one row per sample."""

import numpy as np

LAMBDA = 0.05
CONDITIONS = ("plain", "kinks", "batch_of_one")


def make_inputs(seed, condition):
    rng = np.random.default_rng(seed)
    n = 1 if condition == "batch_of_one" else 6
    data = {
        "x": rng.normal(size=(n, 4)),
        "t": rng.normal(size=(n, 3)),
        "W1": rng.normal(size=(5, 4)),
        "b1": rng.normal(size=5),
        "W2": rng.normal(size=(7, 5)),
        "b2": rng.normal(size=7),
        "W3": rng.normal(size=(3, 7)),
        "b3": rng.normal(size=3),
    }
    if condition == "kinks":  # a dead start: zero rows and zero biases put whole columns at exactly 0
        data["W1"][1] = 0.0
        data["b1"][1] = 0.0
        data["W2"][4] = 0.0
        data["b2"][4] = 0.0
    return data


PARAMS = ("W1", "b1", "W2", "b2", "W3", "b3")


def relu(z):
    return np.maximum(z, 0)


def relu_grad(z):
    return (z > 0).astype(float)


def forward(inputs):
    p = inputs
    a1 = relu(p["x"] @ p["W1"].T + p["b1"])
    a2 = relu(a1 @ p["W2"].T + p["b2"])
    out = a2 @ p["W3"].T + p["b3"]
    data_term = 0.5 * np.mean(np.sum((out - p["t"]) ** 2, axis=1))
    penalty = 0.5 * LAMBDA * (np.sum(p["W1"] ** 2) + np.sum(p["W2"] ** 2) + np.sum(p["W3"] ** 2))
    return data_term + penalty


def backward(inputs):
    p = inputs
    n = len(p["x"])
    z1 = p["x"] @ p["W1"].T + p["b1"]
    a1 = relu(z1)
    z2 = a1 @ p["W2"].T + p["b2"]
    a2 = relu(z2)
    out = a2 @ p["W3"].T + p["b3"]

    delta3 = (out - p["t"]) / n
    delta2 = (delta3 @ p["W3"]) * relu_grad(z2)
    delta1 = (delta2 @ p["W2"]) * relu_grad(z1)

    return {
        "grad_W3": delta3.T @ a2 + LAMBDA * p["W3"],
        "grad_b3": delta3.sum(axis=0),
        "grad_W2": delta2.T @ a1 + LAMBDA * p["W2"],
        "grad_b2": delta2.sum(axis=0),
        "grad_W1": delta1.T @ p["x"] + LAMBDA * p["W1"],
        "grad_b1": delta1.sum(axis=0),
    }
