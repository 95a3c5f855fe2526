"""DerivationReport: what was found about one derivation, as data, as text for a person, as JSON and as HTML."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from html import escape
from math import isfinite
from typing import Any

from .wording import describe_report

__all__ = [
    "FORMAT",
    "Conduct",
    "DerivationReport",
    "Entries",
    "Equation",
    "Explanation",
    "NotJudged",
    "Place",
    "Remark",
    "Repair",
    "RestsOn",
    "SeedReport",
    "Taken",
]

FORMAT = 1  # of the JSON object; raised when a field changes its meaning
SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class RestsOn:
    """A number with another of which a repair does not hold: `kind` is size or constant, `name` that of a constant."""

    kind: str
    name: str
    value: float


@dataclass(frozen=True)
class Repair:
    """One edit that makes every gradient right. `before` and `after` are the source of the line; `old` and `new` the part that differs.

    `verified` names what it was verified on; `others` are further edits that do the same. Without `after` only the line is known,
    and where it is not `sure` it is only the likeliest. With other numbers than those in `rests_on` it does not hold.
    """

    line: int
    before: str
    after: str | None
    old: str = ""
    new: str = ""
    verified: str = ""
    others: tuple[str, ...] = ()
    sure: bool = True
    rests_on: tuple[RestsOn, ...] = ()


@dataclass(frozen=True)
class Place:
    """Where to look when no edit is known: `text` of the line; it is the first wrong one if `sure`, else only the likeliest.

    `file` says which file the line belongs to where that is not the checked one.
    """

    line: int
    text: str = ""
    sure: bool = True
    file: str | None = None


@dataclass(frozen=True)
class Equation:
    """The equation of backpropagation where an error enters: `kind` 1 to 4, at `layer`, or None for every layer alike.

    `or_cost`: what the layers show fits a wrong derivative of the cost as well as BP1.

    >>> str(Equation(2, 1))
    'δ¹ (equation 2, BP2 at l=1)'
    """

    kind: int
    layer: int | None
    or_cost: bool = False

    def __str__(self) -> str:
        if self.kind == 1:
            return f"δ{self._up()} (equation 1, BP1{', or the cost' if self.or_cost else ''})"
        quantity = {2: "δ", 3: "∂C/∂b", 4: "∂C/∂W"}[self.kind]
        if self.layer is None:
            return f"{quantity} of every layer (equation {self.kind}, BP{self.kind})"
        return f"{quantity}{self._up()} (equation {self.kind}, BP{self.kind} at l={self.layer})"

    def _up(self) -> str:
        return str(self.layer).translate(SUPERSCRIPTS)


@dataclass(frozen=True)
class Entries:
    """Which entries of one gradient are wrong. `pattern`: all, row, column, one, some; `index` is the worst one; `where` the inputs."""

    parameter: str
    pattern: str
    wrong: int
    total: int
    index: tuple[int, ...] = ()
    actual: float | None = None
    expected: float | None = None
    where: str = ""


@dataclass(frozen=True)
class Explanation:
    """A simple relation between the wrong gradient and the right one. `kind`: factor, transposed, permuted, shape, zero..."""

    parameter: str
    kind: str
    text: str
    factor: float | None = None


@dataclass(frozen=True)
class Conduct:
    """Something the code does that gradients alone do not show. A `fault` makes the derivation wrong, a remark does not."""

    kind: str
    text: str
    parameters: tuple[str, ...] = ()
    line: int | None = None
    fault: bool = True


@dataclass(frozen=True)
class NotJudged:
    """A parameter, or a set of inputs, about which nothing is said, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Remark:
    """What a reader should know beside a verdict: a constant of the forward pass, a conversion, a habit of the code."""

    text: str
    line: int | None = None


@dataclass(frozen=True)
class Taken:
    """What was inferred, not given: None, or nothing, where nothing had to be."""

    inputs: str | None = None
    parameters: tuple[str, ...] = ()
    gradients: dict[str, str] = field(default_factory=dict)
    cost: str | None = None


@dataclass(frozen=True)
class SeedReport:
    """The outcome of one seed, all its inputs together; `conditions` are those that showed something."""

    seed: int
    ok: bool
    wrong: tuple[str, ...]
    conditions: tuple[str, ...] = ()
    inputs: int = 1


@dataclass(frozen=True)
class DerivationReport:
    """The verdict on a hand derivation.

    Attributes
    ----------
    verdict : "right", "right_but" (for what `remarks` say), "wrong" or "unjudged".
    judged : parameters whose gradient was compared with the truth; `not_judged` the others, and inputs, with the reason.
    wrong : wrong parameters in order of cause; `root` is the first of them.
    right : the other parameters.
    entry : the equation of backpropagation where the error enters, or None; `equation` is the same as text.
    entries, explanations, conduct, conventions, remarks : details; see the classes.
    repair : the edit that fixes it, or None.
    place : the line alone, where no edit is known, or None.
    cell : the cell of a notebook that the line is in, or None.
    taken : what was inferred instead of given.
    truth : {"method", "digits"}.
    seconds : wall time.
    seeds : one outcome per seed.
    notes : what a reader should know about this check itself.
    """

    verdict: str
    judged: tuple[str, ...] = ()
    not_judged: tuple[NotJudged, ...] = ()
    wrong: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    entry: Equation | None = None
    entries: tuple[Entries, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    repair: Repair | None = None
    place: Place | None = None
    cell: int | None = None
    conduct: tuple[Conduct, ...] = ()
    conventions: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()
    taken: Taken = field(default_factory=Taken)
    truth: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    seeds: tuple[SeedReport, ...] = ()
    notes: tuple[str, ...] = ()
    name: str = "derivation"

    @property
    def ok(self) -> bool:
        """True when every gradient that matters was judged and found right, and the code behaves."""
        return self.verdict in ("right", "right_but")

    @property
    def root(self) -> str | None:
        """The first cause among the wrong parameters."""
        return self.wrong[0] if self.wrong else None

    @property
    def equation(self) -> str | None:
        """`entry` in words."""
        return None if self.entry is None else str(self.entry)

    @property
    def line(self) -> int | None:
        """The line to change, or else to look at."""
        found = self.repair or self.place
        return found.line if found else None

    def to_dict(self) -> dict[str, Any]:
        """The fields of the JSON report: those every judging command has, then those of a derivation; null or [] for nothing."""
        plain = _plain(asdict(self))
        repair, place = plain.pop("repair"), plain.pop("place")
        if repair is not None:
            repair["verified"] = repair["verified"] or None
        common = {"format": FORMAT, "verdict": plain.pop("verdict"), "ok": self.ok}
        common |= {"judged": plain.pop("judged"), "not_judged": plain.pop("not_judged")}
        named = {"root": self.root, "equation": self.equation, "repair": repair, "line": self.line}
        where = {"file": None, "sure": True} | (place or {})
        named |= {"file": where["file"], "line_sure": where["sure"] if self.line else None}
        return common | plain | named | {"seconds": round(self.seconds, 3)}

    def to_json(self) -> str:
        """`to_dict` as one JSON object; never NaN or Infinity."""
        return json.dumps(self.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)

    def __str__(self) -> str:
        return describe_report(self)

    def _repr_html_(self) -> str:
        colour = "#1a7f37" if self.ok else "#b3261e"
        title, *rest = str(self).splitlines()
        paragraphs = "".join(f"<p style='margin:.3em 0'>{escape(line)}</p>" for line in rest if line.strip())
        head = f"<b style='color:{colour}'>{escape(title)}</b>"
        return f"<div style='border-left:4px solid {colour};padding:.2em .8em'>{head}{paragraphs}</div>"


def _plain(value: Any) -> Any:
    """What JSON can hold: lists for tuples, null for a number that is not finite."""
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return float(value) if isfinite(value) else None
    return value
