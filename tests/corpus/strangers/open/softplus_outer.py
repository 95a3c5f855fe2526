"""Two softplus layers, per-sample loop with np.outer; quadratic cost summed over the batch (not averaged)."""
import numpy as np


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    P = 1 if condition == "batch_of_one" else 5
    s = 15.0 if condition == "far_left" else 0.0
    return {
        "samples": rng.normal(size=(P, 3)),
        "labels": rng.normal(size=(P, 2)),
        "A": rng.normal(size=(4, 3)),
        "a0": rng.normal(size=4) - s,
        "B": rng.normal(size=(4, 4)),
        "b0": rng.normal(size=4),
        "D": rng.normal(size=(2, 4)),
        "d0": rng.normal(size=2),
    }


CONDITIONS = ("batch_of_one", "far_left")
PARAMS = ["A", "a0", "B", "b0", "D", "d0"]


def softplus(v):
    return np.logaddexp(0.0, v)


def logistic(v):
    # derivative of the softplus
    return 0.5 * (1 + np.tanh(0.5 * v))


def one_sample(inputs, x):
    p = inputs["A"] @ x + inputs["a0"]
    q = softplus(p)
    r = inputs["B"] @ q + inputs["b0"]
    s = softplus(r)
    out = inputs["D"] @ s + inputs["d0"]
    return p, q, r, s, out


def forward(inputs):
    J = 0.0
    for x, t in zip(inputs["samples"], inputs["labels"]):
        out = one_sample(inputs, x)[-1]
        J = J + 0.5 * (out - t) @ (out - t)
    return J


def backward(inputs):
    gA = np.zeros_like(inputs["A"])
    ga0 = np.zeros_like(inputs["a0"])
    gB = np.zeros_like(inputs["B"])
    gb0 = np.zeros_like(inputs["b0"])
    gD = np.zeros_like(inputs["D"])
    gd0 = np.zeros_like(inputs["d0"])
    for x, t in zip(inputs["samples"], inputs["labels"]):
        p, q, r, s, out = one_sample(inputs, x)
        e_out = out - t
        e_r = (inputs["D"].T @ e_out) * logistic(r)
        e_p = (inputs["B"].T @ e_r) * logistic(p)
        gD += np.outer(e_out, s)
        gd0 += e_out
        gB += np.outer(e_r, q)
        gb0 += e_r
        gA += np.outer(e_p, x)
        ga0 += e_p
    return {"g_A": gA, "g_a0": ga0, "g_B": gB, "g_b0": gb0, "g_D": gD, "g_d0": gd0}
