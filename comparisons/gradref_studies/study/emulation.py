"""A float32 network in NumPy whose every step can be replaced: the workshop in which faults and honest variants are made.

`rerun` keeps a real framework's trace up to some step and computes everything after it again, so that a fault has its consequences.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from gradref_reference import Batch, Case, Network, Trace, round_to
from gradref_reference.formats import Format

__all__ = ["Arithmetic", "Step", "blocked", "plain", "reduced", "rerun", "reversed_order", "split_bfloat16", "steps", "wide"]

Array = np.ndarray
Layers = dict[int, np.ndarray]
Step = tuple[str, int]
ProductRule = Callable[[Array, Array], Array]


def plain(A: Array, B: Array) -> Array:
    """A @ B in the dtype of its operands."""
    return A @ B


def wide(A: Array, B: Array) -> Array:
    """A @ B accumulated in float64 and rounded once."""
    return (A.astype(np.float64) @ B.astype(np.float64)).astype(A.dtype)


def reversed_order(A: Array, B: Array) -> Array:
    """A @ B with the terms in reverse order."""
    return A[:, ::-1] @ B[::-1]


def blocked(A: Array, B: Array, size: int = 8) -> Array:
    """A @ B as a sum of products of blocks of 8 terms, added one after the other."""
    total = np.zeros((len(A), B.shape[1]), A.dtype)
    for start in range(0, A.shape[1], size):
        total += A[:, start : start + size] @ B[start : start + size]
    return total


def reduced(precision: int) -> ProductRule:
    """Products of operands rounded to `precision` significant bits: TF32 and float16 have 11, bfloat16 has 8."""
    form = Format(f"p{precision}", precision, 127)
    return lambda A, B: round_to(A, form).astype(A.dtype) @ round_to(B, form).astype(B.dtype)


def split_bfloat16(A: Array, B: Array) -> Array:
    """bf16x3: each operand as a sum of two bfloat16 numbers, the product of the two small ones left out."""
    form = Format("bfloat16", 8, 127)

    def split(X: Array) -> tuple[Array, Array]:
        high = round_to(X, form).astype(X.dtype)
        return high, round_to(X - high, form).astype(X.dtype)

    (Ah, Al), (Bh, Bl) = split(A), split(B)
    return Ah @ Bh + (Ah @ Bl + Al @ Bh)


@dataclass(frozen=True)
class Arithmetic:
    """How the steps are done.

    product : the rule for every matrix product; products : rules for single steps, ("LIN", 2) for instance.
    change : what is done to the tensor a step produced, (step, tensor) -> tensor. value : (layer, z) -> a in the place of σ.
    """

    product: ProductRule = plain
    products: dict[Step, ProductRule] | None = None
    change: Callable[[Step, Array], Array] | None = None
    value: Callable[[int, Array], Array | None] | None = None

    def multiply(self, step: Step, A: Array, B: Array) -> Array:
        return (self.products or {}).get(step, self.product)(A, B)

    def finish(self, step: Step, tensor: Array) -> Array:
        return tensor if self.change is None else self.change(step, tensor).astype(np.float32)


def steps(L: int) -> list[Step]:
    """The steps of a network in the order they are computed."""
    forward = [(name, l) for l in range(1, L + 1) for name in ("LIN", "ACT")]
    backward = [("BP1", L)] + [("BP2", l) for l in range(L - 1, 0, -1)]
    return forward + backward + [(name, l) for l in range(1, L + 1) for name in ("BP3", "BP4")]


_GIVES = {"LIN": "z", "ACT": "a", "BP1": "delta", "BP2": "delta", "BP3": "db", "BP4": "dW"}


def _needs(step: Step) -> set[tuple[str, int]]:
    """The tensors that a step is computed from."""
    name, l = step
    return {
        "LIN": {("a", l - 1)},
        "ACT": {("z", l)},
        "BP1": {("z", l), ("a", l)},
        "BP2": {("delta", l + 1), ("z", l), ("a", l)},
        "BP3": {("delta", l)},
        "BP4": {("delta", l), ("a", l - 1)},
    }[name]


def _computed(
    step: Step, network: Network, arithmetic: Arithmetic, given: tuple[Layers, Layers, Array], tensors: dict[str, Layers]
) -> Array:
    """What a step gives before it is finished; `given` are W, b and the targets (m, n[L])."""
    (name, l), (W, b, y) = step, given
    a, z, delta = tensors["a"], tensors["z"], tensors["delta"]
    match name:
        case "LIN":
            return arithmetic.multiply(step, a[l - 1], W[l].T) + b[l]
        case "ACT":
            value = arithmetic.value(l, z[l]) if arithmetic.value else None
            return network.sigma[l].value(z[l]) if value is None else value
        case "BP1" if network.fused:
            return network.cost_function.fused_delta(network.sigma[l].value(z[l]), y)
        case "BP1":
            return network.sigma[l].pullback(network.cost_function.nabla_a(a[l], y), z[l], a[l])
        case "BP2":
            return network.sigma[l].pullback(arithmetic.multiply(step, delta[l + 1], W[l + 1]), z[l], a[l])
        case "BP3":
            return arithmetic.multiply(step, np.ones((1, len(y)), np.float32), delta[l])[0]
        case _:  # BP4
            product = arithmetic.multiply(step, delta[l].T, a[l - 1])
            return product + np.float32(network.l2) * W[l] if network.l2 else product


def rerun(case: Case, trace: Trace, arithmetic: Arithmetic, since: Step) -> Trace:
    """`trace` with step `since` and all that follows computed again in float32 by `arithmetic`.

    The gradients of a layer follow from its δ: a changed δ[l] changes dW and db of the layers up to l only.
    """
    network, L = case.network, case.network.L
    W, b, x, y = case.rounded()
    y = network.targets(Batch(x, y), np.float32)
    single = {
        name: {l: v.astype(np.float32) for l, v in getattr(trace, name).items()} for name in ("a", "z", "delta", "dW", "db")
    }
    a, z = single["a"], single["z"]
    a[0] = x.astype(np.float32)
    W, b = ({l: v.astype(np.float32) for l, v in d.items()} for d in (W, b))
    touched: set[tuple[str, int]] = set()
    for step in steps(L):
        name, l = step
        if step != since and not _needs(step) & touched:
            continue
        single[_GIVES[name]][l] = arithmetic.finish(step, _computed(step, network, arithmetic, (W, b, y), single))
        touched.add((_GIVES[name], l))
    back = {name: {l: np.asarray(v, np.float64) for l, v in layers.items()} for name, layers in single.items()}
    if not touched & {("z", L), ("a", L)}:
        return replace(trace, **back)
    penalty = 0.5 * network.l2 * sum(float(np.vdot(v, v)) for v in W.values())
    return replace(trace, cost=float(network.cost_function.value(z[L], a[L], y)) + penalty, **back)
