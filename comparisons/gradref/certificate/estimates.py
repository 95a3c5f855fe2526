"""What every tensor of a trace should be, in the order of cause: forward, cost, backward, gradients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gradref_reference import Network, Trace
from gradref_reference.error_model import Contract, equations
from gradref_reference.error_model.rounding import Estimate, Tensor

from .structure import PRODUCED_BY, problem, required_shapes

__all__ = ["Claim", "Inputs", "claims"]


@dataclass(frozen=True, eq=False)
class Inputs:
    """What the implementation was given, rounded to its format and held in float64; y as numbers (m, n[L])."""

    network: Network
    W: dict[int, np.ndarray]
    b: dict[int, np.ndarray]
    x: np.ndarray
    y: np.ndarray


@dataclass(frozen=True, eq=False)
class Claim:
    """One tensor of a trace: the implementation's numbers and their estimate, or the reason why it cannot be judged.

    `problem` is what is wrong with the tensor itself, `missing` names a malformed tensor it would have to be formed from.
    """

    equation: str
    layer: int
    parameter: str
    actual: np.ndarray | None = None
    estimate: Estimate | None = None
    problem: str | None = None
    missing: str | None = None


def claims(inputs: Inputs, trace: Trace, contract: Contract) -> Iterator[Claim]:
    """Every equation of a trace with its estimate: LIN 1, ACT 1, ..., COST, BP1, BP2 L-1..1, then BP3 and BP4 of each layer."""
    network, L = inputs.network, inputs.network.L
    problems = {
        (name, l): reason
        for (name, l), shape in required_shapes(network, len(inputs.x)).items()
        if (reason := problem(trace, name, l, shape)) is not None
    }
    a = {0: Tensor(inputs.x)} | {l: Tensor(trace.a[l]) for l in range(1, L + 1) if ("a", l) not in problems}
    delta = {l: Tensor(trace.delta[l]) for l in range(1, L + 1) if ("delta", l) not in problems}
    W = {l: Tensor(inputs.W[l]) for l in range(1, L + 1)}
    z, sigma = trace.z, network.sigma
    value: dict[int, np.ndarray] = {}  # σ(z[l]) in float64, formed once

    def claim(equation: str, name: str, l: int, needs: list[tuple[str, int]], form_estimate) -> Claim:
        label = f"{name}[{l}]"
        if (name, l) in problems:
            return Claim(equation, l, label, problem=problems[name, l])
        for need in needs:
            if need in problems:
                return Claim(equation, l, label, missing=f"{need[0]}[{need[1]}]")
        return Claim(equation, l, label, getattr(trace, name)[l], form_estimate())

    def act(l: int) -> Estimate:
        estimate = equations.act(sigma[l], z[l], contract)
        value[l] = estimate.value
        return estimate

    for l in range(1, L + 1):
        before = [("a", l - 1)] if l > 1 else []
        yield claim("LIN", "z", l, before, lambda l=l: equations.lin(a[l - 1], W[l], inputs.b[l], contract, given=l == 1))
        yield claim("ACT", "a", l, [("z", l)], lambda l=l: act(l))

    output = [("z", L), ("a", L)]
    bad = [f"{name}[{l}]" for name, l in output if (name, l) in problems]
    if bad:
        yield Claim("COST", L, "cost", missing=bad[0])
    elif not isinstance(trace.cost, (float, int, np.floating)):
        yield Claim("COST", L, "cost", problem=f"must be a number, got {type(trace.cost).__name__}")
    else:
        yield Claim(
            "COST",
            L,
            "cost",
            np.asarray(float(trace.cost)),
            equations.cost(network, z[L], a[L].value, inputs.y, inputs.W, contract),
        )
    yield claim("BP1", "delta", L, output, lambda: equations.bp1(network, z[L], a[L].value, inputs.y, contract, value.get(L)))
    for l in range(L - 1, 0, -1):
        yield claim(
            "BP2",
            "delta",
            l,
            [("delta", l + 1), ("z", l), ("a", l)],
            lambda l=l: equations.bp2(delta[l + 1], W[l + 1], sigma[l], z[l], a[l].value, contract, value.get(l)),
        )
    for l in range(1, L + 1):
        yield claim(PRODUCED_BY["db"], "db", l, [("delta", l)], lambda l=l: equations.bp3(delta[l], contract))
        needs = [("delta", l)] + ([("a", l - 1)] if l > 1 else [])
        yield claim(
            PRODUCED_BY["dW"],
            "dW",
            l,
            needs,
            lambda l=l: equations.bp4(delta[l], a[l - 1], contract, inputs.W[l], network.l2, given=l == 1),
        )
