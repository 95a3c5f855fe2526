"""Items 4.3, 4.4: Parts III and IV tied together, and the backpropagation algorithm."""

import numpy as np

from .. import algorithm as code
from .. import one_neuron, tying
from ..four_equations import bias_gradient, hidden_error, output_error, weight_gradient
from ..item import Claim, Golden, Item, Mistake
from ..sigmas import SIGMAS
from .errors import NAMES, RANDOM_JUDGES, forward, net_claim, wrong
from .networks import G1, G2, GATE, GS, KINK, activations, cost_of, net, truth_of

__all__ = ["ITEMS"]

GRADIENTS = ("∂C/∂W¹", "∂C/∂W²", "∂C/∂b¹", "∂C/∂b²")

# --- 4.3 -------------------------------------------------------------------------------------------------------------


def _chain(weight=tying.weight_chain, bias=tying.bias_chain):
    def gradients(W, b, x, y, sigmas):
        return *(weight(W, b, x, y, sigmas, l) for l in W), *(bias(W, b, x, y, sigmas, l) for l in W)

    return gradients


def _other_row(factor):
    """The chain with `factor(k, z, a, sigmas)` on the diagonals instead of σ'(z^k)."""

    def weight(W, b, x, y, sigmas, l):
        z, a = forward(W, b, x, sigmas)
        L = len(W)
        row = (a[L] - y).T @ np.diag(factor(L, z, a, sigmas)[:, 0])
        for k in range(L - 1, l - 1, -1):
            row = row @ W[k + 1] @ np.diag(factor(k, z, a, sigmas)[:, 0])
        return (row @ np.kron(np.eye(len(W[l]), dtype=int), a[l - 1].T)).reshape(W[l].shape)

    return _chain(weight)


def _by_columns(W, b, x, y, sigmas, l):
    """The chain ends in aᵀ ⊗ I, but its result is read by rows."""
    _, a = forward(W, b, x, sigmas)
    row = tying.error_row(W, b, x, y, sigmas, l)
    return (row @ np.kron(a[l - 1].T, np.eye(len(W[l]), dtype=int))).reshape(W[l].shape)


def _reversed(W, b, x, y, sigmas, l):
    """Layers multiplied from the front to the back."""
    z, a = forward(W, b, x, sigmas)
    row = (a[2] - y).T @ np.diag(sigmas[2].prime(z[2])[:, 0])
    if l == 1:
        row = row @ (np.diag(sigmas[1].prime(z[1])[:, 0]) @ W[2])
    return (row @ np.kron(np.eye(len(W[l]), dtype=int), a[l - 1].T)).reshape(W[l].shape)


def _one_neuron_inputs(rng, sizes):
    n, N = sizes[:2]
    return (
        {1: rng.standard_normal((1, n))},
        {1: rng.standard_normal((1, 1))},
        rng.standard_normal((n, N)),
        rng.standard_normal((1, N)),
    )


def _part_three(
    formula=lambda X, y, w, b, s: (one_neuron.weight_derivative(X, y, w, b, s), one_neuron.bias_derivative(X, y, w, b, s)),
):
    """Items 3.4 and 3.6 on a network of one neuron, in the shapes of Part IV."""

    def gradients(W, b, X, Y):
        by_w, by_b = formula(X.T, Y[0], W[1][0], b[1][0, 0], SIGMAS["square"])
        return by_w[None, :], np.array([[by_b]])

    return gradients


def _part_four(W, b, X, Y):
    found = code.backpropagation(W, b, X, Y, {1: SIGMAS["square"]})
    return found.dW[1], found.db[1]


def _rows_as_columns(W, b, X, Y):
    """A batch of rows handed to the column routine."""
    found = code.backpropagation(W, b, X.reshape(X.shape[::-1]).T, Y, {1: SIGMAS["square"]})
    return found.dW[1], found.db[1]


def _no_mean(W, b, X, Y):
    by_w, by_b = _part_four(W, b, X, Y)
    return by_w * X.shape[1], by_b * X.shape[1]


_TRUE_NEURON = truth_of("square")
_NEURON = ({1: [[2, -1, 3]]}, {1: [[2]]}, [[1], [4], [2]], [[33]])
_THREE, _FOUR, _CHAIN = (
    "one neuron by 3.4 and 3.6",
    "one neuron by equations 1, 3, 4",
    "Jacobian chain = four equations, σ = square",
)
_TWO_SAMPLES = ({1: [[1, 2]]}, {1: [[0]]}, [[1, 0], [1, 2]], [[8, 15]])  # z = (3, 4), a = (9, 16), e = (1, 1)

_4_3 = Item(
    "4.3",
    "Tying Part III and Part IV together",
    "4:35:24",
    r"\frac{\partial C}{\partial\mathrm{vec}(W^1)}=(a^L-y)^{\mathsf T}\Sigma'(z^L)W^L\cdots\Sigma'(z^1)(I\otimes x^{\mathsf T})",
    "one sample: (1, n_L)(n_L, n_L)(n_L, n_{L-1})⋯ → (1, n_l n_{l-1})",
    "evaluated left to right, vector times matrix; right to left is correct and costs O(n³)",
    ("tying.error_row", "tying.weight_chain", "tying.bias_chain"),
    (
        net_claim(_CHAIN, "square", GRADIENTS, (2, 3, 4, 5), _chain(), (Golden(G1.inputs, (*G1.dW, *G1.db)),), one_sample=True),
        Claim(
            _THREE,
            NAMES,
            ("∂C/∂W¹", "∂C/∂b¹"),
            _part_three(),
            _TRUE_NEURON,
            _one_neuron_inputs,
            (Golden(_NEURON, ([[36, 144, 72]], [[36]])), Golden(_TWO_SAMPLES, ([[3, 11]], [[7]]))),
            pick=(1, 2),
        ),
        Claim(
            _FOUR,
            NAMES,
            ("∂C/∂W¹", "∂C/∂b¹"),
            _part_four,
            _TRUE_NEURON,
            _one_neuron_inputs,
            (Golden(_NEURON, ([[36, 144, 72]], [[36]])), Golden(_TWO_SAMPLES, ([[3, 11]], [[7]]))),
            pick=(1, 2),
        ),
    ),
    (
        Mistake("a batch of rows in the column routine", _FOUR, _rows_as_columns),
        Mistake("no mean", _FOUR, _no_mean),
        Mistake(
            "another activation's derivative", _CHAIN, wrong("square", _other_row(lambda k, z, a, s: SIGMAS["relu"].prime(z[k])))
        ),
        Mistake("σ'(a) on the diagonals", _CHAIN, wrong("square", _other_row(lambda k, z, a, s: s[k].prime(a[k])))),
        Mistake(
            "a Σ' left out of the chain",
            _CHAIN,
            wrong("square", _other_row(lambda k, z, a, s: s[k].prime(z[k]) if k == 2 else 1 + 0 * z[k])),
        ),
        Mistake("vec by columns, read by rows", _CHAIN, wrong("square", _chain(_by_columns))),
        Mistake("the chain in the order of the forward pass", _CHAIN, wrong("square", _chain(_reversed))),
    ),
)

# --- 4.4 -------------------------------------------------------------------------------------------------------------


def _gradients(run=code.backpropagation):
    def gradients(W, b, X, Y, sigmas):
        found = run(W, b, X, Y, sigmas)
        return *(found.dW[l] for l in W), *(found.db[l] for l in W)

    return gradients


def _pass_with(eq1=output_error, eq2=None, eq3=bias_gradient, eq4=weight_gradient):
    """Backpropagation with one equation exchanged: eq1(∇, z, σ), eq2(l, W, Δ, z, a, σ), eq3(Δ), eq4(Δ, A)."""

    def run(W, b, X, Y, sigmas):
        z, a = forward(W, b, X, sigmas)
        L = len(W)
        delta = {L: eq1(a[L] - Y, z[L], sigmas[L])}
        for l in range(L - 1, 0, -1):
            delta[l] = eq2(l, W, delta, z, a, sigmas) if eq2 else hidden_error(W[l + 1], delta[l + 1], z[l], sigmas[l])
        return *(eq4(delta[l], a[l - 1]) for l in W), *(eq3(delta[l]) for l in W)

    return run


def _overwritten(W, b, X, Y, sigmas):
    """The activation is computed in place, so that the cached Z holds A: σ' is taken at a."""
    _z, a = forward(W, b, X, sigmas)
    L = len(W)
    delta = {L: output_error(a[L] - Y, a[L], sigmas[L])}
    for l in range(L - 1, 0, -1):
        delta[l] = hidden_error(W[l + 1], delta[l + 1], a[l], sigmas[l])
    return *(weight_gradient(delta[l], a[l - 1]) for l in W), *(bias_gradient(delta[l]) for l in W)


def _same_derivative(W, b, X, Y, sigmas):
    """One activation's derivative everywhere: the hidden one's."""
    z, a = forward(W, b, X, sigmas)
    L, sigma = len(W), sigmas[1]
    delta = {L: output_error(a[L] - Y, z[L], sigma)}
    for l in range(L - 1, 0, -1):
        delta[l] = hidden_error(W[l + 1], delta[l + 1], z[l], sigma)
    return *(weight_gradient(delta[l], a[l - 1]) for l in W), *(bias_gradient(delta[l]) for l in W)


def _flat(W, b):
    return *(W[l] for l in W), *(b[l] for l in b)


def _one_step(advance):
    """W¹, W², b¹, b² after one step on the full batch."""
    return lambda W, b, X, Y, eta: _flat(*advance(W, b, X, Y, activations("square"), eta))


def _right_step(W, b, X, Y, sigmas, eta):
    return code.step(W, b, code.backpropagation(W, b, X, Y, sigmas), eta)


def _two_steps(train):
    """W¹, W², b¹, b² after two steps, tanh and sigmoid."""
    sigmas = {1: SIGMAS["tanh"], 2: SIGMAS["sigmoid"]}
    return lambda W, b, X, Y, eta: _flat(*train(W, b, X, Y, sigmas, eta))


def _true_steps(sigmas, count):
    def truth(world, W, b, X, Y, eta):
        theta = {"W": W, "b": b}
        for _ in range(count):
            by = world.jacobian(lambda p: cost_of(world, p["W"], p["b"], X, Y, sigmas) / X.shape[1], theta)
            theta = {kind: {l: theta[kind][l] - eta * by[kind][l] for l in W} for kind in theta}
        return _flat(theta["W"], theta["b"])

    return truth


def _net_and_rate(rng, sizes):
    return *net(2)(rng, sizes), 0.5


def _updated_weights(W, b, X, Y, sigmas, eta):
    """Each layer is updated as soon as its gradient is known; equation 2 then reads the new W^{l+1}."""
    z, a = forward(W, b, X, sigmas)
    W, b, L = dict(W), dict(b), len(W)
    delta = output_error(a[L] - Y, z[L], sigmas[L])
    for l in range(L, 0, -1):
        W[l], b[l] = W[l] - eta * weight_gradient(delta, a[l - 1]), b[l] - eta * bias_gradient(delta)
        if l > 1:
            delta = hidden_error(W[l], delta, z[l - 1], sigmas[l - 1])
    return W, b


def _biases_forgotten(W, b, X, Y, sigmas, eta):
    return _right_step(W, b, X, Y, sigmas, eta)[0], b


def _stale_cache(W, b, X, Y, sigmas, eta):
    """The second step uses the z and a of the first forward pass."""
    found = code.backpropagation(W, b, X, Y, sigmas)
    W, b = code.step(W, b, found, eta)
    L, delta = len(W), {len(W): found.delta[len(W)]}
    for l in range(L - 1, 0, -1):
        delta[l] = hidden_error(W[l + 1], delta[l + 1], found.z[l], sigmas[l])
    dW = {l: weight_gradient(delta[l], found.a[l - 1]) for l in W}
    return code.step(W, b, code.Pass(found.z, found.a, delta, dW, {l: bias_gradient(delta[l]) for l in W}, 0), eta)


def _accumulated(W, b, X, Y, sigmas, eta):
    """The gradients of the first step are still there in the second."""
    first = code.backpropagation(W, b, X, Y, sigmas)
    W, b = code.step(W, b, first, eta)
    second = code.backpropagation(W, b, X, Y, sigmas)
    W, b = code.step(W, b, first, eta)
    return code.step(W, b, second, eta)


_PASS, _PASS_DEEP, _PASS_RELU, _PASS_SIGMOID = (
    f"the gradients of a pass, {sigma}" for sigma in ("σ = square", "tanh-square-sigmoid", "relu", "sigmoid")
)
_STEP, _STEPS = "one step, σ = square", "two steps, tanh-sigmoid"
_ALL_DEEP = ("∂C/∂W¹", "∂C/∂W²", "∂C/∂W³", "∂C/∂b¹", "∂C/∂b²", "∂C/∂b³")
_STEPPED = ("W¹", "W²", "b¹", "b²")
_G1_STEP = (
    [["1.76", "0.52"], ["-0.64", "0.72"], ["-1.4", "2.2"]],
    [["1.06", "0.24", "-0.46"], ["2.16", "-0.36", "2.44"]],
    [["2.76"], ["-2.64"], ["3.6"]],
    [["5.06"], ["-2.84"]],
)
_G1_UPDATED = [["1.8184", "0.6368"], ["-0.1728", "1.6544"], ["0.1768", "5.3536"]]


def _goldens(*nets):
    return tuple(Golden(g.inputs, (*g.dW, *g.db), exact=g is not GS) for g in nets)


def _pass_mistake(name, **equations):
    return Mistake(name, _PASS, wrong("square", _pass_with(**equations)))


_4_4 = Item(
    "4.4",
    "The backpropagation algorithm",
    "4:44:18",
    r"A^0=X;\quad Z^l,A^l\ (l=1..L);\quad \Delta^L;\quad \Delta^l\ (l=L-1..1);\quad \nabla_{W^l}C,\nabla_{b^l}C;\quad "
    r"\theta\leftarrow\theta-\eta\nabla C",
    "W^l: (n_l, n_{l-1}), b^l: (n_l, 1), Z^l, A^l, Δ^l: (n_l, m)",
    "Z and A of this forward pass; every parameter moves from its old value",
    ("algorithm.backpropagation", "algorithm.step", "algorithm.train"),
    (
        net_claim(_PASS, "square", GRADIENTS, (2, 3, 4, 5), _gradients(), _goldens(G1, G2)),
        net_claim(_PASS_SIGMOID, "sigmoid", GRADIENTS, (2, 3, 4, 5), _gradients(), _goldens(GS)),
        net_claim(_PASS_RELU, "relu", GRADIENTS, (2, 3, 4, 5), _gradients(), _goldens(GATE, KINK)),
        net_claim(_PASS_DEEP, "deep", _ALL_DEEP, (3, 4, 5, 6, 7, 8), _gradients()),
        Claim(
            _STEP,
            (*NAMES, "η"),
            _STEPPED,
            _one_step(_right_step),
            _true_steps(("square", "square"), 1),
            _net_and_rate,
            (Golden((*G1.inputs, "1/100"), _G1_STEP),),
        ),
        Claim(
            _STEPS,
            (*NAMES, "η"),
            _STEPPED,
            _two_steps(lambda *arguments: code.train(*arguments, steps=2)),
            _true_steps(("tanh", "sigmoid"), 2),
            _net_and_rate,
        ),
    ),
    (
        Mistake(
            "updated weights in the backward pass",
            _STEP,
            _one_step(_updated_weights),
            (0, (_G1_UPDATED, _G1_STEP[1], None, _G1_STEP[3])),
        ),
        Mistake("stale cache from an earlier forward pass", _STEPS, _two_steps(_stale_cache)),
        Mistake("activation in place, Z overwritten", _PASS, wrong("square", _overwritten)),
        Mistake("biases never updated", _STEP, _one_step(_biases_forgotten)),
        Mistake("gradients accumulated over the steps", _STEPS, _two_steps(_accumulated)),
        Mistake("one activation's derivative everywhere", _PASS_DEEP, wrong("deep", _same_derivative)),
        _pass_mistake("no σ' at the output", eq1=lambda g, z, s: g),
        _pass_mistake("sum for mean in ∂W and ∂b", eq3=lambda D: D.sum(axis=1, keepdims=True), eq4=lambda D, A: D @ A.T),
        _pass_mistake("sum for mean in ∂W only", eq4=lambda D, A: D @ A.T),
        _pass_mistake("sum for mean in ∂b only", eq3=lambda D: D.sum(axis=1, keepdims=True)),
        _pass_mistake("1/m in the error and again in the gradients", eq1=lambda g, z, s: g * s.prime(z) / z.shape[1]),
        _pass_mistake("first sample only", eq3=lambda D: D[:, :1], eq4=lambda D, A: np.outer(D[:, 0], A[:, 0])),
        Mistake(
            "relu'(0) = 1",
            _PASS_RELU,
            wrong("relu", _pass_with(eq1=lambda g, z, s: g * np.where(z >= 0, 1, 0))),
            blind_to={j: "random inputs never hit the kink" for j in RANDOM_JUDGES},
        ),
        Mistake(
            "Z overwritten, seen with relu only",
            _PASS_RELU,
            wrong("relu", _overwritten),
            blind_to={"all": "relu'(relu(z)) = relu'(z): ReLU cannot reveal an overwritten Z"},
        ),
    ),
)

ITEMS = (_4_3, _4_4)
