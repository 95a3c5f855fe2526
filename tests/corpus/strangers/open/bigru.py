# bidirectional GRU, mean over time of [h_forward ; h_backward], logistic output.
# column vectors, one sequence at a time (x is a list of T vectors)
import numpy as np

GATES = ("z", "r", "n")
PARAMS = [k + g + d for d in ("f", "b") for g in GATES for k in ("W", "U", "b")] + ["w", "bias"]
CONDITIONS = ("length_one",)


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    T, nx, nh = (1 if condition == "length_one" else 5), 3, 3
    out = {"x": rng.standard_normal((T, nx)), "y": np.array(seed % 2)}
    for d in "fb":
        for g in GATES:
            out["W" + g + d] = rng.standard_normal((nh, nx)) * 0.6
            out["U" + g + d] = rng.standard_normal((nh, nh)) * 0.6
            out["b" + g + d] = rng.standard_normal(nh) * 0.3
    out["w"] = rng.standard_normal(2 * nh)
    out["bias"] = np.array(rng.standard_normal())
    return out


def s(a):
    return 1 / (1 + np.exp(-a))


def gru(xs, P, d):
    h = np.zeros(P["bz" + d].shape)
    states = [h]
    memo = []
    for x in xs:
        z = s(P["Wz" + d] @ x + P["Uz" + d] @ h + P["bz" + d])
        r = s(P["Wr" + d] @ x + P["Ur" + d] @ h + P["br" + d])
        n = np.tanh(P["Wn" + d] @ x + P["Un" + d] @ (r * h) + P["bn" + d])
        h = (1 - z) * n + z * h
        memo.append((z, r, n))
        states.append(h)
    return states, memo


def gru_bptt(xs, P, d, states, memo, dhs, G):
    for g in GATES:
        for k in "WUb":
            G[k + g + d] = np.zeros_like(P[k + g + d])
    dh_next = np.zeros_like(states[0])
    for t in range(len(xs) - 1, -1, -1):
        z, r, n = memo[t]
        hprev = states[t]
        x = xs[t]
        dh = dhs[t] + dh_next
        dn = dh * (1 - z) * (1 - n * n)
        dz = dh * (hprev - n) * z * (1 - z)
        drh = P["Un" + d].T @ dn
        dr = drh * hprev * r * (1 - r)
        for g, delta, rec in (("z", dz, hprev), ("r", dr, hprev), ("n", dn, r * hprev)):
            G["W" + g + d] += np.outer(delta, x)
            G["U" + g + d] += np.outer(delta, rec)
            G["b" + g + d] += delta
        dh_next = dh * z + drh * r + P["Uz" + d].T @ dz + P["Ur" + d].T @ dr


def features(P):
    xs = list(P["x"])
    sf, mf = gru(xs, P, "f")
    sb, mb = gru(xs[::-1], P, "b")
    pooled = np.concatenate([np.mean(sf[1:], axis=0), np.mean(sb[1:], axis=0)])
    return xs, sf, mf, sb, mb, pooled


def forward(P):
    pooled = features(P)[-1]
    logit = P["w"] @ pooled + P["bias"]
    return np.log1p(np.exp(-logit)) if P["y"] == 1 else np.log1p(np.exp(logit))


def backward(P):
    xs, sf, mf, sb, mb, pooled = features(P)
    T = len(xs)
    H = len(sf[0])
    dlogit = s(P["w"] @ pooled + P["bias"]) - P["y"]
    G = {"w": dlogit * pooled, "bias": dlogit}
    dpooled = dlogit * P["w"]
    gru_bptt(xs, P, "f", sf, mf, [dpooled[:H] / T] * T, G)
    gru_bptt(xs[::-1], P, "b", sb, mb, [dpooled[H:] / T] * T, G)
    return G
