"""How often a network's largest output is the right class."""

import numpy as np

from ..arrays import Batch, Parameters
from ..fast import forward
from ..network import Network, check_problem

__all__ = ["accuracy", "predictions"]


def predictions(network: Network, parameters: Parameters, x: np.ndarray) -> np.ndarray:
    """The class of each row of x, (m,) int64: the index of the largest output, or output > ½ where there is only one."""
    a, _ = forward(network, parameters.W, parameters.b, x)
    return _classes(a[network.L])


def accuracy(network: Network, parameters: Parameters, batch: Batch) -> float:
    """Share of samples whose class is predicted, in [0, 1]; targets are integer labels, one-hot rows, or 0/1 for one output.

    Raises `ShapeError` or `DataError` when network, parameters and batch do not fit each other.
    """
    check_problem(network, parameters, batch)
    truth = batch.y if batch.y.ndim == 1 else _classes(batch.y)
    return float(np.mean(predictions(network, parameters, batch.x) == truth))


def _classes(output: np.ndarray) -> np.ndarray:
    return (output[:, 0] > 0.5).astype(np.int64) if output.shape[1] == 1 else output.argmax(axis=1)
