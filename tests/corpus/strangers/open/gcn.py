"""Two-layer graph convolutional network (Kipf & Welling) on a directed toy graph, semi-supervised: only some nodes have labels.
Adjacency is row-normalised, so A_hat is NOT symmetric."""
import numpy as np

WEIGHT_DECAY = 5e-2


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    n = 8
    A = (rng.random((n, n)) < 0.3).astype(int)
    np.fill_diagonal(A, 0)
    mask = np.zeros(n, dtype=int)
    mask[rng.choice(n, 4, replace=False)] = 1
    return {
        "A": A,
        "mask": mask,
        "labels": rng.integers(0, 3, n),
        "X": rng.standard_normal((n, 4)),
        "W0": rng.standard_normal((4, 6)),
        "W1": rng.standard_normal((6, 3)),
        "b0": rng.standard_normal(6) * 0.1,
        "b1": rng.standard_normal(3) * 0.1,
    }


def normalised(A):
    A_tilde = A + np.eye(len(A))
    return A_tilde / A_tilde.sum(axis=1, keepdims=True)


def elu(z):
    return np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)


def elu_prime(z):
    return np.where(z > 0, 1.0, np.exp(np.minimum(z, 0)))


def layers(inputs):
    A_hat = normalised(inputs["A"])
    H0 = A_hat @ inputs["X"]
    Z0 = H0 @ inputs["W0"] + inputs["b0"]
    H1 = elu(Z0)
    AH1 = A_hat @ H1
    Z1 = AH1 @ inputs["W1"] + inputs["b1"]
    Z1 = Z1 - Z1.max(axis=1, keepdims=True)
    Y = np.exp(Z1) / np.exp(Z1).sum(axis=1, keepdims=True)
    return A_hat, H0, Z0, H1, AH1, Y


def forward(inputs):
    *_, Y = layers(inputs)
    idx = np.where(inputs["mask"] == 1)[0]
    ce = -np.log(Y[idx, inputs["labels"][idx]]).mean()
    return ce + 0.5 * WEIGHT_DECAY * np.sum(inputs["W0"] ** 2)


def backward(inputs):
    A_hat, H0, Z0, H1, AH1, Y = layers(inputs)
    T = np.zeros_like(Y)
    T[np.arange(len(Y)), inputs["labels"]] = 1
    m = inputs["mask"]
    dZ1 = (Y - T) * m[:, None] / m.sum()
    dW1 = AH1.T @ dZ1
    db1 = dZ1.sum(axis=0)
    dAH1 = dZ1 @ inputs["W1"].T
    dH1 = A_hat.T @ dAH1
    dZ0 = dH1 * elu_prime(Z0)
    dW0 = H0.T @ dZ0 + WEIGHT_DECAY * inputs["W0"]
    db0 = dZ0.sum(axis=0)
    dX = A_hat.T @ (dZ0 @ inputs["W0"].T)
    return {"W0": dW0, "W1": dW1, "b0": db0, "b1": db1, "X": dX}
