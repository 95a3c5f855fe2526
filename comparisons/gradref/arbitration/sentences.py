"""Rulings in plain words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gradref_reference.formats import format_of

from .ruling import AGREE, CONVENTION, ERROR, OVERFLOW, ROUNDING, Ruling, Standing

__all__ = ["sentence", "summary"]

LISTED = 10
"""Undecidable entries shown in a sentence; `Ruling.undecided` holds them all."""


def _units(f: Standing) -> str:
    return f"{f.scaled_ulps:.2g}"


def _list(labels: Sequence[str]) -> str:
    return ", ".join(labels[:-1]) + f" and {labels[-1]}" if len(labels) > 1 else labels[0]


def sentence(r: Ruling, overflow: str) -> str:
    """The ruling in plain words; units are those of the last place of the tensor's largest entry. `overflow` is what leaves the range."""
    told = {ERROR: _error, OVERFLOW: _overflow, CONVENTION: _convention, ROUNDING: _rounding, AGREE: _agree}[r.decision]
    text = f"{r.dtype} {r.parameter}: {told(r, overflow)}"
    if r.undecided:
        shown = ", ".join(str(list(at)) for at in r.undecided[:LISTED]) + (", ..." if len(r.undecided) > LISTED else "")
        text += f" {len(r.undecided)} entries are undecidable, because a pre-activation is exactly at a kink: {shown}."
    return text


def _error(r: Ruling, overflow: str) -> str:
    text = "; ".join(_accusation(f, r.entries) for f in r.findings if f.decision == ERROR) + "."
    right = [f for f in r.findings if f.decision != ERROR]
    if right:
        worst = max(right, key=lambda f: f.scaled_ulps)
        verb = "is" if len(right) == 1 else "are"
        text += f" {_list([f.label for f in right])} {verb} right, within {_units(worst)} units in the last place."
    return text


def _overflow(r: Ruling, overflow: str) -> str:
    over = [f.label for f in r.findings if f.decision == OVERFLOW]
    return (
        f"{_list(over)} overflow{'s' if len(over) == 1 else ''}: {overflow} leaves the range of {r.dtype} "
        f"({format_of(r.dtype).largest:.4g}). Use a wider format or scale the network."
    )


def _convention(r: Ruling, overflow: str) -> str:
    slopes = "; ".join(f"{f.label} takes " + _list([f"{n}'(0) = {s:g}" for n, s in f.slopes]) for f in r.findings if f.slopes)
    return (
        f"{r.differing} of {r.entries} entries differ by a convention at a kink: {slopes}. "
        "Every value lies between the one-sided derivatives, so none is wrong."
    )


def _rounding(r: Ruling, overflow: str) -> str:
    near, far = _nearest(r), max(r.findings, key=lambda f: f.scaled_ulps)
    return (
        f"{r.differing} of {r.entries} entries differ, all of it rounding; nearest to the exact gradient is {near.label} "
        f"({_units(near)} units in the last place), farthest {far.label} ({_units(far)})."
    )


def _agree(r: Ruling, overflow: str) -> str:
    near = _nearest(r)
    if len(r.findings) == 1:
        return f"{near.label} is within {_units(near)} units in the last place of the exact gradient; that is rounding."
    return f"all {len(r.findings)} agree to the bit, {_units(near)} units in the last place from the exact gradient."


def _nearest(r: Ruling) -> Standing:
    return next(f for f in r.findings if f.label == r.nearest)


def summary(rulings: Sequence[Ruling]) -> str:
    """All gradients of one dtype in a sentence; what is no rounding is said tensor by tensor after it."""
    entries, labels = sum(r.entries for r in rulings), [f.label for f in rulings[0].findings]
    others = [r.sentence for r in rulings if r.decision not in (AGREE, ROUNDING)]
    calm = [r for r in rulings if r.decision in (AGREE, ROUNDING)]
    off = {label: max(f.scaled_ulps for r in calm for f in r.findings if f.label == label) for label in labels} if calm else {}
    near, far = (min(off, key=off.__getitem__), max(off, key=off.__getitem__)) if off else ("", "")
    differing = [f"{r.differing} of {r.entries} entries of {r.parameter}" for r in calm if r.differing]
    text = f"{rulings[0].dtype}: "
    if len(labels) == 1 and calm:
        text += f"{near} is within {off[near]:.2g} units in the last place of the exact gradient, which is rounding"
    elif differing:
        text += f"{_list(differing)} differ between the {len(labels)} runs, all of it rounding; nearest to the exact gradient is {near} "
        text += f"({off[near]:.2g} units in the last place at most), farthest {far} ({off[far]:.2g})"
    elif calm and not others:
        text += f"all {len(labels)} runs agree to the bit in all {entries} entries, {off[near]:.2g} units in the last place at most from "
        text += "the exact gradient"
    else:
        return " ".join(others)
    return " ".join([f"{text}.", *others])


def _accusation(f: Standing, entries: int) -> str:
    text = f"{f.label} is wrong"
    if np.isfinite(f.exact):
        text += (
            f", off by {_units(f)} units in the last place, worst at {list(f.worst)}: {f.actual:.9g} where {f.exact:.9g} is exact"
        )
    if f.off:
        text += f"; {f.off} of {entries} entries lie outside anything rounding through the layers could do"
    if f.equation:
        text += f"; the first equation that no rounding explains is {f.equation}"
        text += f", {f.share:.3g} times its allowance" if f.share > 1 and np.isfinite(f.share) else ""
        text += " (by the statistics of its errors)" if f.share <= 1 else ""
    return text
