import numpy as np

# Mixture of diagonal Gaussians fitted by gradient descent (no EM).

CONDITIONS = ("far_away", "one_sample")
LOG2PI = np.log(2.0 * np.pi)


def make_inputs(seed, condition="none"):
    g = np.random.default_rng(seed)
    n, k, d = 14, 3, 2
    if condition == "one_sample":
        n = 1
    x = g.standard_normal((n, d)) + g.integers(-2, 3, size=(n, 1))
    m = g.standard_normal((k, d)) * 1.5
    if condition == "far_away":
        m = m + 40.0
    return dict(x=x, logits=g.standard_normal(k), means=m, log_sd=0.3 * g.standard_normal((k, d)))


PARAMS = ["logits", "means", "log_sd"]


def logsumexp(a, axis):
    m = a.max(axis=axis, keepdims=True)
    return (m + np.log(np.exp(a - m).sum(axis=axis, keepdims=True))).squeeze(axis)


class GMM:
    def __init__(self, logits, means, log_sd):
        self.logits, self.means, self.log_sd = logits, means, log_sd
        self.K = len(logits)
        self.cache = {}

    def log_weights(self):
        return self.logits - logsumexp(self.logits, 0)

    def loglik(self, x):
        lw = self.log_weights()
        joint = np.empty((x.shape[0], self.K))
        zs = []
        for k in range(self.K):
            z = (x - self.means[k]) / np.exp(self.log_sd[k])
            zs.append(z)
            joint[:, k] = lw[k] - 0.5 * (z ** 2).sum(1) - self.log_sd[k].sum() - 0.5 * x.shape[1] * LOG2PI
        ll = logsumexp(joint, 1)
        self.cache["z"] = zs
        self.cache["resp"] = np.exp(joint - ll[:, None])
        return ll

    def gradients(self, x):
        """gradient of the MEAN NEGATIVE log likelihood"""
        n = x.shape[0]
        self.loglik(x)
        resp = self.cache["resp"]
        weights = np.exp(self.log_weights())
        g_logits = -(resp - weights).sum(axis=0) / n
        g_means = np.zeros_like(self.means)
        g_log_sd = np.zeros_like(self.log_sd)
        for k in range(self.K):
            z = self.cache["z"][k]
            r = resp[:, k:k + 1]
            g_means[k] = -(r * z / np.exp(self.log_sd[k])).sum(0) / n
            g_log_sd[k] = -(r * (z ** 2 - 1.0)).sum(0) / n
        return g_logits, g_means, g_log_sd


def forward(inputs):
    model = GMM(inputs["logits"], inputs["means"], inputs["log_sd"])
    return -np.mean(model.loglik(inputs["x"]))


def backward(inputs):
    model = GMM(inputs["logits"], inputs["means"], inputs["log_sd"])
    a, b, c = model.gradients(inputs["x"])
    return {"logits": a, "means": b, "log_sd": c}
