"""The backpropagation algorithm (lecture 4.4): forward with a cache, the four equations backward, then one update of everything."""

from dataclasses import dataclass
from typing import Any

from .four_equations import bias_gradient, hidden_error, output_error, weight_gradient
from .notation import Array, Layers
from .sigmas import Sigma

__all__ = ["Pass", "backpropagation", "step", "train"]


@dataclass(frozen=True, eq=False)
class Pass:
    """One pass forward and backward in the lecture's convention.

    z, a : weighted inputs and activations, columns are samples, (n_l, m); a[0] is the input.
    delta : errors ∂C_x/∂z^l per sample, unscaled, (n_l, m).
    dW, db : ∂C/∂W^l (n_l, n_{l-1}) and ∂C/∂b^l (n_l, 1), where C is the average over samples.
    cost : C = 1/(2m) Σ_x ‖a^L_x - y_x‖².
    """

    z: Layers
    a: Layers
    delta: Layers
    dW: Layers
    db: Layers
    cost: Any


def backpropagation(W: Layers, b: Layers, X: Array, Y: Array, sigmas: dict[int, Sigma]) -> Pass:
    """Steps 1-5 of the algorithm; X (n_0, m), Y (n_L, m), dicts keyed by l. Lecture 4.4.

    >>> import numpy as np
    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> square = SIGMAS["square"]
    >>> W = {1: np.array([[1, -1], [0, 2], [-2, 1]]), 2: np.array([[1, 0, -1], [2, -1, 1]])}
    >>> b = {1: np.array([[2], [-2], [3]]), 2: np.array([[5], [-3]])}
    >>> backpropagation(W, b, np.array([[1], [2]]), np.array([[8], [18]]), {1: square, 2: square}).dW[1]
    array([[ -76., -152.],
           [  64.,  128.],
           [ -60., -120.]])
    """
    L, m = len(W), X.shape[1]
    z, a = {}, {0: X}  # 1: the input
    for l in range(1, L + 1):  # 2: forward, every z and a is kept
        z[l] = W[l] @ a[l - 1] + b[l]
        a[l] = sigmas[l](z[l])
    delta = {L: output_error(a[L] - Y, z[L], sigmas[L])}  # 3: equation 1
    for l in range(L - 1, 0, -1):  # 4: equation 2, from the back to the front
        delta[l] = hidden_error(W[l + 1], delta[l + 1], z[l], sigmas[l])
    dW = {l: weight_gradient(delta[l], a[l - 1]) for l in W}  # 5: equations 4 and 3
    db = {l: bias_gradient(delta[l]) for l in W}
    return Pass(z, a, delta, dW, db, ((a[L] - Y) * (a[L] - Y)).sum() / (2 * m))


def step(W: Layers, b: Layers, found: Pass, eta: Array) -> tuple[Layers, Layers]:
    """Step 6: all parameters move at once, from their old values; new dicts of the same shapes. Lecture 4.4.

    >>> import numpy as np
    >>> old = {1: np.array([[2.0]])}
    >>> found = Pass({}, {}, {}, {1: np.array([[10.0]])}, {1: np.array([[5.0]])}, 0)
    >>> step(old, old, found, 0.1)
    ({1: array([[1.]])}, {1: array([[1.5]])})
    """
    return {l: W[l] - eta * found.dW[l] for l in W}, {l: b[l] - eta * found.db[l] for l in b}


def train(W: Layers, b: Layers, X: Array, Y: Array, sigmas: dict[int, Sigma], eta: Array, steps: int) -> tuple[Layers, Layers]:
    """W and b after some steps on the full batch; each step computes a new forward pass first. Lecture 4.4.

    >>> import numpy as np
    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> W, b, one = {1: np.array([[2.0]])}, {1: np.array([[0.0]])}, np.array([[1.0]])
    >>> train(W, b, one, one, {1: SIGMAS["identity"]}, 0.25, 2)[0]
    {1: array([[1.625]])}
    """
    for _ in range(steps):
        W, b = step(W, b, backpropagation(W, b, X, Y, sigmas), eta)
    return W, b
