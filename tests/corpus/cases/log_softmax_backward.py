"""A log-softmax layer whose backward pass forgets the sum of what comes in."""

import numpy as np


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {
        "x": rng.normal(size=(7, 4)),
        "y": rng.integers(0, 3, 7),
        "W1": rng.normal(size=(4, 5)),
        "b1": rng.normal(size=5),
        "W2": rng.normal(size=(5, 3)),
        "b2": rng.normal(size=3),
    }


PARAMS = ["W1", "b1", "W2", "b2"]


class LogSoftMax:
    def Forward(self, z):
        shifted = z - z.max(axis=1, keepdims=True)
        self.output = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        return self.output

    def Backward(self, gy):
        return np.exp(self.output) + gy


class NegativeLogLikelihood:
    def Forward(self, logp, y):
        return -logp[np.arange(len(y)), y].mean()

    def Backward(self, logp, y):
        gy = np.zeros(logp.shape)
        gy[np.arange(len(y)), y] = -1 / len(y)
        return gy


def forward(inputs):
    h = np.tanh(inputs["x"] @ inputs["W1"] + inputs["b1"])
    logp = LogSoftMax().Forward(h @ inputs["W2"] + inputs["b2"])
    return NegativeLogLikelihood().Forward(logp, inputs["y"])


def backward(inputs):
    x, y = inputs["x"], inputs["y"]
    h = np.tanh(x @ inputs["W1"] + inputs["b1"])
    module, loss = LogSoftMax(), NegativeLogLikelihood()
    logp = module.Forward(h @ inputs["W2"] + inputs["b2"])
    delta2 = module.Backward(loss.Backward(logp, y))
    delta1 = delta2 @ inputs["W2"].T * (1 - h**2)
    return {"dW1": x.T @ delta1, "db1": delta1.sum(axis=0), "dW2": h.T @ delta2, "db2": delta2.sum(axis=0)}
