"""The forward pass and the four equations in ball arithmetic, on flint matrices."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from flint import arb, arb_mat, ctx

from ..arrays import Batch, Parameters
from ..checks import expect, whole_number
from ..errors import SpecificationError, shown
from ..network import Network, check_problem
from ..trace import Case, Layers
from .functions import ball_activation, softmax, softplus
from .result import Enclosed, Enclosure

__all__ = ["Spread", "enclose"]

Balls = list[list[arb]]  # rows

MOST_BITS = 100_000
"""The largest working precision: a product takes 0.2 ms there, an exponential 30 ms; at ten times the bits thirty times as long."""


def _matrix(x: np.ndarray) -> arb_mat:
    return arb_mat(x.shape[0], x.shape[1], x.ravel().tolist())


def _rows(m: arb_mat) -> Balls:
    entries, n = m.entries(), m.ncols()
    return [entries[i : i + n] for i in range(0, len(entries), n)]


def _of_rows(rows: Balls) -> arb_mat:
    return arb_mat(len(rows), len(rows[0]), [v for row in rows for v in row])


def _enclosed(rows: Balls) -> Enclosed:
    return Enclosed.of([v for row in rows for v in row], (len(rows), len(rows[0])))


def _total(terms: list[arb]) -> arb:
    return sum(terms, arb(0))


def _forward(
    network: Network, W: dict[int, arb_mat], b: Layers, x: arb_mat
) -> tuple[dict[int, Balls], dict[int, Balls], dict[int, arb_mat]]:
    """z and a of every layer as rows of balls, and a as matrices (a[0] included)."""
    z, a, A = {}, {}, {0: x}
    for l, sigma in network.sigma.items():
        product, bias = _rows(A[l - 1] * W[l].transpose()), b[l].tolist()
        z[l] = [[v + c for v, c in zip(row, bias, strict=True)] for row in product]
        if sigma.elementwise:
            value = ball_activation(sigma).value
            a[l] = [[value(v) for v in row] for row in z[l]]
        else:
            a[l] = [softmax(row) for row in z[l]]
        A[l] = _of_rows(a[l])
    return z, a, A


def _pullback(network: Network, l: int, v: Balls, z: Balls, a: Balls, off: np.ndarray | None) -> Balls:
    """v ⊙ σ'(z) row by row, σ' up to `off` if given; v J for softmax, J = diag(a) − a aᵀ."""
    sigma = network.sigma[l]
    if sigma.elementwise:
        slope = ball_activation(sigma).derivative
        slopes = [[slope(t) for t in row] for row in z]
        slopes = slopes if off is None else _widened(slopes, off)
        return [[e * d for e, d in zip(errors, row, strict=True)] for errors, row in zip(v, slopes, strict=True)]
    result = []
    for errors, p in zip(v, a, strict=True):
        mean = _total([e * q for e, q in zip(errors, p, strict=True)])
        result.append([q * (e - mean) for e, q in zip(errors, p, strict=True)])
    return result


def _factor(network: Network, y: Balls) -> arb:
    """The number in front of (a − y), exactly: the cost's own formula on balls."""
    formula: Any = network.cost_function.factor
    return formula(arb(len(y)), arb(len(y[0])))


def _last_delta(network: Network, z: Balls, a: Balls, y: Balls, off: np.ndarray | None) -> Balls:
    """BP1."""
    factor = _factor(network, y)
    whole = network.fused and network.sigma[network.L].kind == "softmax"
    difference = []
    for p, t in zip(a, y, strict=True):
        weight = _total(t) if whole else arb(1)
        difference.append([(q * weight - s) * factor for q, s in zip(p, t, strict=True)])
    return difference if network.fused else _pullback(network, network.L, difference, z, a, off)


def _cost(network: Network, z: Balls, a: Balls, y: Balls) -> arb:
    """C without the penalty."""
    pairs = [(v, p, t) for zs, ps, ts in zip(z, a, y, strict=True) for v, p, t in zip(zs, ps, ts, strict=True)]
    if network.cost == "cross_entropy":
        total = arb(0)
        for row, t in zip(z, y, strict=True):
            top = max(row, key=float).mid()
            log_sum = top + _total([(v - top).exp() for v in row]).log()
            total += _total([s * (log_sum - v) for v, s in zip(row, t, strict=True)])
        return total * _factor(network, y)
    if network.fused:
        return _total([softplus(v) - v * t for v, _, t in pairs]) * _factor(network, y)
    return _total([(p - t) * (p - t) for _, p, t in pairs]) * _factor(network, y) / 2


@dataclass(frozen=True, eq=False)
class Spread:
    """How far an implementation's forward pass may be from the exact one: z[l], a[l] and its σ'(z[l]) for given z[l], each (m, n[l])."""

    z: Layers
    a: Layers
    slope: Layers


def _widened(rows: Balls, by: np.ndarray) -> Balls:
    """The balls with something added to their radii."""
    return [[v + arb(0, r) for v, r in zip(row, more, strict=True)] for row, more in zip(rows, by.tolist(), strict=True)]


def enclose(
    network: Network,
    parameters: Parameters,
    batch: Batch,
    bits: int = 53,
    dtype: str | None = None,
    spread: Spread | None = None,
) -> Enclosure:
    """The exact activations, errors, gradients and cost as intervals, by the four equations in ball arithmetic.

    Parameters
    ----------
    network, parameters, batch : must fit each other (`ShapeError`, `DataError`). The numbers are taken as exact.
    bits : working precision; 53 gives radii of about 1e-15 of the largest gradient, each further bit halves them.
    dtype : round the inputs to this format first, as `Case.rounded` does, to enclose what a framework was really given.
    spread : enclose instead what every implementation within it would compute, if the four equations did not round. Where its z
        may be across a kink, σ' is the hull of both sides.

    Source: lecture 4.2.1-4.2.5; F. Johansson, *Arb: efficient arbitrary-precision midpoint-radius interval arithmetic* (2017).
    """
    check_problem(network, parameters, batch)
    if whole_number("bits", bits, 2, "Use 53, or 200 for 60 digits.") > MOST_BITS:
        raise SpecificationError(
            f"bits: must be at most {MOST_BITS}, where one exponential takes 0.03 s (at ten million half a minute), got {shown(bits)}. "
            "What is kept of a result are 106 bits and a radius: use 200, or 2000 where much cancels.",
            "bits",
        )
    if spread is not None:
        expect("spread", spread, Spread, "Leave it out for the exact numbers.")
    W, b, x = parameters.W, parameters.b, batch.x
    y = network.targets(batch)
    if dtype is not None:
        W, b, x, labels = Case(network, parameters, batch, dtype).rounded()
        y = y if labels.ndim == 1 else labels
    with ctx.workprec(bits):
        weights = {l: _matrix(v.astype(np.float64)) for l, v in W.items()}
        targets = _rows(_matrix(np.asarray(y, dtype=np.float64)))
        z, a, A = _forward(network, weights, b, _matrix(x.astype(np.float64)))
        L = network.L
        if spread is not None:
            z, a = ({l: _widened(rows[l], by[l]) for l in rows} for rows, by in ((z, spread.z), (a, spread.a)))
            A = {0: A[0]} | {l: _of_rows(rows) for l, rows in a.items()}
        off = spread.slope if spread is not None else {}
        delta = {L: _last_delta(network, z[L], a[L], targets, off.get(L))}
        for l in range(L - 1, 0, -1):
            delta[l] = _pullback(network, l, _rows(_of_rows(delta[l + 1]) * weights[l + 1]), z[l], a[l], off.get(l))  # BP2
        dW, db = {}, {}
        ones = arb_mat(1, len(targets), [1] * len(targets))
        for l in range(1, L + 1):
            errors = _of_rows(delta[l])
            gradient = errors.transpose() * A[l - 1]  # BP4
            if network.l2:
                gradient = gradient + arb(network.l2) * weights[l]
            dW[l] = Enclosed.of(gradient.entries(), W[l].shape)
            db[l] = Enclosed.of((ones * errors).entries(), b[l].shape)  # BP3
        C = _cost(network, z[L], a[L], targets)
        if network.l2:
            C += arb(network.l2) / 2 * _total([v * v for w in weights.values() for v in w.entries()])
        undecided = {l: _undecided(network, l, z[l]) for l in z}
        layers = lambda balls: {l: _enclosed(rows) for l, rows in balls.items()}  # noqa: E731
        return Enclosure(
            {0: _enclosed(_rows(A[0]))} | layers(a),
            layers(z),
            layers(delta),
            dW,
            db,
            Enclosed.of([C], ()),
            undecided,
            bits,
            dtype or "",
        )


def _undecided(network: Network, l: int, z: Balls) -> np.ndarray:
    sigma = network.sigma[l]
    if not sigma.elementwise or (l == network.L and network.fused):
        return np.zeros((len(z), len(z[0])), dtype=bool)
    holds = ball_activation(sigma).undecided
    return np.array([[holds(v) for v in row] for row in z], dtype=bool)
