# soft-DTW (Cuturi & Blondel 2017) between a query and an affinely transformed template
import math
import numpy as np

GAMMA = 0.5
CONDITIONS = ("length_one_query", "identical")
PARAMS = ["template", "scale", "shift"]


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    query = np.cumsum(rng.normal(size=(6, 2)), axis=0)
    template = np.cumsum(rng.normal(size=(5, 2)), axis=0)
    scale, shift = np.array(1.0 + 0.2 * rng.normal()), 0.3 * rng.normal(size=2)
    if condition == "length_one_query":
        query = query[:1]
    if condition == "identical":
        query, scale, shift = template.copy(), np.array(1.0), np.zeros(2)
    return {"query": query, "template": template, "scale": scale, "shift": shift}


def softmin3(a, b, c):
    lo = min(a, b, c)
    if lo == math.inf:
        return math.inf
    return lo - GAMMA * math.log(math.exp((lo - a) / GAMMA) + math.exp((lo - b) / GAMMA) + math.exp((lo - c) / GAMMA))


def dist(Q, Y):
    D = [[0.0] * len(Y) for _ in range(len(Q))]
    for i, q in enumerate(Q):
        for j, v in enumerate(Y):
            D[i][j] = 0.5 * sum((q[k] - v[k]) ** 2 for k in range(len(q)))
    return D


def dp_table(D):
    n, m = len(D), len(D[0])
    R = [[math.inf] * (m + 2) for _ in range(n + 2)]
    R[0][0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            R[i][j] = D[i - 1][j - 1] + softmin3(R[i - 1][j], R[i][j - 1], R[i - 1][j - 1])
    return R


def forward(inputs):
    Y = inputs["scale"] * inputs["template"] + inputs["shift"]
    D = dist(inputs["query"], Y)
    return dp_table(D)[len(D)][len(D[0])]


def backward(inputs):
    Q, tmpl = inputs["query"], inputs["template"]
    scale = inputs["scale"]
    Y = scale * tmpl + inputs["shift"]
    D = dist(Q, Y)
    R = dp_table(D)
    n, m = len(Q), len(Y)
    E = np.zeros((n + 2, m + 2))
    E[n, m] = 1.0

    def weight(child, parent, d):
        # d R[child] / d R[parent]
        return math.exp((child - d - parent) / GAMMA)

    for i in range(n, 0, -1):
        for j in range(m, 0, -1):
            if i == n and j == m:
                continue
            e = 0.0
            if i < n:
                e += E[i + 1, j] * weight(R[i + 1][j], R[i][j], D[i][j - 1])
            if j < m:
                e += E[i, j + 1] * weight(R[i][j + 1], R[i][j], D[i - 1][j])
            if i < n and j < m:
                e += E[i + 1, j + 1] * weight(R[i + 1][j + 1], R[i][j], D[i][j])
            E[i, j] = e

    gY = np.zeros_like(Y)
    for i in range(n):
        for j in range(m):
            gY[j] += E[i + 1, j + 1] * (Y[j] - Q[i])
    return {"dtemplate": gY * scale, "dscale": (gY * tmpl).sum(), "dshift": gY.sum(axis=0)}
