"""ModelReport: the verdict on one graph, as a sentence, as rows, as the common JSON object."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from gradref.verdict import FAIL, SKIP
from gradref_adapters.graph import Graph

from .equation_row import EquationRow

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EquationRow", "ModelReport"]

RIGHT, WRONG, UNJUDGED = "right", "wrong", "unjudged"


@dataclass(frozen=True, eq=False)
class ModelReport:
    """What was found on one model.

    Attributes
    ----------
    graph : what was recorded.
    rows : one per equation, forward order, the SUMs at the end.
    unjudged : the parameters that take a gradient and are not reached through judged equations, each with the reason.
    """

    graph: Graph
    rows: list[EquationRow]
    unjudged: dict[str, str]

    @property
    def failed(self) -> list[EquationRow]:
        """The equations that fail, causes before what follows from them."""
        return sorted((row for row in self.rows if row.verdict == FAIL), key=lambda row: row.echo)

    @property
    def judged(self) -> list[EquationRow]:
        return [row for row in self.rows if row.verdict != SKIP]

    @property
    def verdict(self) -> str:
        """ "right", "wrong" or "unjudged"."""
        if self.failed:
            return WRONG
        taking = [name for name in self.graph.parameters if self.graph.final.get(name) is not None]
        return RIGHT if taking and not self.unjudged and self.judged else UNJUDGED

    @property
    def ok(self) -> bool:
        return self.verdict == RIGHT

    @property
    def opaque(self) -> list[str]:
        """The operations that have no rule, each once."""
        return list(dict.fromkeys(n.operation for n in self.graph.nodes if n.rule is None and not n.given))

    @property
    def losses(self) -> dict[str, tuple[float, str]]:
        """The operations that agree but are known to lose accuracy: how many bits at most, and why."""
        found: dict[str, tuple[float, str]] = {}
        for row in self.rows:
            if row.lost_bits > found.get(row.operation, (0.0, ""))[0]:
                found[row.operation] = (row.lost_bits, row.reason)
        return found

    @property
    def blind(self) -> float:
        """The share of all judged entries that are smaller than their allowance."""
        entries = sum(row.entries for row in self.judged)
        return sum(row.blind for row in self.judged) / entries if entries else 0.0

    @property
    def without_gradient(self) -> list[str]:
        """The parameters to which the loss does not lead: frozen, detached, or never used."""
        return [name for name in self.graph.parameters if self.graph.final.get(name) is None]

    @property
    def sentence(self) -> str:
        """The verdict in one sentence."""
        if self.failed:
            return self._wrong()
        count = f"{len(self.judged):,} equations"
        if self.verdict == RIGHT:
            return f"right: all {count} agree."
        if not self.judged:
            return "unjudged: no equation could be judged."
        if not self.unjudged:
            return f"unjudged: all {count} agree, but no parameter takes a gradient."
        name, reason = next(iter(self.unjudged.items()))
        more = f" and {len(self.unjudged) - 1} other parameters" if len(self.unjudged) > 1 else ""
        return f"unjudged: {count} agree, but {name}{more} cannot be judged: {reason}."

    def _wrong(self) -> str:
        causes = [row for row in self.failed if not row.echo]
        first = causes[0]
        rest, follow = len(causes) - 1, len(self.failed) - len(causes)
        if rest:
            others = f"; {rest} more {'equation fails' if rest == 1 else 'equations fail'}"
        else:
            others = "; everything else follows from it" if follow else "; every other equation agrees"
        return f"wrong: {described(first)}: {first.failing:,} of {first.entries:,} entries{others}."

    def __str__(self) -> str:
        """The sentence, what fails (ten at most), what has no rule, and how much the check could not see."""
        lines = [self.sentence]
        shown = self.failed[:10]
        lines += [f"  {'follows: ' if row.echo else ''}{described(row)}: {detail(row)}" for row in shown]
        if len(self.failed) > len(shown):
            lines.append(f"  and {len(self.failed) - len(shown)} more.")
        lines += [f"  not judged: {name}: {reason}." for name, reason in list(self.unjudged.items())[:10]]
        if len(self.unjudged) > 10:
            lines.append(f"  and {len(self.unjudged) - 10} more parameters.")
        if self.without_gradient:
            names = ", ".join(self.without_gradient[:10]) + (", ..." if len(self.without_gradient) > 10 else "")
            lines.append(f"  the loss does not lead to {names}: no gradient, nothing to judge.")
        if self.opaque:
            lines.append(f"  without a rule: {', '.join(self.opaque)}.")
        lines += [
            f"  {name} agrees, but loses {bits:.0f} bits here: {why}" for name, (bits, why) in self.losses.items() if bits >= 3
        ]
        lines.append(f"  {self.blind:.2%} of all entries are smaller than their allowance.")
        return "\n".join(lines)

    def frame(self) -> pd.DataFrame:
        """One row per equation."""
        import pandas as pd

        return pd.DataFrame([asdict(row) for row in self.rows], columns=[f.name for f in fields(EquationRow)])

    def to_json(self) -> dict[str, Any]:
        """The common object of everything that judges, and what a graph adds to it."""
        return {
            "format": 1,
            "verdict": self.verdict,
            "ok": self.ok,
            "judged": len(self.judged),
            "not_judged": [{"name": name, "reason": reason} for name, reason in self.unjudged.items()],
            "equations": len(self.rows),
            "skipped": len(self.rows) - len(self.judged),
            "blind": self.blind,
            "failed": [_failure(row) for row in self.failed],
            "opaque": self.opaque,
            "without_gradient": self.without_gradient,
            "accuracy_loss": [{"operation": name, "bits": bits} for name, (bits, _) in self.losses.items()],
            "framework": self.graph.framework,
            "dtypes": sorted({row.dtype for row in self.judged}),
        }


def described(row: EquationRow) -> str:
    """'the backward of attn (model.py:57), aten.addmm, VJP to bias'."""
    if row.equation == "SUM":
        name = row.slot_name or f"value {row.value}"
        return f"the sum of the contributions to {name}"
    if row.equation == "FWD":
        return f"the forward of `{row.place}`, {row.operation}"
    slot = row.slot_name or f"input {row.slot}"
    return f"the backward of `{row.place}`, {row.operation}, VJP to {slot}"


def detail(row: EquationRow) -> str:
    """'7 of 10 entries; worst at [3]: 0.5 where 0.25 is right, 1e+06 times the allowance of 2e-07'."""
    count = f"{row.failing:,} of {row.entries:,} entries"
    if row.rule == "structure":
        return f"{count}, of another shape"
    worst = f"worst at {list(row.worst_index)}: {row.actual:.9g} where {row.expected:.9g} is right"
    if row.rule == "statistics":
        return f"{count} stand out: rms {row.rms_sigma:.3g} σ, largest {row.max_sigma:.3g} σ; {worst}"
    if not row.allowance > 1e-300:
        return f"{count}; {worst}, exactly"
    return f"{count}; {worst}, {row.share:.3g} times the allowance of {row.allowance:.2g}"


def _failure(row: EquationRow) -> dict[str, Any]:
    return {
        "operation": row.operation,
        "module": row.module,
        "source": f"{row.file}:{row.line}" if row.file else "",
        "equation": row.equation,
        "slot": row.slot_name or row.slot,
        "wrong": row.failing,
        "total": row.entries,
        "worst": {"index": list(row.worst_index), "actual": row.actual, "expected": row.expected, "allowance": row.allowance},
        "echo": row.echo,
    }
