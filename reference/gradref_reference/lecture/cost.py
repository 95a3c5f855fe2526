"""The quadratic cost (lecture 3.1): an average over samples of a function of the last activations; columns are samples."""

import numpy as np

__all__ = ["REDUCTIONS", "cost", "cost_gradient"]

Array = np.ndarray

# reduction -> (numerator, denominator) of the factor in front of Σ r², from the number of samples m and of outputs K
REDUCTIONS = {
    "half_mean": lambda m, K: (1, 2 * m),
    "mean_samples": lambda m, K: (1, m),
    "mean_elements": lambda m, K: (1, m * K),
    "sum": lambda m, K: (1, 1),
    "half_sum": lambda m, K: (1, 2),
}
"""The factors in use: the lecture's 1/(2m), Parr & Howard's 1/m, PyTorch's 1/(mK), and two sums."""


def cost(A: Array, Y: Array, reduction: str = "half_mean") -> Array:
    """C = 1/(2m) Σ_x ‖a_x - y_x‖², or another factor of `REDUCTIONS`; A, Y (K, m) -> a scalar. Lecture 3.1.

    >>> float(cost(np.ones((3, 5)), np.zeros((3, 5))))
    1.5
    """
    K, m = A.shape
    numerator, denominator = REDUCTIONS[reduction](m, K)
    return numerator * ((A - Y) * (A - Y)).sum() / denominator


def cost_gradient(A: Array, Y: Array, reduction: str = "half_mean") -> Array:
    """∂C/∂A = (A - Y)/m for the lecture's factor, twice the factor times A - Y in general; (K, m). Lecture 3.1.

    >>> cost_gradient(np.array([[1.0, 2.0]]), np.array([[0.0, 4.0]]))
    array([[ 0.5, -1. ]])
    """
    K, m = A.shape
    numerator, denominator = REDUCTIONS[reduction](m, K)
    return 2 * numerator * (A - Y) / denominator
