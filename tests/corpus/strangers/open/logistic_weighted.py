"""Logistic regression from scratch: imbalanced classes, so positives get a larger weight."""
import numpy as np


class LogisticRegression:
    def __init__(self, theta, bias, pos_weight, neg_weight):
        self.theta = theta
        self.bias = bias
        self.pos_weight = pos_weight
        self.neg_weight = neg_weight

    def _sigmoid(self, t):
        return 1.0 / (1.0 + np.exp(-t))

    def predict_proba(self, X):
        return self._sigmoid(X @ self.theta + self.bias)

    def sample_weights(self, y):
        return np.where(y == 1, self.pos_weight, self.neg_weight)

    def loss(self, X, y):
        p = self.predict_proba(X)
        w = self.sample_weights(y)
        ll = y * np.log(p) + (1 - y) * np.log(1 - p)
        return -(w * ll).sum() / w.sum()

    def gradient(self, X, y):
        p = self.predict_proba(X)
        w = self.sample_weights(y)
        residual = w * (p - y) / w.sum()
        return X.T @ residual, residual.sum()


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    y = np.zeros(25)
    y[:5] = 1
    rng.shuffle(y)
    X = rng.normal(size=(25, 8))
    X[y == 1] += 0.5
    return {"X": X, "y": y, "theta": rng.normal(size=8) * 0.5, "bias": rng.normal(size=())}


PARAMS = ["theta", "bias"]


def _model(inputs):
    return LogisticRegression(inputs["theta"], inputs["bias"], pos_weight=4.0, neg_weight=0.8)


def forward(inputs):
    return _model(inputs).loss(inputs["X"], inputs["y"])


def backward(inputs):
    g_theta, g_bias = _model(inputs).gradient(inputs["X"], inputs["y"])
    return {"g_theta": g_theta, "g_bias": g_bias}
