"""Mistakes with the cost, element-wise functions, expansion, sums and an activation (lecture 3.1 - 3.3)."""

import numpy as np

from ..c3_1_cost import K1, K2, C, cost
from ..c3_2_1_elementwise import CUMSUM, DIVISION, SHARES, SOFTMAX, SORT, shares_jacobian, softmax_jacobian
from ..c3_2_2_hadamard import HADAMARD, MATRICES, SHARED
from ..c3_2_3_expansion import VJP
from ..c3_2_4_sums import COMMON, SUM, XZ, jacobian_of_squares
from ..c3_3_activation import VECTOR, neuron_derivatives
from ..draws import V, diagonal
from ..item import KINK, Mistake
from ..sigmas import RELU, SIGMOID, SQUARE, TANH

__all__ = ["MISTAKES"]


def _hadamard(by_w, by_x):
    """The four results from the two Jacobians."""
    return lambda w, x, v: (by_w(w, x), by_x(w, x), v @ by_w(w, x), v @ by_x(w, x))


def _squared(A, Y):
    return ((A - Y) * (A - Y)).sum()


def _factor(value, gradient=None):
    """C and ∂C/∂A with another factor in front of Σr²: `value(m, K)` = (numerator, denominator)."""

    def mutant(A, Y):
        K, m = A.shape
        top, bottom = value(m, K)
        return top * _squared(A, Y) / bottom, 2 * top * (A - Y) / bottom

    return mutant


def _one_term_too_many(A, Y):
    m = A.shape[1]
    again = (A[:, :1] - Y[:, :1]) * (A[:, :1] - Y[:, :1])
    return (_squared(A, Y) + again.sum()) / (2 * m), (A - Y) / m


def _slope(slope):
    """The three derivatives with another number in the place of σ'(z)."""
    return lambda w, x, b: (slope(w @ x + b) * x, slope(w @ x + b), slope(w @ x + b) * w)


def _swapped(w, x, b):
    by_w, by_b, by_x = neuron_derivatives(w, x, b, SQUARE)
    return by_x, by_b, by_w


_OF_SQUARE, _OF_RELU, _OF_SIGMOID, _OF_TANH = (
    f"∂a/∂w, ∂a/∂b, ∂a/∂x with σ = {name}" for name in ("square", "relu", "sigmoid", "tanh")
)

MISTAKES: dict[str, tuple[Mistake, ...]] = {
    "3.1": (
        Mistake("mean over all entries, 1/(mK)", C, _factor(lambda m, K: (1, m * K)), (1, ("23/15", None))),
        Mistake(
            "mean over all entries, seen with two outputs only",
            K2,
            _factor(lambda m, K: (1, m * K)),
            blind_to={"all": "with K = 2 outputs 1/(mK) and 1/(2m) are the same number: use K >= 3"},
        ),
        Mistake("no ½", C, _factor(lambda m, K: (1, m)), (0, ("19/3", None))),
        Mistake("sum over the samples", C, _factor(lambda m, K: (1, 2)), (0, ("19/2", None))),
        Mistake("norm not squared", C, lambda A, Y: (sum(abs(A - Y).ravel()) / (2 * A.shape[1]), (A - Y) / A.shape[1])),
        Mistake("divided by K instead of m", C, _factor(lambda m, K: (1, 2 * K))),
        Mistake("one term too many: x = 0..m", C, _one_term_too_many),
        Mistake("sign y - a in the gradient", C, lambda A, Y: (cost(A, Y), (Y - A) / A.shape[1])),
        Mistake("a gradient without 1/m", C, lambda A, Y: (cost(A, Y), A - Y)),
        Mistake("a vector of costs, one per sample", C, lambda A, Y: (((A - Y) * (A - Y)).sum(axis=0) / 2, (A - Y) / A.shape[1])),
        Mistake(
            "(m, 1) - (m,) broadcast to (m, m)",
            K1,
            lambda A, Y: (((A.T - Y[0]) * (A.T - Y[0])).sum() / A.size**2, (A - Y) / A.shape[1]),
            (0, ("5/2", None)),
        ),
    ),
    "3.2.1": (
        Mistake("a vector instead of the diagonal matrix", "y = w ⊙ x", lambda w, x: (x, w)),
        Mistake(
            "the sign lost in -w/x²", DIVISION, lambda w, x: (np.diag(1 / x), np.diag(w / x**2)), (1, ([["1/2"]], [["3/2"]]))
        ),
        Mistake("the sign lost in w - x", "y = w - x", lambda w, x: (np.diag(0 * w + 1), np.diag(0 * x + 1))),
        Mistake("max passes to both arguments", "y = max(w, x)", lambda w, x: (np.diag(0 * w + 1), np.diag(0 * x + 1))),
        Mistake("the diagonal rule applied to cumsum", CUMSUM, lambda w, x: np.diag(x), (0, diagonal(4, 7, -2))),
        Mistake("the diagonal rule applied to softmax", SOFTMAX, lambda z: np.diag(np.diag(softmax_jacobian(z)))),
        Mistake("the diagonal rule applied to a normalisation", SHARES, lambda w: np.diag(np.diag(shares_jacobian(w)))),
        Mistake("the diagonal rule applied to sort", SORT, lambda w: np.eye(2, dtype=int), (0, [[1, 0], [0, 1]])),
        Mistake("w²'s own derivative dropped", "y = w² ⊙ (x + 1)", lambda w, x: (np.diag(w * (x + 1)), np.diag(w * w))),
        Mistake(
            "quotient rule with x for x²",
            "vᵀ∂y/∂w and vᵀ∂y/∂x of ⊘ and ⊙",
            lambda w, x, v: (v / x, -v * w / x, v * x, v * w),
            blind_to={"golden": "the known numbers are those of ⊙"},
        ),
    ),
    "3.2.2": (
        Mistake("its own vector on the diagonal", HADAMARD, _hadamard(lambda w, x: np.diag(w), lambda w, x: np.diag(x))),
        Mistake(
            "diag(w + x): a common shift of both arguments",
            HADAMARD,
            _hadamard(lambda w, x: np.diag(w + x), lambda w, x: np.diag(w + x)),
            (0, (diagonal(6, 4, 3), diagonal(6, 4, 3), None, None)),
        ),
        Mistake("outer product", HADAMARD, _hadamard(lambda w, x: np.outer(w, x), lambda w, x: np.outer(x, w))),
        Mistake("@ where * is meant", MATRICES, lambda P, Q: P @ Q, (0, [[19, 22], [43, 50]])),
        Mistake("outer product for diag(s)v", "diag(s)v = s ⊙ v", lambda s, v: np.outer(s, v)),
        Mistake("dot product for diag(s)v", "diag(s)v = s ⊙ v", lambda s, v: s @ v),
        Mistake("one slot of w ⊙ w only", SHARED, lambda w: np.diag(w), (0, diagonal(2, -3, 5))),
    ),
    "3.2.3": (
        Mistake("z̄ not reduced: v ⊙ x", VJP, lambda x, z, v: (v, v, v * z, v * x)),
        Mistake("Σv for the product too", VJP, lambda x, z, v: (v, v.sum(), v * z, v.sum()), (0, (V, 2, [3, 6, -3], 2))),
        Mistake("diag(x) for ∂(xz)/∂z", "y = xz", lambda x, z, v: (np.diag(z + 0 * x), np.diag(x))),
        Mistake("z1 for zI", "y = xz", lambda x, z, v: (z + 0 * x, x)),
        Mistake("sign lost in z - x", "y = z-x", lambda x, z, v: (np.diag(0 * x + 1), 0 * x + 1)),
        Mistake("∂(x/z)/∂z without its square", "y = x/z", lambda x, z, v: (np.diag((0 * x + 1) / z), -x / z)),
    ),
    "3.2.4": (
        Mistake("mean for sum", XZ, lambda x, z: ((z + 0 * x) / len(x), x.sum() / len(x)), (0, ([1, 1, 1], 3))),
        Mistake("identity matrix for 1ᵀ", "x̄ = ȳ1", lambda x, y_bar: y_bar * np.eye(len(x), dtype=int)),
        Mistake("n for sum(x)", XZ, lambda x, z: (z + 0 * x, x.sum() * 0 + len(x)), (0, ([3, 3, 3], 3))),
        Mistake("a scalar instead of a vector", "x̄ = ȳ1", lambda x, y_bar: y_bar * len(x)),
        Mistake("summed over the argument, not over the results", SUM, lambda A, x: jacobian_of_squares(A, x).sum(axis=1)),
        Mistake("sum for mean", COMMON, lambda w, x: (2 * x, 0 * x + 1, x)),
        Mistake("∂wᵀx/∂w = w", COMMON, lambda w, x: (2 * x, (0 * x + 1) / len(x), w)),
    ),
    "3.3": (
        Mistake(
            "σ'(a) for σ'(z), square", _OF_SQUARE, _slope(lambda z: SQUARE.prime(SQUARE(z))), (0, ([2, 8, 4], 2, [4, -2, 6]))
        ),
        Mistake(
            "σ'(a) for σ'(z), sigmoid",
            _OF_SIGMOID,
            _slope(lambda z: SIGMOID.prime(SIGMOID(z))),
            (0, (None, "0.2179", None)),
        ),
        Mistake(
            "σ'(a) for σ'(z), relu",
            _OF_RELU,
            _slope(lambda z: RELU.prime(RELU(z))),
            blind_to={"all": "relu'(relu(z)) = relu'(z): ReLU cannot reveal σ'(a) for σ'(z); test with square, tanh or sigmoid"},
        ),
        Mistake("σ for σ'", _OF_TANH, _slope(TANH)),
        Mistake("no σ'", _OF_SIGMOID, _slope(lambda z: z * 0 + 1)),
        Mistake("w for x", _OF_SQUARE, _swapped, (0, ([-4, 2, -6], -2, [-2, -8, -4]))),
        Mistake("relu' of a vector as a vector", VECTOR, RELU.prime, (0, [1, 0, 1])),
        Mistake(
            "relu'(0) = 1",
            _OF_RELU,
            _slope(lambda z: np.where(np.asarray(z) >= 0, 1, 0)),
            blind_to=KINK,
        ),
    ),
}
