"""Every dimension equal to 4 (batch too), so that no shape error helps: softplus, square, identity; cost 1/(2m) sum of squares."""

import numpy as np


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    names = ["W1", "W2", "W3", "x", "y"]
    d = {k: rng.normal(size=(4, 4)) * 0.8 for k in names}
    for l in (1, 2, 3):
        d["b%d" % l] = rng.normal(size=4) * 0.5
    return d


PARAMS = ["W1", "b1", "W2", "b2", "W3", "b3"]


def act1(z):
    return np.log(1 + np.exp(z))


def dact1(z):
    return np.exp(z) / (1 + np.exp(z))


def act2(z):
    return z * z


def dact2(z):
    return 2 * z


def forward(inputs):
    a1 = act1(np.dot(inputs["x"], inputs["W1"].T) + inputs["b1"])
    a2 = act2(np.dot(a1, inputs["W2"].T) + inputs["b2"])
    a3 = np.dot(a2, inputs["W3"].T) + inputs["b3"]
    m = a3.shape[0]
    return np.sum((a3 - inputs["y"]) ** 2) / (2 * m)


def backward(inputs):
    x, y = inputs["x"], inputs["y"]
    m = x.shape[0]
    z1 = np.dot(x, inputs["W1"].T) + inputs["b1"]
    a1 = act1(z1)
    z2 = np.dot(a1, inputs["W2"].T) + inputs["b2"]
    a2 = act2(z2)
    z3 = np.dot(a2, inputs["W3"].T) + inputs["b3"]

    delta3 = z3 - y
    dW3 = np.dot(delta3.T, a2) / m
    db3 = np.mean(delta3, axis=0)

    delta2 = np.dot(delta3, inputs["W3"]) * dact2(z2)
    dW2 = np.dot(delta2.T, a1) / m
    db2 = np.mean(delta2, axis=0)

    delta1 = np.dot(delta2, inputs["W2"]) * dact1(z1)
    dW1 = np.dot(delta1.T, x) / m
    db1 = np.mean(delta1, axis=0)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2, "dW3": dW3, "db3": db3}
