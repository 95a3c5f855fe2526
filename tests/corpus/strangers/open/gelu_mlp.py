# MLP block with tanh-approximated GELU, cross entropy against soft (one-hot) targets. row batch.
import math
import numpy as np

K0 = math.sqrt(2.0 / math.pi)
K1 = 0.044715


def gelu(x):
    return 0.5 * x * (1.0 + np.tanh(K0 * (x + K1 * x ** 3)))


def gelu_backward(x, dy):
    t = np.tanh(K0 * (x + K1 * x ** 3))
    left = 0.5 * (1.0 + t)
    right = 0.5 * x * (1.0 - t * t) * K0 * (1.0 + 3 * K1 * x ** 2)
    return (left + right) * dy


def softmax(z):
    e = np.exp(z - z.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    B, D, H, O = 16, 20, 32, 10
    return {
        "inp": rng.standard_normal((B, D)),
        "onehot": np.eye(O)[rng.integers(0, O, B)],
        "w_fc": 0.3 * rng.standard_normal((D, H)),
        "b_fc": 0.1 * rng.standard_normal(H),
        "w_proj": 0.3 * rng.standard_normal((H, O)),
        "b_proj": 0.1 * rng.standard_normal(O),
    }


PARAMS = ["w_fc", "b_fc", "w_proj", "b_proj"]


def forward(inputs):
    pre = inputs["inp"] @ inputs["w_fc"] + inputs["b_fc"]
    post = gelu(pre)
    logits = post @ inputs["w_proj"] + inputs["b_proj"]
    return -(inputs["onehot"] * np.log(softmax(logits))).sum(1).mean()


def backward(inputs):
    # recompute the activations (cheap)
    pre = inputs["inp"] @ inputs["w_fc"] + inputs["b_fc"]
    post = gelu(pre)
    logits = post @ inputs["w_proj"] + inputs["b_proj"]
    B = pre.shape[0]

    d_logits = (softmax(logits) - inputs["onehot"]) / B
    d_w_proj = post.T @ d_logits
    d_b_proj = d_logits.sum(0)
    d_post = d_logits @ inputs["w_proj"].T
    d_pre = gelu_backward(pre, d_post)
    d_w_fc = inputs["inp"].T @ d_pre
    d_b_fc = d_pre.sum(0)
    return {"grad_w_fc": d_w_fc, "grad_b_fc": d_b_fc, "grad_w_proj": d_w_proj, "grad_b_proj": d_b_proj}
