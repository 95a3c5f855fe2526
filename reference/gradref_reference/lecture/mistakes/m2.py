"""Mistakes with a neuron, the indices and a layer (lecture 2.1 - 2.3)."""

from ..c2_1_neuron import RATIONAL, SMOOTH, with_each
from ..c2_2_indexing import INDEX, all_weights
from ..c2_3_layer import COLUMNS, ROWS
from ..item import Mistake
from ..sigmas import RELU, SIGMOID, SQUARE, TANH

__all__ = ["MISTAKES"]


def _each_bias(w, x, b, sigma):
    return sigma(w @ (x + b))


def _listed(W):
    return list(W.values())


def _columns(weighted_input):
    return lambda W, b, A: (weighted_input(W, b, A), SQUARE(weighted_input(W, b, A)))


MISTAKES: dict[str, tuple[Mistake, ...]] = {
    "2.1": (
        Mistake("bias forgotten", RATIONAL, with_each(lambda w, x, b, s: s(w @ x), SQUARE, RELU), (0, (16, 4))),
        Mistake("bias outside the activation", SMOOTH, with_each(lambda w, x, b, s: s(w @ x) + b, SIGMOID, TANH)),
        Mistake(
            "bias outside the activation, rational",
            RATIONAL,
            with_each(lambda w, x, b, s: s(w @ x) + b, SQUARE, RELU),
            (0, (11, -1)),
        ),
        Mistake("bias added to every x_k", RATIONAL, with_each(_each_bias, SQUARE, RELU), (1, (144, 12))),
        Mistake("no sum: a vector", RATIONAL, with_each(lambda w, x, b, s: s(w * x + b), SQUARE, RELU)),
        Mistake("bias added in every term of the sum", SMOOTH, with_each(lambda w, x, b, s: s((w * x + b).sum()), SIGMOID, TANH)),
    ),
    "2.2": (
        Mistake("j and k swapped", INDEX, all_weights(lambda W, l, j, k: W[l][k - 1, j - 1])),
        Mistake("0-based index into a 1-based formula", INDEX, all_weights(lambda W, l, j, k: W[l][j % len(W[l]), k - 1])),
        Mistake("W[l] of a list that starts at layer 1", INDEX, all_weights(lambda W, l, j, k: _listed(W)[l][j - 1, k - 1])),
        Mistake(
            "Nielsen's layer numbers: w² is the first", INDEX, all_weights(lambda W, l, j, k: _listed(W)[l - 2][j - 1, k - 1])
        ),
        Mistake("one scalar bias shared by the layer", INDEX, all_weights(bias=lambda b, l, j: b[l][0, 0])),
        Mistake(
            "j and k swapped, two entries",
            "w²₁₃ and w²₂₁ of G1",
            lambda W, b, X: (W[2].reshape(W[2].shape[::-1])[2, 0], W[2][0, 1]),
        ),
    ),
    "2.3": (
        Mistake("a @ W with W out x in", COLUMNS, _columns(lambda W, b, A: (A.T @ W).T + b)),
        Mistake("transposed weights", "∂z/∂a = W in every column", lambda W, b, A: W.T),
        Mistake("one-dimensional bias in a column batch", COLUMNS, _columns(lambda W, b, A: W @ A + b.ravel())),
        Mistake("activation before the bias", COLUMNS, lambda W, b, A: (W @ A + b, SQUARE(W @ A) + b)),
        Mistake("batch on the wrong axis", COLUMNS, _columns(lambda W, b, A: W @ A.reshape(A.shape[::-1]).T + b)),
        Mistake("the row formula without its transpose", ROWS, lambda W, b, X: X @ W + b),
    ),
}
