"""Helpers of one array: is a function that only backward uses the derivative of a function of the file?"""

from __future__ import annotations

import ast
from dataclasses import dataclass

import numpy as np

from gradref_reference.errors import GradrefError

from ..program.guard import Failed
from ..program.program import Program
from ..truth.probe import Probe, Settings, probing, strip
from ..truth.proxies import WIDENED
from ..truth.truth import H

__all__ = ["CallOfHelper", "HelperVerdict", "judge_helpers"]


@dataclass
class CallOfHelper:
    """A function of one array that only backward uses, with an argument and a result."""

    node: ast.FunctionDef
    argument: np.ndarray
    result: np.ndarray


@dataclass(frozen=True)
class HelperVerdict:
    """The lines of a helper, the function it is the derivative of, or else the one whose name it bears."""

    lines: range
    derivative_of: str | None = None
    named_after: str | None = None


ELEMENTARY = ("tanh", "exp", "sin", "cos", "sqrt", "log", "square", "arctan", "log1p", "expm1")


def judge_helpers(program: Program, calls: dict[str, CallOfHelper]) -> list[HelperVerdict]:
    """Is a helper of one argument the derivative of a function of the file, taken at z or expressed by a?"""
    own = [
        node.name
        for node in program.tree.body
        if isinstance(node, ast.FunctionDef) and len(node.args.args) - len(node.args.defaults) == 1 and node.name not in calls
    ]
    return [_judged(program, name, call, [*ELEMENTARY, *own]) for name, call in calls.items()]


def _judged(program: Program, name: str, call: CallOfHelper, others: list[str]) -> HelperVerdict:
    lines = range(call.node.lineno, (call.node.end_lineno or call.node.lineno) + 1)
    related = None
    for other in others:
        slope = _slope_of(program, other, call.argument)
        if slope is None or slope[1].shape != call.result.shape:
            continue
        value, derivative = slope
        if _close(call.result, derivative) or _is_derivative_by_output(program, name, other, value, derivative):
            return HelperVerdict(lines, derivative_of=other)
        if len(other) > 2 and other.lower().strip("_") in name.lower():
            related = other
    return HelperVerdict(lines, named_after=related)


def _is_derivative_by_output(program: Program, name: str, other: str, value: np.ndarray, derivative: np.ndarray) -> bool:
    """True for a helper that expects a = f(z), as sigmoid_prime(a) = a (1 - a) does."""
    if other not in program.namespace:
        return False
    try:
        with np.errstate(all="ignore"):
            by_output = program.call(program.namespace[name], np.asarray(value, np.float64))
    except Failed:
        return False
    return np.shape(by_output) == derivative.shape and _close(np.asarray(by_output), derivative)


def _close(a: np.ndarray, b: np.ndarray) -> bool:
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return bool(
        np.isfinite(b).all() and np.all(np.abs(a - b) <= 1e-9 * (np.abs(b) + 1e-3 * np.max(np.abs(b), initial=0.0)) + 1e-14)
    )


def _slope_of(program: Program, name: str, argument: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """A function of one array and its elementwise derivative, by complex step."""
    try:
        function = program.seen_through(WIDENED)[name] if name in program.namespace else getattr(np, name)
        with probing(Settings()):
            result = strip(program.call(function, (argument.astype(np.clongdouble) + np.clongdouble(1j * H)).view(Probe)))
    except (Failed, KeyError, GradrefError):
        return None
    if not isinstance(result, np.ndarray) or result.shape != argument.shape or result.dtype.kind != "c":
        return None
    return np.asarray(result.real, np.float64), np.asarray(result.imag / np.longdouble(H), np.float64)
