"""What a failed equation looks like: the mistakes people make, tried one by one and named when the numbers agree with one of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gradref_reference import Trace
from gradref_reference.error_model.rounding import Estimate

from .claims import Claim, Inputs
from .messages import numbered

__all__ = ["hint"]

Array = np.ndarray


def hint(claim: Claim, inputs: Inputs, trace: Trace) -> str:
    """One sentence that says what the tensor is instead, or an empty string when nothing fits."""
    if claim.actual is None or claim.estimate is None:
        return ""
    with np.errstate(all="ignore"):
        actual, estimate = claim.actual, claim.estimate(slice(None))
        if np.isnan(actual).any():
            return "NaN is never right: look for 0/0, ∞ - ∞ or log of a negative number in this equation."
        if actual.size and not actual.any() and estimate.value.any():
            return "All of it is zero: the gradient is cut off here, or never computed."
        try:
            for name, candidate in _mistakes(claim.equation, claim.layer, inputs, trace):
                if candidate.shape == actual.shape and _equal(actual, candidate, estimate):
                    return f"It agrees with {numbered(name, claim.layer)}."
        except (KeyError, ValueError, IndexError):
            pass  # a trace too malformed to try the mistakes on
        return _common_factor(actual, estimate, len(inputs.x), inputs.y.shape[1])


def _equal(actual: Array, candidate: Array, estimate: Estimate) -> bool:
    """Agreement within a few allowances, of numbers that are not the right ones."""
    slack = 4 * estimate.bound + 1e-6 * np.abs(candidate) * (estimate.bound > 1e-12 * np.abs(estimate.value))
    different = np.abs(candidate - estimate.value) > estimate.bound
    return bool(different.any() and (np.abs(actual - candidate) <= slack).all())


def _mistakes(equation: str, l: int, inputs: Inputs, trace: Trace) -> Iterator[tuple[str, Array]]:
    """(what it would be, the numbers) for the mistakes that are known at this equation."""
    network, W, b, sigma = inputs.network, inputs.W, inputs.b, inputs.network.sigma
    a, z, delta = {**trace.a, 0: inputs.x}, trace.z, trace.delta
    match equation:
        case "LIN":
            yield "a[l-1] W[l]ᵀ: the bias is missing", a[l - 1] @ W[l].T
            if W[l].shape[0] == W[l].shape[1]:
                yield "a[l-1] W[l] + b[l]: the weights are transposed", a[l - 1] @ W[l] + b[l]
            yield "a[l-1] W[l]ᵀ - b[l]: the sign of the bias", a[l - 1] @ W[l].T - b[l]
            yield "the batch in reverse order", (a[l - 1] @ W[l].T + b[l])[::-1]
        case "ACT":
            yield "z[l]: the activation is missing", z[l]
            yield "σ'(z[l]) instead of σ(z[l])", sigma[l].derivative(z[l], sigma[l].value(z[l]))
        case "BP1" if not network.fused:
            v = network.cost_function.nabla_a(a[l], inputs.y)
            yield "∇_a C: the factor σ'(z) is missing", v
            if sigma[l].elementwise:
                yield "∇_a C ⊙ σ'(a): σ' is taken at a instead of z", v * sigma[l].derivative(a[l], sigma[l].value(a[l]))
        case "BP1":
            yield (
                "(a - y) ⊙ σ'(z): σ' cancels in a cross-entropy",
                network.cost_function.fused_delta(a[l], inputs.y) * sigma[l].derivative(z[l], a[l]),
            )
        case "BP2":
            s = delta[l + 1] @ W[l + 1]
            yield "δ[l+1] W[l+1]: the factor σ'(z[l]) is missing", s
            if sigma[l].elementwise:
                yield "σ' taken at a[l] instead of z[l]", s * sigma[l].derivative(a[l], sigma[l].value(a[l]))
                yield "σ in the place of σ'", s * a[l]
            if W[l + 1].shape[0] == W[l + 1].shape[1]:
                yield "δ[l+1] W[l+1]ᵀ: the weights are transposed", sigma[l].pullback(delta[l + 1] @ W[l + 1].T, z[l], a[l])
            for other in W:
                if other != l + 1 and W[other].shape == W[l + 1].shape:
                    yield f"W[{other}] in the place of W[{l + 1}]", sigma[l].pullback(delta[l + 1] @ W[other], z[l], a[l])
        case "BP3":
            yield from _dropped(delta[l], trace.db[l] - delta[l].sum(axis=0), np.ones((len(inputs.x), 1)))
        case "BP4":
            right = delta[l].T @ a[l - 1] + network.l2 * W[l]
            if right.shape[0] == right.shape[1]:
                yield "a[l-1]ᵀ δ[l]: transposed", right.T
            if network.l2:
                yield "the gradient without the L2 term", delta[l].T @ a[l - 1]
            for other in a:
                if other != l - 1 and a[other].shape == a[l - 1].shape:
                    yield f"a[{other}] in the place of a[{l - 1}]", delta[l].T @ a[other] + network.l2 * W[l]
            yield from _dropped(delta[l], trace.dW[l] - right, a[l - 1], right)


def _dropped(delta: Array, residual: Array, a: Array, right: Array | None = None) -> Iterator[tuple[str, Array]]:
    """The sum with one sample left out: the sample whose contribution is nearest to the residual."""
    flat = residual.reshape(residual.shape[0], -1)
    overlap = ((delta @ flat) * a).sum(axis=1)  # <δ_i a_iᵀ, residual>
    i = int(
        np.argmin(2 * overlap + np.square(delta).sum(axis=1) * np.square(a).sum(axis=1))
    )  # ‖residual + δ_i a_iᵀ‖², less a constant
    piece = np.outer(delta[i], a[i]).reshape(residual.shape)
    whole = delta.sum(axis=0) if right is None else right
    yield f"the sum without sample {i}: a row of the batch is dropped", whole - piece


def _common_factor(actual: Array, estimate: Estimate, m: int, K: int) -> str:
    """When every entry is the same multiple of the right value: which one, and what it usually means."""
    seen = np.abs(estimate.value) > 10 * estimate.bound
    if np.count_nonzero(seen) < 1 or actual.size < 2:
        return ""
    ratio = float(np.median(actual[seen] / estimate.value[seen]))
    off = np.abs(actual - ratio * estimate.value)
    if not (off <= 2 * (1 + abs(ratio)) * estimate.bound).all():
        return ""
    known = {
        -1.0: "a sign",
        2.0: "a factor 2 too much",
        0.5: "a factor ½ too much",
        float(K): "the mean over the outputs is missing",
        1 / K: "the mean over the outputs is taken as well",
        float(m): "the mean over the batch is missing",  # after the outputs: where m = K, this is what people forget
        1 / m: "the mean over the batch is taken twice",
    }
    for factor, meaning in known.items():
        if abs(ratio - factor) <= 1e-3 * abs(factor) and factor != 1:
            return f"Every entry is {factor:.6g} times the right value: {meaning}."
    if abs(ratio - 1) < 1e-3:
        return f"Every entry is 1 {'+' if ratio > 1 else '-'} {abs(ratio - 1):.2g} times the right value: a common factor is off."
    return f"Every entry is {ratio:.6g} times the right value: one common factor is wrong."
