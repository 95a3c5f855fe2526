"""Items 1.3, 2.1, 2.2, 2.3: notation, the neuron function, weight and bias indexing, a layer of neurons."""

import itertools

import numpy as np

from .. import indexing, notation
from .. import layer as layers
from .. import neuron as neurons
from ..item import Claim, Golden, Item, Mistake
from ..sigmas import SIGMAS
from .networks import net

__all__ = ["ITEMS"]

SQUARE, RELU, TANH, SIGMOID = (SIGMAS[n] for n in ("square", "relu", "tanh", "sigmoid"))
VALUE = {"complex step": "a value: there is nothing to differentiate"}
W1, B1 = [[1, -1], [0, 2], [-2, 1]], [[2], [-2], [3]]
W2, B2 = [[1, 0, -1], [2, -1, 1]], [[5], [-3]]

# --- 1.3 -------------------------------------------------------------------------------------------------------------


def _sizes(W, b, X):
    return (len(X), *(len(b[l]) for l in b))


def _shapes(W, b, X, weight_shapes=notation.weight_shapes, bias_shapes=notation.bias_shapes):
    sizes = _sizes(W, b, X)
    return np.array(weight_shapes(sizes)), np.array(bias_shapes(sizes))


def _true_shapes(world, W, b, X):
    """W^l as the derivative of z^l by a^{l-1}, and b^l as the shape of z^l, for a network built up from one sample."""
    of_W, of_b, a = [], [], X[:, :1]
    for l in W:
        J = world.jacobian(lambda v, l=l: W[l] @ v + b[l], a)
        of_W.append((J.shape[0], J.shape[2]))
        a = W[l] @ a + b[l]
        of_b.append(tuple(a.shape))
    return world.array(of_W), world.array(of_b)


def _run(feed):
    def code(W, b, X):
        z, a = feed(W, b, X, SQUARE)
        return z[1], z[2], a[2]

    return code


def _true_run(world, W, b, X):
    square = world.sigma("square")
    Z1 = world.linear(X.T, W[1], b[1].reshape(-1))
    Z2 = world.linear(square(Z1), W[2], b[2].reshape(-1))
    return Z1.T, Z2.T, square(Z2).T


def _flat_sample(W, b, x, sigma):
    return notation.feed_forward(W, b, x.ravel(), sigma)


def _flat_biases(W, b, x, sigma):
    return notation.feed_forward(W, {l: v.ravel() for l, v in b.items()}, x, sigma)


_GOLDEN_NET = ({1: W1, 2: W2}, {1: B1, 2: B2}, [[1], [2]])

_1_3 = Item(
    "1.3",
    "Notation",
    "0:04:59",
    r"a^l=\sigma^l(W^la^{l-1}+b^l),\quad l=1..L,\quad a^0=x",
    "W^l: (n_l, n_{l-1}); b^l, z^l, a^l: (n_l, 1), a batch (n_l, m)",
    "none; the input layer has no bias and no activation",
    ("notation.weight_shapes", "notation.bias_shapes", "notation.parameter_count", "notation.zeros", "notation.feed_forward"),
    (
        Claim(
            "shapes of W^l and b^l",
            ("W", "b", "x"),
            ("shapes of W", "shapes of b"),
            _shapes,
            _true_shapes,
            net(3, targets=False),
            (Golden(_GOLDEN_NET, ([[3, 2], [2, 3]], [[3, 1], [2, 1]])),),
        ),
        Claim(
            "z^l and a^l, layer by layer",
            ("W", "b", "x"),
            ("z¹", "z²", "a²"),
            _run(notation.feed_forward),
            _true_run,
            net(2, batch=False, targets=False),
            (Golden(_GOLDEN_NET, ([[1], [2], [3]], [[-3], [4]], [[9], [16]])),),
            VALUE,
        ),
    ),
    (
        Mistake(
            "weights of shape (n_in, n_out)",
            "shapes of W^l and b^l",
            lambda W, b, X: _shapes(W, b, X, weight_shapes=lambda sizes: list(itertools.pairwise(sizes))),
            (0, ([[2, 3], [3, 2]], [[3, 1], [2, 1]])),
        ),
        Mistake(
            "a bias for the input layer",
            "shapes of W^l and b^l",
            lambda W, b, X: _shapes(W, b, X, bias_shapes=lambda sizes: [(n, 1) for n in sizes]),
        ),
        Mistake(
            "a one-dimensional sample with column biases",
            "z^l and a^l, layer by layer",
            _run(_flat_sample),
            (0, ([[1, 6, 2], [-3, 2, -2], [2, 7, 3]], None, None)),
        ),
        Mistake("one-dimensional biases with column samples", "z^l and a^l, layer by layer", _run(_flat_biases)),
    ),
)

# --- 2.1 -------------------------------------------------------------------------------------------------------------


def _neuron_inputs(rng, sizes):
    n = sizes[-1]
    return rng.standard_normal(n), rng.standard_normal(n), rng.standard_normal()


def _with(function, *sigmas):
    return lambda w, x, b: tuple(function(w, x, b, s) for s in sigmas)


def _true_neuron(*names):
    def truth(world, w, x, b):
        z = (w * x).sum() + b
        return tuple(world.sigma(name)(z) for name in names)

    return truth


_RATIONAL, _SMOOTH = "a = σ(wᵀx + b), σ square and relu", "a = σ(wᵀx + b), σ sigmoid and tanh"


def _each_bias(w, x, b, sigma):
    return sigma(w @ (x + b))


_2_1 = Item(
    "2.1",
    "The neuron function",
    "0:37:21",
    r"a=\sigma(w^{\mathsf T}x+b)=\sigma\left(\sum_kw_kx_k+b\right)",
    "w, x: (n,); z, a, b scalars; w ⊙ x → sum → + b → σ",
    "any scalar σ; differentiable at z for Part III",
    ("neuron.neuron", "neuron.neuron_steps"),
    (
        Claim(
            _RATIONAL,
            ("w", "x", "b"),
            ("square", "relu"),
            _with(neurons.neuron, SQUARE, RELU),
            _true_neuron("square", "relu"),
            _neuron_inputs,
            (
                Golden(([2, -1, 3], [1, 4, 2], -5), (1, 0)),
                Golden(([2, -1, 3], [1, 4, 2], 2), (36, 6)),
            ),
            VALUE,
        ),
        Claim(
            _SMOOTH,
            ("w", "x", "b"),
            ("sigmoid", "tanh"),
            _with(neurons.neuron, SIGMOID, TANH),
            _true_neuron("sigmoid", "tanh"),
            _neuron_inputs,
            (
                Golden(
                    (np.array([2.0, -1.0, 3.0]), np.array([1.0, 4.0, 2.0]), -5.0),
                    ("0.2689414213699951", "-0.7615941559557649"),
                    exact=False,
                ),
                Golden((np.array([1.0, 2.0]), np.array([2.0, -1.0]), np.log(3.0)), ("3/4", "4/5"), exact=False),
            ),
            VALUE,
        ),
        Claim(
            "w ⊙ x → sum → + b → σ",
            ("w", "x", "b"),
            ("square",),
            lambda w, x, b: neurons.neuron_steps(w, x, b, SQUARE)[-1],
            _true_neuron("square"),
            _neuron_inputs,
            (Golden(([2, -1, 3], [1, 4, 2], 2), (36,)),),
            VALUE,
        ),
        Claim(
            "∂z/∂(w ⊙ x) = 1ᵀ and ∂z/∂b = 1",
            ("w", "x", "b"),
            ("∂z/∂(w ⊙ x)", "∂z/∂b"),
            lambda w, x, b: (0 * w + 1, 0 * b + 1),
            lambda world, w, x, b: (
                world.jacobian(lambda p: p.sum() + b, w * x),
                world.jacobian(lambda c: (w * x).sum() + c, b),
            ),
            _neuron_inputs,
            (Golden(([2, -1, 3], [1, 4, 2], 2), ([1, 1, 1], 1)),),
        ),
    ),
    (
        Mistake("bias forgotten", _RATIONAL, _with(lambda w, x, b, s: s(w @ x), SQUARE, RELU), (0, (16, 4))),
        Mistake("bias outside the activation", _SMOOTH, _with(lambda w, x, b, s: s(w @ x) + b, SIGMOID, TANH)),
        Mistake(
            "bias outside the activation, rational",
            _RATIONAL,
            _with(lambda w, x, b, s: s(w @ x) + b, SQUARE, RELU),
            (0, (11, -1)),
        ),
        Mistake("bias added to every x_k", _RATIONAL, _with(_each_bias, SQUARE, RELU), (1, (144, 12))),
        Mistake("no sum: a vector", _RATIONAL, _with(lambda w, x, b, s: s(w * x + b), SQUARE, RELU)),
        Mistake("bias added in every term of the sum", _SMOOTH, _with(lambda w, x, b, s: s((w * x + b).sum()), SIGMOID, TANH)),
    ),
)

# --- 2.2 -------------------------------------------------------------------------------------------------------------


def _all_weights(weight=indexing.weight, bias=indexing.bias):
    """Every w^l_jk and b^l_j of layers 1 and 2, read one by one by their indices."""

    def code(W, b, X):
        ns = _sizes(W, b, X)
        out = []
        for l in (1, 2):
            out.append(np.array([[weight(W, l, j, k) for k in range(1, ns[l - 1] + 1)] for j in range(1, ns[l] + 1)]))
        for l in (1, 2):
            out.append(np.array([bias(b, l, j) for j in range(1, ns[l] + 1)]))
        return tuple(out)

    return code


def _true_weights(world, W, b, X):
    """w^l_jk is what a unit of a_k adds to z_j; b^l_j is z_j at a = 0."""
    out = []
    for l in (1, 2):
        a = world.array(np.ones(W[l].shape[1]))
        out.append(world.jacobian(lambda v, l=l: (W[l] @ v.reshape(-1, 1) + b[l]).reshape(-1), a))
    return *out, *((W[l] @ (0 * W[l][:1].T) + b[l]).reshape(-1) for l in (1, 2))


def _listed(W):
    return list(W.values())


_INDEX = "w^l_jk = ∂z^l_j/∂a^{l-1}_k, b^l_j = z^l_j at a = 0"

_2_2 = Item(
    "2.2",
    "Weight and bias indexing",
    "0:44:36",
    r"w^l_{jk}:\ \text{from neuron }k\text{ of layer }l-1\text{ to neuron }j\text{ of layer }l;\qquad"
    r" w^l_{jk}=\frac{\partial z^l_j}{\partial a^{l-1}_k}",
    "j = 1..n_l, k = 1..n_{l-1}; W[l][j-1, k-1], b[l][j-1, 0]",
    "none; the order j, k makes z^l = W^l a^{l-1} + b^l transpose-free",
    ("indexing.weight", "indexing.bias"),
    (
        Claim(
            _INDEX,
            ("W", "b", "x"),
            ("w¹_jk", "w²_jk", "b¹_j", "b²_j"),
            _all_weights(),
            _true_weights,
            net(2, batch=False, targets=False),
            (Golden(_GOLDEN_NET, (W1, W2, [2, -2, 3], [5, -3])),),
        ),
        Claim(
            "w²₁₃ and w²₂₁ of G1",
            ("W", "b", "x"),
            ("w²₁₃", "w²₂₁"),
            lambda W, b, X: (indexing.weight(W, 2, 1, 3), indexing.weight(W, 2, 2, 1)),
            lambda world, W, b, X: (
                world.jacobian(lambda a: W[2][0] @ a, world.array(np.zeros(W[2].shape[1])))[2],
                world.jacobian(lambda a: W[2][1] @ a, world.array(np.zeros(W[2].shape[1])))[0],
            ),
            lambda rng, sizes: net(2, batch=False, targets=False)(rng, tuple(n + 1 for n in sizes)),
            (Golden(_GOLDEN_NET, (-1, 2)),),
        ),
    ),
    (
        Mistake("j and k swapped", _INDEX, _all_weights(lambda W, l, j, k: W[l][k - 1, j - 1])),
        Mistake("0-based index into a 1-based formula", _INDEX, _all_weights(lambda W, l, j, k: W[l][j % len(W[l]), k - 1])),
        Mistake("W[l] of a list that starts at layer 1", _INDEX, _all_weights(lambda W, l, j, k: _listed(W)[l][j - 1, k - 1])),
        Mistake(
            "Nielsen's layer numbers: w² is the first", _INDEX, _all_weights(lambda W, l, j, k: _listed(W)[l - 2][j - 1, k - 1])
        ),
        Mistake("one scalar bias shared by the layer", _INDEX, _all_weights(bias=lambda b, l, j: b[l][0, 0])),
        Mistake(
            "j and k swapped, two entries",
            "w²₁₃ and w²₂₁ of G1",
            lambda W, b, X: (W[2].reshape(W[2].shape[::-1])[2, 0], W[2][0, 1]),
        ),
    ),
)

# --- 2.3 -------------------------------------------------------------------------------------------------------------


def _layer_inputs(rng, sizes):
    n, before, m = sizes[:3]
    return rng.standard_normal((n, before)), rng.standard_normal((n, 1)), rng.standard_normal((before, m))


def _row_inputs(rng, sizes):
    n, before, m = sizes[:3]
    return rng.standard_normal((n, before)), rng.standard_normal(n), rng.standard_normal((m, before))


def _by_samples(world, W, b, A):
    """One sample after the other, each entry a sum over k, then σ."""
    Z = world.linear(A.T, W, b.reshape(-1)).T
    return Z, world.sigma("square")(Z)


_BATCH = [[1, 2, -1], [2, 0, 1]]
_Z = [[1, 4, 0], [2, -2, 0], [3, -1, 6]]
_COLUMNS, _ROWS = "Z = WA + b1ᵀ, A' = σ(Z)", "Z = XWᵀ + 1bᵀ"


def _columns(weighted_input):
    return lambda W, b, A: (weighted_input(W, b, A), SQUARE(weighted_input(W, b, A)))


_2_3 = Item(
    "2.3",
    "A layer of neurons",
    "0:50:57",
    r"z^l=W^la^{l-1}+b^l,\quad a^l=\sigma(z^l);\qquad Z^l=W^lA^{l-1}+b^l\mathbf 1_m^{\mathsf T}",
    "(n_l, n_{l-1})(n_{l-1}, m) + (n_l, 1) → (n_l, m); rows: (m, n_{l-1}) → (m, n_l)",
    "samples are columns; the same layer on rows is the transpose",
    ("layer.weighted_input", "layer.layer", "layer.layer_rows"),
    (
        Claim(
            _COLUMNS,
            ("W", "b", "A"),
            ("Z", "σ(Z)"),
            lambda W, b, A: (layers.weighted_input(W, b, A), layers.layer(W, b, A, SQUARE)),
            _by_samples,
            _layer_inputs,
            (
                Golden((W1, B1, [[1], [2]]), ([[1], [2], [3]], [[1], [4], [9]])),
                Golden((W1, B1, _BATCH), (_Z, None)),
                Golden(([[1, 2], [3, 4]], [[0], [0]], [[1], [10]]), ([[21], [43]], None)),
            ),
            VALUE,
        ),
        Claim(
            _ROWS,
            ("W", "b", "X"),
            ("Z",),
            layers.layer_rows,
            lambda world, W, b, X: world.linear(X, W, b),
            _row_inputs,
            (Golden((W1, [2, -2, 3], [[1, 2], [2, 0], [-1, 1]]), ([[1, 2, 3], [4, -2, -1], [0, 0, 6]],)),),
            VALUE,
        ),
        Claim(
            "∂z/∂a = W in every column",
            ("W", "b", "A"),
            ("∂z/∂a of the last column",),
            lambda W, b, A: W,
            lambda world, W, b, A: world.jacobian(
                lambda a: (W @ (A + a.reshape(-1, 1)) + b)[:, -1], world.array(np.zeros(W.shape[1]))
            ),
            _layer_inputs,
            (Golden((W1, B1, _BATCH), (W1,)),),
        ),
    ),
    (
        Mistake("a @ W with W out x in", _COLUMNS, _columns(lambda W, b, A: (A.T @ W).T + b)),
        Mistake("transposed weights", "∂z/∂a = W in every column", lambda W, b, A: W.T),
        Mistake("one-dimensional bias in a column batch", _COLUMNS, _columns(lambda W, b, A: W @ A + b.ravel())),
        Mistake("activation before the bias", _COLUMNS, lambda W, b, A: (W @ A + b, SQUARE(W @ A) + b)),
        Mistake("batch on the wrong axis", _COLUMNS, _columns(lambda W, b, A: W @ A.reshape(A.shape[::-1]).T + b)),
        Mistake("the row formula without its transpose", _ROWS, lambda W, b, X: X @ W + b),
    ),
)

ITEMS = (_1_3, _2_1, _2_2, _2_3)
