"""
network.py
~~~~~~~~~~
My version of the network from chapter 1 and 2 of "Neural Networks and Deep
Learning".  Column vectors, one training example at a time.
"""
import numpy as np


def make_inputs(seed, condition=None):
    rng = np.random.RandomState(seed)
    m = 1 if condition == "batch_of_one" else 6
    scale = 5.0 if condition == "saturated" else 1.0
    return {
        "xs": rng.randn(m, 4, 1),
        "ys": rng.rand(m, 2, 1),
        "w1": scale * rng.randn(5, 4), "b1": rng.randn(5, 1),
        "w2": scale * rng.randn(5, 5), "b2": rng.randn(5, 1),
        "w3": scale * rng.randn(2, 5), "b3": rng.randn(2, 1),
    }


PARAMS = ["w1", "b1", "w2", "b2", "w3", "b3"]
CONDITIONS = ("batch_of_one", "saturated")


class Network(object):

    def __init__(self, weights, biases):
        self.weights = weights
        self.biases = biases
        self.num_layers = len(weights) + 1

    def feedforward(self, a):
        """Return the output of the network if ``a`` is input."""
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(np.dot(w, a) + b)
        return a

    def gradient(self, mini_batch):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        for x, y in mini_batch:
            delta_nabla_b, delta_nabla_w = self.backprop(x, y)
            nabla_b = [nb + dnb for nb, dnb in zip(nabla_b, delta_nabla_b)]
            nabla_w = [nw + dnw for nw, dnw in zip(nabla_w, delta_nabla_w)]
        m = len(mini_batch)
        nabla_b = [nb / m for nb in nabla_b]
        nabla_w = [nw / m for nw in nabla_w]
        return nabla_b, nabla_w

    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        # feedforward
        activation = x
        activations = [x]  # list to store all the activations, layer by layer
        zs = []            # list to store all the z vectors, layer by layer
        for b, w in zip(self.biases, self.weights):
            z = np.dot(w, activation) + b
            zs.append(z)
            activation = sigmoid(z)
            activations.append(activation)
        # backward pass
        delta = self.cost_derivative(activations[-1], y) * sigmoid_prime(zs[-1])
        nabla_b[-1] = delta
        nabla_w[-1] = np.dot(delta, activations[-2].transpose())
        for l in range(2, self.num_layers):
            z = zs[-l]
            sp = sigmoid_prime(z)
            delta = np.dot(self.weights[-l + 1].transpose(), delta) * sp
            nabla_b[-l] = delta
            nabla_w[-l] = np.dot(delta, activations[-l - 1].transpose())
        return (nabla_b, nabla_w)

    def cost_derivative(self, output_activations, y):
        return (output_activations - y)


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


def build(inputs):
    ws = [inputs["w1"], inputs["w2"], inputs["w3"]]
    bs = [inputs["b1"], inputs["b2"], inputs["b3"]]
    return Network(ws, bs)


def forward(inputs):
    net = build(inputs)
    total = 0.0
    for x, y in zip(inputs["xs"], inputs["ys"]):
        total += 0.5 * np.sum((net.feedforward(x) - y) ** 2)
    return total / len(inputs["xs"])


def backward(inputs):
    net = build(inputs)
    nabla_b, nabla_w = net.gradient(list(zip(inputs["xs"], inputs["ys"])))
    out = {}
    for i in range(3):
        out["nabla_b%d" % (i + 1)] = nabla_b[i]
        out["nabla_w%d" % (i + 1)] = nabla_w[i]
    return out
