# vectorized multiclass hinge on top of a relu hidden layer, squared-hinge switch included
import numpy as np

DELTA = 1.0
LAMBDA_1 = 1e-2   # hidden
LAMBDA_2 = 5e-2   # output


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    N, D, H, C = 11, 5, 8, 4
    if condition == "batch_of_one":
        N = 1
    inputs = {
        "X": rng.standard_normal((N, D)), "y": rng.integers(0, C, N),
        "W1": rng.standard_normal((D, H)), "b1": rng.standard_normal(H),
        "W2": rng.standard_normal((H, C)) * 0.5, "b2": rng.standard_normal(C),
    }
    if condition == "relu_at_zero":
        inputs["X"][::2] = 0.0
        inputs["b1"][:] = 0.0
    return inputs


CONDITIONS = ("batch_of_one", "relu_at_zero")
PARAMS = ["W1", "b1", "W2", "b2"]


def svm_loss(scores, y, squared=True):
    N = scores.shape[0]
    rows = np.arange(N)
    correct = scores[rows, y][:, np.newaxis]
    margins = np.maximum(0, scores - correct + DELTA)
    margins[rows, y] = 0
    if squared:
        loss = np.sum(margins ** 2) / N
        dscores = 2 * margins
    else:
        loss = np.sum(margins) / N
        dscores = (margins > 0).astype(float)
    row_sum = np.sum(dscores, axis=1)
    dscores[rows, y] -= row_sum
    dscores /= N
    return loss, dscores


def loss_and_grads(inputs):
    X, W1, b1, W2, b2 = (inputs[k] for k in ("X", "W1", "b1", "W2", "b2"))
    hidden = np.maximum(0, X.dot(W1) + b1)
    scores = hidden.dot(W2) + b2
    data_loss, dscores = svm_loss(scores, inputs["y"])
    loss = data_loss + LAMBDA_1 * np.sum(W1 ** 2) + LAMBDA_2 * np.sum(W2 ** 2)

    grads = {}
    grads["W2"] = hidden.T.dot(dscores) + 2 * LAMBDA_2 * W2
    grads["b2"] = dscores.sum(axis=0)
    dhidden = dscores.dot(W2.T)
    dhidden[hidden <= 0] = 0
    grads["W1"] = X.T.dot(dhidden) + 2 * LAMBDA_1 * W1
    grads["b1"] = dhidden.sum(axis=0)
    return loss, grads


def forward(inputs):
    return loss_and_grads(inputs)[0]


def backward(inputs):
    return loss_and_grads(inputs)[1]
