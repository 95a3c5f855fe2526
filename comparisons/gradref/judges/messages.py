"""What is said of a check, without the place: which formula, how many entries, the worst one."""

from __future__ import annotations

from gradref_reference import Network

from ..verdict import EQUATIONS
from .measure import LARGEST_RMS, LARGEST_SIGMA, Measurement

__all__ = ["formula", "kink", "mismatch", "missing", "numbered", "overflow", "structure"]

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


def structure(parameter: str, reason: str) -> str:
    """A tensor that is missing or malformed."""
    return f"{parameter} {reason}. Return it from the adapter or the function under test."


def missing(parameter: str, needed: str) -> str:
    """A tensor that cannot be judged without another one."""
    return f"{parameter} was not judged, because {needed} is missing or malformed. See the row of {needed}."


def kink(parameter: str, m: Measurement) -> str:
    """Entries accepted between the one-sided derivatives."""
    return (
        f"{m.undecided} of {m.entries} entries of {parameter} sit exactly on a kink, where every value between the one-sided "
        "derivatives is right. All are between them: a convention, not an error."
    )


def overflow(parameter: str, law: str, dtype: str, m: Measurement) -> str:
    """Entries of which nothing can be said."""
    return (
        f"{m.overflowed} of {m.entries} entries of {parameter} cannot be judged, because the right value, a step on the way "
        f"to it or a constant overflows {dtype} in {law}. Scale the numbers down, or use a wider dtype."
    )


def mismatch(parameter: str, law: str, m: Measurement) -> str:
    """A failed comparison; `law` is the formula."""
    percent = 100 * m.failing / max(m.entries, 1)
    count = f"{m.failing} of {m.entries} entries ({percent:.3g} %)"
    index = f" at {list(m.worst)}" if m.worst else ""
    worst = f"worst{index}: {m.actual:.9g} where {m.expected:.9g} is right"
    if m.rule == "finite":
        got = f"got {count} that are NaN or infinite; {worst}"
    elif m.rule == "statistics":
        got = (
            f"got errors too large for rounding as a whole: rms {m.rms_sigma:.3g} σ and largest {m.max_sigma:.3g} σ, where honest "
            f"code stays below {LARGEST_RMS:g} and {LARGEST_SIGMA:g}; {count} stand out; {worst} (σ allows it {m.allowance:.2g} at most)"
        )
    else:
        times = f"{m.share:.3g} times the allowance of {m.allowance:.2g}"
        got = f"got {count} further off than any rounding explains; {worst}, off by {times}"
    return f"{parameter} must satisfy {law}, {got}."
