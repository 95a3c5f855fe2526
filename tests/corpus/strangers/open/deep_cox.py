import numpy as np

# DeepSurv-type model: one tanh layer, Cox partial likelihood (Breslow ties),
# elastic net on the last layer.

CONDITIONS = ("ties", "no_censoring")
PARAMS = ["W", "b", "beta"]
LAM, ALPHA = 0.1, 0.4


def make_inputs(seed, condition=None):
    rng = np.random.default_rng(seed)
    n, p, h = 15, 4, 6
    t = rng.exponential(size=n)
    if condition == "ties":
        t = np.ceil(3 * t)
    event = (rng.random(n) < 0.7).astype(int)
    event[0] = 1
    if condition == "no_censoring":
        event[:] = 1
    return {"X": rng.normal(size=(n, p)), "time": t, "event": event,
            "W": rng.normal(size=(p, h)) / 2, "b": rng.normal(size=h) / 2, "beta": rng.normal(size=h)}


def at_risk(time):
    # R[i, j] = 1 when subject j is still at risk at the time of subject i
    return (time[None, :] >= time[:, None]).astype(float)


def forward(inputs):
    H = np.tanh(inputs["X"] @ inputs["W"] + inputs["b"])
    eta = H @ inputs["beta"]
    time, event = inputs["time"], inputs["event"]
    loglik = 0.0
    for i in range(len(time)):
        if event[i] == 1:
            risk = eta[time >= time[i]]
            m = np.max(risk)
            loglik += eta[i] - (m + np.log(np.sum(np.exp(risk - m))))
    penalty = LAM * (ALPHA * np.abs(inputs["beta"]).sum() + 0.5 * (1 - ALPHA) * np.sum(inputs["beta"] ** 2))
    return -loglik / event.sum() + penalty


def backward(inputs):
    X, W, b, beta = (inputs[k] for k in ("X", "W", "b", "beta"))
    event = inputs["event"]
    H = np.tanh(X @ W + b)
    eta = H @ beta

    R = at_risk(inputs["time"])
    w = np.exp(eta - eta.max())
    prob = R * w / (R @ w)[:, None]            # row i: softmax over the risk set of i
    deta = -(event - event @ prob) / event.sum()

    dbeta = H.T @ deta
    dbeta += LAM * (ALPHA * np.sign(beta) + (1 - ALPHA) * beta)
    dH = np.outer(deta, beta)
    dA = dH * (1 - H ** 2)
    return dict(dW=X.T @ dA, db=dA.sum(0), dbeta=dbeta)
