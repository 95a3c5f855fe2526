"""1-D convolutional autoencoder: strided convolution down, transposed convolution up.
I did this one with explicit loops so that I can see every index."""
import numpy as np

STRIDE = 2
K = 3


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {
        "signal": rng.uniform(0.05, 0.95, size=(4, 1, 9)),
        "enc_w": rng.normal(0, 0.6, size=(3, 1, K)),
        "enc_b": rng.normal(0, 0.1, size=3),
        "dec_w": rng.normal(0, 0.6, size=(3, 1, K)),
        "dec_b": rng.normal(0, 0.1, size=1),
    }


PARAMS = ["enc_w", "enc_b", "dec_w", "dec_b"]


def conv(x, w, b):
    B, Cin, L = x.shape
    Cout = w.shape[0]
    Lout = (L - K) // STRIDE + 1
    y = np.empty((B, Cout, Lout))
    for t in range(Lout):
        seg = x[:, :, t * STRIDE:t * STRIDE + K].reshape(B, -1)
        y[:, :, t] = seg @ w.reshape(Cout, -1).T + b
    return y


def conv_transpose(h, w, b):
    B, Cin, L = h.shape
    Cout = w.shape[1]
    y = np.zeros((B, Cout, (L - 1) * STRIDE + K))
    for t in range(L):
        for k in range(K):
            y[:, :, t * STRIDE + k] += h[:, :, t] @ w[:, :, k]
    return y + b[:, None]


def forward(inputs):
    code = np.tanh(conv(inputs["signal"], inputs["enc_w"], inputs["enc_b"]))
    logits = conv_transpose(code, inputs["dec_w"], inputs["dec_b"])
    x = inputs["signal"]
    p = 1 / (1 + np.exp(-logits))
    bce = -(x * np.log(p) + (1 - x) * np.log(1 - p))
    return bce.sum(axis=(1, 2)).mean() + 0.01 * np.abs(code).sum()


def backward(inputs):
    x = inputs["signal"]
    enc_w, dec_w = inputs["enc_w"], inputs["dec_w"]
    B = x.shape[0]

    code = np.tanh(conv(x, enc_w, inputs["enc_b"]))
    logits = conv_transpose(code, dec_w, inputs["dec_b"])
    p = 1 / (1 + np.exp(-logits))

    # sigmoid + cross entropy
    d_logits = (p - x) / B

    # transposed convolution
    d_dec_b = d_logits.sum(axis=(0, 2))
    d_dec_w = np.zeros(dec_w.shape)
    d_code = np.zeros(code.shape)
    for t in range(code.shape[2]):
        for k in range(K):
            g = d_logits[:, :, t * STRIDE + k]
            d_dec_w[:, :, k] += code[:, :, t].T @ g
            d_code[:, :, t] += g @ dec_w[:, :, k].T

    # sparsity penalty, then tanh
    d_code += 0.01 * np.sign(code)
    d_pre = d_code * (1 - code ** 2)

    # strided convolution
    d_enc_b = d_pre.sum(axis=(0, 2))
    d_enc_w = np.zeros(enc_w.shape)
    for t in range(d_pre.shape[2]):
        window = x[:, :, t * STRIDE:t * STRIDE + K]
        for c in range(enc_w.shape[0]):
            d_enc_w[c] += (d_pre[:, c, t][:, None, None] * window).sum(axis=0)

    return {"grad_enc_w": d_enc_w, "grad_enc_b": d_enc_b, "grad_dec_w": d_dec_w, "grad_dec_b": d_dec_b}
