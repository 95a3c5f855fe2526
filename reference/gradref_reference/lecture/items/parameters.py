"""Items 4.2.3 - 4.2.5: the gradient of any bias and of any weight."""

import numpy as np

from .. import four_equations as code
from ..item import Item, Mistake
from .errors import forward, golden, net_claim, wrong
from .networks import G1, G2, GS

__all__ = ["ITEMS"]

NAMES = ("W", "b", "X", "Y")
RANDOM_JUDGES = ("complex step", "torch", "jax", "balls")


# --- 4.2.3 -----------------------------------------------------------------------------------------------------------


def _errors(W, b, X, Y, sigmas):
    """z, a and Δ^1..Δ^L by equations 1 and 2."""
    z, a = forward(W, b, X, sigmas)
    L = len(W)
    deltas = {L: code.output_error(a[L] - Y, z[L], sigmas[L])}
    for l in range(L - 1, 0, -1):
        deltas[l] = code.hidden_error(W[l + 1], deltas[l + 1], z[l], sigmas[l])
    return z, a, deltas


def _eq3(equation=None):
    """∂C/∂b^1..∂C/∂b^L; a mutant gives `equation(Δ^l, A^{l-1})`."""

    def gradients(W, b, X, Y, sigmas):
        _, a, deltas = _errors(W, b, X, Y, sigmas)
        return tuple(code.bias_gradient(deltas[l]) if equation is None else equation(deltas[l], a[l - 1]) for l in W)

    return gradients


def _mean(D):
    return D.sum(axis=1, keepdims=True) / D.shape[1]


_EQ3, _EQ3_DEEP = "∂C/∂b^l = 1/m Δ^l 1, σ = square", "the same, tanh-square-sigmoid"
_ONE = "the same, one sample"


def _bias_mistake(name, equation, golden=None, blind=None):
    return Mistake(name, _EQ3, wrong("square", _eq3(equation)), golden, blind or {})


_4_2_3 = Item(
    "4.2.3",
    "Equation 3: any bias",
    "4:03:23",
    r"\frac{\partial C_x}{\partial b^l_j}=\delta^l_j,\qquad \frac{\partial C}{\partial b^l}=\frac1m\Delta^l\mathbf 1_m",
    "(n_l, m) → (n_l, 1)",
    "Δ^l per sample, unscaled",
    ("four_equations.bias_gradient",),
    (
        net_claim(_EQ3, "square", ("∂C/∂b¹", "∂C/∂b²"), (4, 5), _eq3(), (golden(G1, *G1.db), golden(G2, *G2.db))),
        net_claim(_EQ3_DEEP, "deep", ("∂C/∂b¹", "∂C/∂b²", "∂C/∂b³"), (6, 7, 8), _eq3()),
        net_claim(_ONE, "square", ("∂C/∂b¹", "∂C/∂b²"), (4, 5), _eq3(), (golden(G1, *G1.db),), one_sample=True),
    ),
    (
        _bias_mistake("sum for mean", lambda D, A: D.sum(axis=1, keepdims=True)),
        Mistake(
            "sum for mean, seen with one sample only",
            _ONE,
            wrong("square", _eq3(lambda D, A: D.sum(axis=1, keepdims=True))),
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
)

# --- 4.2.4 and 4.2.5 -------------------------------------------------------------------------------------------------


def _eq4(equation=None):
    """∂C/∂W^1..∂C/∂W^L; a mutant gives `equation(l, Δ, a, z)` for ∂C/∂W^l."""

    def gradients(W, b, X, Y, sigmas):
        z, a, deltas = _errors(W, b, X, Y, sigmas)
        if equation is None:
            return tuple(code.weight_gradient(deltas[l], a[l - 1]) for l in W)
        return tuple(equation(l, deltas, a, z) for l in W)

    return gradients


def _entries(entry=code.weight_gradient_entry):
    """∂C/∂W^l built from single entries of single samples, averaged."""

    def equation(l, deltas, a, z):
        (n, m), before = deltas[l].shape, len(a[l - 1])
        pairs = [(deltas[l][:, [x]], a[l - 1][:, [x]]) for x in range(m)]
        return np.array([[sum(entry(d, v, j, k) for d, v in pairs) / m for k in range(1, before + 1)] for j in range(1, n + 1)])

    return _eq4(equation)


def _of_batch(formula):
    """∂C/∂W^l by `formula(Δ^l, A^{l-1})`."""
    return _eq4(lambda l, deltas, a, z: formula(deltas[l], a[l - 1]))


def _previous(z, a, l):
    return a[0] if l == 1 else z[l - 1]


_EQ4 = "∂C/∂w^l_jk = mean of a^{l-1}_k δ^l_j, σ = square"
_BOTH, _DEEP3 = ("∂C/∂W¹", "∂C/∂W²"), ("∂C/∂W¹", "∂C/∂W²", "∂C/∂W³")

_4_2_4 = Item(
    "4.2.4",
    "Equation 4: any weight",
    "4:10:55",
    r"\frac{\partial C_x}{\partial w^l_{jk}}=a^{l-1}_k\,\delta^l_j",
    "a scalar for each j = 1..n_l, k = 1..n_{l-1}",
    "activation in times error out: a small a^{l-1}_k or a saturated σ'(z^l_j) learns slowly",
    ("four_equations.weight_gradient_entry",),
    (
        net_claim(_EQ4, "square", _BOTH, (2, 3), _entries(), (golden(G1, *G1.dW), golden(G2, *G2.dW))),
        net_claim("the same, tanh-square-sigmoid", "deep", _DEEP3, (3, 4, 5), _entries()),
    ),
    (
        Mistake("a^l for a^{l-1}", _EQ4, wrong("square", _eq4(lambda l, d, a, z: d[l] @ a[l].T / d[l].shape[1]))),
        Mistake(
            "z^{l-1} for a^{l-1}", _EQ4, wrong("square", _eq4(lambda l, d, a, z: d[l] @ _previous(z, a, l).T / d[l].shape[1]))
        ),
        Mistake("j and k swapped", _EQ4, wrong("square", _entries(lambda d, v, j, k: v[j - 1, 0] * d[k - 1, 0]))),
        Mistake("product of the batch means", _EQ4, wrong("square", _of_batch(lambda D, A: _mean(D) @ _mean(A).T))),
    ),
)


def _as_rows(l, deltas, a, z):
    """The row-batch form: samples are rows, 1/m Δᵀ A."""
    D, A = deltas[l].T, a[l - 1].T
    return D.T @ A / len(D)


_EQ4V, _EQ4V_ONE = "∂C/∂W^l = 1/m Δ^l A^{l-1}ᵀ, σ = square", "the same, one sample"


def _weight_mistake(name, formula, golden=None):
    return Mistake(name, _EQ4V, wrong("square", _of_batch(formula)), golden)


_4_2_5 = Item(
    "4.2.5",
    "Vectorising equation 4",
    "4:18:25",
    r"\frac{\partial C}{\partial W^l}=\frac1m\Delta^l(A^{l-1})^{\mathsf T}=\frac1m\sum_x\delta^l_x(a^{l-1}_x)^{\mathsf T}",
    "(n_l, m)(m, n_{l-1}) → (n_l, n_{l-1})",
    "Δ^l per sample, unscaled; a loop over samples, and the row form, give the same",
    ("four_equations.weight_gradient", "four_equations.weight_gradient_by_samples"),
    (
        net_claim(_EQ4V, "square", _BOTH, (2, 3), _eq4(), (golden(G1, *G1.dW), golden(G2, *G2.dW))),
        net_claim("the same, sigmoid", "sigmoid", _BOTH, (2, 3), _eq4(), (golden(GS, *GS.dW),)),
        net_claim("the same, tanh-square-sigmoid", "deep", _DEEP3, (3, 4, 5), _eq4()),
        net_claim(
            "1/m Σ_x δ_x a_xᵀ",
            "square",
            _BOTH,
            (2, 3),
            _of_batch(code.weight_gradient_by_samples),
            (golden(G1, *G1.dW), golden(G2, *G2.dW)),
        ),
        net_claim("rows: 1/m Δᵀ A", "square", _BOTH, (2, 3), _eq4(_as_rows), (golden(G2, *G2.dW),)),
        net_claim(_EQ4V_ONE, "square", _BOTH, (2, 3), _eq4(), (golden(G1, *G1.dW),), one_sample=True),
    ),
    (
        _weight_mistake("transposed result", lambda D, A: A @ D.T / D.shape[1]),
        _weight_mistake("reshape for transpose", lambda D, A: (A @ D.T).reshape(len(D), len(A)) / D.shape[1]),
        _weight_mistake("D * A.T for D @ A.T", lambda D, A: D * A.T / D.shape[1]),
        Mistake(
            "D * A.T, seen with one sample only",
            _EQ4V_ONE,
            wrong("square", _of_batch(lambda D, A: D * A.T)),
            blind_to={"all": "with m = 1 the broadcast product is the outer product"},
        ),
        _weight_mistake("sum for mean", lambda D, A: D @ A.T),
        _weight_mistake("1/m twice", lambda D, A: D @ A.T / D.shape[1] ** 2),
        _weight_mistake("first sample only", lambda D, A: np.outer(D[:, 0], A[:, 0])),
        _weight_mistake("outer product of the means", lambda D, A: _mean(D) @ _mean(A).T),
    ),
)

ITEMS = (_4_2_3, _4_2_4, _4_2_5)
