"""Bag of embeddings with repeated tokens, a tanh layer, log-softmax and a class-weighted negative log likelihood."""

import numpy as np

VOCAB, DIM, HID, CLASSES = 6, 3, 4, 3
CLASS_WEIGHT = np.array([1.0, 2.0, 0.5])


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    tokens = rng.integers(0, VOCAB, size=(5, 4))
    tokens[0] = [2, 2, 1, 2]
    return {
        "tokens": tokens,
        "labels": rng.integers(0, CLASSES, size=5),
        "emb": rng.normal(size=(VOCAB, DIM)),
        "W": rng.normal(size=(DIM, HID)),
        "b": rng.normal(size=HID),
        "U": rng.normal(size=(HID, CLASSES)),
        "c": rng.normal(size=CLASSES),
    }


def log_softmax(z):
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def forward(inputs):
    bag = inputs["emb"][inputs["tokens"]].mean(axis=1)
    h = np.tanh(bag @ inputs["W"] + inputs["b"])
    logp = log_softmax(h @ inputs["U"] + inputs["c"])
    w = CLASS_WEIGHT[inputs["labels"]]
    picked = logp[np.arange(len(w)), inputs["labels"]]
    return -(w * picked).sum() / w.sum()


def backward(inputs):
    tokens, labels = inputs["tokens"], inputs["labels"]
    bag = inputs["emb"][tokens].mean(axis=1)
    h = np.tanh(bag @ inputs["W"] + inputs["b"])
    logp = log_softmax(h @ inputs["U"] + inputs["c"])

    w = CLASS_WEIGHT[labels]
    onehot = np.zeros_like(logp)
    onehot[np.arange(len(labels)), labels] = 1.0
    dlogp = -onehot * w[:, None] / w.sum()
    dz = dlogp - np.exp(logp) * dlogp.sum(axis=1, keepdims=True)

    dU = h.T @ dz
    dc = dz.sum(axis=0)
    da = (dz @ inputs["U"].T) * (1 - h**2)
    dW = bag.T @ da
    db = da.sum(axis=0)
    dbag = da @ inputs["W"].T

    demb = np.zeros_like(inputs["emb"])
    per_token = np.repeat(dbag[:, None, :], tokens.shape[1], axis=1) / tokens.shape[1]
    np.add.at(demb, tokens, per_token)
    return {"demb": demb, "dW": dW, "db": db, "dU": dU, "dc": dc}
