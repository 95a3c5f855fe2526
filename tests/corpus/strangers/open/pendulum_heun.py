"""
Damped pendulum, Heun's method, fit of angle data. Adjoint by hand.

    th' = om
    om' = -k sin(th) - c om
"""
from math import sin, cos
import numpy as np

DT = 0.1
CONDITIONS = ("at_rest", "swinging_over")
PARAMS = ["th0", "om0", "k", "c"]


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    data = np.cos(np.arange(1, 16) * 0.3) + 0.1 * rng.normal(size=15)
    th0, om0 = rng.normal(), rng.normal()
    if condition == "at_rest":
        th0 = om0 = 0.0
    if condition == "swinging_over":
        om0 = 12.0
    return {"data": data, "th0": np.array(th0), "om0": np.array(om0),
            "k": np.array(2.0 + 0.3 * rng.normal()), "c": np.array(0.2 + 0.05 * rng.normal())}


def rhs(th, om, k, c):
    return om, -k * sin(th) - c * om


def rhs_vjp(th, om, k, c, ga, gb):
    """pull (ga, gb), adjoints of (th', om'), back to (th, om, k, c)"""
    g_th = -k * cos(th) * gb
    g_om = ga - c * gb
    g_k = -sin(th) * gb
    g_c = -om * gb
    return g_th, g_om, g_k, g_c


def simulate(th, om, k, c, n):
    path = [(th, om)]
    for _ in range(n):
        a1, b1 = rhs(th, om, k, c)
        tp, op = th + DT * a1, om + DT * b1
        a2, b2 = rhs(tp, op, k, c)
        th, om = th + 0.5 * DT * (a1 + a2), om + 0.5 * DT * (b1 + b2)
        path.append((th, om))
    return path


def forward(inputs):
    y = inputs["data"]
    k, c = float(inputs["k"]), float(inputs["c"])
    path = simulate(float(inputs["th0"]), float(inputs["om0"]), k, c, len(y))
    return sum((path[i + 1][0] - y[i]) ** 2 for i in range(len(y))) / len(y)


def backward(inputs):
    y = inputs["data"]
    N = len(y)
    k, c = float(inputs["k"]), float(inputs["c"])
    path = simulate(float(inputs["th0"]), float(inputs["om0"]), k, c, N)

    lam_th = lam_om = 0.0
    dk = dc = 0.0
    for i in range(N - 1, -1, -1):
        lam_th += 2.0 * (path[i + 1][0] - y[i]) / N
        th, om = path[i]
        a1, b1 = rhs(th, om, k, c)
        tp, op = th + DT * a1, om + DT * b1
        # second stage
        ga2, gb2 = 0.5 * DT * lam_th, 0.5 * DT * lam_om
        g_tp, g_op, gk, gc = rhs_vjp(tp, op, k, c, ga2, gb2)
        dk += gk
        dc += gc
        # first stage: used directly and inside the predictor
        ga1 = 0.5 * DT * lam_th + DT * g_tp
        gb1 = 0.5 * DT * lam_om + DT * g_op
        g_th, g_om, gk, gc = rhs_vjp(th, om, k, c, ga1, gb1)
        dk += gk
        dc += gc
        lam_th = lam_th + g_tp + g_th
        lam_om = lam_om + g_op + g_om
    return {"dth0": lam_th, "dom0": lam_om, "dk": dk, "dc": dc}
