"""Item, Claim, Golden and Mistake: what the lecture says, as data that can be judged.

An item makes claims. A claim sets a formula written as code beside its truth, a program that any `World` can run: the formula
of 3.2.2 beside the Jacobian of w ⊙ x, for instance. A mistake is a wrong formula with the same arguments.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np

__all__ = ["KINK", "VALUE", "Claim", "Golden", "Item", "Mistake", "exact"]

KINK = {"random": "random inputs never hit the kink"}
"""What is blind to a mistake that shows exactly at a kink."""
VALUE = {"complex step": "a value: there is nothing to differentiate"}
"""What a claim skips that is about a value, not a derivative."""

Sizes = tuple[int, ...]


def exact(value: Any) -> Any:
    """Numbers and nested lists as arrays of exact fractions; strings ("3/4"), dicts and tuples are followed, the rest is kept.

    >>> exact([[1, "1/2"]])
    array([[Fraction(1, 1), Fraction(1, 2)]], dtype=object)
    """
    if isinstance(value, dict):
        return {key: exact(inner) for key, inner in value.items()}
    if isinstance(value, tuple):
        return tuple(exact(inner) for inner in value)
    if isinstance(value, int | Fraction | str):
        return Fraction(value)
    if isinstance(value, list):
        shape = np.shape(np.array(value, dtype=object))
        flat = [Fraction(v) for v in np.array(value, dtype=object).ravel()]
        out = np.empty(len(flat), dtype=object)
        out[:] = flat
        return out.reshape(shape)
    return value


@dataclass(frozen=True, eq=False)
class Golden:
    """Inputs whose result is known from paper.

    Attributes
    ----------
    inputs : arguments of the claim's code; fractions when `exact`.
    expected : what it must return, one entry per output; None for an output nobody wrote down.
    exact : True compares fractions with ==; False compares floats, to `digits` decimals where given, else to rounding.
    """

    inputs: tuple
    expected: tuple
    exact: bool = True
    digits: int | None = None

    def __post_init__(self) -> None:
        convert = exact if self.exact else (lambda v: v)
        object.__setattr__(self, "inputs", convert(self.inputs))
        object.__setattr__(self, "expected", exact(self.expected))


@dataclass(frozen=True, eq=False)
class Claim:
    """A formula and its truth.

    Attributes
    ----------
    name : the formula in signs.
    inputs, outputs : names of the arguments and of the results.
    code : the formula, `code(*inputs)`; one array or a tuple of them.
    truth : `truth(world, *inputs)`, the same quantities from the definition.
    draw : `draw(rng, sizes)` -> random inputs; `sizes` are pairwise different widths, the claim takes as many as it needs.
    goldens : known results.
    skips : judge -> the reason why it cannot judge this claim.
    pick : indices of the truth's results that this claim is about, where several claims share one truth; None for all.
    on_balls : False where the code needs floating-point numbers (an eigenvalue); then its floats are compared with the balls.
    """

    name: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    code: Callable[..., Any]
    truth: Callable[..., Any]
    draw: Callable[[np.random.Generator, Sizes], tuple]
    goldens: tuple[Golden, ...] = ()
    skips: Mapping[str, str] = field(default_factory=dict)
    pick: tuple[int, ...] | None = None
    on_balls: bool = True


@dataclass(frozen=True, eq=False)
class Mistake:
    """A wrong formula people write, with the arguments of the claim it breaks.

    Attributes
    ----------
    name : the mistake in words.
    claim : name of the claim.
    mutant : the wrong formula.
    wrong : (index of the golden example, the wrong result it gives there), where the specification states one.
    blind_to : judge -> why it cannot see the mistake; "random" stands for all that see random inputs only, "all" for everybody.
    """

    name: str
    claim: str
    mutant: Callable[..., Any]
    wrong: tuple[int, Any] | None = None
    blind_to: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False, repr=False)
class Item:
    """One item of the lecture.

    Attributes
    ----------
    id, title, timestamp : "3.2.2", its heading and where it starts in the video.
    statement : LaTeX.
    shapes, conditions : in words.
    functions : its formulas as code.
    claims : see there.
    mistakes : added by the registry, `gradref_reference.lecture.items`, from `mistakes/`.
    """

    id: str
    title: str
    timestamp: str
    statement: str
    shapes: str
    conditions: str
    functions: tuple[Callable[..., Any], ...]
    claims: tuple[Claim, ...]
    mistakes: tuple[Mistake, ...] = ()

    def __repr__(self) -> str:
        return f"Item({self.id} {self.title})"

    def claim(self, name: str) -> Claim:
        """The claim called `name`; KeyError otherwise."""
        return {c.name: c for c in self.claims}[name]
