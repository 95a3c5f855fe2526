"""From judged trials to the report: which parameters are wrong, in which order, what their entries look like and why."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..program.match_keys import is_data
from ..program.provenance import Flow
from ..truth.truth import BALLS
from .explain import entries_of, explanations_of, factor_text, full_truth
from .judging import Usable
from .report import Conduct, DerivationReport, Entries, Explanation, NotJudged, Place, Remark, Repair, SeedReport, Taken
from .root_cause import equation_of, in_order_of_cause
from .trial import Trial

__all__ = ["Evidence"]

AGREE = 1e-9  # relative: factors that are one
SHOWN = 4  # gradients whose entries are looked at


@dataclass
class Evidence:
    """What the trials of one derivation have shown; `report` and `mended` put it into words once."""

    trials: list[Trial]
    first: Trial
    conduct: tuple[Conduct, ...]
    flow: Flow
    usable: Usable
    left: tuple[NotJudged, ...] = ()
    remarks: tuple[Remark, ...] = ()
    buts: tuple[Remark, ...] = ()  # what a right derivation is right but for
    noted: tuple[NotJudged, ...] = ()  # not judged, and no ground to call the rest unjudged
    taken: Taken = field(default_factory=Taken)
    notes: tuple[str, ...] = ()
    _about: dict[tuple[str, bool], tuple[Entries | None, list[Explanation]]] = field(default_factory=dict)

    def but(self, remarks: list[Remark]) -> Evidence:
        """The same where the remarks explain everything that was found: nothing is wrong any more."""
        for trial in self.trials:
            trial.findings.clear()
        conduct = tuple(c for c in self.conduct if c.kind != "precision")
        return replace(self, buts=tuple(remarks), conduct=conduct, _about={})

    @property
    def names(self) -> list[str]:
        """Every parameter that was judged or asked for, once."""
        known = [*self.first.names, *self.first.matched.missing, *(n for t in self.trials for n in t.names)]
        return list(dict.fromkeys(known))

    @property
    def wrong(self) -> list[str]:
        """Parameters with a finding, or with a fault of conduct laid to them."""
        bad = {n for t in self.trials for n in t.findings} | {n for c in self.conduct if c.fault for n in c.parameters}
        return [n for n in self.names if n in bad]

    @property
    def faults(self) -> list[Conduct]:
        """Conduct that makes the derivation wrong."""
        return [c for c in self.conduct if c.fault]

    def verdict(self) -> str:
        """Wrong as soon as anything is; unjudged where nothing was compared, or something that matters was left out.

        Where the inputs were made up, a gradient that was not found means that the code was not understood: nothing is called wrong.
        """
        if self.left and self.taken.inputs:
            return "unjudged"
        if self.wrong or self.faults:
            return "wrong"
        if not self.names or self.left or self.usable.blind:
            return "unjudged"
        return "right_but" if self.buts else "right"

    def report(self, name: str) -> DerivationReport:
        """The report without a repair."""
        failed = all(t.failure is not None for t in self.trials)
        judged = () if failed else tuple(self.names)
        right = tuple(n for n in judged if n not in self.wrong)
        bare = DerivationReport(
            self.verdict(),
            judged=judged,
            not_judged=(*self._never_judged(failed), *self.left, *self.usable.others, *self.noted),
            right=right,
            conduct=self.conduct,
            conventions=tuple(self._conventions()),
            remarks=(*self.buts, *self.remarks),
            taken=self._all_taken(),
            truth=self._truth(),
            notes=self.notes,
            name=name,
        )
        return replace(bare, **self._ordered(None))

    def mended(self, report: DerivationReport, repair: Repair | None) -> DerivationReport:
        """The report with what the search for a repair found: an edit, or the line alone; the order of cause follows the line."""
        if repair is None:
            return report
        found = {"repair": repair} if repair.after is not None else {"place": Place(repair.line, repair.before, repair.sure)}
        return replace(report, **found, **self._ordered(repair.line))

    def _ordered(self, line: int | None) -> dict[str, Any]:
        """Everything of the report that follows the order of cause."""
        ranks = {n: np.ndim(self.first.inputs.get(n, 0.0)) for n in self.names}
        ordered = in_order_of_cause(self.wrong, self.flow, ranks, line)
        entries: list[Entries] = []
        explanations: list[Explanation] = []
        for n in ordered:
            found, explained = self._seen(n, closely=len(entries) < SHOWN)
            entries += [found] if found is not None else []
            explanations += explained
        explanations = self._shared(explanations, ordered)
        right = [n for n in self.names if n not in self.wrong]
        return {
            "wrong": tuple(ordered),
            "entry": equation_of(ordered, right) if ordered else None,
            "entries": tuple(entries),
            "explanations": tuple(explanations),
            "seeds": tuple(self._seeds(ordered)),
        }

    def _seen(self, name: str, closely: bool) -> tuple[Entries | None, list[Explanation]]:
        """Entries (only if `closely`, since every entry is asked for) and explanations of one wrong gradient, computed once."""
        key = (name, closely)
        if key not in self._about:
            trial = self.first if name in self.first.findings else next((t for t in self.trials if name in t.findings), None)
            if trial is None or trial.failure is not None:
                return self._about.setdefault(key, (None, []))
            kind = trial.findings[name].kind
            truth = full_truth(trial, name) if closely and kind == "value" else None
            entries = entries_of(trial, name, truth) if closely and kind in ("value", "nan") else None
            self._about[key] = (replace(entries, where=trial.label) if entries else None, explanations_of(trial, name, truth))
        return self._about[key]

    def _shared(self, explanations: list[Explanation], wrong: list[str]) -> list[Explanation]:
        """One sentence first where every gradient is off by the same factor: it was forgotten at the source."""
        factors = {e.parameter: e.factor for e in explanations if e.kind == "factor" and e.factor is not None}
        if len(wrong) < 2 or set(factors) != set(wrong):
            return explanations
        factor = factors[wrong[0]]
        if any(abs(f - factor) > AGREE * abs(factor) for f in factors.values()):
            return explanations
        text = f"every gradient is {factor_text(self.first, factor)} that of the stated cost"
        return [Explanation(wrong[0], "common factor", text, factor), *explanations]

    def _never_judged(self, failed: bool) -> list[NotJudged]:
        """What was asked for and never compared: everything where backward failed on every input; else inputs of no use."""
        if failed:
            wanted = self.first.wanted or [n for n, v in self.first.inputs.items() if np.ndim(v) and not is_data(n)]
            return [NotJudged(n, f"backward {self.first.failure} on every input") for n in wanted]
        if self.names or self.left:
            return []
        returned = ", ".join(map(repr, self.first.returned)) if self.first.returned else "nothing"
        reason = f"backward returned {returned}, which belongs to no input ({', '.join(map(str, self.first.inputs))})"
        return [NotJudged("gradients", f"{reason}. Return {{'dW': ...}} for an input W, or name the parameters in PARAMS")]

    def _seeds(self, ordered: list[str]) -> list[SeedReport]:
        found = []
        for seed in dict.fromkeys(t.seed for t in self.trials):
            own = [t for t in self.trials if t.seed == seed]
            bad = tuple(n for n in ordered if any(n in t.findings for t in own))
            failed = any(t.failure is not None for t in own) or any(c.kind == "chance" for c in self.conduct)
            conditions = tuple(t.condition for t in own if t.condition is not None and (t.findings or t.failure))
            found.append(SeedReport(seed, not bad and not failed, bad, conditions, len(own)))
        return found

    def _conventions(self) -> list[str]:
        kinks: dict[str, tuple[float, float]] = {}
        for t in self.trials:
            for n, slope in t.kinks.items():
                kinks.setdefault(n, (slope.low, slope.high))
        return [
            f"at a kink (relu at 0, a tie) the gradient of {n} lies between the one-sided derivatives {low:.6g} and {high:.6g} "
            "along the direction tried; any value between them is right"
            for n, (low, high) in kinks.items()
            if n not in self.wrong
        ]

    def _truth(self) -> dict[str, Any]:
        truths = [t.truth for t in self.trials if t.truth is not None and t.truth.method]
        methods = sorted(dict.fromkeys(t.method for t in truths), key=lambda m: m != BALLS)
        digits = min((t.digits for t in truths if t.method == methods[0]), default=None) if methods else None
        return {"method": "; ".join(methods) or None, "digits": digits}

    def _all_taken(self) -> Taken:
        """What was taken, with the gradients whose key was not spelt like their parameter."""
        matched = self.first.matched
        return replace(self.taken, gradients=self.taken.gradients | {n: repr(matched.keys[n]) for n in matched.guessed})
