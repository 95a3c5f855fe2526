"""FullyConnectedNet of arbitrary depth with (inverted) dropout. The masks are part of the inputs so
that the loss is deterministic."""
import numpy as np

P_KEEP = 0.75
NUM_LAYERS = 4
SLOPE = 0.1
REG = 0.02
HIDDEN = [14, 12, 10]


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    N = 1 if condition == "batch_of_one" else 9
    dims = [16] + HIDDEN + [6]
    inputs = {"X": rng.normal(size=(N, 16)), "y": rng.integers(0, 6, size=N)}
    for i in range(NUM_LAYERS):
        inputs[f"W{i + 1}"] = rng.normal(size=(dims[i], dims[i + 1])) * np.sqrt(2.0 / dims[i])
        inputs[f"b{i + 1}"] = 0.1 * rng.normal(size=dims[i + 1])
    for i, h in enumerate(HIDDEN):
        keep = rng.random((N, h)) < P_KEEP
        if condition == "one_layer_all_dropped" and i == 1:
            keep[:] = False
        inputs[f"mask{i + 1}"] = keep / P_KEEP
    return inputs


CONDITIONS = ("batch_of_one", "one_layer_all_dropped")
PARAMS = [f"{p}{i}" for i in range(1, NUM_LAYERS + 1) for p in "Wb"]


def leaky_forward(x):
    return np.where(x > 0, x, SLOPE * x), x


def leaky_backward(dout, x):
    return dout * np.where(x > 0, 1.0, SLOPE)


def dropout_forward(x, mask):
    return x * mask, mask


def dropout_backward(dout, mask):
    return dout * mask


def softmax_loss(scores, y):
    scores = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(scores)
    p /= p.sum(axis=1, keepdims=True)
    n = len(y)
    loss = -np.log(p[range(n), y]).mean()
    dscores = p.copy()
    dscores[range(n), y] -= 1
    return loss, dscores / n


def run(inputs):
    out = inputs["X"]
    caches = []
    for i in range(1, NUM_LAYERS):
        fc_in = out
        z = fc_in @ inputs[f"W{i}"] + inputs[f"b{i}"]
        a, act_cache = leaky_forward(z)
        out, drop_cache = dropout_forward(a, inputs[f"mask{i}"])
        caches.append((fc_in, act_cache, drop_cache))
    scores = out @ inputs[f"W{NUM_LAYERS}"] + inputs[f"b{NUM_LAYERS}"]
    caches.append(out)
    loss, dscores = softmax_loss(scores, inputs["y"])
    for i in range(1, NUM_LAYERS + 1):
        loss += 0.5 * REG * np.sum(inputs[f"W{i}"] ** 2)
    return loss, dscores, caches


def forward(inputs):
    return run(inputs)[0]


def backward(inputs):
    _, dout, caches = run(inputs)
    grads = {}
    h = caches.pop()
    L = NUM_LAYERS
    grads[f"dW{L}"] = h.T @ dout + REG * inputs[f"W{L}"]
    grads[f"db{L}"] = dout.sum(axis=0)
    dout = dout @ inputs[f"W{L}"].T
    for i in range(L - 1, 0, -1):
        fc_in, act_cache, mask = caches.pop()
        dout = dropout_backward(dout, mask)
        dz = leaky_backward(dout, act_cache)
        grads[f"dW{i}"] = fc_in.T @ dz + REG * inputs[f"W{i}"]
        grads[f"db{i}"] = dz.sum(axis=0)
        dout = dz @ inputs[f"W{i}"].T
    return grads
