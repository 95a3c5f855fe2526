"""Structured (multiclass) SVM loss with explicit loops, linear classifier."""
import numpy as np

reg = 0.05
delta = 1.0


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(100 + seed)
    num_train = 1 if condition == "batch_of_one" else 10
    W = rng.standard_normal((6, 4)) * 0.4
    if condition == "large_scores":
        W = W * 30
    return {"W": W, "X": rng.standard_normal((num_train, 6)), "y": rng.integers(0, 4, num_train)}


CONDITIONS = ["batch_of_one", "large_scores"]
PARAMS = ["W"]


def forward(inputs):
    W, X, y = inputs["W"], inputs["X"], inputs["y"]
    num_classes = W.shape[1]
    num_train = X.shape[0]
    loss = 0.0
    for i in range(num_train):
        scores = X[i].dot(W)
        correct_class_score = scores[y[i]]
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = scores[j] - correct_class_score + delta  # note delta = 1
            if margin > 0:
                loss += margin
    loss /= num_train
    loss += reg * np.sum(W * W)
    return loss


def backward(inputs):
    W, X, y = inputs["W"], inputs["X"], inputs["y"]
    dW = np.zeros(W.shape)  # initialize the gradient as zero
    num_classes = W.shape[1]
    num_train = X.shape[0]
    for i in range(num_train):
        scores = X[i].dot(W)
        correct_class_score = scores[y[i]]
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = scores[j] - correct_class_score + delta
            if margin > 0:
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    # right now the gradient is a sum over all training examples
    dW /= num_train
    # gradient of the regularization
    dW += 2 * reg * W
    return {"dW": dW}
