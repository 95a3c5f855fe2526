"""The report in the words of a student's tutor: what is wrong, where it enters, what to change, how we know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .report import DerivationReport, Entries

__all__ = ["describe_report", "listed"]


def listed(names: Iterable[str]) -> str:
    """'dW1', 'dW1 and db1', 'dW1, db1 and dW2'."""
    names = list(names)
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


_NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


def counted(n: int, noun: str) -> str:
    """'all four gradients'-style counts: words up to twelve."""
    word = _NUMBERS[n] if n < len(_NUMBERS) else str(n)
    return f"{word} {noun}{'' if n == 1 else 's'}"


def describe_report(report: DerivationReport) -> str:
    """Several lines: the verdict first, then the cause, the repair, conduct and conventions, the truth last."""
    lines = [_headline(report)]
    if report.wrong and (cause := _cause(report)):
        lines.append(cause)
    lines += _repair(report) if report.repair else _place(report)
    lines += [f"Not judged: {n.name}: {n.reason}." for n in report.not_judged]
    for e in report.entries[:6]:
        if e.pattern != "all" or e.actual is not None:
            lines.append(f"  d{e.parameter}: {_entries(e)}.")
    lines += [f"  {e.text}." for e in report.explanations[:6]]
    lines += [f"{'Conduct' if c.fault else 'Remark'}: {c.text}{_at(c.line)}." for c in report.conduct]
    lines += [f"Remark: {r.text}{_at(r.line)}." for r in report.remarks]
    lines += [f"Taken: {text}." for text in _taken(report)]
    lines += [f"Convention: {c}." for c in report.conventions]
    lines += [f"Note: {n}." for n in report.notes]
    method, digits = report.truth.get("method"), report.truth.get("digits")
    if method:
        lines.append(f"Truth: {method}, {digits} digits; {report.seconds:.2f} s.")
    return "\n".join(lines)


def _at(line: int | None) -> str:
    return f" (line {line})" if line else ""


def _taken(report: DerivationReport) -> list[str]:
    taken = report.taken
    found = [taken.inputs] if taken.inputs else []
    if taken.parameters:
        found.append(f"the parameters are {listed(taken.parameters)}")
    found += [f"the gradient of {name} is {where}" for name, where in taken.gradients.items()]
    return found + ([taken.cost] if taken.cost else [])


def _entries(e: Entries) -> str:
    """'2 of 4 entries are wrong (row 0); dW2[0, 1] is 3, must be 4 (seed 0)'."""
    at = f"[{', '.join(map(str, e.index))}]" if e.index else ""
    values = f"d{e.parameter}{at} is {e.actual:.10g}, must be {e.expected:.10g} ({e.where})" if e.actual is not None else ""
    if e.total == 1:
        return values or "it is wrong"
    which = {"all": f"all {e.total} entries are wrong", "one": "one entry is wrong"}.get(e.pattern)
    if which is None:
        pattern = "" if e.pattern == "some" else f" ({e.pattern})"
        which = f"{e.wrong} of {e.total} entries are wrong{pattern}"
    return "; ".join(filter(None, (which, values)))


def _headline(report: DerivationReport) -> str:
    gradients = listed(["d" + n for n in report.right])
    if report.verdict == "unjudged":
        partly = f" {_agree(report)}, but not everything could be judged." if report.right else " No gradient was judged."
        return f"{report.name}: cannot be judged.{partly}"
    if report.ok:
        but = "right but for what the remarks say" if report.verdict == "right_but" else "right"
        return f"{report.name}: {but}. {_agree(report)} to rounding{_tried(report)}: {gradients}."
    if not report.wrong:
        judged = "The gradients are right, but the code misbehaves." if report.judged else "No gradient was judged."
        return f"{report.name}: wrong. {judged}"
    wrong = listed(["d" + n for n in report.wrong])
    text = f"{wrong} {'is' if len(report.wrong) == 1 else 'are'} wrong"
    if report.right:
        text += f", {gradients} {'is' if len(report.right) == 1 else 'are'} right"
    return f"{report.name}: wrong. {text}."


def _agree(report: DerivationReport) -> str:
    count = len(report.right)
    return "The gradient is right" if count == 1 else f"All {counted(count, 'gradient')} are right"


def _tried(report: DerivationReport) -> str:
    tried = f" on {len(report.seeds)} seeds" if len(report.seeds) > 1 else ""
    inputs = sum(s.inputs for s in report.seeds)
    return f"{tried} ({inputs} inputs)" if inputs > len(report.seeds) else tried


def _cause(report: DerivationReport) -> str:
    if report.equation:
        return f"The error enters at {report.equation}."
    return f"The error shows first in d{report.root}." if report.root and len(report.wrong) > 1 else ""


def _place(report: DerivationReport) -> list[str]:
    p = report.place
    if p is None:
        return []
    cell = f" of cell {report.cell}" if report.cell else ""
    start = (
        f"Line {p.line}{cell} is the first that is wrong" if p.sure else f"Look first at line {p.line}{cell} and what it reads"
    )
    return [f"{start}: `{p.text.strip()}`. No single edit that we tried fixes it."]


def _repair(report: DerivationReport) -> list[str]:
    r = report.repair
    if r is None or r.after is None:
        return []
    total = len(report.wrong) + len(report.right)
    all_of_them = {1: "the gradient agrees", 2: "both gradients agree"}.get(total, f"all {counted(total, 'gradient')} agree")
    old, new = (r.old, r.new) if r.old and r.new else (r.before.strip(), r.after.strip())
    if all(text.startswith("(") and text.endswith(")") and text[1:-1].isidentifier() for text in (old, new)):
        old, new = old[1:-1], new[1:-1]  # the argument itself, not its brackets
    verb = "should read" if r.new else "should go"
    cell = f" of cell {report.cell}" if report.cell else ""
    lines = [f"Line {r.line}{cell}: `{old}` {verb}{f' `{new}`' if r.new else ''}; with that change {all_of_them} ({r.verified})."]
    if old != r.before.strip():
        lines += [f"  - {r.before.strip()}", f"  + {r.after.strip()}"]
    if r.rests_on:
        numbers = listed([f"{x.name} = {x.value:g}" if x.name else f"the size {x.value:g}" for x in r.rests_on])
        lines.append(f"  It rests on {numbers}: with other numbers it does not hold.")
    if r.others:
        lines.append(f"  The same is achieved by: {'; '.join(r.others[:3])}.")
    return lines
