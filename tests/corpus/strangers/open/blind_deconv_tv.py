import numpy as np

# 1-D blind deconvolution:  min 1/2 ||h * u - y||^2 + lam TV_eps(u) + mu/2 (sum h - 1)^2
# with u = softplus(v) >= 0. 'valid' convolution so no boundary assumption.

LAM, MU, EPS = 0.3, 2.0, 1e-3
CONDITIONS = ("flat", "very_negative")
PARAMS = ["v", "h"]


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    n, k = 24, 5
    v = rng.normal(size=n)
    if condition == "flat":
        v = np.full(n, 0.4)
    if condition == "very_negative":
        v = v - 30.0
    return {"v": v, "h": rng.uniform(0, 0.5, size=k), "y": rng.normal(size=n - k + 1)}


def softplus(v):
    return np.maximum(v, 0) + np.log1p(np.exp(-np.abs(v)))


def dsoftplus(v):
    e = np.exp(-np.abs(v))
    return np.where(v >= 0, 1 / (1 + e), e / (1 + e))


def tv(u):
    g = np.diff(u)
    return np.sum(np.sqrt(g * g + EPS ** 2))


def tv_grad(u):
    g = np.diff(u)
    q = g / np.sqrt(g * g + EPS ** 2)
    out = np.zeros_like(u)
    out[:-1] -= q
    out[1:] += q
    return out


def forward(inputs):
    u = softplus(inputs["v"])
    h = inputs["h"]
    r = np.convolve(u, h, mode="valid") - inputs["y"]
    return 0.5 * r @ r + LAM * tv(u) + 0.5 * MU * (h.sum() - 1.0) ** 2


def backward(inputs):
    v, h = inputs["v"], inputs["h"]
    u = softplus(v)
    r = np.convolve(u, h, mode="valid") - inputs["y"]
    # adjoint of a valid convolution = full correlation
    grad_u = np.convolve(r, h[::-1], mode="full")
    grad_u += LAM * tv_grad(u)
    # r_i = sum_m h_m u_{i+k-1-m}
    grad_h = np.correlate(u, r, mode="valid")[::-1]
    grad_h = grad_h + MU * (h.sum() - 1.0)
    return {"grad_v": grad_u * dsoftplus(v), "grad_h": grad_h}
