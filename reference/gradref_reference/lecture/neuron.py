"""One neuron: its function (lecture 2.1) and the derivatives of its activation (lecture 3.3); w, x are (n,), b a scalar."""

import numpy as np

from .sigmas import Sigma

__all__ = ["neuron", "neuron_derivatives", "neuron_steps"]

Array = np.ndarray


def neuron(w: Array, x: Array, b: Array, sigma: Sigma) -> Array:
    """a = σ(wᵀx + b); (n,), (n,), scalar -> scalar. Lecture 2.1.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> neuron(np.array([2, -1, 3]), np.array([1, 4, 2]), 2, SIGMAS["square"])
    np.int64(36)
    """
    return sigma(w @ x + b)


def neuron_steps(w: Array, x: Array, b: Array, sigma: Sigma) -> tuple[Array, Array, Array, Array]:
    """The neuron as four steps, each simple to differentiate: w ⊙ x (n,), its sum, the sum + b, σ of that. Lecture 2.1.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> neuron_steps(np.array([2, -1, 3]), np.array([1, 4, 2]), -5, SIGMAS["relu"])
    (array([ 2, -4,  6]), np.int64(4), np.int64(-1), np.int64(0))
    """
    product = w * x
    total = product.sum()
    z = total + b
    return product, total, z, sigma(z)


def neuron_derivatives(w: Array, x: Array, b: Array, sigma: Sigma) -> tuple[Array, Array, Array]:
    """∂a/∂w = σ'(z) xᵀ (n,), ∂a/∂b = σ'(z), a scalar, and ∂a/∂x = σ'(z) wᵀ (n,), with z = wᵀx + b. Lecture 3.3.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> neuron_derivatives(np.array([2, -1, 3]), np.array([1, 4, 2]), -5, SIGMAS["square"])
    (array([-2, -8, -4]), np.int64(-2), array([-4,  2, -6]))
    """
    slope = sigma.prime(w @ x + b)
    return slope * x, slope, slope * w
