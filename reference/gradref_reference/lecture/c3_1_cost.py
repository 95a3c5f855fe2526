"""The quadratic cost (lecture 3.1): an average over samples of a function of the last activations; columns are samples."""

from .draws import normal
from .item import Claim, Golden, Item
from .sigmas import Array

__all__ = ["ITEM", "K1", "K2", "C", "cost", "cost_gradient"]


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

    >>> import numpy as np
    >>> float(cost(np.ones((3, 5)), np.zeros((3, 5))))
    1.5
    """
    K, m = A.shape
    numerator, denominator = REDUCTIONS[reduction](m, K)
    return numerator * ((A - Y) * (A - Y)).sum() / denominator


def cost_gradient(A: Array, Y: Array, reduction: str = "half_mean") -> Array:
    """∂C/∂A = (A - Y)/m for the lecture's factor, twice the factor times A - Y in general; (K, m). Lecture 3.1.

    >>> import numpy as np
    >>> cost_gradient(np.array([[1.0, 2.0]]), np.array([[0.0, 4.0]]))
    array([[ 0.5, -1. ]])
    """
    K, m = A.shape
    numerator, denominator = REDUCTIONS[reduction](m, K)
    return 2 * numerator * (A - Y) / denominator


def _cost(A, Y):
    return cost(A, Y), cost_gradient(A, Y)


def _true_cost(world, A, Y):
    def C(a):
        per_sample = ((a - Y) * (a - Y)).sum(axis=0) / 2
        return per_sample.sum() / A.shape[1]

    return C(A), world.jacobian(C, A)


def _others(A, Y):
    return tuple(f(A, Y, r) for r in ("mean_samples", "mean_elements", "half_sum") for f in (cost, cost_gradient))


def _true_others(world, A, Y):
    K, m = A.shape
    out = []
    for denominator in (m, m * K, 2):
        f = lambda a, d=denominator: ((a - Y) * (a - Y)).sum() / d  # noqa: E731
        out += [f(A), world.jacobian(f, A)]
    return tuple(out)


_A, _Y = [[1, 2, 5], [3, 0, 1]], [[0, 2, 4], [1, 2, 4]]  # columns are the samples of mathematics 3.1
_R3 = [["1/3", 0, "1/3"], ["2/3", "-2/3", -1]]
_G2_A = [[441, 4, 16, 2500, 25], [121, 9, 25, 729, 25], [36, 0, 4, 64, 4]]
_G2_Y = [[440, 4, 17, 2498, 25], [121, 8, 23, 730, 24], [37, -2, 4, 63, 6]]
_RAMP = [[0, 1, 2, 3]]
C, K1, K2 = "C = 1/(2m) Σ‖a - y‖², ∂C/∂A = (A - Y)/m", "the same, one output", "the same, K = 2 outputs"


def _claim(name, draw, *goldens):
    return Claim(name=name, inputs=("A", "Y"), outputs=("C", "∂C/∂A"), code=_cost, truth=_true_cost, draw=draw, goldens=goldens)


ITEM = Item(
    id="3.1",
    title="Motivation and cost",
    timestamp="1:10:36",
    statement=r"C=\frac1m\sum_xC_x=\frac1{2m}\sum_x\lVert y_x-a^L_x\rVert^2,\qquad \frac{\partial C}{\partial A^L}=\frac1m(A^L-Y)",
    shapes="A, Y: (K, m); C a scalar; ∂C/∂A: (K, m)",
    conditions="C is an average over samples, and C_x depends on the parameters only through a^L",
    functions=(cost, cost_gradient),
    claims=(
        _claim(
            C,
            normal("p q", "p q"),
            Golden((_A, _Y), ("19/6", _R3)),
            Golden((_G2_A, _G2_Y), ("23/10", None)),
            Golden(([[1], [3]], [[0], [1]]), ("5/2", None)),
        ),
        _claim(K1, normal("1 p", "1 p"), Golden((_RAMP, _RAMP), (0, [[0, 0, 0, 0]]))),
        _claim(K2, normal("2 p", "2 p")),
        Claim(
            name="1/m, 1/(mK) and ½ Σ‖a - y‖²",
            inputs=("A", "Y"),
            outputs=("C 1/m", "∇", "C 1/(mK)", "∇", "C ½", "∇"),
            code=_others,
            truth=_true_others,
            draw=normal("p q", "p q"),
            goldens=(
                Golden((_A, _Y), ("19/3", None, "19/6", None, "19/2", None)),
                Golden((_G2_A, _G2_Y), ("23/5", None, "23/15", None, "23/2", None)),
            ),
        ),
    ),
)
