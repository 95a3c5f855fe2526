# Denoising autoencoder with tied weights: x_hat = sigmoid(h W + c), h = sigmoid(x~ W^T + b)
# (Theano tutorial dA, redone in numpy without theano)
import numpy as np


def make_inputs(seed):
    rng = np.random.RandomState(seed)
    n_vis, n_hid, n = 9, 5, 6
    x = rng.binomial(1, 0.5, (n, n_vis)).astype(float)
    return {
        "x": x,
        "corruption": rng.binomial(1, 0.7, (n, n_vis)).astype(float),
        "W": rng.uniform(-1, 1, (n_hid, n_vis)),
        "b_hid": 0.2 * rng.randn(n_hid),
        "b_vis": 0.2 * rng.randn(n_vis),
    }


PARAMS = ["W", "b_hid", "b_vis"]


def sigm(a):
    return 1. / (1. + np.exp(-a))


def get_hidden(x_tilde, W, b):
    return sigm(np.dot(x_tilde, W.T) + b)


def get_reconstruction(h, W, c):
    return sigm(np.dot(h, W) + c)


def forward(inputs):
    x = inputs["x"]
    x_tilde = x * inputs["corruption"]
    h = get_hidden(x_tilde, inputs["W"], inputs["b_hid"])
    z = get_reconstruction(h, inputs["W"], inputs["b_vis"])
    L = -np.sum(x * np.log(z) + (1 - x) * np.log(1 - z), axis=1)
    return np.mean(L)


def backward(inputs):
    x, W = inputs["x"], inputs["W"]
    x_tilde = x * inputs["corruption"]
    h = get_hidden(x_tilde, W, inputs["b_hid"])
    z = get_reconstruction(h, W, inputs["b_vis"])
    n = x.shape[0]

    L_vis = (z - x) / n                       # n x n_vis
    L_hid = np.dot(L_vis, W.T) * h * (1 - h)  # n x n_hid

    W_decoder = np.dot(h.T, L_vis)
    W_encoder = np.dot(L_hid.T, x_tilde)
    return {
        "dW": W_decoder + W_encoder,
        "db_hid": np.sum(L_hid, axis=0),
        "db_vis": np.sum(L_vis, axis=0),
    }
