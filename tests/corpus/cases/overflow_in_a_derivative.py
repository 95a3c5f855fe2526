"""A steep sigmoid whose derivative overflows far below the threshold."""

import numpy as np

SLOPE, THRESHOLD = 25.0, 1.0
CONDITIONS = ["plain", "far_below"]


def make_inputs(seed, condition="plain"):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(6, 4))
    if condition == "far_below":
        x[0] = -60.0
    return {
        "x": x,
        "y": rng.uniform(size=(6, 2)),
        "W": 0.2 + 0.3 * rng.uniform(size=(4, 5)),
        "R": rng.normal(size=(5, 2)),
    }


PARAMS = ["W", "R"]


def spike(u):
    small = np.exp(-np.abs(SLOPE * u))
    return np.where(u >= 0, 1 / (1 + small), small / (1 + small))


def forward(inputs):
    s = spike(inputs["x"] @ inputs["W"] - THRESHOLD)
    return 0.5 * ((s @ inputs["R"] - inputs["y"]) ** 2).sum()


def backward(inputs):
    u = inputs["x"] @ inputs["W"] - THRESHOLD
    s = spike(u)
    r = s @ inputs["R"] - inputs["y"]
    e = np.exp(-SLOPE * u)
    du = r @ inputs["R"].T * SLOPE * e / (e + 1) ** 2
    return {"dW": inputs["x"].T @ du, "dR": s.T @ r}
