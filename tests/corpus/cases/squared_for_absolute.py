"""The cost is the absolute error, the gradient that of the squared one."""

import numpy as np


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {
        "x": np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]),
        "y": np.array([[0.0], [1.0], [1.0], [0.0]]),
        "W1": rng.normal(size=(2, 5)),
        "W2": rng.normal(size=(5, 1)),
    }


PARAMS = ["W1", "W2"]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def forward(inputs):
    out = sigmoid(sigmoid(inputs["x"] @ inputs["W1"]) @ inputs["W2"])
    return np.abs(out - inputs["y"]).mean()


def backward(inputs):
    x, y = inputs["x"], inputs["y"]
    hidden = sigmoid(x @ inputs["W1"])
    out = sigmoid(hidden @ inputs["W2"])
    error = (out - y) / len(y)
    delta2 = error * out * (1 - out)
    delta1 = delta2 @ inputs["W2"].T * hidden * (1 - hidden)
    return {"dW1": x.T @ delta1, "dW2": hidden.T @ delta2}
