"""The sentence a reader sees when an equation fails: where, which formula, how many entries, the worst one, and what it looks like."""

from __future__ import annotations

from gradref_reference import Network, Trace

from ..verdict import EQUATIONS
from .judge import LARGEST_RMS, LARGEST_SIGMA, Judgement

__all__ = ["formula", "kink_message", "mismatch_message", "missing_message", "overflow_message", "structure_message", "where"]


# what BP1 becomes where σ' has cancelled
FUSED = {
    "cross_entropy": "δ[L] = (softmax(z[L]) - y)/m",
    "binary_cross_entropy": "δ[L] = (σ(z[L]) - y)/(m n[L])",
    "nielsen_cross_entropy": "δ[L] = (σ(z[L]) - y)/m",
}


def formula(equation: str, l: int, network: Network | None = None) -> str:
    """The equation with its layer numbers filled in, in the form it takes for this network.

    >>> formula("BP2", 1)
    "δ[1] = (δ[2] W[2]) ⊙ σ'(z[1])"
    """
    text = EQUATIONS[equation]
    if network is not None and equation == "BP1":
        text = FUSED.get(network.cost, text)
    if network is not None and network.l2 and equation == "BP4":
        text += " + λ W[l]"
    return numbered(text, l)


def numbered(text: str, l: int) -> str:
    """A sentence or formula with [l-1], [l], [l+1] and [L] replaced by numbers; l is the layer it speaks of."""
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


def overflow_message(place: str, parameter: str, law: str, dtype: str, j: Judgement) -> str:
    return (
        f"{place}: {j.overflowed} of {j.entries} entries of {parameter} cannot be judged, because the right value, a step on the way "
        f"to it or a constant overflows {dtype} in {law}. Scale the numbers down, or use a wider dtype."
    )


def mismatch_message(place: str, parameter: str, law: str, j: Judgement, hint: str) -> str:
    """The message of a failed comparison; `law` is the formula, `hint` a full sentence or empty."""
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
    return f"{place}: {parameter} must satisfy {law}, {got}. {hint}".rstrip()
