"""Robust regression with a cubic truncated-power spline and free knots.

loss = 0.5*huber + 0.3*logcosh + 0.2*pinball of the scaled residuals, + log scale
"""
from functools import partial
import numpy as np

CONDITIONS = ("outliers", "exact_fit")
PARAMS = ["coef", "knots", "log_scale"]


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    n = 20
    x = np.sort(rng.uniform(-1, 2, n))
    inp = {"x": x, "coef": rng.normal(size=4 + 2), "knots": np.array([0.1, 0.9]) + 0.05 * rng.normal(size=2),
           "log_scale": np.array([0.2 * rng.normal()])}
    y = np.sin(2 * x) + 0.5 * rng.normal(size=n)
    if condition == "outliers":
        y[::4] += 1e4
    if condition == "exact_fit":
        y = design(x, inp["knots"]) @ inp["coef"]
    inp["y"] = y
    return inp


def design(x, knots):
    cols = [x ** d for d in range(4)] + [np.maximum(x - k, 0.0) ** 3 for k in knots]
    return np.stack(cols, axis=1)


def huber(r, delta):
    a = np.abs(r)
    return np.where(a <= delta, 0.5 * r * r, delta * (a - 0.5 * delta))


def huber_prime(r, delta):
    return np.clip(r, -delta, delta)


def pinball(r, tau):
    return np.where(r >= 0, tau * r, (tau - 1) * r)


def pinball_prime(r, tau):
    return np.where(r >= 0, tau, tau - 1)


logcosh = lambda r: np.abs(r) + np.log1p(np.exp(-2 * np.abs(r))) - np.log(2.0)

TERMS = {
    "huber": (0.5, partial(huber, delta=1.35), partial(huber_prime, delta=1.35)),
    "logcosh": (0.3, logcosh, np.tanh),
    "pinball": (0.2, partial(pinball, tau=0.7), partial(pinball_prime, tau=0.7)),
}


def residuals(inputs):
    B = design(inputs["x"], inputs["knots"])
    s = np.exp(inputs["log_scale"][0])
    return B, s, (inputs["y"] - B @ inputs["coef"]) / s


def forward(inputs):
    _, s, r = residuals(inputs)
    cost = {name: w * np.mean(f(r)) for name, (w, f, _) in TERMS.items()}
    return sum(cost.values()) + np.log(s)


def backward(inputs):
    B, s, r = residuals(inputs)
    n = r.size
    psi = sum(w * fp(r) for (w, _, fp) in TERMS.values()) / n
    df = -psi / s                                   # w.r.t. the fitted values
    grad_coef = B.T @ df
    grad_knots = np.array([
        np.sum(df * inputs["coef"][4 + j] * -3.0 * np.maximum(inputs["x"] - k, 0.0) ** 2)
        for j, k in enumerate(inputs["knots"])
    ])
    grad_log_scale = np.array([1.0 - np.sum(psi * r)])
    return {"grad_coef": grad_coef, "grad_knots": grad_knots, "grad_log_scale": grad_log_scale}
