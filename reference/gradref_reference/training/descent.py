"""Gradient descent, stochastic gradient descent and `train`, which takes any optimiser (lecture 3.7, 3.8)."""

from dataclasses import dataclass
from numbers import Real
from sys import float_info

import numpy as np

from ..arrays import Batch, Parameters
from ..checks import expect, whole_number
from ..errors import DataError, SpecificationError, shown
from ..fast import gradients
from ..formats import native
from ..network import Network, check_problem
from ..trace import Layers
from .accuracy import accuracy
from .batches import minibatches
from .optimizers import Optimizer, Schedule, Sgd
from .regularisation import clip_by_global_norm

__all__ = ["History", "gradient_descent", "sgd", "train"]

Theta = dict[tuple[str, int], np.ndarray]  # ("W", l) and ("b", l) -> array


@dataclass(frozen=True, eq=False)
class History:
    """What happened during training.

    Attributes
    ----------
    cost : C of each step's batch before that step, (steps,).
    size : number of samples in each step's batch, (steps,).
    accuracy : on the held-out batch after each epoch, (epochs,); empty when none was given.
    epochs : number of passes over the data.
    """

    cost: np.ndarray
    size: np.ndarray
    accuracy: np.ndarray
    epochs: int

    @property
    def epoch_cost(self) -> np.ndarray:
        """Mean cost of each epoch, (epochs,): batches weighted by their size, because the last one may be smaller."""
        if self.epochs == 0:
            return np.zeros(0)
        cost, size = self.cost.reshape(self.epochs, -1), self.size.reshape(self.epochs, -1)
        return (cost * size).sum(axis=1) / size.sum(axis=1)


def sgd(
    network: Network,
    parameters: Parameters,
    batch: Batch,
    epochs: int,
    batch_size: int,
    learning_rate: Schedule,
    rng: np.random.Generator | None,
    *,
    dtype: str = "float64",
    held_out: Batch | None = None,
) -> tuple[Parameters, History]:
    """Mini-batch stochastic gradient descent: shuffle, cut into batches, θ ← θ − η ∇C of each batch in turn (lecture 3.8).

    C is a mean over the samples of its batch, so that a smaller last batch is divided by its own size.

    Parameters
    ----------
    network, parameters, batch : must fit each other (`ShapeError`, `DataError`); none is written to.
    rng : draws the order of each epoch; None keeps the order of the data.
    learning_rate : η, or a function of the step number k = 1, 2, ...
    dtype : "float64" or "float32".
    held_out : a batch to measure the accuracy on after each epoch.

    Returns
    -------
    Parameters (new arrays) and History. The same seed gives the same bits.
    """
    optimizer = Sgd(learning_rate)
    return train(network, parameters, batch, optimizer, epochs, batch_size, rng, dtype=dtype, held_out=held_out)


def gradient_descent(
    network: Network, parameters: Parameters, batch: Batch, steps: int, learning_rate: Schedule, *, dtype: str = "float64"
) -> tuple[Parameters, History]:
    """`steps` steps θ ← θ − η ∇C on the whole batch (lecture 3.7). Converges on a quadratic iff η < 2/λ_max of its Hessian."""
    check_problem(network, parameters, batch)
    return train(network, parameters, batch, Sgd(learning_rate), steps, len(batch), None, dtype=dtype)


def train(
    network: Network,
    parameters: Parameters,
    batch: Batch,
    optimizer: Optimizer,
    epochs: int,
    batch_size: int,
    rng: np.random.Generator | None,
    *,
    clip_norm: float | None = None,
    clip_eps: float = 0.0,
    dtype: str = "float64",
    held_out: Batch | None = None,
) -> tuple[Parameters, History]:
    """Mini-batch training with any `Optimizer`; parameters as in `sgd`.

    clip_norm, clip_eps : limit of the gradient's global norm, see `clip_by_global_norm`; None does not clip.
    """
    check_problem(network, parameters, batch)
    if held_out is not None:
        check_problem(network, parameters, held_out)
    expect("optimizer", optimizer, Optimizer, "Write Sgd(0.1).")
    epochs = whole_number("epochs", epochs, 0, "Use 1 to start.")
    dtype = native(dtype)
    x, y = batch.x.astype(dtype), network.targets(batch, dtype)
    theta = _named(parameters.astype(dtype).W, parameters.astype(dtype).b)
    state = {name: optimizer.start(w) for name, w in theta.items()}
    costs, counts, accuracies = [], [], []
    k = 0
    for _ in range(epochs):
        with np.errstate(over="ignore", invalid="ignore"):  # a diverging run is reported once, when its numbers are read
            for rows in minibatches(len(x), batch_size, rng):
                k += 1
                C, g = _gradient(network, theta, x[rows], y[rows])  # all of it at the old point, before anything moves
                if clip_norm is not None:
                    g = clip_by_global_norm(g, clip_norm, clip_eps)
                eta = _rate(optimizer.learning_rate, k)
                for name in theta:
                    theta[name], state[name] = optimizer.step(theta[name], g[name], state[name], k, eta)
                costs.append(C)
                counts.append(len(rows))
        if held_out is not None:
            accuracies.append(accuracy(network, _parameters(theta, k), held_out))
    if k == 0:
        theta = {name: w.copy() for name, w in theta.items()}
    history = History(np.array(costs), np.array(counts, dtype=np.int64), np.array(accuracies), epochs)
    return _parameters(theta, k), history


def _named(W: Layers, b: Layers) -> Theta:
    return {("W", l): w for l, w in W.items()} | {("b", l): w for l, w in b.items()}


def _layers(theta: Theta, kind: str) -> Layers:
    return {l: w for (name, l), w in theta.items() if name == kind}


def _parameters(theta: Theta, k: int) -> Parameters:
    try:
        return Parameters(_layers(theta, "W"), _layers(theta, "b"))
    except DataError as error:
        raise DataError(f"train: parameters must stay finite, but after step {k} {error} Use a smaller learning rate.") from error


def _gradient(network: Network, theta: Theta, x: np.ndarray, y: np.ndarray) -> tuple[float, Theta]:
    _, _, _, dW, db, C = gradients(network, _layers(theta, "W"), _layers(theta, "b"), x, y)
    return float(C), _named(dW, db)


def _rate(learning_rate: Schedule, k: int) -> float:
    eta = learning_rate(k) if callable(learning_rate) else learning_rate
    if not (isinstance(eta, Real) and 0 < eta <= float_info.max):
        raise SpecificationError(
            f"train: the learning rate of step {k} must be finite and > 0, got {shown(eta)}. Use 0.1 to start."
        )
    return float(eta)
