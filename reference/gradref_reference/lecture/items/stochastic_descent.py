"""Item 3.8: batch, mini-batch and stochastic descent."""

import numpy as np

from .. import gradient_descent as code
from ..item import Claim, Golden, Item, Mistake
from .one_neuron import DATA

__all__ = ["ITEMS"]

# --- 3.8 -------------------------------------------------------------------------------------------------------------

ETA = "1/10"


def _samples(rng, sizes):
    N, n = sizes[:2]
    X, y = rng.standard_normal((N, n)), rng.standard_normal(N)
    return X, y, rng.standard_normal(n), rng.standard_normal(), 0.05 + 0.1 * rng.random()


_SCHEDULES = {
    "one full batch": lambda N: [range(N)],
    "two full batches": lambda N: [range(N), range(N)],
    "two halves": lambda N: code.cut(range(N), (N + 1) // 2),
    "a smaller last batch": lambda N: code.cut(range(N), N // 2 + 1),
    "one sample at a time": lambda N: code.cut(range(N), 1),
}


def _descended(schedule, batch_gradient=None):
    """SGD over a schedule; `batch_gradient(X, y, w, b, batch, N)` replaces the right one in a mutant."""

    def path(X, y, w, b, eta):
        batches = _SCHEDULES[schedule](len(y))
        if batch_gradient is None:
            return code.sgd(X, y, w, b, batches, eta)
        for batch in batches:
            by_w, by_b = batch_gradient(X, y, w, b, batch)
            w, b = w - eta * by_w, b - eta * by_b
        return w, b

    return path


def _cost(X, y, w, b):
    e = X @ w + b - y
    return (e * e).sum() / (2 * X.shape[0])


def _true_descended(schedule):
    def truth(world, X, y, w, b, eta):
        theta = {"w": w, "b": b}
        for batch in _SCHEDULES[schedule](X.shape[0]):
            rows, labels = X[batch[0] : batch[-1] + 1], y[batch[0] : batch[-1] + 1]
            by = world.jacobian(lambda p, r=rows, t=labels: _cost(r, t, p["w"], p["b"]), theta)
            theta = {key: theta[key] - eta * by[key] for key in theta}
        return theta["w"], theta["b"]

    return truth


def _schedule(name, w, b):
    return Claim(
        name,
        ("X", "y", "w", "b", "η"),
        ("w", "b"),
        _descended(name),
        _true_descended(name),
        _samples,
        (Golden((*DATA, ETA), (w, b)),),
    )


def _combined(combine):
    """The full gradient from the gradients of all samples but the last, and of the last."""

    def gradient(X, y, w, b, eta):
        batches = [range(len(y) - 1), range(len(y) - 1, len(y))]
        parts = [code.batch_gradient(X, y, w, b, batch) for batch in batches]
        return tuple(combine([part[i] for part in parts], [len(batch) for batch in batches]) for i in (0, 1))

    return gradient


def _true_full(world, X, y, w, b, eta):
    by = world.jacobian(lambda p: _cost(X, y, p["w"], p["b"]), {"w": w, "b": b})
    return by["w"], by["b"]


def _sequential(X, y, w, b, eta):
    for batch in _SCHEDULES["one full batch"](len(y)):
        w = w - eta * code.batch_gradient(X, y, w, b, batch)[0]
        b = b - eta * code.batch_gradient(X, y, w, b, batch)[1]  # sees the new w
    return w, b


def _accumulated(X, y, w, b, eta):
    total_w, total_b = 0 * w, 0 * b
    for batch in _SCHEDULES["two full batches"](len(y)):
        by_w, by_b = code.batch_gradient(X, y, w, b, batch)
        total_w, total_b = total_w + by_w, total_b + by_b
        w, b = w - eta * total_w, b - eta * total_b
    return w, b


def _scaled(factor):
    """The batch gradient times factor(|B|, N)."""

    def batch_gradient(X, y, w, b, batch):
        top, bottom = factor(len(batch), len(y))
        return tuple(g * top / bottom for g in code.batch_gradient(X, y, w, b, batch))

    return batch_gradient


def _last_dropped(X, y, w, b, eta):
    return code.sgd(X, y, w, b, _SCHEDULES["a smaller last batch"](len(y))[:-1] or [range(len(y) - 1)], eta)


def _visits(epoch):
    """How often an epoch of batches of 3 visits each sample, and whether it starts in another order than the data's."""

    def count(x):
        N = len(x)
        order = epoch(np.random.default_rng(N), N)
        seen = [i for batch in code.cut(order, 3) for i in batch]
        moved = int(list(seen) != list(range(N)))
        return np.array([seen.count(i) for i in range(N)]) + 0 * x, moved

    return count


def _true_visits(world, x):
    """Each sample's cost enters the sum over an epoch once: ∂(Σ_B Σ_{i∈B} C_i)/∂C_i = 1; shuffled: 1."""
    return world.jacobian(lambda c: c.sum(), x), world.array(1.0)


_FULL, _TWICE, _HALVES, _UNEQUAL, _SINGLES = _SCHEDULES
_WEIGHTED, _EPOCH = "∇C = Σ |B|/N ∇C_B", "an epoch visits every sample once, shuffled"

_3_8 = Item(
    "3.8",
    "Gradient descent algorithm and SGD",
    "3:08:55",
    r"\theta\leftarrow\theta-\frac\eta{|B_t|}\sum_{x\in B_t}\nabla C_x,\qquad \nabla C=\sum_B\frac{|B|}N\nabla C_B",
    "θ = (w, b): (n,) and a scalar; X: (N, n)",
    "|B| is the actual batch size; all parameters of a step start from the same old point",
    (
        "gradient_descent.cut",
        "gradient_descent.epoch",
        "gradient_descent.batch_gradient",
        "gradient_descent.combine",
        "gradient_descent.sgd",
    ),
    (
        _schedule(_FULL, ["17/10", "53/40"], "-3/4"),
        _schedule(_TWICE, ["2427/1600", "2483/1600"], "-171/320"),
        _schedule(_HALVES, ["287/200", "13/8"], "-21/40"),
        _schedule(_UNEQUAL, ["8/5", "517/300"], "-113/300"),
        _schedule(_SINGLES, ["113/125", "5311/2500"], "-539/2500"),
        Claim(
            _WEIGHTED,
            ("X", "y", "w", "b", "η"),
            ("∂C/∂w", "∂C/∂b"),
            _combined(code.combine),
            _true_full,
            _samples,
            (Golden((*DATA, ETA), ([3, "-13/4"], "-5/2")),),
        ),
        Claim(
            _EPOCH,
            ("samples",),
            ("visits", "shuffled"),
            _visits(code.epoch),
            _true_visits,
            lambda rng, sizes: (rng.standard_normal(sizes[-1] + 4),),
            skips={"golden": "the order is random"},
        ),
    ),
    (
        Mistake("no 1/|B|", _FULL, _descended(_FULL, _scaled(lambda B, N: (B, 1))), (0, (["4/5", "23/10"], 0))),
        Mistake("1/N for 1/|B|", _UNEQUAL, _descended(_UNEQUAL, _scaled(lambda B, N: (B, N)))),
        Mistake("the smaller last batch dropped", _UNEQUAL, _last_dropped),
        Mistake(
            "the last batch scaled by the full batch size", _UNEQUAL, _descended(_UNEQUAL, _scaled(lambda B, N: (B, N // 2 + 1)))
        ),
        Mistake("w updated before ∂b is computed", _FULL, _sequential, (0, (["17/10", "53/40"], "-243/320"))),
        Mistake(
            "plain mean of unequal batches", _WEIGHTED, _combined(lambda g, sizes: sum(g) / len(g)), (0, ([2, "-23/6"], None))
        ),
        Mistake("not shuffled", _EPOCH, _visits(lambda rng, N: list(range(N)))),
        Mistake("drawn with replacement", _EPOCH, _visits(lambda rng, N: [int(i) for i in rng.integers(0, N, N)])),
        Mistake("gradients accumulated over the steps", _TWICE, _accumulated),
    ),
)

ITEMS = (_3_8,)
