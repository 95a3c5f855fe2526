"""network2: cross-entropy cost object + L2 regularization, after Nielsen chapter 3."""

import numpy as np

LMBDA = 0.7


class CrossEntropyCost(object):

    @staticmethod
    def fn(a, y):
        return np.sum(-y * np.log(a) - (1 - y) * np.log(1 - a))

    @staticmethod
    def delta(z, a, y):
        return a - y


class QuadraticCost(object):

    @staticmethod
    def fn(a, y):
        return 0.5 * np.linalg.norm(a - y) ** 2

    @staticmethod
    def delta(z, a, y):
        return (a - y) * sigmoid_prime(z)


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


def sigmoid_prime(z):
    s = sigmoid(z)
    return s * (1 - s)


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    sizes = [5, 6, 4, 3]
    d = {"X": rng.normal(size=(7, 5)), "T": np.eye(3)[rng.integers(0, 3, 7)]}
    for i, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:]), start=1):
        d["W%d" % i] = rng.normal(size=(n_out, n_in)) / np.sqrt(n_in)
        d["b%d" % i] = rng.normal(size=(n_out, 1))
    return d


PARAMS = ["W1", "W2", "W3", "b1", "b2", "b3"]


class Network(object):

    def __init__(self, inputs, cost=CrossEntropyCost):
        self.weights = [inputs["W1"], inputs["W2"], inputs["W3"]]
        self.biases = [inputs["b1"], inputs["b2"], inputs["b3"]]
        self.cost = cost
        self.num_layers = 4

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights):
            a = sigmoid(np.dot(w, a) + b)
        return a

    def total_cost(self, data, lmbda):
        cost = 0.0
        for x, y in data:
            a = self.feedforward(x)
            cost += self.cost.fn(a, y) / len(data)
        cost += 0.5 * (lmbda / len(data)) * sum(np.sum(w ** 2) for w in self.weights)
        return cost

    def backprop(self, x, y):
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        activation, activations, zs = x, [x], []
        for b, w in zip(self.biases, self.weights):
            z = np.dot(w, activation) + b
            zs.append(z)
            activation = sigmoid(z)
            activations.append(activation)
        delta = (self.cost).delta(zs[-1], activations[-1], y)
        nabla_b[-1] = delta
        nabla_w[-1] = np.dot(delta, activations[-2].transpose())
        for l in range(2, self.num_layers):
            sp = sigmoid_prime(zs[-l])
            delta = np.dot(self.weights[-l+1].transpose(), delta) * sp
            nabla_b[-l] = delta
            nabla_w[-l] = np.dot(delta, activations[-l-1].transpose())
        return nabla_b, nabla_w

    def full_gradient(self, data, lmbda):
        n = len(data)
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        for x, y in data:
            dnb, dnw = self.backprop(x, y)
            for k in range(len(nabla_b)):
                nabla_b[k] += dnb[k] / n
                nabla_w[k] += dnw[k] / n
        nabla_w = [nw + (lmbda / n) * w for w, nw in zip(self.weights, nabla_w)]
        return nabla_b, nabla_w


def as_columns(inputs):
    return [(x.reshape(-1, 1), t.reshape(-1, 1)) for x, t in zip(inputs["X"], inputs["T"])]


def forward(inputs):
    return Network(inputs).total_cost(as_columns(inputs), LMBDA)


def backward(inputs):
    nb, nw = Network(inputs).full_gradient(as_columns(inputs), LMBDA)
    return {
        "nabla_W1": nw[0], "nabla_W2": nw[1], "nabla_W3": nw[2],
        "nabla_b1": nb[0], "nabla_b2": nb[1], "nabla_b3": nb[2],
    }
