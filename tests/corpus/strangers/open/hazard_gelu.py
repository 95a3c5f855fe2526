"""Discrete-time survival model.
   covariates are centred by their median, one GELU layer (exact, math.erf),
   hazards by a sigmoid, survival curve = cumprod(1 - hazard), Brier score."""
import math
import numpy as np

PARAMS = ["V", "a", "U", "d"]
CONDITIONS = ("one_sample", "high_hazard")
SQRT2 = math.sqrt(2)


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    n, p, h, T = 6, 3, 4, 5
    if condition == "one_sample":
        n = 1
    d = rng.normal(size=T) - 1
    if condition == "high_hazard":
        d = d + 12
    times = rng.integers(0, T, size=n)
    alive = np.array([[1.0 if t < times[i] else 0.0 for t in range(T)] for i in range(n)])
    return {"X": rng.normal(size=(n, p)), "alive": alive, "V": rng.normal(size=(h, p)), "a": rng.normal(size=h),
            "U": rng.normal(size=(T, h)), "d": d}


def gelu(z):
    return 0.5 * z * (1 + math.erf(z / SQRT2))


def gelu_grad(z):
    cdf = 0.5 * (1 + math.erf(z / SQRT2))
    pdf = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return cdf + z * pdf


def apply(f, M):
    return np.array([[f(v) for v in row] for row in M])


def network(inputs):
    Xc = inputs["X"] - np.median(inputs["X"], axis=0)
    Z = Xc @ inputs["V"].T + inputs["a"]
    G = apply(gelu, Z)
    haz = 1.0 / (1.0 + np.exp(-(G @ inputs["U"].T + inputs["d"])))
    surv = np.cumprod(1.0 - haz, axis=1)
    return Xc, Z, G, haz, surv


def forward(inputs):
    *_, surv = network(inputs)
    return np.mean(np.sum((surv - inputs["alive"]) ** 2, axis=1))


def backward(inputs):
    Xc, Z, G, haz, surv = network(inputs)
    n, T = surv.shape
    dS = 2 * (surv - inputs["alive"]) / n
    # S_t = prod_{s<=t} (1-haz_s)  ->  dS_t/dlogit_s = -haz_s S_t  for t >= s
    dlogit = np.zeros_like(haz)
    for s in range(T):
        dlogit[:, s] = -haz[:, s] * np.sum(dS[:, s:] * surv[:, s:], axis=1)
    dU = dlogit.T @ G
    dd = dlogit.sum(axis=0)
    dG = dlogit @ inputs["U"]
    dZ = dG * apply(gelu_grad, Z)
    return {"dV": dZ.T @ Xc, "da": dZ.sum(axis=0), "dU": dU, "dd": dd}
