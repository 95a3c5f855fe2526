"""The faults of the detection study: each at a ladder of sizes, injected into a real framework's float32 trace with its consequences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gradref_reference import Case, Trace
from gradref_reference.activations import activation

from .emulation import Arithmetic, Step, blocked, reduced, rerun, reversed_order, split_bfloat16, wide

__all__ = ["FAULTS", "HONEST", "Fault", "ladder"]

Array = np.ndarray
Injection = Callable[[Case, Trace, float, np.random.Generator], tuple[Trace, Step] | None]


def ladder(largest: float, smallest: float) -> tuple[float, ...]:
    """1 and 3 times the powers of ten from `largest` down to `smallest`.

    >>> ladder(1e-2, 1e-3)
    (0.01, 0.003, 0.001)
    """
    top, bottom = round(2 * np.log10(largest)), round(2 * np.log10(smallest))
    return tuple(float(f"{10 ** (k // 2) * (3 if k % 2 else 1):.0e}") for k in range(top, bottom - 1, -1))


@dataclass(frozen=True)
class Fault:
    """A fault: `inject(case, trace, size, rng)` gives the faulty trace and the step at fault, or None where it does not apply."""

    name: str
    sizes: tuple[float, ...]
    inject: Injection


def _changed(case: Case, trace: Trace, step: Step, change: Callable[[Array], Array]) -> tuple[Trace, Step]:
    return rerun(case, trace, Arithmetic(change=lambda at, v: change(v) if at == step else v), step), step


def _scaled_gradient(case: Case, trace: Trace, size: float, rng: np.random.Generator):
    return _changed(case, trace, ("BP4", 1), lambda v: v * np.float32(1 + size))


def _scaled_delta(case: Case, trace: Trace, size: float, rng: np.random.Generator):
    return _changed(case, trace, ("BP2" if case.network.L > 1 else "BP1", 1), lambda v: v * np.float32(1 + size))


def _one_entry(case: Case, trace: Trace, size: float, rng: np.random.Generator):
    """A random entry of dW[1] among the larger half."""

    def change(v: Array) -> Array:
        v, sizes = v.copy(), np.abs(v).ravel()
        at = rng.choice(np.flatnonzero(sizes >= np.median(sizes[sizes > 0])))
        v.flat[at] *= np.float32(1 + size)
        return v

    return _changed(case, trace, ("BP4", 1), change)


def _one_weight(case: Case, trace: Trace, size: float, rng: np.random.Generator):
    """A random weight, among the half that matters more, is off in the forward pass of the last layer."""
    l = case.network.L
    W, x = case.rounded()[0][l], case.rounded()[2]
    a = trace.a[l - 1] if l > 1 else x
    weight = (np.abs(W) * np.abs(a).mean(axis=0)).ravel()
    i, j = np.unravel_index(rng.choice(np.flatnonzero(weight >= np.median(weight[weight > 0]))), W.shape)
    shift = np.zeros((len(a), len(W)), np.float32)
    shift[:, i] = (W[i, j] * size * a[:, j]).astype(np.float32)
    return _changed(case, trace, ("LIN", l), lambda v: v + shift)


def _bit(case: Case, trace: Trace, size: float, rng: np.random.Generator):
    """Bit k of the fraction of the largest entry of dW[1] is flipped; size = 2^(k-23)."""

    def change(v: Array) -> Array:
        v = v.copy()
        at = np.argmax(np.abs(v))
        bits = v.reshape(-1).view(np.uint32)
        bits[at] ^= np.uint32(1 << round(np.log2(size) + 23))
        return v

    return _changed(case, trace, ("BP4", 1), change)


def _product(rule) -> Injection:
    """One matrix product, drawn at random, is done by another rule."""

    def inject(case: Case, trace: Trace, size: float, rng: np.random.Generator):
        L = case.network.L
        products = (
            [("LIN", l) for l in range(1, L + 1)] + [("BP2", l) for l in range(1, L)] + [("BP4", l) for l in range(1, L + 1)]
        )
        step = products[rng.integers(len(products))]
        return rerun(case, trace, Arithmetic(products={step: rule}), step), step

    return inject


def _log_epsilon(case: Case, trace: Trace, size: float, rng: np.random.Generator):
    """Cross-entropy with log(p + ε)."""
    if case.network.cost != "cross_entropy":
        return None
    L, rows, y = case.network.L, np.arange(len(case.batch)), case.batch.y
    p = activation("softmax").value(trace.z[L])
    damped = (p[rows, y] / (p[rows, y] + size))[:, None]
    return _changed(case, trace, ("BP1", L), lambda v: v * damped)


def _smoothing(case: Case, trace: Trace, size: float, rng: np.random.Generator):
    """Label smoothing left on."""
    if case.network.cost != "cross_entropy":
        return None
    L, K, m = case.network.L, case.network.sizes[-1], len(case.batch)
    onehot = np.eye(K)[case.batch.y]
    return _changed(case, trace, ("BP1", L), lambda v: v + ((size * (onehot - 1 / K)) / m).astype(np.float32))


def _leaky(case: Case, trace: Trace, size: float, rng: np.random.Generator):
    """Leaky relu where relu is meant."""
    layers = [l for l in case.network.sigma if case.network.sigma[l].kind == "relu"]
    if not layers:
        return None
    leak = np.float32(size)
    return rerun(
        case, trace, Arithmetic(value=lambda l, z: np.maximum(z, leak * z) if l in layers else None), ("ACT", layers[0])
    ), (
        "ACT",
        layers[0],
    )


def _pade_tanh(z: Array) -> Array:
    """The [7/6] Padé approximant of tanh, clipped: good to 1e-6 for |z| < 3, used in fast kernels."""
    x = np.clip(z, -4.97, 4.97)
    s = x * x
    return x * (135135 + s * (17325 + s * (378 + s))) / (135135 + s * (62370 + s * (3150 + s * 28)))


def _approximate(case: Case, trace: Trace, size: float, rng: np.random.Generator):
    """tanh by a Padé approximant, gelu by its tanh form."""
    swap = {"tanh": _pade_tanh, "gelu": activation("gelu_tanh").value}
    layers = [l for l in case.network.sigma if case.network.sigma[l].kind in swap]
    if not layers:
        return None
    value = lambda l, z: swap[case.network.sigma[l].kind](z).astype(np.float32) if l in layers else None  # noqa: E731
    return rerun(case, trace, Arithmetic(value=value), ("ACT", layers[0])), ("ACT", layers[0])


def _dropped(case: Case, trace: Trace, size: float, rng: np.random.Generator):
    """One sample is left out of dW[1]."""
    i, x = int(rng.integers(len(case.batch))), case.rounded()[2]
    return _changed(case, trace, ("BP4", 1), lambda v: v - np.outer(trace.delta[1][i], x[i]).astype(np.float32))


FAULTS = [
    Fault("dW[1] × (1+ε)", ladder(1e-2, 1e-7), _scaled_gradient),
    Fault("δ[1] × (1+ε)", ladder(1e-2, 1e-7), _scaled_delta),
    Fault("one entry of dW[1] × (1+ε)", ladder(1e-1, 1e-7), _one_entry),
    Fault("one weight × (1+ε), forward", ladder(1e0, 1e-6), _one_weight),
    Fault("one bit of one entry of dW[1]", tuple(2.0**-k for k in range(1, 24)), _bit),
    Fault("log(p + ε)", ladder(1e-2, 1e-9), _log_epsilon),
    Fault("label smoothing ε", ladder(1e-2, 1e-8), _smoothing),
    Fault("leaky slope ε for relu", ladder(1e-2, 1e-9), _leaky),
    Fault("TF32 in one product", (2.0**-11,), _product(reduced(11))),
    Fault("bfloat16 in one product", (2.0**-8,), _product(reduced(8))),
    Fault("bf16x3 in one product", (2.0**-16,), _product(split_bfloat16)),
    Fault("Padé tanh, tanh form of gelu", (1e-6,), _approximate),
    Fault("one sample dropped", (1.0,), _dropped),
]
"""Every fault, from the smallest to the plainest. Those with a ladder of one step are seen or not."""


def _sigmoid_by_tanh(case: Case):
    layers = [l for l in case.network.sigma if case.network.sigma[l].kind == "sigmoid"]
    half = np.float32(0.5)
    return lambda l, z: half * np.tanh(half * z) + half if l in layers else None


HONEST: dict[str, Callable[[Case], Arithmetic]] = {
    "another order of summation": lambda case: Arithmetic(product=reversed_order),
    "sums in blocks of 8": lambda case: Arithmetic(product=blocked),
    "products accumulated in float64": lambda case: Arithmetic(product=wide),
    "sigmoid through tanh": lambda case: Arithmetic(value=_sigmoid_by_tanh(case)),
}
"""Honest variants: the same mathematics in another order. A check that refuses one of these raises a false alarm."""
