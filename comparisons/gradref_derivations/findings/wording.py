"""The report in the words of a student's tutor: what is wrong, where it enters, what to change, how we know."""

from __future__ import annotations

from .report import DerivationReport, Entries

__all__ = ["describe_report", "listed"]


def listed(names: tuple[str, ...] | list[str]) -> str:
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
    lines += _repair(report)
    shown = list(report.entries)[:6]
    for e in shown:
        if e.pattern != "all" or e.actual is not None:
            lines.append(f"  d{e.parameter}: {_entries(e)}.")
    lines += [f"  {e.text}." for e in report.explanations[:6]]
    lines += [f"{'Conduct' if c.fault else 'Remark'}: {c.text}{f' (line {c.line})' if c.line else ''}." for c in report.conduct]
    lines += [f"Convention: {c}." for c in report.conventions]
    lines += [f"Note: {n}." for n in report.notes]
    method, digits = report.truth.get("method"), report.truth.get("digits")
    if method:
        lines.append(f"Truth: {method}, {digits} digits; {report.seconds:.2f} s.")
    return "\n".join(lines)


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
    if report.ok:
        count = len(report.right)
        tried = f" on {len(report.seeds)} seeds" if len(report.seeds) > 1 else ""
        inputs = sum(s.inputs for s in report.seeds)
        if inputs > len(report.seeds):
            tried += f" ({inputs} inputs)"
        gradients = "The gradient is" if count == 1 else f"All {counted(count, 'gradient')} are"
        return f"{report.name}: right. {gradients} right to rounding{tried}: {listed(['d' + n for n in report.right])}."
    if not report.wrong:
        return f"{report.name}: wrong. The gradients are right, but the code misbehaves."
    wrong = listed(["d" + n for n in report.wrong])
    text = f"{wrong} {'is' if len(report.wrong) == 1 else 'are'} wrong"
    if report.right:
        text += f", {listed(['d' + n for n in report.right])} {'is' if len(report.right) == 1 else 'are'} right"
    return f"{report.name}: wrong. {text}."


def _cause(report: DerivationReport) -> str:
    if report.equation:
        return f"The error enters at {report.equation}."
    return f"The error shows first in d{report.root}." if report.root and len(report.wrong) > 1 else ""


def _repair(report: DerivationReport) -> list[str]:
    r = report.repair
    if r is None:
        return []
    if r.after is None:
        place = f"Line {r.line} is the first that is wrong" if r.sure else f"Look first at line {r.line} and what it reads"
        return [f"{place}: `{r.before.strip()}`. No single edit that we tried mends it."]
    total = len(report.wrong) + len(report.right)
    all_of_them = {1: "the gradient agrees", 2: "both gradients agree"}.get(total, f"all {counted(total, 'gradient')} agree")
    old, new = (r.old, r.new) if r.old and r.new else (r.before.strip(), r.after.strip())
    verb = "should read" if r.new else "should go"
    lines = [f"Line {r.line}: `{old}` {verb}{f' `{new}`' if r.new else ''}; with that change {all_of_them} ({r.verified})."]
    if old != r.before.strip():
        lines += [f"  - {r.before.strip()}", f"  + {r.after.strip()}"]
    if r.others:
        lines.append(f"  The same is achieved by: {'; '.join(r.others[:3])}.")
    return lines
