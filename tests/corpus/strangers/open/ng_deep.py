"""Building your deep neural network: step by step  ([LINEAR->RELU]*(L-1) -> LINEAR->SIGMOID, L2 reg)."""
import numpy as np

lambd = 0.4


def make_inputs(seed, condition=None):
    np.random.seed(seed)
    layer_dims = [5, 7, 7, 4, 1]
    m = 1 if condition == "batch_of_one" else 10
    inputs = {"X": np.random.randn(5, m), "Y": np.random.randint(0, 2, size=(1, m)).astype(float)}
    for l in range(1, len(layer_dims)):
        inputs["W" + str(l)] = np.random.randn(layer_dims[l], layer_dims[l - 1]) * np.sqrt(2 / layer_dims[l - 1])
        inputs["b" + str(l)] = np.random.randn(layer_dims[l], 1) * 0.2
    if condition == "zero_column":
        inputs["X"][:, 0] = 0.0
        inputs["b1"][:] = 0.0
    return inputs


CONDITIONS = ("batch_of_one", "zero_column")
PARAMS = ["W1", "b1", "W2", "b2", "W3", "b3", "W4", "b4"]


def sigmoid(Z):
    return 1 / (1 + np.exp(-Z)), Z


def relu(Z):
    return np.maximum(0, Z), Z


def relu_backward(dA, cache):
    Z = cache
    dZ = np.array(dA, copy=True)  # just converting dz to a correct object.
    dZ[Z <= 0] = 0
    return dZ


def sigmoid_backward(dA, cache):
    Z = cache
    s = 1 / (1 + np.exp(-Z))
    dZ = dA * s * (1 - s)
    return dZ


def linear_forward(A, W, b):
    Z = W.dot(A) + b
    return Z, (A, W, b)


def linear_activation_forward(A_prev, W, b, activation):
    Z, linear_cache = linear_forward(A_prev, W, b)
    if activation == "sigmoid":
        A, activation_cache = sigmoid(Z)
    elif activation == "relu":
        A, activation_cache = relu(Z)
    return A, (linear_cache, activation_cache)


def L_model_forward(X, parameters):
    caches = []
    A = X
    L = len(PARAMS) // 2
    for l in range(1, L):
        A_prev = A
        A, cache = linear_activation_forward(A_prev, parameters['W' + str(l)], parameters['b' + str(l)], "relu")
        caches.append(cache)
    AL, cache = linear_activation_forward(A, parameters['W' + str(L)], parameters['b' + str(L)], "sigmoid")
    caches.append(cache)
    return AL, caches


def compute_cost(AL, Y, parameters):
    m = Y.shape[1]
    cross_entropy = -(1. / m) * (np.dot(Y, np.log(AL).T) + np.dot(1 - Y, np.log(1 - AL).T))
    L2 = 0
    for l in range(1, len(PARAMS) // 2 + 1):
        L2 += np.sum(np.square(parameters["W" + str(l)]))
    return np.squeeze(cross_entropy) + lambd / (2 * m) * L2


def linear_backward(dZ, cache):
    A_prev, W, b = cache
    m = A_prev.shape[1]
    dW = 1. / m * np.dot(dZ, A_prev.T) + lambd / m * W
    db = 1. / m * np.sum(dZ, axis=1, keepdims=True)
    dA_prev = np.dot(W.T, dZ)
    return dA_prev, dW, db


def linear_activation_backward(dA, cache, activation):
    linear_cache, activation_cache = cache
    if activation == "relu":
        dZ = relu_backward(dA, activation_cache)
    elif activation == "sigmoid":
        dZ = sigmoid_backward(dA, activation_cache)
    return linear_backward(dZ, linear_cache)


def L_model_backward(AL, Y, caches):
    grads = {}
    L = len(caches)
    # Initializing the backpropagation
    dAL = - (np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))
    current_cache = caches[L - 1]
    dA, grads["dW" + str(L)], grads["db" + str(L)] = linear_activation_backward(dAL, current_cache, "sigmoid")
    for l in reversed(range(L - 1)):
        current_cache = caches[l]
        dA, dW_temp, db_temp = linear_activation_backward(dA, current_cache, "relu")
        grads["dW" + str(l + 1)] = dW_temp
        grads["db" + str(l + 1)] = db_temp
    return grads


def forward(inputs):
    AL, caches = L_model_forward(inputs["X"], inputs)
    return compute_cost(AL, inputs["Y"], inputs)


def backward(inputs):
    AL, caches = L_model_forward(inputs["X"], inputs)
    return L_model_backward(AL, inputs["Y"], caches)
