import numpy as np

# LLaMA feed-forward:  y = x + W_down( silu(W_gate n) * (W_up n) ),  n = rmsnorm(x) * g ; second rmsnorm then logits
# tokens in rows.  silu'(a) = s + a s (1 - s)

PARAMS = "x g1 W_gate W_up W_down g2 W_out".split()
CONDITIONS = ("single_token",)
eps = 1e-6


def make_inputs(seed, condition=None):
    rng = np.random.default_rng([seed, 7])
    T = 1 if condition == "single_token" else 5
    d, f, V = 4, 6, 7
    return dict(
        x=rng.standard_normal((T, d)), g1=rng.uniform(0.5, 1.5, d),
        W_gate=rng.standard_normal((f, d)), W_up=rng.standard_normal((f, d)),
        W_down=rng.standard_normal((d, f)) / 2, g2=rng.uniform(0.5, 1.5, d),
        W_out=rng.standard_normal((V, d)), tok=rng.integers(0, V, T))


def rms(x):
    return 1 / np.sqrt(np.mean(x ** 2, axis=-1, keepdims=True) + eps)


def rmsnorm_grad(dn, x, g):
    d = x.shape[-1]
    r = rms(x)
    dg = np.sum(dn * x * r, axis=0)
    t = dn * g
    dx = r * t - x * r ** 3 / d * np.sum(t * x, axis=-1, keepdims=True)
    return dx, dg


def sigm(a):
    return 1 / (1 + np.exp(-a))


def forward(inputs):
    x, g1, Wg, Wu, Wd, g2, Wo, tok = (inputs[k] for k in PARAMS + ["tok"])
    n = x * rms(x) * g1
    a = n @ Wg.T
    u = n @ Wu.T
    y = x + (a * sigm(a) * u) @ Wd.T
    logits = (y * rms(y) * g2) @ Wo.T
    mx = logits.max(axis=1)
    lse = mx + np.log(np.exp(logits - mx[:, None]).sum(axis=1))
    return np.mean(lse - logits[np.arange(len(tok)), tok])


def backward(inputs):
    x, g1, Wg, Wu, Wd, g2, Wo, tok = (inputs[k] for k in PARAMS + ["tok"])
    T = len(tok)
    # forward again
    n = x * rms(x) * g1
    a = n @ Wg.T
    u = n @ Wu.T
    s = sigm(a)
    hidden = a * s * u
    y = x + hidden @ Wd.T
    m = y * rms(y) * g2
    logits = m @ Wo.T
    P = np.exp(logits - logits.max(axis=1, keepdims=True))
    P /= P.sum(axis=1, keepdims=True)
    # backward
    dlogits = P
    dlogits[np.arange(T), tok] -= 1
    dlogits /= T
    gWo = dlogits.T @ m
    dy, gg2 = rmsnorm_grad(dlogits @ Wo, y, g2)
    gWd = dy.T @ hidden
    dhid = dy @ Wd
    du = dhid * a * s
    da = dhid * u * (s + a * s * (1 - s))
    gWu = du.T @ n
    gWg = da.T @ n
    dn = du @ Wu + da @ Wg
    dx, gg1 = rmsnorm_grad(dn, x, g1)
    dx = dx + dy            # skip connection
    return {"g_x": dx, "g_g1": gg1, "g_W_gate": gWg, "g_W_up": gWu, "g_W_down": gWd, "g_g2": gg2, "g_W_out": gWo}
