"""The conventions a sheet may follow, of which several fit until one is said or found."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["LAYOUTS", "Reading"]

LAYOUTS = ("mixed", "numerator", "denominator")


@dataclass
class Reading:
    """One way to read a sheet.

    Attributes
    ----------
    layout : numerator, denominator or mixed.
    factor : "sample" when δ and Δ carry no batch factor, "inside" when they do.
    partial : "total" when ∂ follows every path, "explicit" when it follows only what the numerator's own definition shows.
    steps : "all" when a loss that is never defined looks at every step of a family, "one" when the sheet is about a single step.
    seen : which of these an expression turned out to depend on; filled while shapes are found.
    """

    layout: str = "mixed"
    factor: str = "sample"
    partial: str = "total"
    steps: str = "all"
    seen: set[str] = field(default_factory=set)

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.layout, self.factor, self.partial, self.steps
