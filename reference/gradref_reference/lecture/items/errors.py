"""Items 4.1, 4.2.1, 4.2.2: the error of a node, of the last layer, of any layer."""

import numpy as np

from .. import error_of_a_node
from .. import four_equations as code
from ..item import Claim, Golden, Item, Mistake
from ..sigmas import SIGMAS
from .networks import DRAWS, G1, G2, GATE, GS, KINK, ONE_SAMPLE, TRUTHS, activations

__all__ = ["ITEMS", "NAMES", "RANDOM_JUDGES", "forward", "golden", "net_claim", "wrong"]

NAMES = ("W", "b", "X", "Y")
RANDOM_JUDGES = ("complex step", "torch", "jax", "balls")


def forward(W, b, X, sigmas):
    """z and a of every layer, dicts keyed by l."""
    a, z = {0: X}, {}
    for l in W:
        z[l] = W[l] @ a[l - 1] + b[l]
        a[l] = sigmas[l](z[l])
    return z, a


def net_claim(name, case, outputs, pick, formula, goldens=(), one_sample=False):
    """A claim about a network of Part IV: `formula(W, b, X, Y, sigmas)` gives the picked results of the case's truth."""
    sigmas = activations(case)
    draw = ONE_SAMPLE if one_sample else DRAWS[case]
    return Claim(
        name, NAMES, outputs, lambda W, b, X, Y: formula(W, b, X, Y, sigmas), TRUTHS[case], draw, tuple(goldens), pick=pick
    )


def wrong(case, formula):
    """The same network with a wrong formula."""
    sigmas = activations(case)
    return lambda W, b, X, Y: formula(W, b, X, Y, sigmas)


def golden(net, *expected):
    """A golden network with what is expected of it; GS is compared in floats, the others exactly."""
    return Golden(net.inputs, expected, exact=net is not GS)


# --- 4.1 -------------------------------------------------------------------------------------------------------------


def _all_errors(W, b, X, Y, sigmas):
    return tuple(error_of_a_node.errors_of_a_layer(W, b, X, Y, sigmas, l) for l in W)


def _pushed_activations(W, b, X, Y, sigmas):
    """∂C_x/∂a^l instead of ∂C_x/∂z^l."""
    z, a = forward(W, b, X, sigmas)
    by_a = {len(W): a[len(W)] - Y}
    for l in range(len(W) - 1, 0, -1):
        by_a[l] = W[l + 1].T @ (by_a[l + 1] * sigmas[l + 1].prime(z[l + 1]))
    return tuple(by_a[l] for l in W)


def _errors_over_m(W, b, X, Y, sigmas):
    return tuple(delta / X.shape[1] for delta in _all_errors(W, b, X, Y, sigmas))


def _not_propagated(W, b, X, Y, sigmas):
    """z^l is pushed, but the later layers keep their old values: only the last layer's push reaches the cost."""
    errors = _all_errors(W, b, X, Y, sigmas)
    return *(0 * delta for delta in errors[:-1]), errors[-1]


def _misclassified(W, b, X, Y, sigmas):
    _, a = forward(W, b, X, sigmas)
    errors = _all_errors(W, b, X, Y, sigmas)
    return *errors[:-1], a[len(W)] - Y


_ERROR, _ERROR_DEEP = "δ^l_j = ∂C_x/∂z^l_j, σ = square", "the same, tanh-square-sigmoid"

_4_1 = Item(
    "4.1",
    "The error of a node",
    "3:32:47",
    r"\delta^l_j\equiv\frac{\partial C_x}{\partial z^l_j}",
    "δ^l: (n_l, 1) for one sample; a batch Δ^l: (n_l, m), unscaled",
    "C differentiable in z^l; everything after the push is computed again",
    (
        "error_of_a_node.cost_after_injection",
        "error_of_a_node.first_order_change",
        "error_of_a_node.error_of_a_node",
        "error_of_a_node.errors_of_a_layer",
    ),
    (
        net_claim(_ERROR, "square", ("Δ¹", "Δ²"), (0, 1), _all_errors, (golden(G1, *G1.delta), golden(G2, *G2.delta))),
        net_claim(_ERROR_DEEP, "deep", ("Δ¹", "Δ²", "Δ³"), (0, 1, 2), _all_errors),
    ),
    (
        Mistake("∂C/∂a for ∂C/∂z", _ERROR, wrong("square", _pushed_activations), (0, ([[-38], [16], [-10]], [[1], [-2]]))),
        Mistake("scaled by 1/m here and again in equations 3 and 4", _ERROR, wrong("square", _errors_over_m)),
        Mistake("pushed, but not computed again", _ERROR, wrong("square", _not_propagated)),
        Mistake("error read as a - y", _ERROR_DEEP, wrong("deep", _misclassified)),
    ),
)

# --- 4.2.1 -----------------------------------------------------------------------------------------------------------


def _eq1(equation=code.output_error):
    """Δ^L of a network by `equation(∇_a C, z^L, σ^L)`."""

    def last_error(W, b, X, Y, sigmas):
        z, a = forward(W, b, X, sigmas)
        L = len(W)
        return equation(a[L] - Y, z[L], sigmas[L])

    return last_error


def _by_columns(nabla_a, z, sigma):
    columns = range(z.shape[1])
    return np.concatenate([code.output_error_matrix(nabla_a[:, [x]], z[:, [x]], sigma) for x in columns], axis=1)


def _hidden_derivative(W, b, X, Y, sigmas):
    z, a = forward(W, b, X, sigmas)
    L = len(W)
    return (a[L] - Y) * sigmas[1].prime(z[L])


def _softmax(z):
    e = np.exp(z)
    return e / e.sum()


def _softmax_error(z, y):
    a = _softmax(z)
    J = np.diag(a[:, 0]) - a @ a.T
    return code.output_error_general(a - y, J)


def _output(rng, sizes):
    n = sizes[-1]
    return rng.standard_normal((n, 1)), rng.random((n, 1))


def _true_softmax_error(world, z, y):
    def C(v):
        e = world.exp(v)
        r = e / e.sum() - y
        return (r * r).sum() / 2

    return world.jacobian(C, z)


def _sigmoid_entropy_error(z, y):
    return SIGMAS["sigmoid"](z) - y


def _true_sigmoid_entropy(world, z, y):
    return world.jacobian(lambda v: (world.log(1 + world.exp(v)) - y * v).sum(), z)


def _softmax_entropy_error(z, y):
    return _softmax(z) - y / y.sum()


def _true_softmax_entropy(world, z, y):
    """-Σ y_k ln softmax(z)_k with the targets scaled to sum 1."""
    return world.jacobian(lambda v: world.log(world.exp(v).sum()) - (y / y.sum() * v).sum(), z)


_EQ1, _EQ1_DEEP, _EQ1_RELU = "δ^L = ∇_a C ⊙ σ'(z^L), σ = square", "the same, tanh-square-sigmoid", "the same, relu"
_SOFTMAX, _SIGMOID_CE = "δ^L = J_σᵀ∇_a C, softmax", "δ^L = a - y, sigmoid and cross-entropy"
_LOG_ODDS = (np.log([[4.0], [1 / 3]]), np.array([[1.0], [0.0]]))

_4_2_1 = Item(
    "4.2.1",
    "Equation 1: the error of the last layer",
    "3:39:12",
    r"\delta^L=\nabla_aC\odot\sigma'(z^L)=\Sigma'(z^L)\nabla_aC,\qquad \text{in general } \delta^L=J_\sigma(z^L)^{\mathsf T}\nabla_aC",
    "all (n_L, m); Σ': (n_L, n_L)",
    "the Hadamard form needs an element-wise σ",
    ("four_equations.output_error", "four_equations.output_error_matrix", "four_equations.output_error_general"),
    (
        net_claim(_EQ1, "square", ("Δ^L",), (1,), _eq1(), (golden(G1, G1.delta[1]), golden(G2, G2.delta[1]))),
        net_claim("δ^L = Σ'(z^L)∇_a C", "square", ("Δ^L",), (1,), _eq1(_by_columns), (golden(G1, G1.delta[1]),)),
        net_claim(_EQ1_DEEP, "deep", ("Δ^L",), (2,), _eq1()),
        net_claim(_EQ1_RELU, "relu", ("Δ^L",), (1,), _eq1(), (golden(GATE, GATE.delta[1]), golden(KINK, KINK.delta[1]))),
        Claim(_SOFTMAX, ("z", "y"), ("δ^L",), _softmax_error, _true_softmax_error, _output),
        Claim(
            _SIGMOID_CE,
            ("z", "y"),
            ("δ^L",),
            _sigmoid_entropy_error,
            _true_sigmoid_entropy,
            _output,
            (Golden(_LOG_ODDS, ([["-1/5"], ["1/4"]],), exact=False),),
        ),
        Claim(
            "δ^L = a - y, softmax and cross-entropy", ("z", "y"), ("δ^L",), _softmax_entropy_error, _true_softmax_entropy, _output
        ),
    ),
    (
        Mistake("sign y - a", _EQ1, wrong("square", _eq1(lambda g, z, s: -g * s.prime(z))), (0, [[6], [16]])),
        Mistake("σ'(a) for σ'(z)", _EQ1, wrong("square", _eq1(lambda g, z, s: g * s.prime(s(z)))), (0, [[18], [-64]])),
        Mistake("no σ'", _EQ1, wrong("square", _eq1(lambda g, z, s: g)), (0, [[1], [-2]])),
        Mistake(
            "factor 2: no ½ in the cost", _EQ1, wrong("square", _eq1(lambda g, z, s: 2 * g * s.prime(z))), (0, [[-12], [-32]])
        ),
        Mistake("σ for σ'", _EQ1, wrong("square", _eq1(lambda g, z, s: g * s(z)))),
        Mistake("a matrix product for ⊙", _EQ1, wrong("square", _eq1(lambda g, z, s: g @ s.prime(z).T))),
        Mistake("divided by K too", _EQ1, wrong("square", _eq1(lambda g, z, s: g * s.prime(z) / len(z)))),
        Mistake("1/m here already", _EQ1, wrong("square", _eq1(lambda g, z, s: g * s.prime(z) / z.shape[1]))),
        Mistake("the hidden activation's derivative at the output", _EQ1_DEEP, wrong("deep", _hidden_derivative)),
        Mistake(
            "relu'(0) = 1",
            _EQ1_RELU,
            wrong("relu", _eq1(lambda g, z, s: g * np.where(z >= 0, 1, 0))),
            (1, [[-3], [-1]]),
            blind_to={j: "random inputs never hit the kink" for j in RANDOM_JUDGES},
        ),
        Mistake(
            "σ'(a) for σ'(z), seen with relu only",
            _EQ1_RELU,
            wrong("relu", _eq1(lambda g, z, s: g * s.prime(s(z)))),
            blind_to={"all": "relu'(relu(z)) = relu'(z): ReLU cannot reveal σ'(a) for σ'(z)"},
        ),
        Mistake("softmax treated as element-wise", _SOFTMAX, lambda z, y: (_softmax(z) - y) * _softmax(z) * (1 - _softmax(z))),
        Mistake(
            "σ' kept beside the cross-entropy",
            _SIGMOID_CE,
            lambda z, y: _sigmoid_entropy_error(z, y) * SIGMAS["sigmoid"].prime(z),
        ),
    ),
)

# --- 4.2.2 -----------------------------------------------------------------------------------------------------------


def _eq2(equation=None, last=code.output_error):
    """Δ^1..Δ^{L-1}; a mutant gives `equation(l, W, deltas, z, a, sigmas)` for Δ^l."""

    def hidden_errors(W, b, X, Y, sigmas):
        z, a = forward(W, b, X, sigmas)
        L = len(W)
        deltas = {L: last(a[L] - Y, z[L], sigmas[L])}
        for l in range(L - 1, 0, -1):
            if equation is None:
                deltas[l] = code.hidden_error(W[l + 1], deltas[l + 1], z[l], sigmas[l])
            else:
                deltas[l] = equation(l, W, deltas, z, a, sigmas)
        return tuple(deltas[l] for l in range(1, L))

    return hidden_errors


def _entry_by_entry(l, W, deltas, z, a, sigmas):
    n, m = z[l].shape
    columns = [(deltas[l + 1][:, [x]], z[l][:, [x]]) for x in range(m)]
    return np.array([[code.hidden_error_entry(W[l + 1], d, v, sigmas[l], j) for d, v in columns] for j in range(1, n + 1)])


def _after_update(l, W, deltas, z, a, sigmas):
    """W^{l+1} is read after its own update with η = 1/100."""
    gradient = deltas[l + 1] @ a[l].T / a[l].shape[1]
    return ((W[l + 1] - gradient / 100).T @ deltas[l + 1]) * sigmas[l].prime(z[l])


def _backwards(formula):
    """δ^l by `formula(W^{l+1}, δ^{l+1}, z^l, σ^l)`."""
    return _eq2(lambda l, W, deltas, z, a, sigmas: formula(W[l + 1], deltas[l + 1], z[l], sigmas[l]))


_EQ2, _EQ2_DEEP, _EQ2_RELU = "δ^l = (W^{l+1}ᵀδ^{l+1}) ⊙ σ'(z^l), σ = square", "the same, tanh-square-sigmoid", "the same, relu"
_EARLY = "stopped one layer early: δ¹ never set"

_4_2_2 = Item(
    "4.2.2",
    "Equation 2: the error of any layer",
    "3:46:41",
    r"\delta^l=\left((W^{l+1})^{\mathsf T}\delta^{l+1}\right)\odot\sigma'(z^l),\qquad "
    r"\delta^l_j=\sum_kw^{l+1}_{kj}\delta^{l+1}_k\,\sigma'(z^l_j)",
    "(n_l, n_{l+1})(n_{l+1}, m) ⊙ (n_l, m)",
    "σ^l element-wise; W^{l+1} before its update",
    ("four_equations.hidden_error", "four_equations.hidden_error_entry"),
    (
        net_claim(_EQ2, "square", ("Δ¹",), (0,), _eq2(), (golden(G1, G1.delta[0]), golden(G2, G2.delta[0]))),
        net_claim("δ^l_j = Σ_k w_kj δ_k σ'(z_j)", "square", ("Δ¹",), (0,), _eq2(_entry_by_entry), (golden(G1, G1.delta[0]),)),
        net_claim(_EQ2_DEEP, "deep", ("Δ¹", "Δ²"), (0, 1), _eq2()),
        net_claim(_EQ2_RELU, "relu", ("Δ¹",), (0,), _eq2(), (golden(GATE, GATE.delta[0]), golden(KINK, KINK.delta[0]))),
    ),
    (
        Mistake(
            "no σ' in the hidden layer", _EQ2, wrong("square", _backwards(lambda W, d, z, s: W.T @ d)), (0, [[-38], [16], [-10]])
        ),
        Mistake("W not transposed", _EQ2_DEEP, wrong("deep", _backwards(lambda W, d, z, s: (W @ d) * s.prime(z)))),
        Mistake(
            "W^l for W^{l+1}",
            _EQ2_DEEP,
            wrong("deep", _eq2(lambda l, W, d, z, a, s: (W[l].T @ d[l + 1]) * s[l].prime(z[l]))),
        ),
        Mistake("Hadamard product with W", _EQ2_DEEP, wrong("deep", _backwards(lambda W, d, z, s: (W.T * d.T[:1]).sum(axis=1)))),
        Mistake(
            "σ' applied before Wᵀ, with the next layer's z",
            _EQ2_DEEP,
            wrong("deep", _eq2(lambda l, W, d, z, a, s: W[l + 1].T @ (d[l + 1] * s[l + 1].prime(z[l + 1])))),
        ),
        Mistake(
            "σ'(z^{l+1})",
            _EQ2_DEEP,
            wrong("deep", _eq2(lambda l, W, d, z, a, s: (W[l + 1].T @ d[l + 1]) * s[l].prime(z[l + 1]))),
        ),
        Mistake(
            "σ'(a) for σ'(z)",
            _EQ2,
            wrong("square", _backwards(lambda W, d, z, s: (W.T @ d) * s.prime(s(z)))),
        ),
        Mistake(
            _EARLY,
            _EQ2_DEEP,
            wrong("deep", _eq2(lambda l, W, d, z, a, s: 0 * z[l] if l == 1 else (W[l + 1].T @ d[l + 1]) * s[l].prime(z[l]))),
        ),
        Mistake("|W|", _EQ2, wrong("square", _backwards(lambda W, d, z, s: (abs(W).T @ d) * s.prime(z)))),
        Mistake("W^{l+1} read after its update", _EQ2, wrong("square", _eq2(_after_update))),
        Mistake(
            "the output layer's gate forgotten",
            _EQ2_RELU,
            wrong("relu", _eq2(last=lambda g, z, s: g)),
            (0, [[3]]),
        ),
        Mistake(
            "the same derivative for every layer",
            _EQ2_DEEP,
            wrong("deep", _eq2(lambda l, W, d, z, a, s: (W[l + 1].T @ d[l + 1]) * s[1].prime(z[l]))),
        ),
    ),
)

ITEMS = (_4_1, _4_2_1, _4_2_2)
