"""A neural differential equation with Euler steps: the same tanh layer at every step, the state kept in place, quadratic cost."""

import numpy as np

STEPS = 5
DT = 0.3


def make_inputs(seed):
    rng = np.random.default_rng(seed)
    return {
        "x0": rng.normal(size=(4, 3)),
        "goal": rng.normal(size=(4, 3)),
        "A": rng.normal(size=(3, 3)),
        "b": rng.normal(size=3),
        "tau": np.array(0.8),
    }


PARAMS = ["x0", "A", "b", "tau"]


def forward(inputs):
    x = inputs["x0"]
    running = 0.0
    for _ in range(STEPS):
        x = x + DT * (np.tanh(x @ inputs["A"].T + inputs["b"]) - inputs["tau"] * x)
        running = running + 0.01 * np.sum(x**2)
    return running + 0.5 * np.sum((x - inputs["goal"]) ** 2)


def backward(inputs):
    A, b, tau = inputs["A"], inputs["b"], inputs["tau"]
    states = np.empty((STEPS + 1,) + inputs["x0"].shape)
    states[0] = inputs["x0"]
    acts = np.empty((STEPS,) + inputs["x0"].shape)
    for k in range(STEPS):
        acts[k] = np.tanh(states[k] @ A.T + b)
        states[k + 1] = states[k] + DT * (acts[k] - tau * states[k])

    lam = states[STEPS] - inputs["goal"]
    dA, db, dtau = np.zeros_like(A), np.zeros_like(b), 0.0
    for k in range(STEPS - 1, -1, -1):
        lam = lam + 0.02 * states[k + 1]
        dz = DT * lam * (1 - acts[k] ** 2)
        dA += dz.T @ states[k]
        db += dz.sum(axis=0)
        dtau -= DT * np.sum(lam * states[k])
        lam = (1 - DT * tau) * lam + dz @ A
    return {"x0": lam, "A": dA, "b": db, "tau": dtau}
