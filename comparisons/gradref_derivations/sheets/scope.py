"""What the names on a sheet are, as far as reading needs it: functions, compound names, families, layers."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["LAYERED", "LAYER_LETTERS", "Scope"]

LAYERED = {"W": "W", "w": "W", "b": "b", "z": "z", "a": "a", "δ": "δ", "A": "A", "Z": "Z", "Δ": "Δ", "h": "a"}
"""Names of a network that have layers -> the name they are kept under."""

LAYER_LETTERS = frozenset({"l", "ℓ", "L"})


@dataclass
class Scope:
    """Names known before the formulas are read; filled by declarations and by a first look at every left side.

    Attributes
    ----------
    functions : names that are applied: defined as `f(x) = ...`, or never defined and followed by a bracket.
    compounds : names with a subscript or an accent that is part of the name, as `σ_B` or `W_x`.
    families : names whose subscript is a step, as h_t.
    steps : the letters of such steps.
    variables : plain names that are declared or defined.
    arrays : those of them that have entries.
    sizes : letters that are sizes.
    words : names of several letters.
    layers : True on a sheet of a network.
    depth : its number of layers.
    both : families whose letter alone is a name of its own.
    ends : whether the sheet speaks of a weight's two ends, as in a_{in} δ_{out}.
    batch : the letter (or number) of samples, None without a batch.
    """

    functions: set[str] = field(default_factory=set)
    compounds: set[str] = field(default_factory=set)
    families: set[str] = field(default_factory=set)
    steps: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)
    arrays: set[str] = field(default_factory=set)
    sizes: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    layers: bool = False
    depth: int = 0
    ends: bool = False
    both: set[str] = field(default_factory=set)
    batch: str | None = None

    def family_key(self, base: str) -> str:
        """The key of a family; another than its letter where the letter alone is a name too, as in L = Σ_t L_t."""
        return f"{base}_t" if base in self.both else base

    def layered(self, name: str) -> bool:
        """True where a superscript of `name` is a layer."""
        return self.layers and name in LAYERED and (name != "h" or "a" not in self.variables)
