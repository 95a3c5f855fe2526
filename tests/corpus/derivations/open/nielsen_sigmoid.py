"""Nielsen's network.py: column vectors, one sample at a time, sigmoid everywhere, quadratic cost C = 1/(2m) sum ||a - y||^2."""

import numpy as np

SIZES = [3, 4, 3, 2]
CONDITIONS = ["plain", "saturated", "one_sample"]


def make_inputs(seed, condition="plain"):
    rng = np.random.default_rng(seed)
    m = 1 if condition == "one_sample" else 5
    scale = 12.0 if condition == "saturated" else 1.0
    inputs = {"x": rng.normal(size=(m, SIZES[0], 1)), "y": rng.uniform(size=(m, SIZES[-1], 1))}
    for l in range(1, len(SIZES)):
        inputs[f"w{l}"] = scale * rng.normal(size=(SIZES[l], SIZES[l - 1]))
        inputs[f"b{l}"] = rng.normal(size=(SIZES[l], 1))
    return inputs


PARAMS = ["w1", "w2", "w3", "b1", "b2", "b3"]


def sigmoid(z):
    """The sigmoid function."""
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    """Derivative of the sigmoid function."""
    return sigmoid(z) * (1 - sigmoid(z))


def unpack(inputs):
    weights = [inputs[f"w{l}"] for l in range(1, len(SIZES))]
    biases = [inputs[f"b{l}"] for l in range(1, len(SIZES))]
    return weights, biases


def forward(inputs):
    weights, biases = unpack(inputs)
    m = len(inputs["x"])
    cost = 0.0
    for x, y in zip(inputs["x"], inputs["y"]):
        a = x
        for w, b in zip(weights, biases):
            a = sigmoid(np.dot(w, a) + b)
        cost = cost + 0.5 * np.sum((a - y) ** 2)
    return cost / m


def cost_derivative(output_activations, y):
    return output_activations - y


def backprop(x, y, weights, biases):
    num_layers = len(SIZES)
    nabla_b = [np.zeros(b.shape) for b in biases]
    nabla_w = [np.zeros(w.shape) for w in weights]
    # feedforward
    activation = x
    activations = [x]
    zs = []
    for b, w in zip(biases, weights):
        z = np.dot(w, activation) + b
        zs.append(z)
        activation = sigmoid(z)
        activations.append(activation)
    # backward pass
    delta = cost_derivative(activations[-1], y) * sigmoid_prime(zs[-1])
    nabla_b[-1] = delta
    nabla_w[-1] = np.dot(delta, activations[-2].transpose())
    for l in range(2, num_layers):
        z = zs[-l]
        sp = sigmoid_prime(z)
        delta = np.dot(weights[-l + 1].transpose(), delta) * sp
        nabla_b[-l] = delta
        nabla_w[-l] = np.dot(delta, activations[-l - 1].transpose())
    return nabla_b, nabla_w


def backward(inputs):
    weights, biases = unpack(inputs)
    m = len(inputs["x"])
    nabla_b = [np.zeros(b.shape) for b in biases]
    nabla_w = [np.zeros(w.shape) for w in weights]
    for x, y in zip(inputs["x"], inputs["y"]):
        delta_nabla_b, delta_nabla_w = backprop(x, y, weights, biases)
        nabla_b = [nb + dnb for nb, dnb in zip(nabla_b, delta_nabla_b)]
        nabla_w = [nw + dnw for nw, dnw in zip(nabla_w, delta_nabla_w)]
    grads = {}
    for l in range(1, len(SIZES)):
        grads[f"nabla_w{l}"] = nabla_w[l - 1] / m
        grads[f"nabla_b{l}"] = nabla_b[l - 1] / m
    return grads
