"""What stands on a sheet, read: settings, declarations, definitions, claims, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field

from .definitions import Definition, Function
from .document import Document
from .network import Plan
from .printing import written
from .scope import Scope
from .tree import Node

__all__ = ["Claim", "Problem", "Sheet"]


@dataclass
class Claim:
    """One equality to judge.

    Attributes
    ----------
    left, right : the two sides.
    guard : trees of conditions on the line.
    span : place of both sides; `right_span` of the right one, whose line is the claim's.
    first : for a step of a chain, the chain's first side; else None.
    approximate : whether ≈ stands between them.
    chain : number of the chain, and of the step in it.
    """

    left: Node
    right: Node
    span: tuple[int, int]
    left_span: tuple[int, int]
    right_span: tuple[int, int]
    guards: list[Node] = field(default_factory=list)
    first: Node | None = None
    approximate: bool = False
    chain: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Problem:
    """What could not be read or is not judged: `kind` is unreadable, shapes, or note."""

    kind: str
    message: str
    span: tuple[int, int]
    chain: tuple[int, int] = (0, 0)


@dataclass
class Sheet:
    """What stands on a sheet; `ranged` where it says which steps a family has."""

    document: Document
    scope: Scope
    plan: Plan | None = None
    layout: str | None = None
    declared: dict[str, tuple[str | int, ...]] = field(default_factory=dict)
    properties: dict[str, set[str]] = field(default_factory=dict)
    steps: dict[str, tuple[int, str | int]] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)
    firsts: dict[tuple[str, int], Definition] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    defined: list[tuple[tuple[int, int], str]] = field(default_factory=list)
    functionals: set[str] = field(default_factory=set)
    undefined: set[str] = field(default_factory=set)
    costs: tuple[str, ...] = ()
    remarks: list[str] = field(default_factory=list)
    uses_d: bool = False
    ranged: bool = False

    def source(self, node: Node) -> str:
        """What was written for a tree."""
        return written(node, self.document.text)
