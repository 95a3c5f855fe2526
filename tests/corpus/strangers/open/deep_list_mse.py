import numpy as np

# five layers, the weights come as W1..W5, leaky relu inside and identity at the end
# loss = mean over ALL elements of (prediction - target)^2

N_LAYERS = 5
SIZES = [6, 8, 8, 8, 8, 3]
ALPHA = 0.01


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    batch = {"batch_of_one": 1}.get(condition, 7)
    d = {"x": rng.standard_normal((batch, SIZES[0])), "target": rng.standard_normal((batch, SIZES[-1]))}
    for k in range(N_LAYERS):
        d[f"W{k+1}"] = rng.standard_normal((SIZES[k], SIZES[k+1])) / SIZES[k] ** 0.5
        d[f"b{k+1}"] = 0.3 * rng.standard_normal((1, SIZES[k+1]))
    if condition == "all_negative":
        for k in range(N_LAYERS - 1):
            d[f"b{k+1}"] -= 20.0
    return d


PARAMS = ["W1", "W2", "W3", "W4", "W5", "b1", "b2", "b3", "b4", "b5"]
CONDITIONS = ("batch_of_one", "all_negative")

lrelu = lambda z: np.maximum(z, ALPHA * z)
lrelu_grad = lambda z: np.where(z >= 0, 1.0, ALPHA)


def forward_pass(inputs):
    Ws = [inputs[f"W{k}"] for k in range(1, N_LAYERS + 1)]
    bs = [inputs[f"b{k}"] for k in range(1, N_LAYERS + 1)]
    A = [inputs["x"]]
    Z = []
    for k, (W, b) in enumerate(zip(Ws, bs)):
        Z.append(A[-1] @ W + b)
        A.append(Z[-1] if k == N_LAYERS - 1 else lrelu(Z[-1]))
    return Ws, A, Z


def forward(inputs):
    _, A, _ = forward_pass(inputs)
    return np.mean((A[-1] - inputs["target"]) ** 2)


def backward(inputs):
    Ws, A, Z = forward_pass(inputs)
    dW = [None] * N_LAYERS
    db = [None] * N_LAYERS
    err = 2 * (A[-1] - inputs["target"]) / A[-1].size
    for k in range(N_LAYERS - 1, -1, -1):
        dW[k] = A[k].T @ err
        db[k] = err.sum(axis=0, keepdims=True)
        if k > 0:
            err = (err @ Ws[k].T) * lrelu_grad(Z[k-1])
    grads = {}
    for k in range(N_LAYERS):
        grads[f"W{k+1}"] = dW[k]
        grads[f"b{k+1}"] = db[k]
    return grads
