# naive mean field for an Ising model, unrolled and damped; learning couplings from target magnetisations
import numpy as np

STEPS = 6
DAMP = 0.6
CONDITIONS = ("cold", "zero_field")
PARAMS = ["J", "h", "log_beta"]


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    n = 5
    h = 0.4 * rng.normal(size=n)
    if condition == "zero_field":
        h = np.zeros(n)
    lb = 1.5 if condition == "cold" else -0.2
    return {"J": rng.normal(size=(n, n)) / np.sqrt(n), "h": h,
            "log_beta": np.array(lb + 0.05 * rng.normal()), "target": rng.uniform(-0.9, 0.9, size=n),
            "m0": 0.1 * rng.normal(size=n)}


def symm(J):
    Js = 0.5 * (J + J.T)
    np.fill_diagonal(Js, 0.0)
    return Js


def symm_back(G):
    """adjoint of symm"""
    out = 0.5 * (G + G.T)
    out[np.diag_indices(len(out))] = 0.0
    return out


def run(Js, h, beta, m0):
    ms, ts = [m0], []
    for _ in range(STEPS):
        t = np.tanh(beta * (Js @ ms[-1] + h))
        ts.append(t)
        ms.append((1 - DAMP) * ms[-1] + DAMP * t)
    return ms, ts


def energy(m, Js, h):
    return -0.5 * m @ Js @ m - h @ m


def forward(inputs):
    Js = symm(inputs["J"])
    ms, _ = run(Js, inputs["h"], np.exp(inputs["log_beta"]), inputs["m0"])
    m = ms[-1]
    return np.sum((m - inputs["target"]) ** 2) + 0.1 * energy(m, Js, inputs["h"])


def backward(inputs):
    Js, h, beta = symm(inputs["J"]), inputs["h"], np.exp(inputs["log_beta"])
    ms, ts = run(Js, h, beta, inputs["m0"])
    m = ms[-1]
    # loss
    dm = 2 * (m - inputs["target"]) + 0.1 * (-Js @ m - h)
    dJs = -0.05 * np.outer(m, m)
    dh = -0.1 * m
    dbeta = 0.0
    # unrolled iterations, last to first
    for s in range(STEPS - 1, -1, -1):
        field = Js @ ms[s] + h
        da = DAMP * dm * (1 - ts[s] ** 2)
        dbeta += da @ field
        dJs += beta * np.outer(da, ms[s])
        dh += beta * da
        dm = (1 - DAMP) * dm + beta * Js.T @ da
    return {"dJ": symm_back(dJs), "dh": dh, "dlog_beta": dbeta * beta}
