"""The five judges: each says whether a formula of the lecture is its truth, on golden numbers or on random inputs.

A truth does not depend on the formula that is judged, so it is computed once and kept: judging a hundred mistakes costs little
more than judging the formulas.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from itertools import permutations
from typing import Any

import flint
import numpy as np

from gradref_balls.convert import precision
from gradref_reference.lecture.item import Claim, Golden

from .worlds import BITS, Balls, ComplexStep, to_balls

__all__ = ["EQUAL", "JAX_SIZES", "JUDGES", "RANDOM", "Opinion", "golden_disagreement", "judge", "random_inputs"]

RANDOM = 20
"""Random inputs of pairwise different sizes for each claim."""
JAX_SIZES = 4
"""Of how many sizes JAX gets them: XLA compiles for every shape."""
EQUAL = 3
"""Further ones with all sizes equal, where no shape can reveal a mistake."""

_UNIT = 2.0**-53
_AGREE = flint.arb(2) ** -80  # balls: quotients of step 2⁻⁶⁰ must meet the formula to 24 digits


@dataclass(frozen=True)
class Opinion:
    """What one judge says about one formula: "pass", "fail" or "skip" with its reason, after `looked` comparisons."""

    judge: str
    verdict: str
    reason: str = ""
    looked: int = 0

    @property
    def ok(self) -> bool | None:
        """True, False, or None for a judge that does not apply."""
        return {"pass": True, "fail": False}.get(self.verdict)


# --- inputs ----------------------------------------------------------------------------------------------------------


def sizes(index: int) -> tuple[int, ...]:
    """Six pairwise different widths; the first two run through every ordered pair from 2..6, the last through 7..26."""
    first, second = list(permutations(range(2, 7), 2))[index]
    rest = [n for n in range(2, 7) if n not in (first, second)]
    turned = rest[index % 3 :] + rest[: index % 3]
    return (first, second, *turned, 7 + index)


@cache
def random_inputs(draw: Callable[..., tuple], seed: int, different: int = RANDOM) -> tuple[tuple, ...]:
    """RANDOM inputs in `different` sizes, each of pairwise different widths, and EQUAL ones of equal widths; read-only."""
    rng = np.random.default_rng(seed)
    stride = RANDOM // different
    chosen = [sizes(stride * (i % different)) for i in range(RANDOM)] + [(3,) * 6] * EQUAL
    drawn = tuple(draw(rng, widths) for widths in chosen)
    for array in _leaves(drawn):
        if isinstance(array, np.ndarray):
            array.setflags(write=False)
    return drawn


def _inputs_of(name: str, draw: Callable[..., tuple], seed: int) -> tuple[tuple, ...]:
    """Every judge sees RANDOM inputs; XLA compiles for every shape, so JAX gets them in JAX_SIZES sizes."""
    return random_inputs(draw, seed, JAX_SIZES if name == "jax" else RANDOM)


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value


def _mapped(function: Callable[[Any], Any], value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _mapped(function, inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(_mapped(function, inner) for inner in value)
    return function(value)


# --- truths ----------------------------------------------------------------------------------------------------------


@cache
def _truths(name: str, truth: Callable[..., Any], draw: Callable[..., tuple], seed: int) -> list[tuple[tuple, ...]]:
    """For each random input the truths this judge found: one, or two for a framework's reverse and forward mode."""
    inputs = _inputs_of(name, draw, seed)
    if name == "complex step":
        world = ComplexStep()
        found = [(truth(world, *_mapped(world.array, arguments)),) for arguments in inputs]
        return [tuple(_mapped(np.real, t) for t in pair) for pair in found]
    if name == "balls":
        with precision(BITS):
            return [(truth(Balls(), *_mapped(to_balls, arguments)),) for arguments in inputs]
    from gradref_adapters.jacobians import WORLDS

    return WORLDS[name](truth, inputs)


# --- comparing -------------------------------------------------------------------------------------------------------


def _outputs(value: Any) -> list[Any]:
    return [np.asarray(v) for v in _leaves(value)]


def _disagreement(names: tuple[str, ...], actual: Any, expected: Any, close: Callable[[Any, Any], Any]) -> str:
    """Why `actual` is not `expected`, or "": number and shape of the results first, then the values."""
    actual, expected = _outputs(actual), _outputs(expected)
    if len(actual) != len(expected):
        return f"{len(expected)} results expected, got {len(actual)}"
    for i, (mine, true) in enumerate(zip(actual, expected, strict=True)):
        name = names[min(i, len(names) - 1)]
        if mine.shape != true.shape:
            return f"{name} must have shape {true.shape}, got {mine.shape}"
        good = np.array([bool(close(m, t)) for m, t in zip(mine.ravel(), true.ravel(), strict=True)], bool)
        if not good.all():
            at = int(np.argmin(good))
            index = tuple(int(k) for k in np.unravel_index(at, mine.shape))
            return f"{name}{list(index) or ''} must be {_short(true.ravel()[at])}, got {_short(mine.ravel()[at])}"
    return ""


def _short(number: Any) -> str:
    return f"{float(number):.10g}" if not hasattr(number, "numerator") or isinstance(number, float) else str(number)


def _rounding(arguments: Any, *results: Any) -> float:
    """A bound for rounding: a result of N numbers passes through at most k = 8 N + 64 operations (products, sums, and the few
    operations inside exp and tanh), each wrong by one unit of the largest quantity met; the factor 2 is for the two sides."""
    numbers = [np.abs(np.asarray(v, float)).ravel() for v in (*_leaves(arguments), *_leaves(results))]
    largest = max([1.0, *(float(v.max()) for v in numbers if v.size)])
    count = sum(np.size(v) for v in _leaves(arguments))
    return 2 * (8 * count + 64) * _UNIT * largest


def _picked(claim: Claim, true: Any) -> Any:
    return true if claim.pick is None else tuple(true[i] for i in claim.pick)


def _run(code: Callable[..., Any], arguments: tuple) -> tuple[Any, str]:
    """The result, or why there is none. Only errors of shape and index belong to a wrong formula; others are ours."""
    try:
        with np.errstate(all="ignore"):
            return code(*arguments), ""
    except (ValueError, IndexError, KeyError) as error:
        return None, f"the formula does not fit: {error}"


# --- the judges ------------------------------------------------------------------------------------------------------


def _golden(claim: Claim, code: Callable[..., Any], seed: int) -> Opinion:
    if not claim.goldens:
        return Opinion("golden", "skip", "no result of this claim is known from paper")
    for number, golden in enumerate(claim.goldens, start=1):
        trouble = golden_disagreement(claim, golden, code)
        if trouble:
            return Opinion("golden", "fail", f"example {number}: {trouble}", number)
    return Opinion("golden", "pass", looked=len(claim.goldens))


def golden_disagreement(claim: Claim, golden: Golden, code: Callable[..., Any]) -> str:
    """Why the formula misses this known result, or "": fractions by ==, others to their printed decimals or to rounding."""
    result, trouble = _run(code, golden.inputs)
    if trouble:
        return trouble
    results = list(result) if isinstance(result, tuple | list) else [result]
    known = [(r, e, n) for r, e, n in zip(results, golden.expected, claim.outputs, strict=False) if e is not None]
    if golden.exact:
        close = lambda mine, true: mine == true  # noqa: E731
    elif golden.digits is not None:
        half = 0.5 * 10.0**-golden.digits
        close = lambda mine, true: abs(float(mine) - float(true)) <= half * (1 + 1e-9)  # noqa: E731
    else:
        allowance = _rounding(golden.inputs, [e for _, e, _ in known])
        close = lambda mine, true: abs(float(mine) - float(true)) <= allowance  # noqa: E731
    for mine, true, name in known:
        trouble = _disagreement((name,), mine, true, close)
        if trouble:
            return trouble
    return ""


def _floating(name: str) -> Callable[[Claim, Callable[..., Any], int], Opinion]:
    def opinion(claim: Claim, code: Callable[..., Any], seed: int) -> Opinion:
        looked = 0
        inputs = _inputs_of(name, claim.draw, seed)
        for arguments, found in zip(inputs, _truths(name, claim.truth, claim.draw, seed), strict=True):
            result, trouble = _run(code, arguments)
            for true in (_picked(claim, t) for t in found):
                looked += 1
                if not trouble:
                    allowance = _rounding(arguments, true)
                    trouble = _disagreement(claim.outputs, result, true, lambda m, t: abs(m - t) <= allowance)  # noqa: B023
                if trouble:
                    return Opinion(name, "fail", f"random input {looked}: {trouble}", looked)
        return Opinion(name, "pass", looked=looked)

    return opinion


def _balls(claim: Claim, code: Callable[..., Any], seed: int) -> Opinion:
    inputs = _inputs_of("balls", claim.draw, seed)
    truths = _truths("balls", claim.truth, claim.draw, seed)
    with precision(BITS):
        for number, (arguments, (true,)) in enumerate(zip(inputs, truths, strict=True), start=1):
            true = _picked(claim, true)
            result, trouble = _run(code, _mapped(to_balls, arguments) if claim.on_balls else arguments)
            allowance = _AGREE if claim.on_balls else flint.arb(_rounding(arguments, _mapped(np.vectorize(float), true)))
            if not trouble:
                trouble = _disagreement(claim.outputs, result, true, lambda m, t: _arb(abs(m - t)) <= allowance)  # noqa: B023
            if trouble:
                return Opinion("balls", "fail", f"random input {number}: {trouble}", number)
    return Opinion("balls", "pass", looked=len(inputs))


def _arb(value: Any) -> flint.arb:
    return value if isinstance(value, flint.arb) else flint.arb(float(value))


_JUDGES: dict[str, Callable[[Claim, Callable[..., Any], int], Opinion]] = {
    "golden": _golden,
    "complex step": _floating("complex step"),
    "torch": _floating("torch"),
    "jax": _floating("jax"),
    "balls": _balls,
}
JUDGES = tuple(_JUDGES)
"""Every judge, in the order of the columns of `gradref lecture`."""


def judge(name: str, claim: Claim, code: Callable[..., Any] | None = None, seed: int = 0) -> Opinion:
    """The opinion of one judge on a claim's formula, or on `code` in its place."""
    if name in claim.skips:
        return Opinion(name, "skip", claim.skips[name])
    if name in ("torch", "jax") and find_spec(name) is None:
        return Opinion(name, "skip", f"{name} is not installed")
    return _JUDGES[name](claim, code or claim.code, seed)
