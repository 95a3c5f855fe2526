import numpy as np

# Mixture of E experts with a dense softmax gate
#   y_n = sum_e p_ne f_e(x_n),   f_e(x) = V_e tanh(A_e x + a_e)
#   L   = 1/(2N) sum_n |y_n - t_n|^2  +  lam * CV^2(importance),  importance_e = sum_n p_ne
LAMBDA = 0.3


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    N, D, H, O, E = 6, 3, 4, 2, 3
    return {
        "x": rng.standard_normal((N, D)),
        "t": rng.standard_normal((N, O)),
        "A": rng.standard_normal((E, H, D)),
        "a": rng.standard_normal((E, H)),
        "V": rng.standard_normal((E, O, H)),
        "G": rng.standard_normal((E, D)),
        "gb": rng.standard_normal(E),
    }


PARAMS = ["x", "A", "a", "V", "G", "gb"]


def gate(x, G, gb):
    s = x @ G.T + gb
    s = np.exp(s - s.max(1, keepdims=True))
    return s / s.sum(1, keepdims=True)


def balance(p):
    imp = p.sum(0)
    return imp.var() / imp.mean() ** 2


def forward(inputs):
    x, t, A, a, V, G, gb = inputs.values()
    p = gate(x, G, gb)
    y = np.zeros_like(t)
    for e in range(len(A)):
        h = np.tanh(x @ A[e].T + a[e])
        y += p[:, e, None] * (h @ V[e].T)
    return 0.5 * np.sum((y - t) ** 2) / len(x) + LAMBDA * balance(p)


def backward(inputs):
    x, t, A, a, V, G, gb = inputs.values()
    N, E = len(x), len(A)
    p = gate(x, G, gb)
    hs, fs = [], []
    for e in range(E):
        hs.append(np.tanh(x @ A[e].T + a[e]))
        fs.append(hs[e] @ V[e].T)
    y = sum(p[:, e, None] * fs[e] for e in range(E))
    dy = (y - t) / N

    gA, ga, gV = np.zeros_like(A), np.zeros_like(a), np.zeros_like(V)
    gx = np.zeros_like(x)
    dp = np.empty_like(p)
    for e in range(E):
        dp[:, e] = (dy * fs[e]).sum(axis=1)
        df = p[:, e, None] * dy
        gV[e] = df.T @ hs[e]
        dh = (df @ V[e]) * (1 - hs[e] ** 2)
        gA[e] = dh.T @ x
        ga[e] = dh.sum(axis=0)
        gx += dh @ A[e]

    # balance term: var/mean^2.  The mean of the importances is N/E whatever the gate does,
    # so only the variance moves
    imp = p.sum(axis=0)
    dimp = 2 * (imp - imp.mean()) / E / imp.mean() ** 2
    dp += LAMBDA * dimp

    ds = p * (dp - (p * dp).sum(axis=1, keepdims=True))
    gG = ds.T @ x
    ggb = ds.sum(axis=0)
    gx += ds @ G
    return {"grad_x": gx, "grad_A": gA, "grad_a": ga, "grad_V": gV, "grad_G": gG, "grad_gb": ggb}
