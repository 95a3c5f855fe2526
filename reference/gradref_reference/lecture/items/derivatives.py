"""Items 3.1 and 3.3: the cost, and the derivative of a neuron's activation."""

import numpy as np

from .. import cost as costs
from .. import neuron as neurons
from ..item import Claim, Golden, Item, Mistake
from ..sigmas import SIGMAS

__all__ = ["ITEMS"]

SQUARE, RELU, TANH, SIGMOID = (SIGMAS[n] for n in ("square", "relu", "tanh", "sigmoid"))

# --- 3.1 -------------------------------------------------------------------------------------------------------------


def _outputs(rng, sizes):
    K, m = sizes[:2]
    return rng.standard_normal((K, m)), rng.standard_normal((K, m))


def _two_outputs(rng, sizes):
    return rng.standard_normal((2, sizes[0])), rng.standard_normal((2, sizes[0]))


def _one_output(rng, sizes):
    return rng.standard_normal((1, sizes[0])), rng.standard_normal((1, sizes[0]))


def _cost(A, Y):
    return costs.cost(A, Y), costs.cost_gradient(A, Y)


def _squared(A, Y):
    return ((A - Y) * (A - Y)).sum()


def _factor(value, gradient=None):
    """C and ∂C/∂A with another factor in front of Σr²: `value(m, K)` = (numerator, denominator)."""

    def mutant(A, Y):
        K, m = A.shape
        top, bottom = value(m, K)
        return top * _squared(A, Y) / bottom, 2 * top * (A - Y) / bottom

    return mutant


def _true_cost(world, A, Y):
    def C(a):
        per_sample = ((a - Y) * (a - Y)).sum(axis=0) / 2
        return per_sample.sum() / A.shape[1]

    return C(A), world.jacobian(C, A)


def _others(A, Y):
    return tuple(f(A, Y, r) for r in ("mean_samples", "mean_elements", "half_sum") for f in (costs.cost, costs.cost_gradient))


def _true_others(world, A, Y):
    K, m = A.shape
    out = []
    for denominator in (m, m * K, 2):
        f = lambda a, d=denominator: ((a - Y) * (a - Y)).sum() / d  # noqa: E731
        out += [f(A), world.jacobian(f, A)]
    return tuple(out)


def _one_term_too_many(A, Y):
    m = A.shape[1]
    again = (A[:, :1] - Y[:, :1]) * (A[:, :1] - Y[:, :1])
    return (_squared(A, Y) + again.sum()) / (2 * m), (A - Y) / m


_A, _Y = [[1, 2, 5], [3, 0, 1]], [[0, 2, 4], [1, 2, 4]]  # columns are the samples of mathematics 3.1
_R3 = [["1/3", 0, "1/3"], ["2/3", "-2/3", -1]]
_G2_A = [[441, 4, 16, 2500, 25], [121, 9, 25, 729, 25], [36, 0, 4, 64, 4]]
_G2_Y = [[440, 4, 17, 2498, 25], [121, 8, 23, 730, 24], [37, -2, 4, 63, 6]]
_RAMP = [[0, 1, 2, 3]]
_C, _K1, _K2 = "C = 1/(2m) Σ‖a - y‖², ∂C/∂A = (A - Y)/m", "the same, one output", "the same, K = 2 outputs"


def _claim(name, draw, *goldens):
    return Claim(name, ("A", "Y"), ("C", "∂C/∂A"), _cost, _true_cost, draw, goldens)


_3_1 = Item(
    "3.1",
    "Motivation and cost",
    "1:10:36",
    r"C=\frac1m\sum_xC_x=\frac1{2m}\sum_x\lVert y_x-a^L_x\rVert^2,\qquad \frac{\partial C}{\partial A^L}=\frac1m(A^L-Y)",
    "A, Y: (K, m); C a scalar; ∂C/∂A: (K, m)",
    "C is an average over samples, and C_x depends on the parameters only through a^L",
    ("cost.cost", "cost.cost_gradient"),
    (
        _claim(
            _C,
            _outputs,
            Golden((_A, _Y), ("19/6", _R3)),
            Golden((_G2_A, _G2_Y), ("23/10", None)),
            Golden(([[1], [3]], [[0], [1]]), ("5/2", None)),
        ),
        _claim(_K1, _one_output, Golden((_RAMP, _RAMP), (0, [[0, 0, 0, 0]]))),
        _claim(_K2, _two_outputs),
        Claim(
            "1/m, 1/(mK) and ½ Σ‖a - y‖²",
            ("A", "Y"),
            ("C 1/m", "∇", "C 1/(mK)", "∇", "C ½", "∇"),
            _others,
            _true_others,
            _outputs,
            (
                Golden((_A, _Y), ("19/3", None, "19/6", None, "19/2", None)),
                Golden((_G2_A, _G2_Y), ("23/5", None, "23/15", None, "23/2", None)),
            ),
        ),
    ),
    (
        Mistake("mean over all entries, 1/(mK)", _C, _factor(lambda m, K: (1, m * K)), (1, ("23/15", None))),
        Mistake(
            "mean over all entries, seen with two outputs only",
            _K2,
            _factor(lambda m, K: (1, m * K)),
            blind_to={"all": "with K = 2 outputs 1/(mK) and 1/(2m) are the same number: use K >= 3"},
        ),
        Mistake("no ½", _C, _factor(lambda m, K: (1, m)), (0, ("19/3", None))),
        Mistake("sum over the samples", _C, _factor(lambda m, K: (1, 2)), (0, ("19/2", None))),
        Mistake("norm not squared", _C, lambda A, Y: (sum(abs(A - Y).ravel()) / (2 * A.shape[1]), (A - Y) / A.shape[1])),
        Mistake("divided by K instead of m", _C, _factor(lambda m, K: (1, 2 * K))),
        Mistake("one term too many: x = 0..m", _C, _one_term_too_many),
        Mistake("sign y - a in the gradient", _C, lambda A, Y: (costs.cost(A, Y), (Y - A) / A.shape[1])),
        Mistake("a gradient without 1/m", _C, lambda A, Y: (costs.cost(A, Y), A - Y)),
        Mistake(
            "a vector of costs, one per sample", _C, lambda A, Y: (((A - Y) * (A - Y)).sum(axis=0) / 2, (A - Y) / A.shape[1])
        ),
        Mistake(
            "(m, 1) - (m,) broadcast to (m, m)",
            _K1,
            lambda A, Y: (((A.T - Y[0]) * (A.T - Y[0])).sum() / A.size**2, (A - Y) / A.shape[1]),
            (0, ("5/2", None)),
        ),
    ),
)

# --- 3.3 -------------------------------------------------------------------------------------------------------------


def _neuron_inputs(rng, sizes):
    n = sizes[-1]
    return rng.standard_normal(n) / n**0.5, rng.standard_normal(n), rng.standard_normal()


def _true_derivatives(name):
    def truth(world, w, x, b):
        sigma = world.sigma(name)
        return (
            world.jacobian(lambda v: sigma(v @ x + b), w),
            world.jacobian(lambda c: sigma(w @ x + c), b),
            world.jacobian(lambda v: sigma(w @ v + b), x),
        )

    return truth


def _claim33(sigma, *goldens):
    return Claim(
        f"∂a/∂w, ∂a/∂b, ∂a/∂x with σ = {sigma.name}",
        ("w", "x", "b"),
        ("∂a/∂w", "∂a/∂b", "∂a/∂x"),
        lambda w, x, b: neurons.neuron_derivatives(w, x, b, sigma),
        _true_derivatives(sigma.name),
        _neuron_inputs,
        goldens,
    )


def _slope(slope):
    """The three derivatives with another number in the place of σ'(z)."""
    return lambda w, x, b: (slope(w @ x + b) * x, slope(w @ x + b), slope(w @ x + b) * w)


def _swapped(w, x, b):
    by_w, by_b, by_x = neurons.neuron_derivatives(w, x, b, SQUARE)
    return by_x, by_b, by_w


_W, _X = [2, -1, 3], [1, 4, 2]
_LN3 = (np.array([1.0, 2.0]), np.array([2.0, -1.0]), np.log(3.0))
_OF_SQUARE, _OF_RELU, _OF_SIGMOID, _OF_TANH = (
    f"∂a/∂w, ∂a/∂b, ∂a/∂x with σ = {name}" for name in ("square", "relu", "sigmoid", "tanh")
)
_VECTOR = "∂relu(z)/∂z = diag([z > 0])"

_3_3 = Item(
    "3.3",
    "Derivative of a neuron's activation",
    "1:54:44",
    r"\frac{\partial a}{\partial w}=\sigma'(z)\,x^{\mathsf T},\quad \frac{\partial a}{\partial b}=\sigma'(z),\quad "
    r"\frac{\partial a}{\partial x}=\sigma'(z)\,w^{\mathsf T},\qquad z=w^{\mathsf T}x+b",
    "w, x: (n,); ∂a/∂w, ∂a/∂x: (n,); ∂a/∂b scalar",
    "σ differentiable at z; at a kink a convention is used, relu'(0) = 0",
    ("neuron.neuron_derivatives",),
    (
        _claim33(
            SQUARE,
            Golden((_W, _X, -5), ([-2, -8, -4], -2, [-4, 2, -6])),
            Golden((_W, _X, 2), ([12, 48, 24], 12, [24, -12, 36])),
        ),
        _claim33(
            RELU,
            Golden((_W, _X, -5), ([0, 0, 0], 0, [0, 0, 0])),
            Golden((_W, _X, 2), ([1, 4, 2], 1, [2, -1, 3])),
            Golden((_W, _X, -4), ([0, 0, 0], 0, [0, 0, 0])),
        ),
        _claim33(SIGMOID, Golden(_LN3, (["3/8", "-3/16"], "3/16", ["3/16", "3/8"]), exact=False)),
        _claim33(TANH),
        Claim(
            _VECTOR,
            ("z",),
            ("∂a/∂z",),
            lambda z: np.diag(RELU.prime(z)),
            lambda world, z: world.jacobian(world.sigma("relu"), z),
            lambda rng, sizes: (rng.standard_normal(sizes[-1]),),
            (Golden(([2, -3, 5],), ([[1, 0, 0], [0, 0, 0], [0, 0, 1]],)),),
        ),
    ),
    (
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
        Mistake("relu' of a vector as a vector", _VECTOR, RELU.prime, (0, [1, 0, 1])),
        Mistake(
            "relu'(0) = 1",
            _OF_RELU,
            _slope(lambda z: np.where(np.asarray(z) >= 0, 1, 0)),
            blind_to={j: "random inputs never hit the kink" for j in ("complex step", "torch", "jax", "balls")},
        ),
    ),
)

ITEMS = (_3_1, _3_3)
