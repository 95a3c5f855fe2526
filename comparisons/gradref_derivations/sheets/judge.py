"""The verdict of every claim on a sheet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

from .build import Models
from .conditions import Condition, find_condition, kinks_of, uses_generic
from .counterexample import Counterexample, smallest
from .network import NoLayer
from .problems import Mismatch, SheetError
from .reading import LAYOUTS, Reading
from .repair import find_repair
from .sheet import Claim, Problem, Sheet
from .tree import Node, walk
from .trials import Assumption, Outcome, Typed, instances, judge_points
from .undeclared import spoken_of_as_arrays, taken_as_numbers

__all__ = ["Judge", "Judgement"]

SPECIAL = {
    "symmetric",
    "antisymmetric",
    "orthogonal",
    "diagonal",
    "onehot",
    "probability",
    "definite",
    "positive",
    "negative",
    "unit",
}


@dataclass
class Judgement:
    """What was found of one claim; see `report.ClaimReport` for the words."""

    claim: Claim
    verdict: str
    condition: str | None = None
    stated: bool = False
    counts: bool = False
    counterexample: Counterexample | None = None
    repair: str | None = None
    error: SheetError | None = None
    digits: int = 0
    points: int = 0
    layer: int | None = None
    layout: str | None = None
    follows: bool | None = None
    approximate: bool = False
    notes: list[str] = field(default_factory=list)


class Judge:
    """Judges the claims of a sheet.

    Parameters
    ----------
    sheet : what was read.
    seed : from which every trial point follows.
    time_limit : seconds for all claims; what is left then is said not to be judged.
    repairs : whether to look for repairs.
    """

    def __init__(self, sheet: Sheet, seed: int = 0, time_limit: float = 60.0, repairs: bool = True) -> None:
        self.sheet, self.seed, self.repairs = sheet, seed, repairs
        self.stop = monotonic() + time_limit
        self.models = Models(sheet)
        self.layout: str | None = sheet.layout
        self.layout_matters = False
        self.factor = "sample"
        self.steps = "all"
        self.remarks: list[str] = []
        self.numbers: set[str] = set()
        self._outcomes: dict[tuple, Outcome] = {}

    def all(self) -> list[Judgement]:
        """Every claim's judgement, in the order of the sheet."""
        self._choose()
        self._one_step()
        self._definitions()
        found = []
        for claim in self.sheet.claims:
            if monotonic() > self.stop:
                error = SheetError(
                    "the time for this sheet ran out before this claim. Split the sheet, or give more time.", claim.span
                )
                found.append(Judgement(claim, "unreadable", error=error))
                continue
            try:
                found.append(self.one(claim))
            except RecursionError:
                found.append(Judgement(claim, "unreadable", error=SheetError("the formulas are nested too deeply.", claim.span)))
        if self.numbers:
            self.remarks.append(f"Taken as numbers: {', '.join(sorted(self.numbers))} (never declared).")
        return found

    def _definitions(self) -> None:
        """Say which definitions have no shape: each once, and not again what only follows from another."""
        model = self.models.of(self.reading(), False)
        for d in self.sheet.definitions.values():
            error = model.refused.get(d.name)
            inside = error is not None and error.span is not None and d.span[0] <= error.span[0] <= d.span[1]
            if error is not None and (inside or error.span is None) and d.span != (0, 0):
                kind = "shapes" if isinstance(error, Mismatch) else "unreadable"
                self.sheet.problems.append(Problem(kind, error.message, error.span or d.span))

    # -- readings

    def reading(self, **other: Any) -> Reading:
        return replace(Reading(self.layout or "mixed", self.factor, steps=self.steps), **other)

    def outcome(self, claim: Claim, reading: Reading) -> Outcome:
        key = (claim.left, claim.right, tuple(claim.guards), reading.key)
        if key not in self._outcomes:
            self._outcomes[key] = self.measure(claim.left, claim.right, claim.guards, reading)
        return self._outcomes[key]

    def measure(
        self, left: Node, right: Node, guards: list[Node], reading: Reading, limit: int | None = None, seed: int | None = None
    ) -> Outcome:
        """The claim under one reading: shapes first, then trial points."""
        typed, error, seen = self.typed(left, right, guards, reading)
        if error is not None:
            return Outcome("shapes" if isinstance(error, (Mismatch, NoLayer)) else "unreadable", error=error, seen=seen)
        try:
            result = judge_points(typed, self.seed if seed is None else seed, limit=limit)
        except RecursionError:
            return Outcome("unreadable", error=SheetError("the definitions are nested too deeply."), seen=seen)
        result.seen = seen
        return result

    def typed(
        self, left: Node, right: Node, guards: list[Node], reading: Reading
    ) -> tuple[list[Typed], SheetError | None, set[str]]:
        model = self.models.of(reading, self.models.batched([left, right, *guards]))
        seen = model.reading.seen
        before = set(seen)
        seen.clear()
        mark = model.trail.mark()
        try:
            return instances(left, right, guards, model, self.sheet.properties), None, set(seen)
        except SheetError as error:
            model.trail.undo(mark)
            return [], error, set(seen)
        except RecursionError:
            model.trail.undo(mark)
            return [], SheetError("the definitions are nested too deeply."), set(seen)
        finally:
            seen |= before

    def _choose(self) -> None:
        """The layout and the batch factor in which most lines hold."""
        base = [self.outcome(c, self.reading()) for c in self.sheet.claims]
        if any("factor" in o.seen for o in base) and not all(o.kind == "holds" for o in base if "factor" in o.seen):
            scores = {f: self._score(self.reading(factor=f), "factor") for f in ("sample", "inside")}
            if scores["inside"] > scores["sample"]:
                self.factor = "inside"
                self.remarks.append("δ and Δ carry the batch factor 1/m inside on this sheet; that is read as such.")
        self.layout_matters = any("layout" in o.seen for o in base)
        if not self.layout_matters or self.sheet.layout is not None:
            return
        if self.sheet.plan is None or not all(o.kind == "holds" for o in base if "layout" in o.seen):
            scores = {layout: self._score(self.reading(layout=layout), "layout") for layout in LAYOUTS}
            best = max(scores.values())
            order = (
                ("mixed", "denominator", "numerator") if self.sheet.plan is not None else ("denominator", "mixed", "numerator")
            )
            self.layout = next(k for k in order if scores[k] == best)
            return
        self.layout = "mixed"

    def _one_step(self) -> None:
        """A sheet about one step of a recursion, whose range it never gives: every line holds for one step, and not for many."""
        sheet = self.sheet
        if not sheet.steps or sheet.ranged or not any(d.body.op == "any" for d in sheet.definitions.values()):
            return
        kinds = [self.one_reading(c, "all") for c in sheet.claims]
        if all(kinds) or not all(self.one_reading(c, "one") for c in sheet.claims):
            return
        self.steps = "one"
        self.remarks.append("The sheet is about one step: the loss is taken to look at no other.")

    def one_reading(self, claim: Claim, steps: str) -> bool:
        """Whether a claim holds in some reading when the loss looks at all steps, or at one."""
        return any(
            self.outcome(claim, self.reading(steps=steps, layout=layout, partial=partial)).kind == "holds"
            for partial in ("total", "explicit")
            for layout in ((self.layout or "mixed"), *LAYOUTS)
        )

    def _score(self, reading: Reading, what: str) -> tuple[int, int]:
        outcomes = [o for c in self.sheet.claims if what in (o := self.outcome(c, reading)).seen]
        return sum(o.kind == "holds" for o in outcomes), sum(o.kind in ("holds", "fails", "none") for o in outcomes)

    # -- one claim

    def one(self, claim: Claim) -> Judgement:
        """The verdict of one claim."""
        outcome = self.outcome(claim, self.reading())
        if outcome.kind == "holds":
            found = self._holds(claim, outcome)
        else:
            found = self._other_reading(claim, outcome) or self._fails(claim, outcome)
        found = self._declared_enough(claim, outcome, found)
        found.approximate = claim.approximate
        if any(n.op == "div" and n.value == "tight" for side in (claim.left, claim.right) for n in walk(side)):
            found.notes.append("a/bc is read as a/(bc)")
        if claim.first is not None:
            found.follows = self.measure(claim.first, claim.right, claim.guards, self.reading(), limit=3).kind == "holds"
        return found

    def _declared_enough(self, claim: Claim, outcome: Outcome, found: Judgement) -> Judgement:
        """No claim counts as right because arrays that were never declared were taken as numbers."""
        if not outcome.typed:
            return found
        numbers = taken_as_numbers(outcome.typed[0].model, set().union(*(t.names() for t in outcome.typed)))
        self.numbers |= set(numbers)
        if not found.counts or not numbers or not spoken_of_as_arrays(self.sheet, claim, numbers):
            return found
        said = f"the shapes of {', '.join(numbers)} are never declared, and the sheet writes them as arrays. "
        return Judgement(claim, "unreadable", error=SheetError(said + "Declare them, as in A: m x n; x in R^n; c scalar."))

    def _holds(self, claim: Claim, outcome: Outcome) -> Judgement:
        found = Judgement(claim, "right", counts=True, digits=min(outcome.digits, 99), points=outcome.points)
        stated = self._stated(claim, outcome)
        if stated:
            found.verdict, found.condition, found.stated = "condition", stated, True
            return found
        kinks = kinks_of(outcome.typed)
        if kinks:
            shown = " and ".join(f"{self.source(k)} = 0" for k in kinks[:2])
            found.verdict, found.condition = "condition", f"off the kink {shown}"
        return found

    def _stated(self, claim: Claim, outcome: Outcome) -> str | None:
        """The condition on the sheet without which the claim would fail."""
        names = set().union(*(t.names() for t in outcome.typed))
        dropped = [(n, p) for n in sorted(names) for p in sorted(self.sheet.properties.get(n, set()) & SPECIAL)]
        if dropped and judge_points(outcome.typed, self.seed, Assumption(dropped=tuple(dropped))).kind == "fails":
            words = {"onehot": "one-hot", "probability": "a probability"}
            return " and ".join(f"{n} {words.get(p, p)}" for n, p in dropped)
        if claim.guards and any(not _about_indices(g) for g in claim.guards):
            without, error, _ = self.typed(
                claim.left, claim.right, [g for g in claim.guards if _about_indices(g)], self.reading()
            )
            if error is None and judge_points(without, self.seed).kind == "fails":
                return " and ".join(self.source(g) for g in claim.guards)
        return None

    def _other_reading(self, claim: Claim, outcome: Outcome) -> Judgement | None:
        """Right in the other layout, or with ∂ along the explicit path only."""
        if any(n.op == "deriv" and n.value == "∂" for n in (*walk(claim.left), *walk(claim.right))) and self._explicit_allowed(
            claim
        ):
            other = self.outcome(claim, self.reading(partial="explicit"))
            if other.kind == "holds":
                found = self._holds(claim, other)
                found.notes.append("∂ holds the other intermediate names fixed here")
                return found
        if "layout" in outcome.seen:
            for layout in LAYOUTS:
                if layout == (self.layout or "mixed"):
                    continue
                other = self.outcome(claim, self.reading(layout=layout))
                if other.kind == "holds":
                    named = "numerator" if layout == "numerator" else layout
                    return Judgement(
                        claim, "condition", f"{named} layout", counts=True, digits=other.digits, points=other.points, layout=named,
                    )  # fmt: skip
        return None

    def readings(self, claim: Claim) -> list[Reading]:
        """Every reading in which the claim may hold, the sheet's own first."""
        found = [self.reading()]
        if self.sheet.layout is None and "layout" in self.outcome(claim, self.reading()).seen:
            found += [self.reading(layout=k) for k in LAYOUTS if k != (self.layout or "mixed")]
        if self._explicit_allowed(claim):
            found.insert(1, self.reading(partial="explicit"))
        return found

    def _explicit_allowed(self, claim: Claim) -> bool:
        if self.sheet.uses_d:
            return True
        used = {n.value for d in self.sheet.definitions.values() for n in walk(d.body) if n.op in ("name", "at")}
        tops = [n.args[0] for side in (claim.left, claim.right) for n in walk(side) if n.op == "deriv" and n.value == "∂"]
        bases = [(t.args[0] if t.op == "entry" else t) for t in tops]
        return any(b.op in ("name", "at") and b.value in used for b in bases)

    def _fails(self, claim: Claim, outcome: Outcome) -> Judgement:
        if outcome.kind == "none" and outcome.typed and uses_generic(outcome.typed):
            logistic = judge_points(outcome.typed, self.seed, Assumption(logistic=True))
            if logistic.kind == "holds":
                return Judgement(claim, "condition", "σ logistic", counts=True, digits=logistic.digits, points=logistic.points)
            if logistic.kind == "fails":
                outcome = logistic
        if outcome.kind in ("unreadable", "none"):
            return Judgement(claim, "unreadable", error=outcome.error)
        if outcome.kind == "shapes":
            outcome = self._conforming(claim, outcome)
        if outcome.kind == "shapes":
            found = Judgement(claim, "shapes", error=outcome.error)
            found.repair = self._repair(claim)
            return found
        condition = find_condition(outcome.typed, self.seed, self.source)
        if condition is not None and condition.harmless:
            return self._under(claim, condition, outcome)
        if condition is not None:
            found = self._under(claim, condition, outcome)
            found.counterexample = self._smallest(outcome)
            found.layer = found.counterexample.layer if found.counterexample else None
            found.repair = self._repair(claim, 2)
            return found
        found = Judgement(claim, "wrong", counterexample=self._smallest(outcome))
        found.layer = found.counterexample.layer if found.counterexample else None
        found.repair = self._repair(claim)
        return found

    def _conforming(self, claim: Claim, outcome: Outcome) -> Outcome:
        """Under another layout the sides may conform; the claim is then judged there."""
        if "layout" not in outcome.seen:
            return outcome
        for layout in LAYOUTS:
            other = self.outcome(claim, self.reading(layout=layout))
            if other.kind == "fails":
                return other
        return outcome

    def _under(self, claim: Claim, condition: Condition, outcome: Outcome) -> Judgement:
        return Judgement(claim, "condition", condition.text, counts=condition.harmless, points=outcome.points)

    def _smallest(self, outcome: Outcome) -> Counterexample | None:
        if outcome.failure is None:
            return None
        left = max(0.1, min(0.5, self.stop - monotonic()))
        return smallest(outcome.failure, outcome.typed, self.seed, limit=left)

    def _repair(self, claim: Claim, dearest: int = 3) -> str | None:
        if not self.repairs or monotonic() > self.stop:
            return None
        return find_repair(claim, self, dearest)

    def source(self, node: Node) -> str:
        """What was written for a tree."""
        from .printing import render, written

        return written(node, self.sheet.document.text) if node.span else render(_readable(node), self.sheet.document.text)


def _readable(node: Node) -> Node:
    return node


def _about_indices(guard: Node) -> bool:
    """Whether a condition compares positions, as i ≠ j does."""
    return all(a.op == "name" and len(a.value) == 1 for n in walk(guard) if n.op == "compare" for a in n.args)


Source = Callable[[Node], str]
