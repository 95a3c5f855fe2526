"""LSTM with all four gates in one matrix, batch first, sequences of different lengths (mask), regression from the last state."""
import numpy as np


CONDITIONS = ("one_step", "batch_of_one", "saturated")
PARAMS = ["W", "U", "b", "v", "c", "h0"]


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    N, T, D, H = 3, 4, 3, 4
    if condition == "one_step":
        T = 1
    elif condition == "batch_of_one":
        N = 1
    gain = 4.0 if condition == "saturated" else 0.6
    return {
        "seq": rng.standard_normal((N, T, D)),
        "length": rng.integers(1, T + 1, N),
        "goal": rng.standard_normal(N),
        "h0": rng.standard_normal((N, H)) * 0.5,
        "W": gain * rng.standard_normal((D, 4 * H)),
        "U": 0.6 * rng.standard_normal((H, 4 * H)),
        "b": 0.2 * rng.standard_normal(4 * H),
        "v": rng.standard_normal(H),
        "c": rng.standard_normal(),
    }


def sigmoid(z):
    out = np.empty_like(z)
    pos = z >= 0
    out[pos] = 1 / (1 + np.exp(-z[pos]))
    ez = np.exp(z[~pos])
    out[~pos] = ez / (1 + ez)
    return out


class LSTM:
    def __init__(self, W, U, b):
        self.W, self.U, self.b = W, U, b
        self.H = U.shape[0]

    def step(self, x, h, c, m):
        H = self.H
        z = x @ self.W + h @ self.U + self.b
        i = sigmoid(z[:, 0:H])
        f = sigmoid(z[:, H:2 * H])
        o = sigmoid(z[:, 2 * H:3 * H])
        g = np.tanh(z[:, 3 * H:])
        c_new = f * c + i * g
        tc = np.tanh(c_new)
        h_new = o * tc
        # padded steps keep the old state
        c_out = m * c_new + (1 - m) * c
        h_out = m * h_new + (1 - m) * h
        self.caches.append((x, h, c, m, i, f, o, g, tc))
        return h_out, c_out

    def forward(self, xs, h0, lengths):
        self.caches = []
        h = h0
        c = np.zeros_like(h0)
        for t in range(xs.shape[1]):
            m = (t < lengths).astype(float)[:, None]
            h, c = self.step(xs[:, t], h, c, m)
        return h

    def backward(self, dh):
        dW = np.zeros_like(self.W)
        dU = np.zeros_like(self.U)
        db = np.zeros_like(self.b)
        dc = np.zeros_like(dh)
        for x, h, c, m, i, f, o, g, tc in reversed(self.caches):
            dh_new = m * dh
            dc_new = m * dc
            do = dh_new * tc
            dc_new = dc_new + dh_new * o * (1 - tc ** 2)
            df = dc_new * c
            di = dc_new * g
            dg = dc_new * i
            dz = np.hstack([
                di * i * (1 - i),
                df * f * (1 - f),
                do * o * (1 - o),
                dg * (1 - g ** 2),
            ])
            dW += x.T @ dz
            dU += h.T @ dz
            db += dz.sum(axis=0)
            dh = dz @ self.U.T + (1 - m) * dh
            dc = dc_new * f + (1 - m) * dc
        return dW, dU, db, dh


def forward(inputs):
    net = LSTM(inputs["W"], inputs["U"], inputs["b"])
    h = net.forward(inputs["seq"], inputs["h0"], inputs["length"])
    pred = h @ inputs["v"] + inputs["c"]
    return np.mean((pred - inputs["goal"]) ** 2) / 2


def backward(inputs):
    net = LSTM(inputs["W"], inputs["U"], inputs["b"])
    h = net.forward(inputs["seq"], inputs["h0"], inputs["length"])
    pred = h @ inputs["v"] + inputs["c"]
    e = (pred - inputs["goal"]) / len(pred)
    dW, dU, db, dh0 = net.backward(np.outer(e, inputs["v"]))
    return {"dW": dW, "dU": dU, "db": db, "dv": h.T @ e, "dc": e.sum(), "dh0": dh0}
