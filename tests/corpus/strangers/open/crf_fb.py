"""Linear chain CRF, negative log likelihood, gradient by forward-backward.

emission scores  e[t, k] = x[t] . W[:, k] + b[k]
transition       T[i, j]   from tag i to tag j
start, end       s[k], f[k]
"""
import numpy as np


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    n_tok, n_feat, n_tag = 6, 4, 3
    if condition == "single_token":
        n_tok = 1
    scale = 15.0 if condition == "saturated" else 1.0
    return {"x": rng.normal(size=(n_tok, n_feat)),
            "tags": rng.integers(0, n_tag, size=n_tok),
            "W": scale * rng.normal(size=(n_feat, n_tag)),
            "b": rng.normal(size=n_tag),
            "T": rng.normal(size=(n_tag, n_tag)),
            "s": rng.normal(size=n_tag),
            "f": rng.normal(size=n_tag)}


CONDITIONS = ("single_token", "saturated")
PARAMS = ["W", "b", "T", "s", "f"]


def lse(v):
    m = np.max(v)
    return m + np.log(np.sum(np.exp(v - m)))


def forward_pass(e, T, s, f):
    n, K = e.shape
    a = np.zeros((n, K))
    a[0] = s + e[0]
    for t in range(1, n):
        for k in range(K):
            a[t, k] = e[t, k] + lse(a[t - 1] + T[:, k])
    return a, lse(a[-1] + f)


def backward_pass(e, T, f):
    n, K = e.shape
    b = np.zeros((n, K))
    b[-1] = f
    for t in range(n - 2, -1, -1):
        for k in range(K):
            b[t, k] = lse(T[k, :] + e[t + 1] + b[t + 1])
    return b


def path_score(e, T, s, f, tags):
    score = s[tags[0]] + e[0, tags[0]]
    for t in range(1, len(tags)):
        score += T[tags[t - 1], tags[t]] + e[t, tags[t]]
    return score + f[tags[-1]]


def forward(inputs):
    e = inputs["x"] @ inputs["W"] + inputs["b"]
    T, s, f = inputs["T"], inputs["s"], inputs["f"]
    _, logZ = forward_pass(e, T, s, f)
    return logZ - path_score(e, T, s, f, inputs["tags"])


def backward(inputs):
    x, tags = inputs["x"], inputs["tags"]
    e = x @ inputs["W"] + inputs["b"]
    T, s, f = inputs["T"], inputs["s"], inputs["f"]
    n, K = e.shape
    alpha, logZ = forward_pass(e, T, s, f)
    beta = backward_pass(e, T, f)

    # expected counts
    node = np.exp(alpha + beta - logZ)
    dT = np.zeros_like(T)
    for t in range(1, n):
        dT += np.exp(alpha[t - 1][:, None] + T + e[t][None, :] + beta[t][None, :] - logZ)
    # minus observed counts
    de = node.copy()
    for t in range(n):
        de[t, tags[t]] -= 1.0
    for t in range(1, n):
        dT[tags[t - 1], tags[t]] -= 1.0
    ds = node[0].copy()
    ds[tags[0]] -= 1.0
    df = node[-1].copy()
    df[tags[-1]] -= 1.0
    return {"dW": x.T @ de, "db": de.sum(axis=0), "dT": dT, "ds": ds, "df": df}
