"""Mistakes with notation, gradients, Jacobians and the chain rules (lecture 1.3, 1.5.1 - 1.5.4)."""

import itertools

import numpy as np

from ..c1_3_notation import both_shapes, fed_forward, feed_forward
from ..c1_5_2_jacobians import EXAMPLE, example_jacobian, rows
from ..c1_5_3_scalar_chain_rule import TWO_PATHS
from ..c1_5_4_jacobian_chain_rule import COMPOSITION, LINEAR, g, jacobian_of_g, jacobian_of_h
from ..c3_9_layer_jacobian import jacobian_by_rows
from ..item import Mistake

__all__ = ["MISTAKES"]


def _flat_sample(W, b, x, sigma):
    return feed_forward(W, b, x.ravel(), sigma)


def _flat_biases(W, b, x, sigma):
    return feed_forward(W, {l: v.ravel() for l, v in b.items()}, x, sigma)


def _private_chains(x):
    """Each output treated as its own chain: h_i's own g_i only, the sum over the intermediates dropped."""
    J_h, J_g = jacobian_of_h(g(np.array, x)), jacobian_of_g(x)
    return np.array([J_h[i, i] * J_g[i] for i in range(2)])


MISTAKES: dict[str, tuple[Mistake, ...]] = {
    "1.3": (
        Mistake(
            "weights of shape (n_in, n_out)",
            "shapes of W^l and b^l",
            lambda W, b, X: both_shapes(W, b, X, weight_shapes=lambda sizes: list(itertools.pairwise(sizes))),
            (0, ([[2, 3], [3, 2]], [[3, 1], [2, 1]])),
        ),
        Mistake(
            "a bias for the input layer",
            "shapes of W^l and b^l",
            lambda W, b, X: both_shapes(W, b, X, bias_shapes=lambda sizes: [(n, 1) for n in sizes]),
        ),
        Mistake(
            "a one-dimensional sample with column biases",
            "z^l and a^l, layer by layer",
            fed_forward(_flat_sample),
            (0, ([[1, 6, 2], [-3, 2, -2], [2, 7, 3]], None, None)),
        ),
        Mistake("one-dimensional biases with column samples", "z^l and a^l, layer by layer", fed_forward(_flat_biases)),
    ),
    "1.5.1": (
        Mistake("2Ax", "∇(xᵀAx) = (A + Aᵀ)x", lambda A, x: 2 * A @ x, (0, [10, 20])),
        Mistake("2Aᵀx", "∇(xᵀAx) = (A + Aᵀ)x", lambda A, x: 2 * A.T @ x, (0, [18, 16])),
        Mistake(
            "2Ax, seen on symmetric A only",
            "∇(xᵀAx), A symmetric",
            lambda A, x: 2 * A @ x,
            blind_to={"all": "for symmetric A the three formulas 2Ax, 2Aᵀx and (A + Aᵀ)x are the same"},
        ),
        Mistake("a row of shape (1, n)", "∇(xᵀAx) = (A + Aᵀ)x", lambda A, x: (x @ (A + A.T))[None, :]),
        Mistake("the 2 of the square kept", "∇½‖x - y‖² = x - y", lambda x, y: 2 * (x - y)),
        Mistake("∇(cᵀx) = x", "∇(cᵀx) = c", lambda c, x: x + 0 * c),
        Mistake(
            "the chain rule from partial derivatives alone",
            "slopes of x²y/(x²+y²) at 0",
            lambda t: np.array([0, 0, 0]) + 0 * t,
        ),
    ),
    "1.5.2": (
        Mistake("transposed (denominator layout)", EXAMPLE, lambda x: example_jacobian(x).T, (0, [[-1, 4, 3], [2, -1, 3]])),
        Mistake("columns swapped", EXAMPLE, lambda x: example_jacobian(x)[:, ::-1]),
        Mistake("transposed ∂(Ax)/∂x = Aᵀ", "∂(Ax)/∂x = A", lambda A, x: (A + 0 * x).T),
        Mistake("gradients as columns", "row i is (∇f_i)ᵀ", lambda B, c, x: np.stack(list(rows(B, c, x)), axis=1)),
        Mistake("a gradient asked of a vector: the rows summed", "row i is (∇f_i)ᵀ", lambda B, c, x: rows(B, c, x).sum(axis=0)),
        Mistake(
            "∂(Wx)/∂W taken for a matrix",
            "∂(Wx)/∂W is no matrix: (m, m, n)",
            lambda W, x: jacobian_by_rows(x, len(W)),
            (0, [[1, 2, 0, 0, 0, 0], [0, 0, 1, 2, 0, 0], [0, 0, 0, 0, 1, 2]]),
        ),
        Mistake("Ju and vᵀJ exchanged", "vᵀJ and Ju", lambda J, v, u, x: (J.T @ v, u @ J.T + J @ u)),
    ),
    "1.5.3": (
        Mistake("first path only", TWO_PATHS, lambda x: (3 * x + 1) * 2 * x, (0, 28)),
        Mistake("second path only", TWO_PATHS, lambda x: x * x * 3, (0, 12)),
        Mistake("product of the derivatives", TWO_PATHS, lambda x: 2 * x * 3, (0, 12)),
        Mistake("outer derivative at x instead of u", "y = (3x + 1)²", lambda x: 2 * x * 3, (0, 12)),
        Mistake("outer derivative at x, three levels", "y = (2x² + 1)³", lambda x: 3 * x**2 * 4 * x, (0, 12)),
        Mistake("paths merged by a product because y is one", "y = Π u_i(x)", lambda c, d, x: np.prod(c + 2 * d * x)),
    ),
    "1.5.4": (
        Mistake(
            "reversed order",
            COMPOSITION,
            lambda x: jacobian_of_g(x) @ jacobian_of_h(g(np.array, x)),
            (0, [[4, 2, -11], [8, 1, 2], [0, 4, -32]]),
        ),
        Mistake("reversed order, square", LINEAR, lambda P, Q, x: Q @ P, (0, [[0, 1], [0, 3]])),
        Mistake("Hadamard product of the Jacobians", LINEAR, lambda P, Q, x: P * Q, (0, [[0, 2], [0, 0]])),
        Mistake("the sum over the intermediates dropped", COMPOSITION, _private_chains, (0, [[4, 8], [2, 1]])),
        Mistake(
            "J_h evaluated at x", "J of x ↦ P tanh(Qx)", lambda P, Q, x: P @ ((1 - np.tanh(Q @ (0 * x + 1)) ** 2)[:, None] * Q)
        ),
        Mistake(
            "J_h evaluated at x, polynomials", COMPOSITION, lambda x: jacobian_of_h(np.append(x, 0 * x[:1])) @ jacobian_of_g(x)
        ),
    ),
}
