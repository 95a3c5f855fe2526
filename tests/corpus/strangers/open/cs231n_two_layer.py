# assignment 2: modular layers, affine - relu - affine - softmax
import numpy as np


def affine_forward(x, w, b):
    N = x.shape[0]
    x_row = x.reshape(N, -1)          # N x D
    out = x_row.dot(w) + b            # N x M
    cache = (x, w, b)
    return out, cache


def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout.dot(w.T).reshape(x.shape)
    x_row = x.reshape(x.shape[0], -1)
    dw = x_row.T.dot(dout)
    db = np.sum(dout, axis=0)
    return dx, dw, db


def relu_forward(x):
    out = np.maximum(0, x)
    cache = x
    return out, cache


def relu_backward(dout, cache):
    x = cache
    dx = np.array(dout, copy=True)
    dx[x <= 0] = 0
    return dx


def affine_relu_forward(x, w, b):
    a, fc_cache = affine_forward(x, w, b)
    out, relu_cache = relu_forward(a)
    return out, (fc_cache, relu_cache)


def affine_relu_backward(dout, cache):
    fc_cache, relu_cache = cache
    da = relu_backward(dout, relu_cache)
    return affine_backward(da, fc_cache)


def softmax_loss(x, y):
    shifted_logits = x - np.max(x, axis=1, keepdims=True)
    Z = np.sum(np.exp(shifted_logits), axis=1, keepdims=True)
    log_probs = shifted_logits - np.log(Z)
    probs = np.exp(log_probs)
    N = x.shape[0]
    loss = -np.sum(log_probs[np.arange(N), y]) / N
    dx = probs.copy()
    dx[np.arange(N), y] -= 1
    dx /= N
    return loss, dx


class TwoLayerNet(object):

    def __init__(self, params, reg):
        self.params = params
        self.reg = reg

    def loss(self, X, y):
        W1, b1 = self.params['W1'], self.params['b1']
        W2, b2 = self.params['W2'], self.params['b2']
        h, cache1 = affine_relu_forward(X, W1, b1)
        scores, cache2 = affine_forward(h, W2, b2)

        grads = {}
        loss, dscores = softmax_loss(scores, y)
        loss += 0.5 * self.reg * (np.sum(W1 * W1) + np.sum(W2 * W2))

        dh, grads['W2'], grads['b2'] = affine_backward(dscores, cache2)
        dx, grads['W1'], grads['b1'] = affine_relu_backward(dh, cache1)
        grads['W1'] += self.reg * W1
        grads['W2'] += self.reg * W2
        return loss, grads


CONDITIONS = ("batch_of_one", "zero_preactivations", "dead_layer", "ties")
PARAMS = ["W1", "b1", "W2", "b2"]


def make_inputs(seed, condition="plain"):
    np.random.seed(seed)
    N = 1 if condition == "batch_of_one" else 8
    d = dict(
        X=np.random.randn(N, 3, 4),
        y=np.random.randint(0, 5, size=N),
        W1=0.5 * np.random.randn(12, 10),
        b1=0.1 * np.random.randn(10),
        W2=0.5 * np.random.randn(10, 5),
        b2=0.1 * np.random.randn(5),
    )
    if condition == "zero_preactivations":
        d["W1"][:, :3] = 0
        d["b1"][:3] = 0
    if condition == "dead_layer":
        d["b1"] -= 60.0
    if condition == "ties":
        d["W2"][:, 1] = d["W2"][:, 0]
        d["b2"][1] = d["b2"][0]
    return d


def _net(inputs):
    return TwoLayerNet({k: inputs[k] for k in PARAMS}, reg=0.3)


def forward(inputs):
    loss, _ = _net(inputs).loss(inputs["X"], inputs["y"])
    return loss


def backward(inputs):
    _, grads = _net(inputs).loss(inputs["X"], inputs["y"])
    return grads
