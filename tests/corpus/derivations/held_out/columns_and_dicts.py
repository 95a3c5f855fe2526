"""The style of a well-known online course: samples as columns, parameters and caches in dictionaries, sigmoid output, 1/m in dW."""

import numpy as np

CONDITIONS = ["plain", "zero_start", "m1"]


def make_inputs(seed, condition="plain"):
    rng = np.random.default_rng(seed)
    m = 1 if condition == "m1" else 6
    layer_dims = [3, 5, 4, 1]
    inputs = {"X": rng.normal(size=(3, m)), "Y": rng.integers(0, 2, size=(1, m))}
    for l in range(1, 4):
        inputs["W" + str(l)] = rng.normal(size=(layer_dims[l], layer_dims[l - 1])) * 0.9
        inputs["b" + str(l)] = rng.normal(size=(layer_dims[l], 1)) * 0.3
    if condition == "zero_start":
        inputs["b1"][:] = 0.0
        inputs["X"][:, 0] = 0.0
    return inputs


PARAMS = ["W1", "b1", "W2", "b2", "W3", "b3"]


def sigmoid(Z):
    A = 1 / (1 + np.exp(-Z))
    return A, Z


def relu(Z):
    A = np.maximum(0, Z)
    return A, Z


def linear_activation_forward(A_prev, W, b, activation):
    Z = np.dot(W, A_prev) + b
    A, activation_cache = sigmoid(Z) if activation == "sigmoid" else relu(Z)
    return A, ((A_prev, W, b), activation_cache)


def L_model_forward(inputs):
    A = inputs["X"]
    caches = []
    for l in range(1, 3):
        A, cache = linear_activation_forward(A, inputs["W" + str(l)], inputs["b" + str(l)], "relu")
        caches.append(cache)
    AL, cache = linear_activation_forward(A, inputs["W3"], inputs["b3"], "sigmoid")
    caches.append(cache)
    return AL, caches


def forward(inputs):
    AL, _ = L_model_forward(inputs)
    Y = inputs["Y"]
    m = Y.shape[1]
    return -1 / m * np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL))


def relu_backward(dA, cache):
    Z = cache
    dZ = np.array(dA, copy=True)
    dZ[Z <= 0] = 0
    return dZ


def sigmoid_backward(dA, cache):
    Z = cache
    s = 1 / (1 + np.exp(-Z))
    return dA * s * (1 - s)


def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dW = 1 / m * np.dot(dZ, A_prev.T)
    db = 1 / m * np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


def backward(inputs):
    AL, caches = L_model_forward(inputs)
    Y = inputs["Y"]
    grads = {}
    dAL = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))
    linear_cache, activation_cache = caches[2]
    dZ = sigmoid_backward(dAL, activation_cache)
    dA, grads["dW3"], grads["db3"] = linear_backward(dZ, linear_cache)
    for l in reversed(range(2)):
        linear_cache, activation_cache = caches[l]
        dZ = relu_backward(dA, activation_cache)
        dA, dW, db = linear_backward(dZ, linear_cache)
        grads["dW" + str(l + 1)] = dW
        grads["db" + str(l + 1)] = db
    return grads
