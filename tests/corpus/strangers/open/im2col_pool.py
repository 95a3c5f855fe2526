# LeNet in miniature: layers as classes, im2col with fancy indexing
import numpy as np

CONDITIONS = ("ties", "batch_of_one")
PARAMS = ["W1", "b1", "W2", "b2"]


def make_inputs(seed, condition=None):
    rng = np.random.RandomState(seed)
    n = 1 if condition == "batch_of_one" else 4
    X = rng.randn(n, 1, 8, 8)
    if condition == "ties":
        # big flat patches => many equal activations in a pooling window
        X = np.repeat(np.repeat(rng.randint(-1, 2, (n, 1, 2, 2)).astype(float), 4, axis=2), 4, axis=3)
    return {
        "X": X,
        "t": rng.randint(0, 3, n),
        "W1": rng.randn(4, 1, 3, 3) * 0.5,
        "b1": rng.randn(4) * 0.1,
        "W2": rng.randn(36, 3) * 0.3,
        "b2": rng.randn(3) * 0.1,
    }


def get_indices(C, FH, FW, OH, OW, stride):
    i0 = np.tile(np.repeat(np.arange(FH), FW), C)
    j0 = np.tile(np.arange(FW), FH * C)
    i1 = stride * np.repeat(np.arange(OH), OW)
    j1 = stride * np.tile(np.arange(OW), OH)
    i = i0.reshape(-1, 1) + i1.reshape(1, -1)
    j = j0.reshape(-1, 1) + j1.reshape(1, -1)
    k = np.repeat(np.arange(C), FH * FW).reshape(-1, 1)
    return k, i, j


class Conv:
    def __init__(self, W, b, stride=1):
        self.W, self.b, self.stride = W, b, stride

    def forward(self, x):
        N, C, H, W = x.shape
        F, _, FH, FW = self.W.shape
        self.OH = (H - FH) // self.stride + 1
        self.OW = (W - FW) // self.stride + 1
        k, i, j = get_indices(C, FH, FW, self.OH, self.OW, self.stride)
        self.cols = x[:, k, i, j]                       # N, C*FH*FW, OH*OW
        out = self.W.reshape(F, -1) @ self.cols + self.b.reshape(1, -1, 1)
        return out.reshape(N, F, self.OH, self.OW)

    def backward(self, dout):
        N, F = dout.shape[:2]
        d = dout.reshape(N, F, -1)
        self.db = d.sum(axis=(0, 2))
        self.dW = np.tensordot(d, self.cols, axes=([0, 2], [0, 2])).reshape(self.W.shape)


class Relu:
    def forward(self, x):
        self.mask = (x <= 0)
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dout = dout.copy()
        dout[self.mask] = 0
        return dout


class MaxPool:
    def forward(self, x):
        N, C, H, W = x.shape
        self.shape = x.shape
        windows = x.reshape(N, C, H // 2, 2, W // 2, 2).transpose(0, 1, 2, 4, 3, 5).reshape(-1, 4)
        self.arg = windows.argmax(axis=1)
        return windows.max(axis=1).reshape(N, C, H // 2, W // 2)

    def backward(self, dout):
        N, C, H, W = self.shape
        d = np.zeros((dout.size, 4))
        d[np.arange(dout.size), self.arg] = dout.flatten()
        d = d.reshape(N, C, H // 2, W // 2, 2, 2).transpose(0, 1, 2, 4, 3, 5)
        return d.reshape(N, C, H, W)


class Dense:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x_shape = x.shape
        self.x = x.reshape(len(x), -1)
        return self.x @ self.W + self.b

    def backward(self, dout):
        self.dW = self.x.T @ dout
        self.db = dout.sum(0)
        return (dout @ self.W.T).reshape(self.x_shape)


class SoftmaxWithLoss:
    def forward(self, x, t):
        self.t = t
        e = np.exp(x - x.max(axis=1, keepdims=True))
        self.y = e / e.sum(axis=1, keepdims=True)
        return -np.mean(np.log(self.y[np.arange(len(t)), t]))

    def backward(self):
        dx = self.y.copy()
        dx[np.arange(len(self.t)), self.t] -= 1
        return dx / len(self.t)


def build(inputs):
    return [Conv(inputs["W1"], inputs["b1"]), Relu(), MaxPool(), Dense(inputs["W2"], inputs["b2"])]


def forward(inputs):
    out = inputs["X"]
    for layer in build(inputs):
        out = layer.forward(out)
    return SoftmaxWithLoss().forward(out, inputs["t"])


def backward(inputs):
    layers = build(inputs)
    out = inputs["X"]
    for layer in layers:
        out = layer.forward(out)
    last = SoftmaxWithLoss()
    last.forward(out, inputs["t"])
    dout = last.backward()
    for layer in reversed(layers):
        dout = layer.backward(dout)
    conv, dense = layers[0], layers[-1]
    return {"W1": conv.dW, "b1": conv.db, "W2": dense.dW, "b2": dense.db}
