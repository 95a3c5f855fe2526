"""One neuron: logistic regression on logits (stable binary cross entropy), a vector w, a scalar b, class weight for positives."""

import numpy as np

POS_WEIGHT = 2.5


def make_inputs(seed, condition="plain"):
    rng = np.random.default_rng(seed)
    n = 1 if condition == "one" else 9
    X = rng.normal(size=(n, 4))
    if condition == "saturated":
        X = X * 40
    return {"X": X, "y": (rng.random(n) > 0.5).astype(int), "w": rng.normal(size=4), "b": np.array(0.3)}


CONDITIONS = ["plain", "one", "saturated"]
PARAMS = ["w", "b", "X"]


def forward(inputs):
    z = inputs["X"] @ inputs["w"] + inputs["b"]
    y = inputs["y"]
    softplus_neg = np.maximum(-z, 0) + np.log(1 + np.exp(-np.abs(z)))  # -log s(z)
    softplus_pos = np.maximum(z, 0) + np.log(1 + np.exp(-np.abs(z)))  # -log(1 - s(z))
    return np.mean(POS_WEIGHT * y * softplus_neg + (1 - y) * softplus_pos)


def backward(inputs):
    X, y, w = inputs["X"], inputs["y"], inputs["w"]
    n = X.shape[0]
    z = X.dot(w) + inputs["b"]
    s = np.where(z >= 0, 1 / (1 + np.exp(-np.abs(z))), np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))))
    one_minus_s = np.where(z >= 0, np.exp(-np.abs(z)) / (1 + np.exp(-np.abs(z))), 1 / (1 + np.exp(-np.abs(z))))
    dz = ((1 - y) * s - POS_WEIGHT * y * one_minus_s) / n
    dw = X.T.dot(dz)
    db = dz.sum()
    dX = np.outer(dz, w)
    return {"w": dw, "b": db, "X": dX}
