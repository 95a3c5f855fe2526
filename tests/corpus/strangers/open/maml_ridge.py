from dataclasses import dataclass

import numpy as np


@dataclass
class Cfg:
    steps: int = 4
    tasks: int = 3


CFG = Cfg()
PARAMS = ["w0", "log_lr", "log_lam"]
CONDITIONS = ("zeros_init", "one_shot")


def make_inputs(seed, condition=None):
    """few-shot regression: inner loop = ridge gradient steps on the support set"""
    rng = np.random.default_rng(seed)
    ns, nq, d = 5, 4, 3
    if condition == "one_shot":
        ns = 1
    w0 = rng.normal(size=d)
    if condition == "zeros_init":
        w0 = np.zeros(d)
    return {
        "Xs": rng.normal(size=(CFG.tasks, ns, d)), "ys": rng.normal(size=(CFG.tasks, ns)),
        "Xq": rng.normal(size=(CFG.tasks, nq, d)), "yq": rng.normal(size=(CFG.tasks, nq)),
        "w0": w0,
        "log_lr": np.log(0.1) + 0.2 * rng.normal(size=d),     # meta-SGD: one rate per weight
        "log_lam": np.array([-1.0 + 0.1 * rng.normal()]),
    }


def inner_grad(w, X, y, lam):
    return X.T @ (X @ w - y) / len(y) + lam * w


def adapt(w0, X, y, lr, lam):
    ws = [w0]
    for _ in range(CFG.steps):
        ws.append(ws[-1] - lr * inner_grad(ws[-1], X, y, lam))
    return ws


def forward(inputs):
    lr, lam = np.exp(inputs["log_lr"]), np.exp(inputs["log_lam"])[0]
    meta = 0.0
    for t in range(CFG.tasks):
        w = adapt(inputs["w0"], inputs["Xs"][t], inputs["ys"][t], lr, lam)[-1]
        err = inputs["Xq"][t] @ w - inputs["yq"][t]
        meta += 0.5 * np.mean(err ** 2)
    return meta / CFG.tasks


def backward(inputs):
    lr, lam = np.exp(inputs["log_lr"]), np.exp(inputs["log_lam"])[0]
    g_w0 = np.zeros_like(inputs["w0"])
    g_lr = np.zeros_like(lr)
    g_lam = 0.0
    for Xs, ys, Xq, yq in zip(inputs["Xs"], inputs["ys"], inputs["Xq"], inputs["yq"]):
        ws = adapt(inputs["w0"], Xs, ys, lr, lam)
        H = Xs.T @ Xs / len(ys) + lam * np.eye(len(lr))          # Hessian of the inner loss
        v = Xq.T @ (Xq @ ws[-1] - yq) / len(yq) / CFG.tasks
        for w in reversed(ws[:-1]):
            # w_next = w - lr * grad(w)
            u = lr * v
            g_lr -= v * inner_grad(w, Xs, ys, lam)
            g_lam -= u @ w
            v = v - H @ u
        g_w0 += v
    return {"w0": g_w0, "log_lr": g_lr * lr, "log_lam": np.array([g_lam * lam])}
