"""
Naive convolution, in the style of assignment 2.
conv (stride 2, pad 1) - leaky relu - affine - multiclass SVM loss, with L2 regularisation
"""
import numpy as np

REG = 0.1
PARAMS = ["x", "w", "b", "W2", "b2"]
conv_param = {"stride": 2, "pad": 1}


def make_inputs(seed):
    np.random.seed(seed)
    return dict(
        x=np.random.randn(3, 2, 5, 5),
        w=np.random.randn(3, 2, 3, 3) * 0.4,
        b=np.random.randn(3) * 0.1,
        W2=np.random.randn(27, 4) * 0.3,
        b2=np.random.randn(4) * 0.1,
        y=np.random.randint(0, 4, size=3),
    )


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    Hout = 1 + (H + 2 * pad - HH) // stride
    Wout = 1 + (W + 2 * pad - WW) // stride
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    out = np.zeros((N, F, Hout, Wout))
    for n in range(N):
        for f in range(F):
            for i in range(Hout):
                for j in range(Wout):
                    window = xp[n, :, i * stride:i * stride + HH, j * stride:j * stride + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    cache = (x, w, b, conv_param)
    return out, cache


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    N, F, Hout, Wout = dout.shape
    HH, WW = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="constant")
    dxp = np.zeros_like(xp)
    dw = np.zeros_like(w)
    db = np.zeros_like(b)
    for n in range(N):
        for f in range(F):
            for i in range(Hout):
                for j in range(Wout):
                    window = xp[n, :, i * stride:i * stride + HH, j * stride:j * stride + WW]
                    db[f] += dout[n, f, i, j]
                    dw[f] += window * dout[n, f, i, j]
                    dxp[n, :, i * stride:i * stride + HH, j * stride:j * stride + WW] += w[f] * dout[n, f, i, j]
    dx = dxp[:, :, pad:-pad, pad:-pad]
    return dx, dw, db


def lrelu_forward(x, alpha=0.1):
    return np.where(x > 0, x, alpha * x), x


def lrelu_backward(dout, x, alpha=0.1):
    dx = dout.copy()
    dx[x <= 0] *= alpha
    return dx


def affine_forward(x, w, b):
    out = x.reshape(x.shape[0], -1).dot(w) + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], -1).T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def svm_loss(scores, y):
    N = scores.shape[0]
    correct = scores[np.arange(N), y]
    margins = np.maximum(0, scores - correct[:, np.newaxis] + 1.0)
    margins[np.arange(N), y] = 0
    loss = np.sum(margins) / N
    num_pos = np.sum(margins > 0, axis=1)
    dscores = np.zeros_like(scores)
    dscores[margins > 0] = 1
    dscores[np.arange(N), y] -= num_pos
    dscores /= N
    return loss, dscores


def model(inputs):
    a, conv_cache = conv_forward_naive(inputs["x"], inputs["w"], inputs["b"], conv_param)
    h, relu_cache = lrelu_forward(a)
    scores, fc_cache = affine_forward(h, inputs["W2"], inputs["b2"])
    return scores, (conv_cache, relu_cache, fc_cache)


def forward(inputs):
    scores, _ = model(inputs)
    loss, _ = svm_loss(scores, inputs["y"])
    loss += 0.5 * REG * (np.sum(inputs["w"] ** 2) + np.sum(inputs["W2"] ** 2))
    return loss


def backward(inputs):
    scores, caches = model(inputs)
    conv_cache, relu_cache, fc_cache = caches
    _, dscores = svm_loss(scores, inputs["y"])
    grads = {}
    dh, grads["W2"], grads["b2"] = affine_backward(dscores, fc_cache)
    da = lrelu_backward(dh, relu_cache)
    grads["x"], grads["w"], grads["b"] = conv_backward_naive(da, conv_cache)
    grads["W2"] += REG * inputs["W2"]
    grads["w"] += REG * inputs["w"]
    return grads
