"""From opinions on claims to verdicts on items and on mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gradref_reference.lecture.item import Claim, Item, Mistake

from .judges import JUDGES, Opinion, judge

__all__ = ["ItemVerdict", "MistakeVerdict", "as_data", "examples", "judge_item", "judge_mistakes"]


@dataclass(frozen=True)
class ItemVerdict:
    """The opinions on every claim of an item: `opinions[claim][judge]`."""

    item: Item
    opinions: Mapping[str, Mapping[str, Opinion]]

    def judge(self, name: str) -> Opinion:
        """One judge on the whole item: the first failure, else a pass if it judged any claim, else its reason for not judging."""
        mine = [by_judge[name] for by_judge in self.opinions.values()]
        for claim, opinion in zip(self.opinions, mine, strict=True):
            if opinion.ok is False:
                return Opinion(name, "fail", f"{claim}: {opinion.reason}", opinion.looked)
        passed = [o for o in mine if o.ok]
        if passed:
            return Opinion(name, "pass", looked=sum(o.looked for o in passed))
        return mine[0]

    @property
    def judges(self) -> dict[str, Opinion]:
        """Judge -> its opinion on the item."""
        return {name: self.judge(name) for name in JUDGES}

    @property
    def ok(self) -> bool:
        """True when at least one judge passes the item and none fails it."""
        verdicts = [o.ok for o in self.judges.values()]
        return True in verdicts and False not in verdicts

    def to_dict(self) -> dict[str, Any]:
        """{id, title, ok, judges: {name: True, False or None}, skipped: {name: reason}, examples}."""
        judges = self.judges
        return {
            "id": self.item.id,
            "title": self.item.title,
            "ok": self.ok,
            "judges": {name: o.ok for name, o in judges.items()},
            "comparisons": {name: o.looked for name, o in judges.items()},
            "reasons": {name: o.reason for name, o in judges.items() if not o.ok},
            "examples": examples(self.item),
        }


@dataclass(frozen=True)
class MistakeVerdict:
    """What the judges say to a known mistake: they must fail it, except where the mistake declares them blind."""

    item: Item
    mistake: Mistake
    opinions: Mapping[str, Opinion]

    def rejected(self, name: str) -> bool | None:
        """True when this judge rejects the mistake, False when it survives, None when the judge does not apply."""
        ok = self.opinions[name].ok
        return None if ok is None else not ok

    def declared_blind(self, name: str) -> str:
        """Why this judge cannot see the mistake, or "" when it should."""
        blind = self.mistake.blind_to
        return blind.get(name, blind.get("all", "") if name == "golden" else blind.get("random", blind.get("all", "")))

    @property
    def surprises(self) -> dict[str, str]:
        """Judge -> what differs from the declaration, in either direction."""
        out = {}
        for name in JUDGES:
            rejected, blind = self.rejected(name), self.declared_blind(name)
            if rejected is False and not blind:
                out[name] = "survives, and no blind spot is declared"
            elif rejected and blind:
                out[name] = f"rejected, but declared a blind spot ({blind})"
        return out

    @property
    def blind_spot(self) -> bool:
        """True for a mistake that is declared to survive every judge."""
        return "all" in self.mistake.blind_to

    @property
    def ok(self) -> bool:
        """Every judge does what is declared, and some judge rejects the mistake unless it is a declared blind spot."""
        caught = any(self.rejected(name) for name in JUDGES)
        return not self.surprises and (caught or self.blind_spot)

    def to_dict(self) -> dict[str, Any]:
        """{id, mistake, claim, ok, rejected: {judge: True, False or None}, blind_to, first_reason}."""
        blind = {name: self.declared_blind(name) for name in JUDGES}
        return {
            "id": self.item.id,
            "mistake": self.mistake.name,
            "claim": self.mistake.claim,
            "ok": self.ok,
            "rejected": {name: self.rejected(name) for name in JUDGES},
            "blind_to": {"all": self.mistake.blind_to["all"]} if self.blind_spot else {n: b for n, b in blind.items() if b},
            "reasons": {name: o.reason for name, o in self.opinions.items() if o.ok is False},
        }


def judge_item(item: Item, seed: int = 0) -> ItemVerdict:
    """Every judge on every claim of an item."""
    return ItemVerdict(item, {c.name: {name: judge(name, c, seed=seed) for name in JUDGES} for c in item.claims})


def judge_mistakes(item: Item, seed: int = 0) -> list[MistakeVerdict]:
    """Every judge on every known mistake of an item."""
    return [judge_mistake(item, mistake, seed) for mistake in item.mistakes]


def judge_mistake(item: Item, mistake: Mistake, seed: int = 0) -> MistakeVerdict:
    """Every judge on one mistake."""
    claim = item.claim(mistake.claim)
    return MistakeVerdict(item, mistake, {name: judge(name, claim, mistake.mutant, seed) for name in JUDGES})


# --- examples --------------------------------------------------------------------------------------------------------


def examples(item: Item) -> list[dict[str, Any]]:
    """The golden examples of an item, computed: claim, inputs, expected and computed results by name, numbers as text."""
    out = []
    for claim in item.claims:
        for golden in claim.goldens:
            computed = claim.code(*golden.inputs)
            results = list(computed) if isinstance(computed, tuple | list) else [computed]
            out.append(
                {
                    "claim": claim.name,
                    "exact": golden.exact,
                    "inputs": {n: as_data(v) for n, v in zip(claim.inputs, golden.inputs, strict=True)},
                    "expected": _named(claim, golden.expected),
                    "computed": {n: as_data(v) for n, v in zip(claim.outputs, results, strict=False)},
                }
            )
    return out


def _named(claim: Claim, expected: tuple) -> dict[str, Any]:
    return {n: as_data(v) for n, v in zip(claim.outputs, expected, strict=False) if v is not None}


def as_data(value: Any) -> Any:
    """Numbers, arrays and dicts of arrays as JSON: fractions as "3/4", nested lists for arrays."""
    if isinstance(value, dict):
        return {str(key): as_data(inner) for key, inner in value.items()}
    if isinstance(value, np.ndarray):
        return [as_data(inner) for inner in value] if value.ndim else as_data(value[()])
    if isinstance(value, tuple | list):
        return [as_data(inner) for inner in value]
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, float | np.floating):
        return float(value)
    return int(value) if getattr(value, "denominator", None) == 1 else str(value)
