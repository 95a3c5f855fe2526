"""Trial: one run of a derivation on one set of inputs, judged parameter by parameter against the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

import numpy as np

from ..program.guard import Failed
from ..program.match_keys import Matched, match_keys
from ..program.program import Inputs, Program
from ..truth.rounding import as_gradient, disturbed_gradients
from ..truth.truth import SAFETY, Slope, Truth, describe, scalar

__all__ = ["Finding", "Thoroughness", "Trial", "distance"]

FLOOR = 64 * 2.0**-53  # rounding of the comparison itself, relative to the sum of |terms|
ENTRY_SECONDS = 0.15  # what looking at every entry of small parameters may cost


@dataclass(frozen=True)
class Finding:
    """What is wrong with the gradient of one parameter. `kind`: value, shape, missing, nan, type, state."""

    parameter: str
    kind: str
    text: str
    residual: float = np.nan
    allowance: float = np.nan
    digits: float = np.nan


@dataclass(frozen=True)
class Thoroughness:
    """How closely a trial is looked at.

    `directions` are random directions of each parameter; `every_entry`: of small parameters every entry too, while there is time;
    `exact`: ball arithmetic where it can be had; `wide`: the complex step in extended precision.
    """

    directions: int = 2
    every_entry: bool = True
    exact: bool = True
    wide: bool = True


THOROUGH = Thoroughness()


@dataclass
class Trial:
    """`backward` of a program on one set of inputs.

    After `run`: `gradients` as returned (float64, own shapes), `findings` by parameter, `failure` when nothing came back.
    """

    program: Program
    inputs: Inputs
    wanted: tuple[str, ...] | None = None
    seed: int = 0
    condition: str | None = None
    cost: float = np.nan
    matched: Matched = field(default_factory=lambda: Matched({}, (), ()))
    gradients: dict[str, np.ndarray] = field(default_factory=dict)
    findings: dict[str, Finding] = field(default_factory=dict)
    failure: Failed | None = None
    truth: Truth | None = None
    returned: Any = None
    seconds: float = 0.0
    how: Thoroughness = THOROUGH
    cached: bool = False  # backward reads what forward has stored
    spread: list[dict[str, np.ndarray]] = field(default_factory=list)
    _slopes: dict[str, list[tuple[np.ndarray, Slope]]] = field(default_factory=dict)
    kinks: dict[str, Slope] = field(default_factory=dict)
    _screens: dict[tuple[str, int], float] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """'seed 0' or 'seed 0, condition tiny variance'."""
        return f"seed {self.seed}" + (f", condition {self.condition}" if self.condition is not None else "")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.matched.keys)

    # --- running --------------------------------------------------------------------------------------------------

    def evaluate_forward(self) -> float:
        """The cost; `Failed` when `forward` does not give one number."""
        self.program.refresh()
        self.cost = scalar(self.program.forward(self.inputs))
        return self.cost

    def run(self, how: Thoroughness = THOROUGH) -> Trial:
        """Run `backward` on fresh globals and judge what comes back."""
        start = perf_counter()
        self.how = how
        try:
            self.returned = self._returned()
        except Failed as error:
            self.failure = error
        else:
            self._judge()
        self.seconds = perf_counter() - start
        return self

    def _returned(self) -> dict[str, Any]:
        """What backward gives, after a forward pass where it reads what that has stored (`cached`); `Failed` if it is no dict."""
        self.program.refresh()
        try:
            returned = self.program.backward(self.inputs)
        except Failed as error:
            if error.kind != "raised":
                raise
            self.program.refresh()
            try:
                self.program.forward(self.inputs)
                returned = self.program.backward(self.inputs)
            except Failed:
                raise error from None
            self.cached = True
        if not isinstance(returned, dict):
            raise Failed(f"returned {describe(returned)}, not a dict of gradients", kind="returned")
        return returned

    def _judge(self) -> None:
        self.matched = match_keys(self.returned, self.inputs, self.wanted)
        self._judge_structure()
        if self.matched.keys:
            self.truth = Truth(self.program, self.inputs, self.names, self.cost, self.how.wide, exact=self.how.exact)
            self.spread = disturbed_gradients(self.program, self.inputs, self.matched, self.cached)
            self._judge_values()
            self.program.refresh()

    def _judge_structure(self) -> None:
        for name in self.matched.missing:
            self._found(name, "missing", f"no gradient came back for {name}")
        for name, key in self.matched.keys.items():
            gradient = as_gradient(self.returned[key])
            shape = np.shape(self.inputs[name])
            if gradient is None:
                self._found(name, "type", f"{key} must be an array of real numbers, got {describe(self.returned[key])}")
                continue
            self.gradients[name] = gradient
            if gradient.shape != shape:
                self._found(name, "shape", f"{key} must have the shape of {name}, {shape}, got {gradient.shape}")
            elif not np.isfinite(gradient).all():
                count = int((~np.isfinite(gradient)).sum())
                self._found(name, "nan", f"{key} holds {count} NaN or infinite of {gradient.size} entries")

    def _found(self, name: str, kind: str, text: str, **numbers: float) -> None:
        self.findings.setdefault(name, Finding(name, kind, text, **numbers))

    # --- values ---------------------------------------------------------------------------------------------------

    def _judge_values(self) -> None:
        for name in self.names:
            if name in self.findings and self.findings[name].kind == "nan":
                self._judge_nan(name)
            if name in self.findings or name not in self.gradients:
                continue
            for i, (direction, slope) in enumerate(self.slopes(name)):
                residual, allowance = self.compare(name, direction, slope)
                if not residual <= allowance:
                    slope = self.truth.confirmed({name: direction}, slope)  # type: ignore[union-attr]
                    self._slopes[name][i] = direction, slope
                    residual, allowance = self.compare(name, direction, slope)
                if not residual <= allowance:
                    self._wrong_value(name, residual, allowance, slope)
                    break
        if self.how.every_entry:
            self._judge_entries()

    def _judge_nan(self, name: str) -> None:
        """NaN is forgiven only where the truth itself cannot be had."""
        if any(np.isfinite(slope.value) for _, slope in self.slopes(name)):
            return
        del self.findings[name]

    def _judge_entries(self) -> None:
        """Every entry of the parameters that are small enough, until the time for it is used up."""
        start = perf_counter()
        for name in sorted(self.gradients, key=lambda n: self.gradients[n].size):
            if name in self.findings or self.gradients[name].size > 64:
                continue
            for index in np.ndindex(self.gradients[name].shape):
                if perf_counter() - start > ENTRY_SECONDS:
                    return
                direction = np.zeros(self.gradients[name].shape)
                direction[index] = 1.0
                slope = self.truth.slope({name: direction}, quick=True)  # type: ignore[union-attr]
                residual, allowance = self.compare(name, direction, slope)
                if not residual <= allowance:
                    slope = self.truth.confirmed({name: direction}, slope)  # type: ignore[union-attr]
                    residual, allowance = self.compare(name, direction, slope)
                if not residual <= allowance:
                    self._wrong_value(name, residual, allowance, slope)
                    break

    def _wrong_value(self, name: str, residual: float, allowance: float, slope: Slope) -> None:
        size = max(abs(slope.value), 1e-300)
        digits = max(0.0, -np.log10(residual / size)) if residual > 0 else 16.0
        self._found(
            name,
            "value",
            f"the gradient of {name} is off by {residual:.2g} ({residual / max(allowance, 1e-300):.2g} times what rounding explains)",
            residual=residual,
            allowance=allowance,
            digits=digits,
        )

    def slopes(self, name: str) -> list[tuple[np.ndarray, Slope]]:
        """The truth along a few random directions of one parameter, computed once."""
        if name not in self._slopes:
            assert self.truth is not None
            rng = np.random.default_rng([7, *name.encode()])
            shape = np.shape(self.inputs[name])
            found = []
            for _ in range(self.how.directions if int(np.prod(shape)) > 1 else 1):
                direction = np.asarray(rng.standard_normal(shape) * 0.5 + rng.choice([-1.0, 1.0], shape))
                found.append((direction, self.truth.slope({name: direction}, quick=bool(found))))
            self._slopes[name] = found
        return self._slopes[name]

    def compare(self, name: str, direction: np.ndarray, slope: Slope) -> tuple[float, float]:
        """Distance of a gradient from the truth along `direction`, and what is allowed for it.

        Allowed are the error of the truth, the rounding of the code as disturbed runs show it, and the rounding of this comparison.
        """
        gradient = self.gradients[name]
        residual = distance(float(np.sum(gradient * direction)), slope)
        largest = float(np.max(np.abs(gradient), initial=0.0))
        terms = max(float(np.sum(np.abs(gradient * direction))), largest)
        if slope.low != slope.high and residual == 0:
            self.kinks[name] = slope
        return residual, self._allowed(name, direction, slope) + FLOOR * terms

    def _allowed(self, name: str, direction: np.ndarray, slope: Slope) -> float:
        """Error of the truth and rounding of the code along `direction`."""
        own, spread = self.gradients.get(name), 0.0
        for other in self.spread:
            if own is not None and name in other and other[name].size == own.size == direction.size:
                # the shape may have been lost on the way, as with a list of scalars
                deviation = abs(float(np.sum((other[name].reshape(own.shape) - own) * direction.reshape(own.shape))))
                spread = max(spread, deviation) if np.isfinite(deviation) else spread
        return slope.error + SAFETY * spread + 1e-300

    def depends_on(self, name: str) -> bool:
        """Does the cost change with this input, to first order, along a random direction?"""
        shape = np.shape(self.inputs[name])
        direction = np.random.default_rng(17).standard_normal(shape)
        truth = self.truth or Truth(self.program, self.inputs, (name,), self.cost)
        try:
            slope = truth.slope({name: direction}, quick=True)
        except Failed:
            return False
        reach = max(abs(slope.low), abs(slope.high))
        return bool(reach > slope.error + 1e-12 * abs(self.cost))

    def digits(self) -> float:
        """Decimal digits to which the gradients agree with the truth along the directions tried, at most 15."""
        worst = 15.0
        for name in self.gradients:
            for direction, slope in self.slopes(name):
                residual, allowance = self.compare(name, direction, slope)
                terms = float(np.sum(np.abs(self.gradients[name] * direction)))
                if residual > 0 and terms > allowance:  # a gradient that is zero to rounding has no digits to agree in
                    worst = min(worst, -float(np.log10(residual / terms)))
        return max(worst, 0.0)

    def wrong_in(self, returned: Any, order: list[str]) -> str | None:
        """The first parameter of `order` whose gradient in `returned` (a dict) disagrees with the truth; None if all agree.

        A quick screen for the repair: the rounding of the original stands in for that of the edited code.
        """
        if not isinstance(returned, Mapping):
            return order[0] if order else ""
        for name in order:
            gradient = as_gradient(returned.get(self.key_of(name, returned)))
            if gradient is None or gradient.shape != np.shape(self.inputs[name]):
                return name
            flat = gradient.ravel()
            for i, (direction, slope) in enumerate(self.slopes(name)):
                value = float(flat @ direction.ravel())
                allowance = self._screen(name, i) + 1e-12 * float(np.abs(flat) @ np.abs(direction.ravel()))
                if not (distance(value, slope) <= allowance < np.inf):  # NaN and infinity are refused
                    return name
        return None

    def _screen(self, name: str, i: int) -> float:
        """`_allowed` along direction `i`, computed once."""
        key = (name, i)
        if key not in self._screens:
            self._screens[key] = self._allowed(name, *self.slopes(name)[i])
        return self._screens[key]

    def key_of(self, name: str, returned: Mapping) -> str:
        """The key under which `returned` holds the gradient of `name`; a missing one is spelt like its siblings."""
        if name in self.matched.keys:
            return self.matched.keys[name]
        for other, key in self.matched.keys.items():
            if key.endswith(other):
                return key[: len(key) - len(other)] + name
        return match_keys(returned, self.inputs, self.wanted).keys.get(name, "d" + name)


def distance(value: float, slope: Slope) -> float:
    """How far a value lies outside [low, high]; NaN stays NaN."""
    if not np.isfinite(value):
        return np.nan
    return max(slope.low - value, value - slope.high, 0.0)
