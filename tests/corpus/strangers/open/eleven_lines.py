# A neural network in 11 lines (plus what the checker needs)
import numpy as np


def nonlin(x, deriv=False):
    if (deriv == True):
        return x * (1 - x)   # x is already the OUTPUT of the sigmoid here
    return 1 / (1 + np.exp(-x))


def make_inputs(seed):
    np.random.seed(seed)
    X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], dtype=float)
    y = np.array([[0., 1., 1., 0.]]).T
    syn0 = 2 * np.random.random((3, 4)) - 1
    syn1 = 2 * np.random.random((4, 1)) - 1
    return {"X": X, "y": y, "syn0": syn0, "syn1": syn1}


PARAMS = ["syn0", "syn1"]


def forward(inputs):
    l0 = inputs["X"]
    l1 = nonlin(np.dot(l0, inputs["syn0"]))
    l2 = nonlin(np.dot(l1, inputs["syn1"]))
    return 0.5 * np.sum((inputs["y"] - l2) ** 2)


def backward(inputs):
    l0 = inputs["X"]
    l1 = nonlin(np.dot(l0, inputs["syn0"]))
    l2 = nonlin(np.dot(l1, inputs["syn1"]))
    l2_error = inputs["y"] - l2
    l2_delta = l2_error * nonlin(l2, deriv=True)
    l1_error = l2_delta.dot(inputs["syn1"].T)
    l1_delta = l1_error * nonlin(l1, deriv=True)
    # the update in the blog is syn += l.T.dot(delta), so the gradient has a minus
    return {"syn0": -l0.T.dot(l1_delta), "syn1": -l1.T.dot(l2_delta)}
