# becoming a backprop ninja: names LM with batchnorm, every intermediate by hand
import numpy as np

vocab_size = 8
n_embd = 3
block_size = 3
n_hidden = 7


def make_inputs(seed):
    g = np.random.default_rng(seed)
    n = 10
    return {
        "Xb": g.integers(0, vocab_size, (n, block_size)),
        "Yb": g.integers(0, vocab_size, n),
        "C": g.standard_normal((vocab_size, n_embd)),
        "W1": g.standard_normal((n_embd * block_size, n_hidden)) * (5 / 3) / (n_embd * block_size) ** 0.5,
        "b1": g.standard_normal(n_hidden) * 0.1,
        "W2": g.standard_normal((n_hidden, vocab_size)) * 0.3,
        "b2": g.standard_normal(vocab_size) * 0.1,
        "bngain": g.standard_normal((1, n_hidden)) * 0.1 + 1.0,
        "bnbias": g.standard_normal((1, n_hidden)) * 0.1,
    }


PARAMS = ["C", "W1", "W2", "b2", "bngain", "bnbias"]   # b1 is useless before the batchnorm


def run(inputs):
    Xb, Yb, C = inputs["Xb"], inputs["Yb"], inputs["C"]
    W1, b1, W2, b2 = inputs["W1"], inputs["b1"], inputs["W2"], inputs["b2"]
    bngain, bnbias = inputs["bngain"], inputs["bnbias"]
    n = Xb.shape[0]
    emb = C[Xb]
    embcat = emb.reshape(emb.shape[0], -1)
    # Linear layer 1
    hprebn = embcat @ W1 + b1
    # BatchNorm layer
    bnmeani = 1 / n * hprebn.sum(0, keepdims=True)
    bndiff = hprebn - bnmeani
    bndiff2 = bndiff ** 2
    bnvar = 1 / (n - 1) * (bndiff2).sum(0, keepdims=True)  # note: Bessel's correction
    bnvar_inv = (bnvar + 1e-5) ** -0.5
    bnraw = bndiff * bnvar_inv
    hpreact = bngain * bnraw + bnbias
    # Non-linearity
    h = np.tanh(hpreact)
    # Linear layer 2
    logits = h @ W2 + b2
    # cross entropy loss
    logit_maxes = logits.max(1, keepdims=True)
    norm_logits = logits - logit_maxes
    counts = np.exp(norm_logits)
    counts_sum = counts.sum(1, keepdims=True)
    counts_sum_inv = counts_sum ** -1
    probs = counts * counts_sum_inv
    logprobs = np.log(probs)
    loss = -logprobs[range(n), Yb].mean()
    return loss, locals()


def forward(inputs):
    return run(inputs)[0]


def backward(inputs):
    _, v = run(inputs)
    n, Xb, Yb = v["n"], v["Xb"], v["Yb"]
    probs, counts, counts_sum, counts_sum_inv = v["probs"], v["counts"], v["counts_sum"], v["counts_sum_inv"]
    h, W1, W2, embcat, emb = v["h"], v["W1"], v["W2"], v["embcat"], v["emb"]
    bngain, bnraw, bndiff, bnvar, bnvar_inv = v["bngain"], v["bnraw"], v["bndiff"], v["bnvar"], v["bnvar_inv"]

    dlogprobs = np.zeros_like(v["logprobs"])
    dlogprobs[range(n), Yb] = -1.0 / n
    dprobs = (1.0 / probs) * dlogprobs
    dcounts_sum_inv = (counts * dprobs).sum(1, keepdims=True)
    dcounts = counts_sum_inv * dprobs
    dcounts_sum = (-counts_sum ** -2) * dcounts_sum_inv
    dcounts += np.ones_like(counts) * dcounts_sum
    dnorm_logits = counts * dcounts
    dlogits = dnorm_logits.copy()
    dlogit_maxes = (-dnorm_logits).sum(1, keepdims=True)
    onehot = np.eye(logits_width(v))[v["logits"].argmax(1)]
    dlogits += onehot * dlogit_maxes
    dh = dlogits @ W2.T
    dW2 = h.T @ dlogits
    db2 = dlogits.sum(0)
    dhpreact = (1.0 - h ** 2) * dh
    dbngain = (bnraw * dhpreact).sum(0, keepdims=True)
    dbnraw = bngain * dhpreact
    dbnbias = dhpreact.sum(0, keepdims=True)
    dbndiff = bnvar_inv * dbnraw
    dbnvar_inv = (bndiff * dbnraw).sum(0, keepdims=True)
    dbnvar = (-0.5 * (bnvar + 1e-5) ** -1.5) * dbnvar_inv
    dbndiff2 = (1.0 / (n - 1)) * np.ones_like(bndiff) * dbnvar
    dbndiff += (2 * bndiff) * dbndiff2
    dhprebn = dbndiff.copy()
    dbnmeani = (-dbndiff).sum(0)
    dhprebn += 1.0 / n * (np.ones_like(dhprebn) * dbnmeani)
    dembcat = dhprebn @ W1.T
    dW1 = embcat.T @ dhprebn
    demb = dembcat.reshape(emb.shape)
    dC = np.zeros_like(v["C"])
    for k in range(Xb.shape[0]):
        for j in range(Xb.shape[1]):
            ix = Xb[k, j]
            dC[ix] += demb[k, j]
    return {"dC": dC, "dW1": dW1, "dW2": dW2, "db2": db2, "dbngain": dbngain, "dbnbias": dbnbias}


def logits_width(v):
    return v["logits"].shape[1]
