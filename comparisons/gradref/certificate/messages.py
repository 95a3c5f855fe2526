"""The sentence a reader sees when an equation fails: where, which formula, how many entries, the worst one, and what it looks like."""

from __future__ import annotations

from gradref_reference import Trace

from ..verdict import EQUATIONS
from .judge import LARGEST_RMS, LARGEST_SIGMA, Judgement

__all__ = ["formula", "kink_message", "mismatch_message", "missing_message", "structure_message", "where"]


def formula(equation: str, l: int) -> str:
    """The equation with its layer numbers filled in.

    >>> formula("BP2", 1)
    "δ[1] = (δ[2] W[2]) ⊙ σ'(z[1])"
    """
    text = EQUATIONS[equation]
    for symbol, number in (("[l-1]", l - 1), ("[l+1]", l + 1), ("[l]", l), ("[L]", l)):
        text = text.replace(symbol, f"[{number}]")
    return text


def where(trace: Trace, case: str, equation: str, l: int) -> str:
    """'torch eager float32 · digits, layer 2, BP4'."""
    return f"{trace.framework} {trace.mode} {trace.dtype} · {case}, layer {l}, {equation}"


def structure_message(place: str, parameter: str, reason: str) -> str:
    return f"{place}: {parameter} {reason}. Return it from the adapter or the function under test."


def missing_message(place: str, parameter: str, missing: str) -> str:
    return f"{place}: {parameter} was not judged, because {missing} is missing or malformed. See the row of {missing}."


def kink_message(place: str, parameter: str, j: Judgement) -> str:
    return (
        f"{place}: {j.undecided} of {j.entries} entries of {parameter} sit exactly on a kink, where every value between the one-sided "
        "derivatives is right. All are between them: a convention, not an error."
    )


def mismatch_message(place: str, parameter: str, equation: str, l: int, j: Judgement, hint: str) -> str:
    """The message of a failed comparison; `hint` is a full sentence or empty."""
    percent = 100 * j.failing / max(j.entries, 1)
    count = f"{j.failing} of {j.entries} entries ({percent:.3g} %)"
    index = f" at {list(j.worst)}" if j.worst else ""
    worst = f"worst{index}: {j.actual:.9g} where {j.expected:.9g} is right"
    if j.rule == "finite":
        got = f"got {count} that are NaN or infinite; {worst}"
    elif j.rule == "statistics":
        got = (
            f"got errors too large for rounding as a whole: rms {j.rms_sigma:.3g} σ and largest {j.max_sigma:.3g} σ, where honest "
            f"code stays below {LARGEST_RMS:g} and {LARGEST_SIGMA:g}; {count} stand out; {worst} (σ allows it {j.allowance:.2g} at most)"
        )
    else:
        times = f"{j.share:.3g} times the allowance of {j.allowance:.2g}"
        got = f"got {count} further off than any rounding explains; {worst}, off by {times}"
    return f"{place}: {parameter} must satisfy {formula(equation, l)}, {got}. {hint}".rstrip()
