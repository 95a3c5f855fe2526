"""Exact probes: networks whose gradient every binary format computes without rounding, so that one differing bit is an error.

Small integer weights and data, identity, square, relu and leaky relu with a slope that is a power of two, the quadratic cost and a
power-of-two batch give dyadic rationals throughout. The truth is formed with Python's fractions; a format is admitted only where
every partial sum, in whatever order it is taken, is proven to fit it. See certificates.md, section 5.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import gcd
from typing import Any

import numpy as np

from .arrays import Batch, Parameters
from .formats import FORMATS, Format
from .network import Network
from .trace import Case, Layers, Trace

__all__ = ["ExactProbe", "ExactTruth", "exact_probes", "exact_truth", "truths"]

Array = np.ndarray
Slopes = dict[str, Fraction]  # activation name -> σ'(0)

_EXACT = ("identity", "square", "relu", "leaky_relu")
_COSTS = ("quadratic", "mse_samples")  # those whose factor is dyadic for every width
_where: Any = np.where  # NumPy's stubs do not know arrays of fractions
_fraction = np.frompyfunc(Fraction, 1, 1)
_absolute = np.frompyfunc(abs, 1, 1)


@dataclass(frozen=True, eq=False)
class ExactTruth:
    """The exact numbers of a case under one convention for σ'(0).

    trace : the numbers in float64, all exact where `formats` holds float64.
    formats : the formats in which nothing can round.
    cost_formats : those in which the cost cannot round either.
    convention : activation name -> σ'(0), for activations that met a pre-activation of exactly 0.
    """

    trace: Trace
    formats: tuple[str, ...]
    cost_formats: tuple[str, ...]
    convention: Slopes


@dataclass(frozen=True, eq=False)
class ExactProbe:
    """A case that computes exactly, the formats in which it does, and how many pre-activations are exactly at a kink."""

    case: Case
    formats: tuple[str, ...]
    kinks: int

    def cases(self) -> Iterator[Case]:
        """The case in every format that holds its numbers."""
        for dtype in self.formats:
            yield self.case.on(self.case.framework, self.case.mode, dtype)


# --- fractions ------------------------------------------------------------------------------------------------------


def _exactly(x: Array) -> Array:
    """Fractions equal to the float64 numbers of x, same shape."""
    return np.asarray(_fraction(x.astype(object)), dtype=object).reshape(x.shape)


def _quantum(x: Array) -> Fraction:
    """The largest 2^k of which every entry is a whole multiple; 1 for zeros. Entries must be dyadic."""
    denominator = max((v.denominator for v in x.ravel()), default=1)
    whole = gcd(*(int(v * denominator) for v in x.ravel()))
    return Fraction(whole & -whole, denominator) if whole else Fraction(1)


class _Proof:
    """Collects the formats that hold every number seen: |v| <= 2^precision quanta, within the normal range."""

    def __init__(self) -> None:
        self.formats = dict(FORMATS)

    def see(self, magnitude: Array, quantum: Fraction) -> None:
        """Numbers, or partial sums, that are multiples of `quantum` and never exceed `magnitude`."""
        top = max((Fraction(v) for v in magnitude.ravel()), default=Fraction(0))
        self.formats = {k: f for k, f in self.formats.items() if _holds(f, top, quantum)}


def _holds(form: Format, top: Fraction, quantum: Fraction) -> bool:
    return top <= quantum * 2**form.precision and top <= Fraction(form.largest) and quantum >= Fraction(form.tiny)


def _dot(proof: _Proof, A: Array, B: Array, extra: Array | None = None) -> Array:
    """A @ B (+ extra), with proof that no order of summation leaves the formats."""
    quantum, size, result = _quantum(A) * _quantum(B), _absolute(A) @ _absolute(B), A @ B
    if extra is not None:
        quantum, size, result = min(quantum, _quantum(extra)), size + _absolute(extra), result + extra
    proof.see(size, quantum)
    return result


def _times(proof: _Proof, A: Array, B: Array) -> Array:
    result = A * B
    proof.see(_absolute(result), _quantum(A) * _quantum(B))
    return result


# --- the network in fractions ---------------------------------------------------------------------------------------


def _activate(proof: _Proof, name: str, alpha: float | None, z: Array) -> Array:
    if name == "identity":
        return z
    if name == "square":
        return _times(proof, z, z)
    below = Fraction(alpha or 0)
    return _times(proof, z, _where(z > 0, Fraction(1), below))


def _slope(name: str, alpha: float | None, z: Array, at_zero: Fraction) -> Array:
    if name == "identity":
        return np.full(z.shape, Fraction(1))
    if name == "square":
        return 2 * z
    return _where(z > 0, Fraction(1), _where(z < 0, Fraction(alpha or 0), at_zero))


def is_exact(network: Network) -> bool:
    """Whether this kind of network can compute exactly at all."""
    slopes = [s.parameter for s in network.sigma.values() if s.kind == "leaky_relu"]
    dyadic = all(a is not None and np.frexp(a)[0] == 0.5 for a in slopes)
    return all(s.kind in _EXACT for s in network.sigma.values()) and dyadic and network.cost in _COSTS and not network.l2


def exact_truth(case: Case, convention: Slopes | None = None) -> ExactTruth | None:
    """The exact numbers of a case, with σ'(0) = the left derivative unless `convention` says otherwise.

    None when the network is not of the exact kind or its batch is no power of two.
    """
    network, m = case.network, len(case.batch)
    if not is_exact(network) or m & (m - 1):
        return None
    convention = convention or {}
    W, b, x, y = case.rounded()
    weights, biases = {l: _exactly(v) for l, v in W.items()}, {l: _exactly(v) for l, v in b.items()}
    target = _exactly(network.targets(Batch(x, y)))
    proof, met = _Proof(), {}
    a, z = {0: _exactly(x)}, {}
    for v in (a[0], target, *weights.values(), *biases.values()):
        proof.see(_absolute(v), _quantum(v))
    for l, sigma in network.sigma.items():
        z[l] = _dot(proof, a[l - 1], weights[l].T, np.broadcast_to(biases[l], (m, len(biases[l]))))
        a[l] = _activate(proof, sigma.kind, sigma.parameter, z[l])
        if sigma.kinks and (z[l] == 0).any():
            met[sigma.name] = convention.get(sigma.name, Fraction(sigma.parameter or 0))

    def through(l: int, v: Array) -> Array:
        sigma = network.sigma[l]
        at_zero = met.get(sigma.name, Fraction(0))
        slope = _slope(sigma.kind, sigma.parameter, z[l], at_zero)
        return _times(proof, v, slope)

    L, delta = network.L, {}
    residual = a[L] - target
    proof.see(_absolute(a[L]) + _absolute(target), min(_quantum(a[L]), _quantum(target)))
    formula: Any = network.cost_function.factor
    factor = formula(Fraction(m), Fraction(network.sizes[L]))
    delta[L] = through(L, residual * factor)
    for l in range(L - 1, 0, -1):
        delta[l] = through(l, _dot(proof, delta[l + 1], weights[l + 1]))
    dW = {l: _dot(proof, delta[l].T, a[l - 1]) for l in delta}
    ones = np.full((1, m), Fraction(1))
    db = {l: _dot(proof, ones, delta[l])[0] for l in delta}
    squares = (residual * residual).sum()
    costs = _Proof()
    costs.see(np.array([squares], dtype=object), _quantum(residual) ** 2)
    layers = [_floats(v) for v in (a, z, delta, dW, db)]
    trace = Trace(*layers, cost=float(squares * factor / 2), framework="fractions", mode="exact")
    both = tuple(k for k in proof.formats if k in costs.formats)
    return ExactTruth(trace, tuple(proof.formats), both, met)


def _floats(layers: dict[int, Array]) -> Layers:
    return {l: v.astype(np.float64) for l, v in sorted(layers.items())}


def truths(case: Case) -> list[ExactTruth]:
    """The truth under every convention for σ'(0): left, right or the mean, activation by activation; one where no z is 0."""
    first = exact_truth(case)
    if first is None:
        return []
    if not first.convention:
        return [first]
    choices = []
    for name in first.convention:
        ((_, left, right),) = next(s for s in case.network.sigma.values() if s.name == name).kinks
        low, high = Fraction(left), Fraction(right)
        choices.append([(name, slope) for slope in (low, high, (low + high) / 2)])
    found = [exact_truth(case, dict(choice)) for choice in product(*choices)]
    return [t for t in found if t is not None]


# --- making them ----------------------------------------------------------------------------------------------------

_SIZES = (3, 5, 7, 11, 13)  # pairwise coprime, and coprime with every batch
_BATCHES = (2, 4, 8)
_RANGE = (1, 2, 5)  # largest |integer|: the small ones fit bfloat16 too
_NAMES = ("relu", "leaky_relu(0.5)", "leaky_relu(0.25)", "identity", "relu", "square")


def _draw(rng: np.random.Generator, i: int) -> Case:
    largest = _RANGE[i % 3]
    layers = int(rng.integers(1, 3 if largest == 1 else 4))
    sizes = tuple(int(n) for n in rng.permutation(_SIZES[: max(layers + 1, 3 + i % 3)])[: layers + 1])
    names = tuple(str(rng.choice(_NAMES[:5] if largest == 1 else _NAMES)) for _ in range(layers))
    cost = _COSTS[i % 2]
    m = int(rng.choice(_BATCHES))

    def whole(*shape: int) -> Array:
        return rng.integers(-largest, largest + 1, shape).astype(np.float64)

    W = {l: whole(sizes[l], sizes[l - 1]) for l in range(1, layers + 1)}
    away = i % 4 >= 2  # half of them keep off the kinks: a finer fraction in each layer's biases cannot cancel
    b = {l: whole(sizes[l]) + away * 2.0**-l for l in W}
    batch = Batch(whole(m, sizes[0]), whole(m, sizes[-1]))
    return Case(Network(sizes, names, cost), Parameters(W, b), batch, name=f"exact-{i}", tags=frozenset({"exact"}))


def exact_probes(count: int = 24, seed: int = 0) -> list[ExactProbe]:
    """`count` random networks that compute exactly, in float32 and float64 at least, some with pre-activations exactly at a kink.

    >>> [probe.formats for probe in exact_probes(2, seed=1)][1][:2]
    ('float64', 'float32')
    """
    rng = np.random.default_rng(seed)
    probes: list[ExactProbe] = []
    while len(probes) < count:
        case = _draw(rng, len(probes))
        found = truths(case)
        formats = tuple(f for f in FORMATS if all(f in t.formats for t in found))
        narrow = len(probes) % 3 == 0  # every third one fits the 16-bit formats
        if "float32" not in formats or (narrow and "bfloat16" not in formats) or not np.any(found[0].trace.dW[1]):
            continue
        z = found[0].trace.z
        kinks = sum(int((z[l] == 0).sum()) for l, s in case.network.sigma.items() if s.kinks)
        tags = case.tags | ({"kink"} if kinks else set())
        case = Case(case.network, case.parameters, case.batch, name=f"exact-{seed}-{len(probes)}", seed=seed, tags=tags)
        probes.append(ExactProbe(case, formats, kinks))
    return probes
