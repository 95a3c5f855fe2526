"""Two gated, causal, dilated convolution layers (WaveNet) with residual and skip connections.

x : (B, C, T).  One layer:
    z = tanh(Wf * x + bf) . sigma(Wg * x + bg)     ( * = causal conv, kernel 2, dilation d )
    skip += Ws z
    x    <- x + Wr z
Cost: mean squared error of the skip sum after a 1x1 convolution.
"""
import numpy as np

DILATIONS = [1, 2]


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    B, C, D, S, T, K = 2, 3, 4, 3, 7, 2
    p = {"x": rng.normal(size=(B, C, T)), "target": rng.normal(size=(B, T))}
    for l in range(2):
        p[f"Wf{l}"] = 0.5 * rng.normal(size=(D, C, K))
        p[f"Wg{l}"] = 0.5 * rng.normal(size=(D, C, K))
        p[f"bf{l}"] = 0.1 * rng.normal(size=D)
        p[f"bg{l}"] = 0.1 * rng.normal(size=D)
        p[f"Ws{l}"] = 0.5 * rng.normal(size=(S, D))
    p["Wr0"] = 0.5 * rng.normal(size=(C, D))
    p["Wo"] = rng.normal(size=S)
    return p


PARAMS = ["x", "Wf0", "Wg0", "bf0", "bg0", "Ws0", "Wr0", "Wf1", "Wg1", "bf1", "bg1", "Ws1", "Wo"]


def sigmoid(a):
    return 1.0 / (1.0 + np.exp(-a))


def causal_conv(x, W, b, d):
    K = W.shape[2]
    T = x.shape[2]
    xp = np.pad(x, ((0, 0), (0, 0), ((K - 1) * d, 0)))
    out = np.zeros((x.shape[0], W.shape[0], T))
    for k in range(K):
        out += np.einsum("oc,bct->bot", W[:, :, k], xp[:, :, k * d:k * d + T])
    return out + b[None, :, None]


def causal_conv_grad(g, x, W, d):
    K = W.shape[2]
    T = x.shape[2]
    xp = np.pad(x, ((0, 0), (0, 0), ((K - 1) * d, 0)))
    gxp = np.zeros_like(xp)
    gW = np.zeros_like(W)
    for k in range(K):
        gW[:, :, k] = np.einsum("bot,bct->oc", g, xp[:, :, k * d:k * d + T])
        gxp[:, :, k * d:k * d + T] += np.einsum("oc,bot->bct", W[:, :, k], g)
    return gxp[:, :, (K - 1) * d:], gW, g.sum(axis=(0, 2))


def run(p):
    x = p["x"]
    skip = 0.0
    tape = []
    for l, d in enumerate(DILATIONS):
        f = np.tanh(causal_conv(x, p[f"Wf{l}"], p[f"bf{l}"], d))
        g = sigmoid(causal_conv(x, p[f"Wg{l}"], p[f"bg{l}"], d))
        z = f * g
        tape.append((x, f, g, z))
        skip = skip + np.einsum("sd,bdt->bst", p[f"Ws{l}"], z)
        if l == 0:
            x = x + np.einsum("cd,bdt->bct", p["Wr0"], z)
    h = np.maximum(skip, 0)
    out = np.einsum("s,bst->bt", p["Wo"], h)
    return out, h, skip, tape


def forward(p):
    out = run(p)[0]
    return np.mean((out - p["target"]) ** 2)


def backward(p):
    out, h, skip, tape = run(p)
    grads = {}
    gout = 2 * (out - p["target"]) / out.size
    grads["Wo"] = np.einsum("bt,bst->s", gout, h)
    gh = p["Wo"][None, :, None] * gout[:, None, :]
    gskip = gh * (skip > 0)
    gx = np.zeros_like(p["x"])          # gradient on the residual stream
    for l in (1, 0):
        x, f, g, z = tape[l]
        grads[f"Ws{l}"] = np.einsum("bst,bdt->sd", gskip, z)
        gz = np.einsum("sd,bst->bdt", p[f"Ws{l}"], gskip)
        if l == 0:
            grads["Wr0"] = np.einsum("bct,bdt->cd", gx, z)
            gz += np.einsum("cd,bct->bdt", p["Wr0"], gx)
        gf = gz * g * (1 - f ** 2)
        gg = gz * f * g * (1 - g)
        dxf, grads[f"Wf{l}"], grads[f"bf{l}"] = causal_conv_grad(gf, x, p[f"Wf{l}"], DILATIONS[l])
        dxg, grads[f"Wg{l}"], grads[f"bg{l}"] = causal_conv_grad(gg, x, p[f"Wg{l}"], DILATIONS[l])
        gx = gx + dxf + dxg
    grads["x"] = gx
    return grads
