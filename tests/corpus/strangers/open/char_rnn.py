"""
Minimal character-level Vanilla RNN, gradient only (no training loop).
"""
import numpy as np

hidden_size = 5
vocab_size = 6
seq_length = 5


def make_inputs(seed, condition=None):
    np.random.seed(seed)
    T = 1 if condition == "sequence_length_one" else seq_length
    return {
        "inputs": np.random.randint(0, vocab_size, T),
        "targets": np.random.randint(0, vocab_size, T),
        "hprev": np.random.randn(hidden_size, 1) * 0.5,
        "Wxh": np.random.randn(hidden_size, vocab_size) * 0.5,
        "Whh": np.random.randn(hidden_size, hidden_size) * 0.5,
        "Why": np.random.randn(vocab_size, hidden_size) * 0.5,
        "bh": np.random.randn(hidden_size, 1) * 0.1,
        "by": np.random.randn(vocab_size, 1) * 0.1,
    }


CONDITIONS = ("sequence_length_one",)
PARAMS = ["Wxh", "Whh", "Why", "bh", "by", "hprev"]


def lossFun(P):
    inputs, targets = P["inputs"], P["targets"]
    Wxh, Whh, Why, bh, by = P["Wxh"], P["Whh"], P["Why"], P["bh"], P["by"]
    xs, hs, ys, ps = {}, {}, {}, {}
    hs[-1] = np.copy(P["hprev"])
    loss = 0
    # forward pass
    for t in range(len(inputs)):
        xs[t] = np.zeros((vocab_size, 1))  # encode in 1-of-k representation
        xs[t][inputs[t]] = 1
        hs[t] = np.tanh(np.dot(Wxh, xs[t]) + np.dot(Whh, hs[t-1]) + bh)  # hidden state
        ys[t] = np.dot(Why, hs[t]) + by  # unnormalized log probabilities for next chars
        ps[t] = np.exp(ys[t]) / np.sum(np.exp(ys[t]))  # probabilities for next chars
        loss += -np.log(ps[t][targets[t], 0])  # softmax (cross-entropy loss)
    # backward pass: compute gradients going backwards
    dWxh, dWhh, dWhy = np.zeros_like(Wxh), np.zeros_like(Whh), np.zeros_like(Why)
    dbh, dby = np.zeros_like(bh), np.zeros_like(by)
    dhnext = np.zeros_like(hs[0])
    for t in reversed(range(len(inputs))):
        dy = np.copy(ps[t])
        dy[targets[t]] -= 1  # backprop into y
        dWhy += np.dot(dy, hs[t].T)
        dby += dy
        dh = np.dot(Why.T, dy) + dhnext  # backprop into h
        dhraw = (1 - hs[t] * hs[t]) * dh  # backprop through tanh nonlinearity
        dbh += dhraw
        dWxh += np.dot(dhraw, xs[t].T)
        dWhh += np.dot(dhraw, hs[t-1].T)
        dhnext = np.dot(Whh.T, dhraw)
    return loss, dWxh, dWhh, dWhy, dbh, dby, dhnext


def forward(P):
    return lossFun(P)[0]


def backward(P):
    loss, dWxh, dWhh, dWhy, dbh, dby, dhprev = lossFun(P)
    return {"Wxh": dWxh, "Whh": dWhh, "Why": dWhy, "bh": dbh, "by": dby, "hprev": dhprev}
