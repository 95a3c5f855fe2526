"""Mistakes with the chain of Jacobians and the algorithm (lecture 4.3, 4.4)."""

import numpy as np

from ..c4_2_1_output_error import output_error
from ..c4_2_2_hidden_error import hidden_error
from ..c4_2_3_bias_gradient import bias_gradient
from ..c4_2_5_weight_gradient import weight_gradient
from ..c4_3_tying import CHAIN, FOUR, chain, error_row, part_four
from ..c4_4_algorithm import (
    G1_STEP,
    PASS,
    PASS_DEEP,
    PASS_RELU,
    STEP,
    STEPS,
    Pass,
    backpropagation,
    one_step,
    right_step,
    step,
    two_steps,
)
from ..item import KINK, Mistake
from ..networks import forward, wrong
from ..sigmas import SIGMAS

__all__ = ["MISTAKES"]


def _other_row(factor):
    """The chain with `factor(k, z, a, sigmas)` on the diagonals instead of σ'(z^k)."""

    def weight(W, b, x, y, sigmas, l):
        z, a = forward(W, b, x, sigmas)
        L = len(W)
        row = (a[L] - y).T @ np.diag(factor(L, z, a, sigmas)[:, 0])
        for k in range(L - 1, l - 1, -1):
            row = row @ W[k + 1] @ np.diag(factor(k, z, a, sigmas)[:, 0])
        return (row @ np.kron(np.eye(len(W[l]), dtype=int), a[l - 1].T)).reshape(W[l].shape)

    return chain(weight)


def _by_columns(W, b, x, y, sigmas, l):
    """The chain ends in aᵀ ⊗ I, but its result is read by rows."""
    _, a = forward(W, b, x, sigmas)
    row = error_row(W, b, x, y, sigmas, l)
    return (row @ np.kron(a[l - 1].T, np.eye(len(W[l]), dtype=int))).reshape(W[l].shape)


def _reversed(W, b, x, y, sigmas, l):
    """Layers multiplied from the front to the back."""
    z, a = forward(W, b, x, sigmas)
    row = (a[2] - y).T @ np.diag(sigmas[2].prime(z[2])[:, 0])
    if l == 1:
        row = row @ (np.diag(sigmas[1].prime(z[1])[:, 0]) @ W[2])
    return (row @ np.kron(np.eye(len(W[l]), dtype=int), a[l - 1].T)).reshape(W[l].shape)


def _rows_as_columns(W, b, X, Y):
    """A batch of rows handed to the column routine."""
    found = backpropagation(W, b, X.reshape(X.shape[::-1]).T, Y, {1: SIGMAS["square"]})
    return found.dW[1], found.db[1]


def _no_mean(W, b, X, Y):
    by_w, by_b = part_four(W, b, X, Y)
    return by_w * X.shape[1], by_b * X.shape[1]


def _pass_with(eq1=output_error, eq3=bias_gradient, eq4=weight_gradient, seen=lambda z, a, sigmas: (z, sigmas)):
    """Backpropagation with one equation exchanged, eq1(∇, z, σ), eq3(Δ), eq4(Δ, A), or another z and σ seen on the way back."""

    def run(W, b, X, Y, sigmas):
        z, a = forward(W, b, X, sigmas)
        z, sigmas = seen(z, a, sigmas)
        L = len(W)
        delta = {L: eq1(a[L] - Y, z[L], sigmas[L])}
        for l in range(L - 1, 0, -1):
            delta[l] = hidden_error(W[l + 1], delta[l + 1], z[l], sigmas[l])
        return *(eq4(delta[l], a[l - 1]) for l in W), *(eq3(delta[l]) for l in W)

    return run


_overwritten = _pass_with(seen=lambda z, a, sigmas: (a, sigmas))  # computed in place, the cached Z holds A: σ' is taken at a
_same_derivative = _pass_with(seen=lambda z, a, sigmas: (z, dict.fromkeys(sigmas, sigmas[1])))  # the hidden layer's everywhere


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
    return right_step(W, b, X, Y, sigmas, eta)[0], b


def _stale_cache(W, b, X, Y, sigmas, eta):
    """The second step uses the z and a of the first forward pass."""
    found = backpropagation(W, b, X, Y, sigmas)
    W, b = step(W, b, found, eta)
    L, delta = len(W), {len(W): found.delta[len(W)]}
    for l in range(L - 1, 0, -1):
        delta[l] = hidden_error(W[l + 1], delta[l + 1], found.z[l], sigmas[l])
    dW = {l: weight_gradient(delta[l], found.a[l - 1]) for l in W}
    return step(W, b, Pass(found.z, found.a, delta, dW, {l: bias_gradient(delta[l]) for l in W}, 0), eta)


def _accumulated(W, b, X, Y, sigmas, eta):
    """The gradients of the first step are still there in the second."""
    first = backpropagation(W, b, X, Y, sigmas)
    W, b = step(W, b, first, eta)
    second = backpropagation(W, b, X, Y, sigmas)
    W, b = step(W, b, first, eta)
    return step(W, b, second, eta)


_G1_UPDATED = [["1.8184", "0.6368"], ["-0.1728", "1.6544"], ["0.1768", "5.3536"]]


def _pass_mistake(name, **equations):
    return Mistake(name, PASS, wrong("square", _pass_with(**equations)))


MISTAKES: dict[str, tuple[Mistake, ...]] = {
    "4.3": (
        Mistake("a batch of rows in the column routine", FOUR, _rows_as_columns),
        Mistake("no mean", FOUR, _no_mean),
        Mistake(
            "another activation's derivative", CHAIN, wrong("square", _other_row(lambda k, z, a, s: SIGMAS["relu"].prime(z[k])))
        ),
        Mistake("σ'(a) on the diagonals", CHAIN, wrong("square", _other_row(lambda k, z, a, s: s[k].prime(a[k])))),
        Mistake(
            "a Σ' left out of the chain",
            CHAIN,
            wrong("square", _other_row(lambda k, z, a, s: s[k].prime(z[k]) if k == 2 else 1 + 0 * z[k])),
        ),
        Mistake("vec by columns, read by rows", CHAIN, wrong("square", chain(_by_columns))),
        Mistake("the chain in the order of the forward pass", CHAIN, wrong("square", chain(_reversed))),
    ),
    "4.4": (
        Mistake(
            "updated weights in the backward pass",
            STEP,
            one_step(_updated_weights),
            (0, (_G1_UPDATED, G1_STEP[1], None, G1_STEP[3])),
        ),
        Mistake("stale cache from an earlier forward pass", STEPS, two_steps(_stale_cache)),
        Mistake("activation in place, Z overwritten", PASS, wrong("square", _overwritten)),
        Mistake("biases never updated", STEP, one_step(_biases_forgotten)),
        Mistake("gradients accumulated over the steps", STEPS, two_steps(_accumulated)),
        Mistake("one activation's derivative everywhere", PASS_DEEP, wrong("deep", _same_derivative)),
        _pass_mistake("no σ' at the output", eq1=lambda g, z, s: g),
        _pass_mistake("sum for mean in ∂W and ∂b", eq3=lambda D: D.sum(axis=1, keepdims=True), eq4=lambda D, A: D @ A.T),
        _pass_mistake("sum for mean in ∂W only", eq4=lambda D, A: D @ A.T),
        _pass_mistake("sum for mean in ∂b only", eq3=lambda D: D.sum(axis=1, keepdims=True)),
        _pass_mistake("1/m in the error and again in the gradients", eq1=lambda g, z, s: g * s.prime(z) / z.shape[1]),
        _pass_mistake("first sample only", eq3=lambda D: D[:, :1], eq4=lambda D, A: np.outer(D[:, 0], A[:, 0])),
        Mistake(
            "relu'(0) = 1",
            PASS_RELU,
            wrong("relu", _pass_with(eq1=lambda g, z, s: g * np.where(z >= 0, 1, 0))),
            blind_to=KINK,
        ),
        Mistake(
            "Z overwritten, seen with relu only",
            PASS_RELU,
            wrong("relu", _overwritten),
            blind_to={"all": "relu'(relu(z)) = relu'(z): ReLU cannot reveal an overwritten Z"},
        ),
    ),
}
