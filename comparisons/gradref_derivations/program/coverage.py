"""Which lines of a program one call of `forward` runs through: a change of any other cannot change what is derived."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from .guard import Failed
from .program import Inputs, Program, copy_inputs

__all__ = ["lines_of_forward"]


def lines_of_forward(program: Program, inputs: Inputs) -> set[int]:
    """The lines of the checked file that `forward` executes; what was traced before is traced again afterwards."""
    found: set[int] = set()

    def watch(frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename != program.filename:
            return None
        if event == "line":
            found.add(frame.f_lineno)
        return watch

    def traced(given: Inputs) -> Any:
        before = sys.gettrace()
        sys.settrace(watch)
        try:
            return program.namespace["forward"](given)
        finally:
            sys.settrace(before)

    program.refresh()
    try:
        program.call(traced, copy_inputs(inputs))
    except Failed:
        return found
    finally:
        program.refresh()
    return found
