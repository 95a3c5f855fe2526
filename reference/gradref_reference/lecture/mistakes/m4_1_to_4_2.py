"""Mistakes with the error of a node and the four equations (lecture 4.1, 4.2.1 - 4.2.5)."""

import numpy as np

from ..c4_1_error_of_a_node import ERROR, ERROR_DEEP, all_errors
from ..c4_2_1_output_error import EQ1, EQ1_DEEP, EQ1_RELU, SIGMOID_CE, SOFTMAX, eq1, sigmoid_entropy_error, softmax
from ..c4_2_2_hidden_error import EQ2, EQ2_DEEP, EQ2_RELU, eq2
from ..c4_2_3_bias_gradient import EQ3, ONE, eq3
from ..c4_2_4_weight_gradient_entry import EQ4, entries, eq4
from ..c4_2_5_weight_gradient import EQ4V, EQ4V_ONE, of_batch
from ..item import KINK, Mistake
from ..networks import forward, wrong
from ..sigmas import SIGMAS

__all__ = ["MISTAKES"]


def _pushed_activations(W, b, X, Y, sigmas):
    """∂C_x/∂a^l instead of ∂C_x/∂z^l."""
    z, a = forward(W, b, X, sigmas)
    by_a = {len(W): a[len(W)] - Y}
    for l in range(len(W) - 1, 0, -1):
        by_a[l] = W[l + 1].T @ (by_a[l + 1] * sigmas[l + 1].prime(z[l + 1]))
    return tuple(by_a[l] for l in W)


def _errors_over_m(W, b, X, Y, sigmas):
    return tuple(delta / X.shape[1] for delta in all_errors(W, b, X, Y, sigmas))


def _not_propagated(W, b, X, Y, sigmas):
    """z^l is pushed, but the later layers keep their old values: only the last layer's push reaches the cost."""
    errors = all_errors(W, b, X, Y, sigmas)
    return *(0 * delta for delta in errors[:-1]), errors[-1]


def _misclassified(W, b, X, Y, sigmas):
    _, a = forward(W, b, X, sigmas)
    errors = all_errors(W, b, X, Y, sigmas)
    return *errors[:-1], a[len(W)] - Y


def _hidden_derivative(W, b, X, Y, sigmas):
    z, a = forward(W, b, X, sigmas)
    L = len(W)
    return (a[L] - Y) * sigmas[1].prime(z[L])


def _after_update(l, W, deltas, z, a, sigmas):
    """W^{l+1} is read after its own update with η = 1/100."""
    gradient = deltas[l + 1] @ a[l].T / a[l].shape[1]
    return ((W[l + 1] - gradient / 100).T @ deltas[l + 1]) * sigmas[l].prime(z[l])


def _backwards(formula):
    """δ^l by `formula(W^{l+1}, δ^{l+1}, z^l, σ^l)`."""
    return eq2(lambda l, W, deltas, z, a, sigmas: formula(W[l + 1], deltas[l + 1], z[l], sigmas[l]))


_EARLY = "stopped one layer early: δ¹ never set"


def _mean(D):
    return D.sum(axis=1, keepdims=True) / D.shape[1]


def _bias_mistake(name, equation, golden=None, blind=None):
    return Mistake(name, EQ3, wrong("square", eq3(equation)), golden, blind or {})


def _previous(z, a, l):
    return a[0] if l == 1 else z[l - 1]


def _weight_mistake(name, formula, golden=None):
    return Mistake(name, EQ4V, wrong("square", of_batch(formula)), golden)


MISTAKES: dict[str, tuple[Mistake, ...]] = {
    "4.1": (
        Mistake("∂C/∂a for ∂C/∂z", ERROR, wrong("square", _pushed_activations), (0, ([[-38], [16], [-10]], [[1], [-2]]))),
        Mistake("scaled by 1/m here and again in equations 3 and 4", ERROR, wrong("square", _errors_over_m)),
        Mistake("pushed, but not computed again", ERROR, wrong("square", _not_propagated)),
        Mistake("error read as a - y", ERROR_DEEP, wrong("deep", _misclassified)),
    ),
    "4.2.1": (
        Mistake("sign y - a", EQ1, wrong("square", eq1(lambda g, z, s: -g * s.prime(z))), (0, [[6], [16]])),
        Mistake("σ'(a) for σ'(z)", EQ1, wrong("square", eq1(lambda g, z, s: g * s.prime(s(z)))), (0, [[18], [-64]])),
        Mistake("no σ'", EQ1, wrong("square", eq1(lambda g, z, s: g)), (0, [[1], [-2]])),
        Mistake("factor 2: no ½ in the cost", EQ1, wrong("square", eq1(lambda g, z, s: 2 * g * s.prime(z))), (0, [[-12], [-32]])),
        Mistake("σ for σ'", EQ1, wrong("square", eq1(lambda g, z, s: g * s(z)))),
        Mistake("a matrix product for ⊙", EQ1, wrong("square", eq1(lambda g, z, s: g @ s.prime(z).T))),
        Mistake("divided by K too", EQ1, wrong("square", eq1(lambda g, z, s: g * s.prime(z) / len(z)))),
        Mistake("1/m here already", EQ1, wrong("square", eq1(lambda g, z, s: g * s.prime(z) / z.shape[1]))),
        Mistake("the hidden activation's derivative at the output", EQ1_DEEP, wrong("deep", _hidden_derivative)),
        Mistake(
            "relu'(0) = 1",
            EQ1_RELU,
            wrong("relu", eq1(lambda g, z, s: g * np.where(z >= 0, 1, 0))),
            (1, [[-3], [-1]]),
            blind_to=KINK,
        ),
        Mistake(
            "σ'(a) for σ'(z), seen with relu only",
            EQ1_RELU,
            wrong("relu", eq1(lambda g, z, s: g * s.prime(s(z)))),
            blind_to={"all": "relu'(relu(z)) = relu'(z): ReLU cannot reveal σ'(a) for σ'(z)"},
        ),
        Mistake("softmax treated as element-wise", SOFTMAX, lambda z, y: (softmax(z) - y) * softmax(z) * (1 - softmax(z))),
        Mistake(
            "σ' kept beside the cross-entropy",
            SIGMOID_CE,
            lambda z, y: sigmoid_entropy_error(z, y) * SIGMAS["sigmoid"].prime(z),
        ),
    ),
    "4.2.2": (
        Mistake(
            "no σ' in the hidden layer", EQ2, wrong("square", _backwards(lambda W, d, z, s: W.T @ d)), (0, [[-38], [16], [-10]])
        ),
        Mistake("W not transposed", EQ2_DEEP, wrong("deep", _backwards(lambda W, d, z, s: (W @ d) * s.prime(z)))),
        Mistake(
            "W^l for W^{l+1}",
            EQ2_DEEP,
            wrong("deep", eq2(lambda l, W, d, z, a, s: (W[l].T @ d[l + 1]) * s[l].prime(z[l]))),
        ),
        Mistake("Hadamard product with W", EQ2_DEEP, wrong("deep", _backwards(lambda W, d, z, s: (W.T * d.T[:1]).sum(axis=1)))),
        Mistake(
            "σ' applied before Wᵀ, with the next layer's z",
            EQ2_DEEP,
            wrong("deep", eq2(lambda l, W, d, z, a, s: W[l + 1].T @ (d[l + 1] * s[l + 1].prime(z[l + 1])))),
        ),
        Mistake(
            "σ'(z^{l+1})",
            EQ2_DEEP,
            wrong("deep", eq2(lambda l, W, d, z, a, s: (W[l + 1].T @ d[l + 1]) * s[l].prime(z[l + 1]))),
        ),
        Mistake(
            "σ'(a) for σ'(z)",
            EQ2,
            wrong("square", _backwards(lambda W, d, z, s: (W.T @ d) * s.prime(s(z)))),
        ),
        Mistake(
            _EARLY,
            EQ2_DEEP,
            wrong("deep", eq2(lambda l, W, d, z, a, s: 0 * z[l] if l == 1 else (W[l + 1].T @ d[l + 1]) * s[l].prime(z[l]))),
        ),
        Mistake("|W|", EQ2, wrong("square", _backwards(lambda W, d, z, s: (abs(W).T @ d) * s.prime(z)))),
        Mistake("W^{l+1} read after its update", EQ2, wrong("square", eq2(_after_update))),
        Mistake(
            "the output layer's gate forgotten",
            EQ2_RELU,
            wrong("relu", eq2(last=lambda g, z, s: g)),
            (0, [[3]]),
        ),
        Mistake(
            "the same derivative for every layer",
            EQ2_DEEP,
            wrong("deep", eq2(lambda l, W, d, z, a, s: (W[l + 1].T @ d[l + 1]) * s[1].prime(z[l]))),
        ),
    ),
    "4.2.3": (
        _bias_mistake("sum for mean", lambda D, A: D.sum(axis=1, keepdims=True)),
        Mistake(
            "sum for mean, seen with one sample only",
            ONE,
            wrong("square", eq3(lambda D, A: D.sum(axis=1, keepdims=True))),
            blind_to={"all": "with m = 1 the sum is the mean"},
        ),
        _bias_mistake("wrong axis", lambda D, A: D.sum(axis=0, keepdims=True).T / D.shape[1]),
        _bias_mistake("not summed over the batch", lambda D, A: D / D.shape[1]),
        _bias_mistake("one scalar for all units", lambda D, A: 0 * D[:, :1] + D.sum() / D.shape[1]),
        _bias_mistake("mean over the units", lambda D, A: 0 * D[:, :1] + D.sum() / D.size),
        _bias_mistake("row sums of ∂C/∂W", lambda D, A: (D @ A.T / D.shape[1]).sum(axis=1, keepdims=True)),
        _bias_mistake("a one-dimensional result", lambda D, A: _mean(D)[:, 0]),
        _bias_mistake("dropped: the bias never moves", lambda D, A: 0 * D[:, :1]),
        _bias_mistake("1/m twice", lambda D, A: _mean(D) / D.shape[1]),
    ),
    "4.2.4": (
        Mistake("a^l for a^{l-1}", EQ4, wrong("square", eq4(lambda l, d, a, z: d[l] @ a[l].T / d[l].shape[1]))),
        Mistake("z^{l-1} for a^{l-1}", EQ4, wrong("square", eq4(lambda l, d, a, z: d[l] @ _previous(z, a, l).T / d[l].shape[1]))),
        Mistake("j and k swapped", EQ4, wrong("square", entries(lambda d, v, j, k: v[j - 1, 0] * d[k - 1, 0]))),
        Mistake("product of the batch means", EQ4, wrong("square", of_batch(lambda D, A: _mean(D) @ _mean(A).T))),
    ),
    "4.2.5": (
        _weight_mistake("transposed result", lambda D, A: A @ D.T / D.shape[1]),
        _weight_mistake("reshape for transpose", lambda D, A: (A @ D.T).reshape(len(D), len(A)) / D.shape[1]),
        _weight_mistake("D * A.T for D @ A.T", lambda D, A: D * A.T / D.shape[1]),
        Mistake(
            "D * A.T, seen with one sample only",
            EQ4V_ONE,
            wrong("square", of_batch(lambda D, A: D * A.T)),
            blind_to={"all": "with m = 1 the broadcast product is the outer product"},
        ),
        _weight_mistake("sum for mean", lambda D, A: D @ A.T),
        _weight_mistake("1/m twice", lambda D, A: D @ A.T / D.shape[1] ** 2),
        _weight_mistake("first sample only", lambda D, A: np.outer(D[:, 0], A[:, 0])),
        _weight_mistake("outer product of the means", lambda D, A: _mean(D) @ _mean(A).T),
    ),
}
