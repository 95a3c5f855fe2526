"""Multi-head self-attention with causal + padding mask, sinusoidal positions.  All in einsum.

h = head, q = query position, k = key position, e = model dim, d = head dim
"""
import numpy as np

CONDITIONS = ("length_one", "batch_of_one")
PARAMS = ["X", "WQ", "WK", "WV", "WO", "bO"]


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    B, T, E, H, D = 3, 5, 4, 2, 3
    if condition == "length_one":
        T = 1
    if condition == "batch_of_one":
        B = 1
    lengths = rng.integers(1, T + 1, size=B)
    return {
        "X": rng.standard_normal((B, T, E)),
        "Y": rng.standard_normal((B, T, E)),
        "lengths": lengths,
        "WQ": rng.standard_normal((H, E, D)) * 0.7,
        "WK": rng.standard_normal((H, E, D)) * 0.7,
        "WV": rng.standard_normal((H, E, D)) * 0.7,
        "WO": rng.standard_normal((H, D, E)) * 0.7,
        "bO": rng.standard_normal(E),
    }


def positional_encoding(T, E):
    pos = np.arange(T)[:, None]
    i = np.arange(E)[None, :]
    angle = pos / np.power(10000, (2 * (i // 2)) / E)
    pe = np.zeros((T, E))
    pe[:, 0::2] = np.sin(angle[:, 0::2])
    pe[:, 1::2] = np.cos(angle[:, 1::2])
    return pe


def masks(inputs):
    B, T, _ = inputs["X"].shape
    valid = np.arange(T)[None, :] < inputs["lengths"][:, None]      # B T
    causal = np.tril(np.ones((T, T))) > 0
    return valid, causal[None, None] & valid[:, None, None, :]


def attend(inputs):
    X = inputs["X"] + positional_encoding(*inputs["X"].shape[1:])
    D = inputs["WQ"].shape[-1]
    Q = np.einsum("bqe,hed->bhqd", X, inputs["WQ"])
    K = np.einsum("bke,hed->bhkd", X, inputs["WK"])
    V = np.einsum("bke,hed->bhkd", X, inputs["WV"])
    S = np.einsum("bhqd,bhkd->bhqk", Q, K) / np.sqrt(D)
    valid, mask = masks(inputs)
    S = np.where(mask, S, -np.inf)
    A = np.exp(S - S.max(axis=-1, keepdims=True))
    A /= A.sum(axis=-1, keepdims=True)
    C = np.einsum("bhqk,bhkd->bhqd", A, V)
    O = np.einsum("bhqd,hde->bqe", C, inputs["WO"]) + inputs["bO"]
    return X, Q, K, V, A, C, O, valid


def forward(inputs):
    *_, O, valid = attend(inputs)
    err = (O - inputs["Y"]) * valid[..., None]
    return 0.5 * np.sum(err ** 2) / valid.sum()


def backward(inputs):
    X, Q, K, V, A, C, O, valid = attend(inputs)
    D = Q.shape[-1]
    dO = (O - inputs["Y"]) * valid[..., None] / valid.sum()
    dbO = np.einsum("bqe->e", dO)
    dWO = np.einsum("bhqd,bqe->hde", C, dO)
    dC = np.einsum("bqe,hde->bhqd", dO, inputs["WO"])
    dA = np.einsum("bhqd,bhkd->bhqk", dC, V)
    dV = np.einsum("bhqk,bhqd->bhkd", A, dC)
    dS = A * (dA - np.einsum("bhqk,bhqk->bhq", dA, A)[..., None])
    dS /= np.sqrt(D)
    dQ = np.einsum("bhqk,bhkd->bhqd", dS, K)
    dK = np.einsum("bhqk,bhqd->bhkd", dS, Q)
    dWQ = np.einsum("bqe,bhqd->hed", X, dQ)
    dWK = np.einsum("bke,bhkd->hed", X, dK)
    dWV = np.einsum("bke,bhkd->hed", X, dV)
    dX = np.einsum("bhqd,hed->bqe", dQ, inputs["WQ"])
    dX += np.einsum("bhkd,hed->bke", dK, inputs["WK"])
    dX += np.einsum("bhkd,hed->bke", dV, inputs["WV"])
    return {"dX": dX, "dWQ": dWQ, "dWK": dWK, "dWV": dWV, "dWO": dWO, "dbO": dbO}
