"""Adapter: what a framework must offer to be judged. A class with these members is enough; nothing is inherited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from gradref_reference import Case, Trace

if TYPE_CHECKING:
    from gradref_reference.error_model.contract import Contract

__all__ = ["Adapter", "Finding"]


@runtime_checkable
class Adapter(Protocol):
    """Runs a network in one framework.

    Attributes
    ----------
    name : of the framework, as it stands in reports ("torch").

    A framework that is not installed must make the adapter's module, or its constructor, raise `ImportError`.

    Optional members: `findings() -> list[Finding]`, the lines of `gradref doctor`; `uninstrumented(case) -> (dW, db)`, the
    gradients as a user computes them who looks at nothing else; `forget_compiled()`, for sweeps over many shapes.
    """

    name: str

    def version(self) -> str:
        """The framework's version."""
        ...

    def modes(self) -> tuple[str, ...]:
        """The ways it can differentiate, the plainest first ("eager", "func", "compile")."""
        ...

    def supports(self, case: Case) -> str | None:
        """None when `run(case)` will work here; otherwise one sentence saying why not."""
        ...

    def run(self, case: Case) -> Trace:
        """Run `case.rounded()` in `case.dtype` and `case.mode`; a Trace of float64 copies of the framework's own tensors.

        The inputs are not written to, no global state of the framework is changed, and the same call gives the same bits.
        """
        ...

    def contract(self, case: Case) -> Contract:
        """What the framework promises about its rounding in this case, as data."""
        ...


@dataclass(frozen=True)
class Finding:
    """One line of `gradref doctor`: what was found, and in one sentence what it means for agreement."""

    name: str
    value: str
    meaning: str
