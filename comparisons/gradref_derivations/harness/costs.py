"""Costs by name, for code that has none: each as the source of a function of the output a and the target y."""

from __future__ import annotations

__all__ = ["COSTS", "cost_source"]

# name -> (formula, what it is called in a sentence); m is the number of samples
COSTS: dict[str, tuple[str, str]] = {
    "half_squares": ("0.5 * _np.sum((a - y) ** 2)", "½ Σ (a − y)²"),
    "squares": ("_np.sum((a - y) ** 2)", "Σ (a − y)²"),
    "mean_squares": ("_np.mean((a - y) ** 2)", "the mean of (a − y)²"),
    "half_mean_squares": ("0.5 * _np.sum((a - y) ** 2) / m", "½ Σ (a − y)² / m"),
    "squares_per_sample": ("_np.sum((a - y) ** 2) / m", "Σ (a − y)² / m"),
    "cross_entropy": ("-_np.sum(y * _np.log(a))", "the cross-entropy −Σ y log a"),
    "mean_cross_entropy": ("-_np.sum(y * _np.log(a)) / m", "the cross-entropy −Σ y log a / m"),
    "binary_cross_entropy": ("-_np.sum(y * _np.log(a) + (1 - y) * _np.log(1 - a))", "the binary cross-entropy, summed"),
    "mean_binary_cross_entropy": ("-_np.sum(y * _np.log(a) + (1 - y) * _np.log(1 - a)) / m", "the binary cross-entropy over m"),
    "softmax_cross_entropy": (
        "_np.sum(_np.log(_np.sum(_np.exp(a), axis=AXIS))) - _np.sum(y * a)",
        "the cross-entropy of softmax(a), summed",
    ),
    "mean_softmax_cross_entropy": (
        "(_np.sum(_np.log(_np.sum(_np.exp(a), axis=AXIS))) - _np.sum(y * a)) / m",
        "the cross-entropy of softmax(a) over m",
    ),
}


def cost_source(name: str, samples: int, axis: int) -> str:
    """`def _cost(a, y)` for a named cost; `axis` is that of the classes."""
    formula = COSTS[name][0].replace("AXIS", str(axis))
    mean = f"    m = {samples}\n" if " / m" in formula else ""
    return f"def _cost(a, y):\n{mean}    return {formula}\n"
