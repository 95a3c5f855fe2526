"""What every tensor of a trace should be, in the order of cause: forward, cost, backward, gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, partial

import numpy as np

from gradref_reference import Batch, Case, Network, Trace
from gradref_reference.error_model import Contract, equations
from gradref_reference.error_model.rounding import Estimate, Factors, Tensor

from .structure import Key, input_problem, label, problem, required_shapes

__all__ = ["Claim", "Inputs", "claims", "inputs_of"]


@dataclass(frozen=True, eq=False)
class Inputs:
    """What the implementation was given, rounded to its format and held in float64; y as numbers (m, n[L])."""

    network: Network
    W: dict[int, np.ndarray]
    b: dict[int, np.ndarray]
    x: np.ndarray
    y: np.ndarray


def inputs_of(case: Case) -> Inputs:
    """The numbers of a case as its implementation was given them."""
    W, b, x, y = case.rounded()
    return Inputs(case.network, W, b, x, case.network.targets(Batch(x, y)))


Form = Callable[[slice], Estimate]


@dataclass(frozen=True, eq=False)
class Claim:
    """One tensor of a trace: the implementation's numbers and how to estimate them, or the reason why it cannot be judged.

    `estimate(rows)` is the estimate of some rows of the tensor: large tensors are judged in blocks that stay in the cache.
    `careful(rows)` is the same with repeated terms counted, a slower matter that is asked for when the statistics fail.
    `key` is the tensor, `problem` what is wrong with it, `missing` a malformed tensor it would have to be formed from.
    """

    equation: str
    layer: int
    key: Key
    actual: np.ndarray | None = None
    estimate: Form | None = None
    careful: Form | None = None
    problem: str | None = None
    missing: Key | None = None

    @property
    def parameter(self) -> str:
        """The tensor as a report calls it."""
        return label(self.key)


def claims(inputs: Inputs, trace: Trace, contract: Contract) -> Iterator[Claim]:
    """Every equation of a trace with its estimate: LIN 1, ACT 1, ..., COST, BP1, BP2 L-1..1, then BP3 and BP4 of each layer.

    Before them, when a[0] is not the input, a row LIN 1 that says so.
    """
    network, L = inputs.network, inputs.network.L
    sigma, z = network.sigma, trace.z
    problems = {
        (name, l): reason
        for (name, l), shape in required_shapes(network, len(inputs.x)).items()
        if (reason := problem(trace, name, l, shape)) is not None
    }
    a = {0: Tensor(inputs.x)} | {l: Tensor(trace.a[l]) for l in range(1, L + 1) if ("a", l) not in problems}
    delta = {l: Tensor(trace.delta[l]) for l in range(1, L + 1) if ("delta", l) not in problems}
    W = {l: Tensor(inputs.W[l]) for l in range(1, L + 1)}
    value = {l: np.empty_like(z[l]) for l in range(1, L + 1) if ("z", l) not in problems}  # σ(z[l]), formed by ACT

    def claim(equation: str, name: str, l: int, needs: list[Key], form, careful: bool = True) -> Claim:
        key = (name, l)
        if key in problems:
            return Claim(equation, l, key, problem=problems[key])
        missing = [need for need in needs if need in problems]
        if missing:
            return Claim(equation, l, key, missing=missing[0])
        tensor = getattr(trace, name)[l]
        return Claim(equation, l, key, tensor, form, partial(form, careful=True) if careful else None)

    @cache
    def product(equation: str, l: int, careful: bool) -> Factors:
        left, right = {
            "LIN": lambda: (a[l - 1], W[l].T),
            "BP2": lambda: (delta[l + 1], W[l + 1]),
            "BP4": lambda: (delta[l].T, a[l - 1]),
        }[equation]()
        return Factors(left, right, contract.accumulator if careful else None)

    def lin(l: int, rows: slice, careful: bool = False) -> Estimate:
        return equations.lin(a[l - 1].rows(rows), W[l], inputs.b[l], contract, l == 1, product("LIN", l, careful).rows(rows))

    def act(l: int, rows: slice) -> Estimate:
        estimate = equations.act(sigma[l], z[l][rows], contract)
        value[l][rows] = estimate.value
        return estimate

    def bp1(rows: slice) -> Estimate:
        scale = network.cost_function.factor(*z[L].shape)
        known = value[L][rows] if ("a", L) not in problems else None
        return equations.bp1(network, z[L][rows], a[L].value[rows], inputs.y[rows], contract, known, scale)

    def bp2(l: int, rows: slice, careful: bool = False) -> Estimate:
        incoming = delta[l + 1].rows(rows)
        p = product("BP2", l, careful).rows(rows)
        return equations.bp2(incoming, W[l + 1], sigma[l], z[l][rows], a[l].value[rows], contract, value[l][rows], p)

    def bp3(l: int, rows: slice, careful: bool = False) -> Estimate:
        return equations.bp3(delta[l], contract, careful)  # one axis, never cut into blocks

    def bp4(l: int, rows: slice, careful: bool = False) -> Estimate:
        penalised = inputs.W[l][rows] if network.l2 else None
        p = product("BP4", l, careful).rows(rows)
        return equations.bp4(delta[l].T.rows(rows), a[l - 1], contract, penalised, network.l2, l == 1, p)

    if (wrong := input_problem(trace, inputs.x)) is not None:
        yield Claim("LIN", 1, ("a", 0), problem=wrong)
    for l in range(1, L + 1):
        yield claim("LIN", "z", l, [("a", l - 1)] if l > 1 else [], partial(lin, l))
        yield claim("ACT", "a", l, [("z", l)], partial(act, l), careful=False)
    yield _cost(inputs, trace, contract, [(name, L) for name in ("z", "a") if (name, L) in problems])
    yield claim("BP1", "delta", L, [("z", L), ("a", L)], bp1, careful=False)
    for l in range(L - 1, 0, -1):
        yield claim("BP2", "delta", l, [("delta", l + 1), ("z", l), ("a", l)], partial(bp2, l))
    for l in range(1, L + 1):
        yield claim("BP3", "db", l, [("delta", l)], partial(bp3, l))
        yield claim("BP4", "dW", l, [("delta", l)] + ([("a", l - 1)] if l > 1 else []), partial(bp4, l))


def _cost(inputs: Inputs, trace: Trace, contract: Contract, missing: list[Key]) -> Claim:
    L = inputs.network.L
    key = ("cost", L)
    if missing:
        return Claim("COST", L, key, missing=missing[0])
    if not isinstance(trace.cost, (float, int, np.floating)):
        return Claim("COST", L, key, problem=f"must be a number, got {type(trace.cost).__name__}")
    z, a = trace.z[L], trace.a[L]
    return Claim(
        "COST",
        L,
        key,
        np.array([trace.cost], float),
        lambda rows: equations.cost(inputs.network, z, a, inputs.y, inputs.W, contract),
    )
