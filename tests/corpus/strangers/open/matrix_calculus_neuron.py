"""
The single neuron of "The Matrix Calculus You Need For Deep Learning":
    activation(x) = max(0, w.x + b)
    C = 1/N sum_i (y_i - activation(x_i))^2
Derivatives w.r.t. w and b, written out with plain loops on purpose.
"""
import numpy as np

CONDITIONS = ("all_clipped", "on_the_kink", "one_sample")


def make_inputs(seed, condition=""):
    rng = np.random.default_rng(seed)
    N = 1 if condition == "one_sample" else 9
    X = rng.uniform(-2, 2, (N, 3))
    w = rng.normal(size=3)
    b = np.array(0.3)
    if condition == "all_clipped":
        b = np.array(-50.0)
    if condition == "on_the_kink":
        X[0] = 0.0
        b = np.array(0.0)
    return {"X": X, "y": rng.normal(size=N), "w": w, "b": b}


PARAMS = ["w", "b"]


def neuron(w, b, x):
    z = 0.0
    for j in range(len(w)):
        z = z + w[j] * x[j]
    z = z + b
    return max(0.0, z)


def forward(inputs):
    X, y, w, b = inputs["X"], inputs["y"], inputs["w"], float(inputs["b"])
    N = len(X)
    C = 0.0
    for i in range(N):
        u = y[i] - neuron(w, b, X[i])
        C += u * u
    return C / N


def backward(inputs):
    X, y, w, b = inputs["X"], inputs["y"], inputs["w"], float(inputs["b"])
    N = len(X)
    dC_dw = [0.0] * len(w)
    dC_db = 0.0
    for i in range(N):
        a = neuron(w, b, X[i])
        if a <= 0:
            # max(0, z) clipped: no gradient through this sample
            continue
        e = a - y[i]                # error term e_i = w.x_i + b - y_i
        for j in range(len(w)):
            dC_dw[j] += 2.0 / N * e * X[i][j]
        dC_db += 2.0 / N * e
    return {"grad_w": np.array(dC_dw), "grad_b": np.array(dC_db)}
