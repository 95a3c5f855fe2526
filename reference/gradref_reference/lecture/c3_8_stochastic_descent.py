"""Batch, mini-batch and stochastic descent of one linear neuron (lecture 3.8); X (N, n) with rows x_iᵀ; exact on fractions."""

from collections.abc import Sequence

import numpy as np

from .c3_4_weight_derivative import DATA, weight_derivative
from .c3_6_bias_derivative import bias_derivative
from .c3_7_descent import descend
from .item import Claim, Golden, Item
from .sigmas import SIGMAS, Array

__all__ = [
    "EPOCH",
    "FULL",
    "ITEM",
    "SCHEDULES",
    "TWICE",
    "UNEQUAL",
    "WEIGHTED",
    "batch_gradient",
    "combine",
    "combined",
    "cut",
    "descended",
    "epoch",
    "sgd",
    "visits",
]


_LINEAR = SIGMAS["identity"]


def cut(order: Sequence[int], size: int) -> list[list[int]]:
    """The samples of an epoch, in this order, cut into batches of `size`; the last one may be smaller. Lecture 3.8.

    Raises ValueError for a size below 1.

    >>> cut([2, 0, 1], 2)
    [[2, 0], [1]]
    """
    if size < 1:
        raise ValueError(f"cut: size must be at least 1, got {size}. Use {len(order)} for full batches.")
    return [list(order[i : i + size]) for i in range(0, len(order), size)]


def epoch(rng: np.random.Generator, N: int) -> list[int]:
    """The N samples in a random order, each once: one pass over the data; cut it into batches. Lecture 3.8.

    >>> sorted(epoch(np.random.default_rng(0), 4))
    [0, 1, 2, 3]
    """
    return [int(i) for i in rng.permutation(N)]


def batch_gradient(X: Array, y: Array, w: Array, b: Array, batch: Sequence[int]) -> tuple[Array, Array]:
    """∂C_B/∂w (n,) and ∂C_B/∂b of the linear neuron: the average over this batch's own |B| samples. Lecture 3.8.

    >>> batch_gradient(np.array([[1, 2], [3, -1]]), np.array([4, 3]), np.array([2, 1]), -1, [1])
    (array([ 3., -1.]), np.float64(1.0))
    """
    rows = list(batch)
    return weight_derivative(X[rows], y[rows], w, b, _LINEAR), bias_derivative(X[rows], y[rows], w, b, _LINEAR)


def combine(gradients: Sequence[Array], sizes: Sequence[int]) -> Array:
    """The full gradient from batch gradients: Σ |B|/N ∇C_B; the plain mean is right for equal sizes only. Lecture 3.8.

    >>> combine([np.array([4.0]), np.array([1.0])], [3, 1])
    array([3.25])
    """
    weighted = [size * gradient for size, gradient in zip(sizes, gradients, strict=True)]
    return np.stack(weighted).sum(axis=0) / sum(sizes)


def sgd(X: Array, y: Array, w: Array, b: Array, batches: Sequence[Sequence[int]], eta: Array) -> tuple[Array, Array]:
    """w (n,) and b after one step for each batch; both parameters of a step start from the same old point. Lecture 3.8.

    >>> X, y = np.array([[1, 2], [3, -1], [-2, 1], [0, 1]]), np.array([4, 3, 1, 5])
    >>> w, b = sgd(X, y, np.array([2.0, 1.0]), -1.0, [[0, 1, 2, 3]], 0.1)
    >>> w.round(6), round(float(b), 6)
    (array([1.7  , 1.325]), -0.75)
    """
    for batch in batches:
        by_w, by_b = batch_gradient(X, y, w, b, batch)
        w, b = descend(w, by_w, eta), descend(b, by_b, eta)
    return w, b


ETA = "1/10"


def _samples(rng, sizes):
    N, n = sizes[:2]
    X, y = rng.standard_normal((N, n)), rng.standard_normal(N)
    return X, y, rng.standard_normal(n), rng.standard_normal(), 0.05 + 0.1 * rng.random()


SCHEDULES = {
    "one full batch": lambda N: [range(N)],
    "two full batches": lambda N: [range(N), range(N)],
    "two halves": lambda N: cut(range(N), (N + 1) // 2),
    "a smaller last batch": lambda N: cut(range(N), N // 2 + 1),
    "one sample at a time": lambda N: cut(range(N), 1),
}


def descended(schedule, batch_gradient=None):
    """SGD over a schedule; `batch_gradient(X, y, w, b, batch, N)` replaces the right one in a mutant."""

    def path(X, y, w, b, eta):
        batches = SCHEDULES[schedule](len(y))
        if batch_gradient is None:
            return sgd(X, y, w, b, batches, eta)
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
        for batch in SCHEDULES[schedule](X.shape[0]):
            rows, labels = X[batch[0] : batch[-1] + 1], y[batch[0] : batch[-1] + 1]
            by = world.jacobian(lambda p, r=rows, t=labels: _cost(r, t, p["w"], p["b"]), theta)
            theta = {key: theta[key] - eta * by[key] for key in theta}
        return theta["w"], theta["b"]

    return truth


def _schedule(name, w, b):
    return Claim(
        name=name,
        inputs=("X", "y", "w", "b", "η"),
        outputs=("w", "b"),
        code=descended(name),
        truth=_true_descended(name),
        draw=_samples,
        goldens=(Golden((*DATA, ETA), (w, b)),),
    )


def combined(combine):
    """The full gradient from the gradients of all samples but the last, and of the last."""

    def gradient(X, y, w, b, eta):
        batches = [range(len(y) - 1), range(len(y) - 1, len(y))]
        parts = [batch_gradient(X, y, w, b, batch) for batch in batches]
        return tuple(combine([part[i] for part in parts], [len(batch) for batch in batches]) for i in (0, 1))

    return gradient


def _true_full(world, X, y, w, b, eta):
    by = world.jacobian(lambda p: _cost(X, y, p["w"], p["b"]), {"w": w, "b": b})
    return by["w"], by["b"]


def visits(epoch):
    """How often an epoch of batches of 3 visits each sample, and whether it starts in another order than the data's."""

    def count(x):
        N = len(x)
        order = epoch(np.random.default_rng(N), N)
        seen = [i for batch in cut(order, 3) for i in batch]
        moved = int(list(seen) != list(range(N)))
        return np.array([seen.count(i) for i in range(N)]) + 0 * x, moved

    return count


def _true_visits(world, x):
    """Each sample's cost enters the sum over an epoch once: ∂(Σ_B Σ_{i∈B} C_i)/∂C_i = 1; shuffled: 1."""
    return world.jacobian(lambda c: c.sum(), x), world.array(1.0)


FULL, TWICE, _HALVES, UNEQUAL, _SINGLES = SCHEDULES
WEIGHTED, EPOCH = "∇C = Σ |B|/N ∇C_B", "an epoch visits every sample once, shuffled"

ITEM = Item(
    id="3.8",
    title="Gradient descent algorithm and SGD",
    timestamp="3:08:55",
    statement=r"\theta\leftarrow\theta-\frac\eta{|B_t|}\sum_{x\in B_t}\nabla C_x,\qquad \nabla C=\sum_B\frac{|B|}N\nabla C_B",
    shapes="θ = (w, b): (n,) and a scalar; X: (N, n)",
    conditions="|B| is the actual batch size; all parameters of a step start from the same old point",
    functions=(cut, epoch, batch_gradient, combine, sgd),
    claims=(
        _schedule(FULL, ["17/10", "53/40"], "-3/4"),
        _schedule(TWICE, ["2427/1600", "2483/1600"], "-171/320"),
        _schedule(_HALVES, ["287/200", "13/8"], "-21/40"),
        _schedule(UNEQUAL, ["8/5", "517/300"], "-113/300"),
        _schedule(_SINGLES, ["113/125", "5311/2500"], "-539/2500"),
        Claim(
            name=WEIGHTED,
            inputs=("X", "y", "w", "b", "η"),
            outputs=("∂C/∂w", "∂C/∂b"),
            code=combined(combine),
            truth=_true_full,
            draw=_samples,
            goldens=(Golden((*DATA, ETA), ([3, "-13/4"], "-5/2")),),
        ),
        Claim(
            name=EPOCH,
            inputs=("samples",),
            outputs=("visits", "shuffled"),
            code=visits(epoch),
            truth=_true_visits,
            draw=lambda rng, sizes: (rng.standard_normal(sizes[-1] + 4),),
            skips={"golden": "the order is random"},
        ),
    ),
)
