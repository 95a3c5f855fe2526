"""
Gaussian negative log likelihood, Sigma = L L^T,
L = strict lower triangle filled from `off`, diagonal exp(log_diag).

All arrays are Fortran ordered because the original code called LAPACK.
"""
import numpy as np

CONDITIONS = ("tiny_variance", "one_sample")


def make_inputs(seed, condition=None):
    rng = np.random.RandomState(seed)
    N, p = 9, 5
    if condition == "one_sample":
        N = 1
    X = np.asfortranarray(rng.randn(N, p))
    ld = 0.3 * rng.randn(p)
    if condition == "tiny_variance":
        ld = ld - 4.0
    return {"X": X,
            "mean": rng.randn(p),
            "off": rng.randn(p * (p - 1) // 2) * 0.5,
            "log_diag": ld}


PARAMS = ["mean", "off", "log_diag"]


def build_L(off, log_diag):
    p = log_diag.size
    L = np.zeros((p, p), order="F")
    rows, cols = np.tril_indices(p, k=-1)
    L[rows, cols] = off
    L[np.arange(p), np.arange(p)] = np.exp(log_diag)
    return L


def unbuild_L(GL, log_diag):
    """chain rule through build_L"""
    p = log_diag.size
    rows, cols = np.tril_indices(p, k=-1)
    g_off = GL[rows, cols]
    g_ld = np.diag(GL) * np.exp(log_diag)
    return g_off, g_ld


def forward(inputs):
    L = build_L(inputs["off"], inputs["log_diag"])
    N, p = inputs["X"].shape
    Z = np.linalg.solve(L, (inputs["X"] - inputs["mean"]).T)      # p x N, whitened
    nll = 0.5 * np.sum(Z ** 2)
    nll += N * np.sum(np.log(np.diag(L)))
    nll += 0.5 * N * p * np.log(2 * np.pi)
    return nll / N


def backward(inputs):
    L = build_L(inputs["off"], inputs["log_diag"])
    N, p = inputs["X"].shape
    Z = np.linalg.solve(L, (inputs["X"] - inputs["mean"]).T)
    GZ = Z / N
    # Z = L^{-1} R  =>  GR = L^{-T} GZ,   GL = - GR Z^T
    GR = np.linalg.solve(L.T, GZ)
    GL = -GR @ Z.T
    g_off, g_ld = unbuild_L(GL, inputs["log_diag"])
    g_ld = g_ld + 1.0                # d/d log_diag of sum(log diag L)
    g_mean = -GR.sum(axis=1)
    return {"g_mean": g_mean, "g_off": g_off, "g_log_diag": g_ld}
