"""Two ways to differentiate in NumPy: the reference's four equations in their fast forms, and as they are written.

Each mode takes a case and returns the reference's `Trace`, whose arrays it may share with its inputs.
"""

from __future__ import annotations

from collections.abc import Callable

from gradref_reference import Case, Trace, backprop

__all__ = ["MODES"]


def reference(case: Case) -> Trace:
    """`gradref_reference.backprop`, which rounds the case's numbers itself."""
    return backprop(case.network, case.parameters, case.batch, case.dtype)


def textbook(case: Case) -> Trace:
    """The equations as they are written, which add row after row: float64 only."""
    return backprop(case.network, case.parameters, case.batch, case.dtype, "textbook")


MODES: dict[str, Callable[[Case], Trace]] = {"reference": reference, "textbook": textbook}
