"""Helpers of one array: is a function that only backward uses the derivative of a function of the file?"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gradref_reference.errors import GradrefError

from ..program.guard import Failed
from ..program.program import Program
from ..truth.probe import Probe, Settings, probing, strip
from ..truth.proxies import WIDENED
from ..truth.truth import H

if TYPE_CHECKING:
    from .cleared_lines import Innocence

__all__ = ["CallOfHelper", "judge_helpers"]


@dataclass
class CallOfHelper:
    """A function of one array that only backward uses, with an argument and a result."""

    node: ast.FunctionDef
    argument: np.ndarray
    result: np.ndarray


def judge_helpers(found: Innocence, program: Program, calls: dict[str, CallOfHelper]) -> None:
    """Is a helper of one argument the derivative of a function of the file, taken at z or expressed by a?"""
    others = [
        name for name in ("tanh", "exp", "sin", "cos", "sqrt", "log", "square", "arctan", "log1p", "expm1") if hasattr(np, name)
    ]
    others += [
        node.name
        for node in program.tree.body
        if isinstance(node, ast.FunctionDef) and len(node.args.args) - len(node.args.defaults) == 1 and node.name not in calls
    ]
    for name, call in calls.items():
        lines = range(call.node.lineno, (call.node.end_lineno or call.node.lineno) + 1)
        related, right = None, None
        for other in others:
            slope = _slope_of(program, other, call.argument)
            if slope is not None and slope[1].shape == call.result.shape:
                value, derivative = slope
                if _close(call.result, derivative):
                    right = other
                    break
                with np.errstate(all="ignore"):  # written in terms of a = f(z)
                    try:
                        if other not in program.namespace:
                            raise Failed("not of this file")
                        by_output = program.call(program.namespace[name], np.asarray(value, np.float64))
                    except Failed:
                        by_output = None
                if (
                    by_output is not None
                    and np.shape(by_output) == derivative.shape
                    and _close(np.asarray(by_output), derivative)
                ):
                    right = other
                    break
                if len(other) > 2 and other.lower().strip("_") in name.lower():
                    related = other
        if right is not None:
            found.right.update({line: f"it is the derivative of {right}" for line in lines})
            found.first.difference_update(lines)
        elif related is not None:
            for line in lines:
                found.right.pop(line, None)
            found.first.update(lines)
            found.named.update(dict.fromkeys(lines, f"{related} (the function)"))


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
