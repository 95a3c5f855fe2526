"""From what a user names to a program that can be judged: read, wrapped where it needs it, its cost found where it has none."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from gradref_reference.errors import FileError, GradrefError, SpecificationError

from ..findings.report import DerivationReport, NotJudged, Remark, Taken
from ..findings.trial import Thoroughness, Trial
from ..program.form import Form, usual_in
from ..program.guard import Failed
from ..program.program import Program
from ..program.provenance import trace_flow
from .adapting import adapted
from .costs import COSTS
from .layouts import parse_inputs
from .targets import Source, Target, read_source
from .wrap import Options, Wrapped, with_cost, wrapped

__all__ = ["Subject", "options_of", "taken"]

QUICK = Thoroughness(1, every_entry=False, exact=False, wide=False)
FUSED = ("cross_entropy", "binary_cross_entropy")


@dataclass(frozen=True)
class Subject:
    """A program to judge, and everything that was inferred to get it."""

    program: Program
    name: str
    source: Source
    taken: Taken = field(default_factory=Taken)
    remarks: tuple[Remark, ...] = ()
    noted: tuple[NotJudged, ...] = ()
    harness: str = ""

    def placed(self, report: DerivationReport) -> DerivationReport:
        """The report with the lines of a notebook as cell and line in the cell."""
        if not self.source.cells or report.line is None:
            return report
        cell, line = self.source.cell_of(report.line)
        if line is None or cell is None:
            return report
        if report.repair is not None:
            return replace(report, repair=replace(report.repair, line=line), cell=cell)
        assert report.place is not None
        return replace(report, place=replace(report.place, line=line), cell=cell)


def options_of(inputs: str | None, cost: str | None, rate: float | None) -> Options:
    """The options of the command, checked."""
    if cost is not None and cost not in COSTS:
        raise SpecificationError(f"--cost: must be one of {', '.join(COSTS)}, got {cost!r}. Use one of them.")
    if rate is not None and not (np.isfinite(rate) and rate > 0):
        raise SpecificationError(f"--lr: must be a positive number, got {rate!r}. Give the learning rate that the code uses.")
    return Options(parse_inputs(inputs) if inputs else {}, cost, repr(rate) if rate is not None else None)


def taken(what: str | Path, call_limit: float, options: Options) -> Subject:
    """Read what was named; `FileError` in one sentence for what cannot be judged."""
    target = Target.parse(what)
    source = read_source(target.path)
    name = target.path.name + (":" + ",".join(target.names) if target.names else "")
    remarks = tuple(Remark(text) for text in source.remarks)
    if not target.names:
        form = Form(definitions_only=bool(source.cells))
        program = Program(source.text, str(target.path), None, call_limit, form)
        _must_define(program)
        program, inferred, more = adapted(program)
        return Subject(program, name, source, inferred, (*remarks, *more))
    program = Program(source.text, str(target.path), None, call_limit, Form(definitions_only=True))
    remarks += tuple(
        Remark(f"{name} is of a module that is not there: the usual one was taken") for name in usual_in(program.namespace)
    )
    found, noted = wrapped(program, target.names, options), ()
    if found.fixed:
        shown = ", ".join(found.fixed[:4]) + (", …" if len(found.fixed) > 4 else "")
        remarks += (Remark(f"no gradient came back for {shown}; they count as frozen"),)
    if found.costless:
        found, cost, noted = _with_found_cost(found)
        found = replace(found, taken=replace(found.taken, cost=cost))
    return Subject(found.program, name, source, found.taken, remarks, noted, found.text)


def _must_define(program: Program) -> None:
    for name in ("make_inputs", "forward", "backward"):
        if not callable(program.namespace.get(name)):
            defined = [k for k, v in program.namespace.items() if callable(v) and getattr(v, "__module__", "") == "derivation"]
            there = f" Or say what to check: {program.filename}:{defined[0]}." if defined else ""
            raise FileError(f"{program.filename}: must define {name}, got no such function. Add `def {name}(...)`.{there}")


def _with_found_cost(found: Wrapped) -> tuple[Wrapped, str, tuple[NotJudged, ...]]:
    """The cost that the first delta implies; `FileError` when none fits, when two do, or when a forgotten σ' would look the same."""
    fitting: dict[str, tuple[int, float, Wrapped]] = {}
    for name in COSTS:
        candidate = with_cost(found, name)
        right, cost = _right_with(candidate)
        if right and not any(abs(cost - other) <= 1e-12 * abs(cost) for _, other, _ in fitting.values()):
            fitting[name] = right, cost, candidate
    say = "Say which cost it is: --cost " + ", ".join(list(fitting or COSTS)[:6]) + "."
    where = found.program.filename
    if not fitting:
        raise FileError(f"{where}: must have a cost, got none, and none that we know fits its first delta. {say}")
    most = max(right for right, _, _ in fitting.values())
    best = [name for name, (right, _, _) in fitting.items() if right == most]
    if len(best) > 1:
        raise FileError(f"{where}: must have one cost, got none, and {' and '.join(best)} fit its first delta alike. {say}")
    name = best[0]
    own = "".join(found.program.text.splitlines(True)[: found.program.form.own_lines])
    if name in FUSED and not re.search(r"(?i)entrop|\blog\(", own):
        raise FileError(
            f"{where}: must have a cost, got none: its first delta fits {COSTS[name][1]}, and just as well ½ Σ (a − y)² with a "
            f"forgotten σ'. Say which: --cost {name}, or --cost half_squares."
        )
    words = f"right for {COSTS[name][1]}, which your first delta implies: it was found, not given"
    return fitting[name][2], words, (NotJudged("BP1", f"the cost was found from it, not given ({COSTS[name][1]})"),)


def _right_with(candidate: Wrapped) -> tuple[int, float]:
    """How many gradients are right under the cost of a candidate, 0 unless the first delta is; and that cost on the first inputs."""
    program = candidate.program
    try:
        trial = Trial(program, program.call(program.namespace["make_inputs"], 0))
        cost = trial.evaluate_forward()
        if not np.isfinite(cost):
            return 0, cost
        trial.run(QUICK)
    except (Failed, GradrefError):
        return 0, np.nan
    sizes = trace_flow(program, trial.inputs, trial.matched.keys).size
    known = {n: size for n, size in sizes.items() if size}
    if (
        known and min(known, key=lambda n: known[n]) in trial.findings
    ):  # the gradient that fewest operations lead to: the first delta
        return 0, cost
    return sum(n not in trial.findings for n in trial.names), cost
