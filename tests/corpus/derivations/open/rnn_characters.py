"""Character RNN in the manner of min-char-rnn: column vectors, dictionaries keyed by time, a loss at every step."""

import numpy as np

VOCAB, HIDDEN, T = 5, 4, 6


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    text = rng.integers(0, VOCAB, T + 1)
    return {
        "inputs": text[:-1],
        "targets": text[1:],
        "Wxh": rng.standard_normal((HIDDEN, VOCAB)) * 0.7,
        "Whh": rng.standard_normal((HIDDEN, HIDDEN)) * 0.7,
        "Why": rng.standard_normal((VOCAB, HIDDEN)) * 0.7,
        "bh": rng.standard_normal((HIDDEN, 1)) * 0.2,
        "by": rng.standard_normal((VOCAB, 1)) * 0.2,
        "hprev": rng.standard_normal((HIDDEN, 1)) * 0.5,
    }


PARAMS = ["Wxh", "Whh", "Why", "bh", "by", "hprev"]


def unroll(p):
    xs, hs, ys, ps = {}, {}, {}, {}
    hs[-1] = p["hprev"]
    for t in range(len(p["inputs"])):
        xs[t] = np.zeros((VOCAB, 1))
        xs[t][p["inputs"][t]] = 1
        hs[t] = np.tanh(np.dot(p["Wxh"], xs[t]) + np.dot(p["Whh"], hs[t - 1]) + p["bh"])
        ys[t] = np.dot(p["Why"], hs[t]) + p["by"]
        ps[t] = np.exp(ys[t]) / np.sum(np.exp(ys[t]))
    return xs, hs, ys, ps


def forward(inputs):
    _, _, _, ps = unroll(inputs)
    loss = 0
    for t in range(len(inputs["inputs"])):
        loss += -np.log(ps[t][inputs["targets"][t], 0])
    return loss


def backward(inputs):
    p = inputs
    xs, hs, ys, ps = unroll(p)
    dWxh, dWhh, dWhy = np.zeros_like(p["Wxh"]), np.zeros_like(p["Whh"]), np.zeros_like(p["Why"])
    dbh, dby = np.zeros_like(p["bh"]), np.zeros_like(p["by"])
    dhnext = np.zeros_like(hs[0])
    for t in reversed(range(len(p["inputs"]))):
        dy = np.copy(ps[t])
        dy[p["targets"][t]] -= 1  # backprop into y
        dWhy += np.dot(dy, hs[t].T)
        dby += dy
        dh = np.dot(p["Why"].T, dy) + dhnext  # backprop into h
        dhraw = (1 - hs[t] * hs[t]) * dh  # backprop through tanh nonlinearity
        dbh += dhraw
        dWxh += np.dot(dhraw, xs[t].T)
        dWhh += np.dot(dhraw, hs[t - 1].T)
        dhnext = np.dot(p["Whh"].T, dhraw)
    return {"dWxh": dWxh, "dWhh": dWhh, "dWhy": dWhy, "dbh": dbh, "dby": dby, "dhprev": dhnext}
