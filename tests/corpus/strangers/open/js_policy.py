from dataclasses import dataclass
import numpy as np


# Distillation with a Jensen-Shannon divergence between teacher and student heads,
# plus KL(student || prior) and an entropy bonus. Student: logits = X A + c.

@dataclass
class Weights:
    js: float = 1.0
    kl: float = 0.3
    ent: float = 0.1


CW = Weights()
TEMP = 2.0
PARAMS = ["A", "c", "teacher_logits"]
CONDITIONS = ("saturated", "single_row")


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    N, D, C = 6, 3, 4
    if condition == "single_row":
        N = 1
    boost = 8.0 if condition == "saturated" else 1.0
    prior = rng.dirichlet(np.ones(C) * 3)
    return {"X": rng.normal(size=(N, D)), "A": boost * rng.normal(size=(D, C)), "c": rng.normal(size=C),
            "teacher_logits": rng.normal(size=(N, C)), "prior": prior}


def softmax(z):
    z = z - z.max(axis=1, keepdims=True)
    ez = np.exp(z)
    return ez / ez.sum(axis=1, keepdims=True)


def softmax_vjp(p, gp):
    return p * (gp - (p * gp).sum(axis=1, keepdims=True))


def xlogx_over(a, b):
    return (a * (np.log(a + 1e-12) - np.log(b + 1e-12))).sum(axis=1)


def forward(inputs):
    logits = inputs["X"] @ inputs["A"] + inputs["c"]
    p = softmax(logits / TEMP)                      # student
    q = softmax(inputs["teacher_logits"] / TEMP)    # teacher
    m = 0.5 * (p + q)
    js = 0.5 * xlogx_over(p, m) + 0.5 * xlogx_over(q, m)
    kl = xlogx_over(p, inputs["prior"][None, :])
    ent = -(p * np.log(p + 1e-12)).sum(axis=1)
    return np.mean(CW.js * TEMP ** 2 * js + CW.kl * kl - CW.ent * ent)


def backward(inputs):
    X = inputs["X"]
    N = X.shape[0]
    logits = X @ inputs["A"] + inputs["c"]
    p = softmax(logits / TEMP)
    q = softmax(inputs["teacher_logits"] / TEMP)
    m = 0.5 * (p + q)
    e = 1e-12
    lp, lq, lm = np.log(p + e), np.log(q + e), np.log(m + e)
    rest_m = 0.5 * m / (m + e)      # comes from d/dm of both KL terms
    gp_js = 0.5 * (lp - lm + p / (p + e)) - rest_m
    gq_js = 0.5 * (lq - lm + q / (q + e)) - rest_m
    gp_kl = lp - np.log(inputs["prior"] + e) + p / (p + e)
    gp_ent = -(lp + p / (p + e))

    gp = (CW.js * TEMP ** 2 * gp_js + CW.kl * gp_kl - CW.ent * gp_ent) / N
    gq = CW.js * TEMP ** 2 * gq_js / N
    dlogits = softmax_vjp(p, gp) / TEMP
    dteacher = softmax_vjp(q, gq) / TEMP
    return {"nabla_A": X.T @ dlogits, "nabla_c": dlogits.sum(axis=0), "nabla_teacher_logits": dteacher}
