"""Gradients of micro-batches are added up, and set to zero before each."""

import numpy as np

MICRO = 4


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {
        "x": rng.normal(size=(10, 3)),
        "y": rng.integers(0, 2, (10, 1)).astype(float),
        "W0": rng.normal(size=(3, 6)),
        "b0": rng.normal(size=6),
        "W1": rng.normal(size=(6, 1)),
        "b1": rng.normal(size=1),
    }


PARAMS = ["W0", "b0", "W1", "b1"]


class Trainer:
    def __init__(self, inputs):
        self.W = [inputs["W0"], inputs["W1"]]
        self.b = [inputs["b0"], inputs["b1"]]
        self.gW = [np.zeros_like(w) for w in self.W]
        self.gb = [np.zeros_like(b) for b in self.b]

    def zero_grad(self):
        for buffer in self.gW + self.gb:
            buffer[...] = 0

    def logits(self, x):
        hidden = np.tanh(x @ self.W[0] + self.b[0])
        return hidden, hidden @ self.W[1] + self.b[1]

    def loss(self, x, y, total):
        z = self.logits(x)[1]
        return (np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))).sum() / total

    def accumulate(self, x, y, total):
        hidden, z = self.logits(x)
        delta = (1 / (1 + np.exp(-z)) - y) / total
        self.gW[1] += hidden.T @ delta
        self.gb[1] += delta.sum(axis=0)
        delta = delta @ self.W[1].T * (1 - hidden**2)
        self.gW[0] += x.T @ delta
        self.gb[0] += delta.sum(axis=0)


def forward(inputs):
    return Trainer(inputs).loss(inputs["x"], inputs["y"], len(inputs["x"]))


def backward(inputs):
    trainer, n = Trainer(inputs), len(inputs["x"])
    for start in range(0, n, MICRO):
        trainer.zero_grad()
        stop = start + MICRO
        trainer.accumulate(inputs["x"][start:stop], inputs["y"][start:stop], n)
    return {"dW0": trainer.gW[0], "db0": trainer.gb[0], "dW1": trainer.gW[1], "db1": trainer.gb[1]}
