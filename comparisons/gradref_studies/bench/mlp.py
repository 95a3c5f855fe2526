"""A derivation as people write it: 784-100-10 with 79,510 parameters, and two mistakes that people make in it.

`gradref check` takes this file; `gradref bench check` times it. The wrong ones are functions of their own, so that each can be
named in the measurement.
"""

import numpy as np

PARAMS = ["W1", "b1", "W2", "b2"]


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {
        "x": rng.random((10, 784)),
        "y": rng.integers(0, 10, 10),
        "W1": rng.standard_normal((100, 784)) / 28,
        "b1": rng.standard_normal(100),
        "W2": rng.standard_normal((10, 100)) / 10,
        "b2": rng.standard_normal(10),
    }


def forward(inputs):
    a1 = np.tanh(inputs["x"] @ inputs["W1"].T + inputs["b1"])
    z2 = a1 @ inputs["W2"].T + inputs["b2"]
    z2 = z2 - z2.max(axis=1, keepdims=True)
    log_p = z2 - np.log(np.exp(z2).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(z2)), inputs["y"]].mean()


def _output_error(inputs):
    z1 = inputs["x"] @ inputs["W1"].T + inputs["b1"]
    a1 = np.tanh(z1)
    z2 = a1 @ inputs["W2"].T + inputs["b2"]
    p = np.exp(z2 - z2.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(p)), inputs["y"]] -= 1
    return z1, a1, p / len(p)


def backward(inputs):
    z1, a1, delta2 = _output_error(inputs)
    delta1 = (delta2 @ inputs["W2"]) * (1 - np.tanh(z1) ** 2)
    return {"W1": delta1.T @ inputs["x"], "b1": delta1.sum(axis=0), "W2": delta2.T @ a1, "b2": delta2.sum(axis=0)}


def backward_at_a(inputs):
    _, a1, delta2 = _output_error(inputs)
    delta1 = (delta2 @ inputs["W2"]) * (1 - np.tanh(a1) ** 2)  # the derivative is taken at a, not at z
    return {"W1": delta1.T @ inputs["x"], "b1": delta1.sum(axis=0), "W2": delta2.T @ a1, "b2": delta2.sum(axis=0)}


def backward_one_entry(inputs):
    gradients = backward(inputs)
    gradients["W1"][37, 411] *= 1 + 1e-6  # one entry of 78,400, in the sixth digit
    return gradients
