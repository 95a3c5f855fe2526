"""A deep network in one loop, a different activation in each layer (gelu, elu, softplus, tanh), mean squared error over elements."""

import numpy as np

ALPHA = 0.7
C0 = np.sqrt(2.0 / np.pi)


def gelu(z):
    return 0.5 * z * (1.0 + np.tanh(C0 * (z + 0.044715 * z**3)))


def gelu_prime(z):
    u = C0 * (z + 0.044715 * z**3)
    t = np.tanh(u)
    return 0.5 * (1.0 + t) + 0.5 * z * (1.0 - t**2) * C0 * (1.0 + 3 * 0.044715 * z**2)


def elu(z):
    return np.where(z > 0, z, ALPHA * (np.exp(np.minimum(z, 0)) - 1.0))


def elu_prime(z):
    return np.where(z > 0, 1.0, ALPHA * np.exp(np.minimum(z, 0)))


def softplus(z):
    return np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0)


def softplus_prime(z):
    return 1.0 / (1.0 + np.exp(-z))


def tanh_prime(z):
    return 1.0 - np.tanh(z) ** 2


ACT = {1: (gelu, gelu_prime), 2: (elu, elu_prime), 3: (softplus, softplus_prime), 4: (np.tanh, tanh_prime)}
SIZES = (3, 5, 4, 6, 2)
L = 4


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    inputs = {"X": rng.normal(size=(8, SIZES[0])), "Y": rng.normal(size=(8, SIZES[L]))}
    for l in range(1, L + 1):
        inputs[f"W{l}"] = rng.normal(size=(SIZES[l], SIZES[l - 1]))
        inputs[f"b{l}"] = rng.normal(size=SIZES[l])
    return inputs


def forward(inputs):
    a = inputs["X"]
    for l in range(1, L + 1):
        a = ACT[l][0](a @ inputs[f"W{l}"].T + inputs[f"b{l}"])
    return np.mean((a - inputs["Y"]) ** 2)


def backward(inputs):
    z, a = {}, {0: inputs["X"]}
    for l in range(1, L + 1):
        z[l] = a[l - 1] @ inputs[f"W{l}"].T + inputs[f"b{l}"]
        a[l] = ACT[l][0](z[l])

    grads = {}
    da = 2.0 * (a[L] - inputs["Y"]) / inputs["Y"].size
    for l in range(L, 0, -1):
        delta = da * ACT[l][1](z[l])
        grads[f"dW{l}"] = delta.T @ a[l - 1]
        grads[f"db{l}"] = delta.sum(axis=0)
        da = delta @ inputs[f"W{l}"]
    return grads
