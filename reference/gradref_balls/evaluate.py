"""Run a forward function, as its author wrote it, on balls."""

import linecache
import traceback
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from flint import arb

from .array import Ball, BallArray, Plain
from .convert import as_ball, as_objects, precision
from .errors import NotBallable, Place
from .namespaces import user_namespaces
from .patch import patched

__all__ = ["evaluate", "run", "to_balls"]


def _inward(x: Any) -> Any:
    if isinstance(x, BallArray):
        return x.copy()
    if isinstance(x, np.ndarray):
        if x.dtype.kind in "fO":
            return as_objects(x).copy().view(BallArray)
        if x.dtype.kind == "c":
            raise NotBallable(f"inputs: arrays must be real, got dtype {x.dtype}. Complex numbers cannot be enclosed.")
        return x.copy().view(Plain) if x.dtype.kind in "iub" else x
    if isinstance(x, np.floating):
        return Ball(arb(float(x)))
    if isinstance(x, Mapping):
        return {k: _inward(v) for k, v in x.items()}
    if type(x) in (list, tuple):
        return type(x)(_inward(v) for v in x)
    return x


def to_balls(inputs: Mapping[str, Any], bits: int = 400) -> dict[str, Any]:
    """A copy of `inputs` whose float arrays are exact balls; integer and bool arrays, Python numbers and text stay.

    Lists, tuples and dicts of arrays are followed. Raises `NotBallable` on complex arrays.
    """
    with precision(bits):
        return {name: _inward(value) for name, value in inputs.items()}


def _place(error: BaseException, namespaces: list[dict[str, Any]]) -> Place:
    """The innermost line in the user's own code that an error went through."""
    spaces = {id(s) for s in namespaces}
    for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
        if id(frame.f_globals) in spaces:
            return Place(frame.f_code.co_name, line, linecache.getline(frame.f_code.co_filename, line).strip())
    return Place("forward")


def run(forward: Callable, inputs: Mapping[str, Any], namespaces: list[dict[str, Any]]) -> arb:
    """forward(inputs) as one ball at the present precision; `inputs` are balls already and are not protected.

    Raises `NotBallable`, with the line, for whatever goes wrong: an error of the code itself shows in float64 too.
    """
    try:
        with patched(namespaces), np.errstate(all="ignore"):
            result = forward(inputs)
    except NotBallable as error:
        raise NotBallable(error.reason, error.place or _place(error, namespaces)) from error
    except Exception as error:
        said = f"{type(error).__name__}: {str(error).rstrip('.')}"
        reason = f"must run on ball arrays, got {said}. Use float64 differences for this function."
        raise NotBallable(reason, _place(error, namespaces)) from error
    if isinstance(result, (Ball, arb, BallArray)) and getattr(result, "size", 1) == 1:
        return as_ball(result)
    if isinstance(result, (int, float, np.generic)) or (isinstance(result, np.ndarray) and result.size == 1):
        return as_ball(result)  # a constant, or rounded on the way: the leak test tells
    shape = getattr(result, "shape", None)
    raise NotBallable(
        f"forward: must return one number, got {f'shape {shape}' if shape is not None else type(result).__name__}. Return the cost."
    )


def evaluate(forward: Callable, inputs: Mapping[str, Any], bits: int = 400) -> arb:
    """The value of `forward(inputs)` as a ball of about `bits` bits.

    The floats in `inputs` are taken as exact. `forward` is run unchanged: its module sees stand-ins for numpy, math,
    scipy.special and float while it runs. Raises `NotBallable` with the line and the reason.
    """
    with precision(bits):
        return run(forward, to_balls(inputs, bits), user_namespaces(forward))
