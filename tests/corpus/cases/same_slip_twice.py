"""Two steps of a recurrent neuron; both derivatives of tanh take what went in."""

import numpy as np


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {"h0": 0.4 + 0.2 * rng.uniform(), "w": 1.5 + rng.uniform(), "v": 30 + 20 * rng.uniform()}


PARAMS = ["w", "v"]


def forward(inputs):
    h1 = np.tanh(inputs["w"] * inputs["h0"])
    h2 = np.tanh(inputs["w"] * h1)
    return inputs["v"] * h2


def backward(inputs):
    h0, w, v = inputs["h0"], inputs["w"], inputs["v"]
    u1 = w * h0
    h1 = np.tanh(u1)
    u2 = w * h1
    h2 = np.tanh(u2)
    dv = h2
    dh2 = v
    du2 = (1 - u2**2) * dh2
    dh1 = w * du2
    du1 = (1 - u1**2) * dh1
    dw = h1 * du2 + h0 * du1
    return {"dw": dw, "dv": dv}
