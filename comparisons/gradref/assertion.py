"""assert_gradients_agree: two gradients in anybody's own test, with an allowance that is derived from the format and the work.

With nothing but two arrays the sizes of the summed terms are unknown, so each entry is held against the largest entry of its array:

    |actual - expected| <= (γ_n(u of actual) + γ_n(u of expected)) · scale,    scale = max|expected|

A sum of n terms, none of which is larger than the result's largest entry times 1/√n on average, rounds to within this.
**What it cannot see**: errors in entries far smaller than the largest one (the blind fraction; pass `scale=Σ|terms|` to see them),
which equation is wrong, and cancellation: a gradient that is much smaller than the terms it is summed from may honestly miss the
allowance. For a network, `gradref.certify` knows the terms and needs none of these assumptions.
Source: Higham, *Accuracy and Stability of Numerical Algorithms*, sections 3.1 and 3.5.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from gradref_reference import FORMATS, SpecificationError, format_of
from gradref_reference.error_model.rounding import gamma

__all__ = ["assert_gradients_agree"]

SHOWN = 10
"""At most so many mismatches are listed; their total is always given."""


def assert_gradients_agree(
    actual: Any, expected: Any, dtype: str | None = None, terms: int | None = None, scale: Any | None = None
) -> None:
    """Raise `AssertionError` unless two gradients agree within what rounding can do.

    Parameters
    ----------
    actual, expected : arrays, or the same nesting of dicts, lists and tuples of arrays; NumPy, PyTorch, JAX or plain numbers.
    dtype : the format `actual` was computed in, when its arrays have been converted since ("float32", "bfloat16", ...).
    terms : n, how many roundings lie on the way to one entry: batch size plus the widths it is summed over, forward and back.
        By default twice the sum of all side lengths plus 100, which suits a network whose batch is no larger than its layers.
    scale : Σ|terms| of each entry, in the nesting of `expected`, when it is known; the largest |expected| of each array otherwise.

    Raises
    ------
    AssertionError : once, with at most ten mismatches and their total; structure and shapes are compared before values.
    SpecificationError : for options that cannot be, or arrays that are not real numbers.

    >>> assert_gradients_agree({"W": [[1.0, 2.0]], "b": [0.5]}, {"W": [[1.0, 2.0]], "b": [0.5]})
    >>> assert_gradients_agree([1.0, 2.0], [1.0, -2.0])
    Traceback (most recent call last):
    ...
    AssertionError: gradients: must agree within rounding, got 1 of 2 entries in 1 of 1 arrays outside the allowance.
      gradient: 1 of 2 entries (50 %), worst at [1]: 2 where -2 is expected, 8.66e+13 times the allowance of 4.6e-14.
    """
    if terms is not None and (isinstance(terms, bool) or not isinstance(terms, (int, np.integer)) or terms < 1):
        raise SpecificationError(f"terms: must be a whole number >= 1, got {terms!r}. Count the roundings behind one entry.")
    given, wanted = dict(_leaves(actual)), dict(_leaves(expected))
    sizes = None if scale is None else dict(_leaves(scale))
    problems = _structure(given, wanted, sizes)
    if problems:
        _fail(f"gradients: must have the same arrays and shapes, got {len(problems)} differences.", problems)
    n = terms or 100 + 2 * sum(side for value in wanted.values() for side in _array(value)[0].shape)
    problems, wrong, total = [], 0, 0
    for name in wanted:
        line, failing, entries = _compare(name, given[name], wanted[name], dtype, n, None if sizes is None else sizes[name])
        total += entries
        wrong += failing
        if line:
            problems.append(line)
    if problems:
        head = f"gradients: must agree within rounding, got {wrong} of {total} entries in {len(problems)} of {len(wanted)} arrays"
        _fail(f"{head} outside the allowance.", problems)


def _leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(dotted name, array) for every array of a nesting; a list of plain numbers is an array."""
    if isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from _leaves(value, f"{path}.{key}" if path else str(key))
    elif isinstance(tree, Sequence) and not isinstance(tree, (str, bytes)) and not _is_array(tree):
        for index, value in enumerate(tree):
            yield from _leaves(value, f"{path}[{index}]")
    else:
        yield path or "gradient", tree


def _is_array(value: Any) -> bool:
    """True for a rectangular nesting of plain numbers."""
    if hasattr(value, "shape") or isinstance(value, (int, float)):
        return True
    return isinstance(value, Sequence) and all(
        isinstance(v, (int, float)) or (isinstance(v, list) and _is_array(v)) for v in value
    )


def _array(value: Any) -> tuple[np.ndarray, float]:
    """The numbers in float64 and the unit roundoff of the format they came in; whole numbers are exact."""
    if hasattr(value, "detach"):  # PyTorch, bfloat16 included
        name, value = str(value.dtype).removeprefix("torch."), value.detach().cpu().double().numpy()
    else:
        value = np.asarray(value)
        name = value.dtype.name
    try:
        array = np.asarray(value).astype(np.float64) if value.dtype.kind != "c" else None
    except (TypeError, ValueError):
        array = None
    if array is None:
        raise SpecificationError(f"gradients: must hold real numbers, got dtype {name}. Convert them first.")
    return array, FORMATS[name].u if name in FORMATS else 0.0


def _structure(given: dict, wanted: dict, sizes: dict | None) -> list[str]:
    problems = [f"{name}: must be present, got nothing." for name in wanted if name not in given]
    problems += [f"{name}: must not be there: it is not among the expected arrays." for name in given if name not in wanted]
    for name in wanted:
        if name in given:
            shape, right = _array(given[name])[0].shape, _array(wanted[name])[0].shape
            if shape != right:
                turned = " It is transposed." if shape == right[::-1] else ""
                problems.append(f"{name}: must have shape {right}, got {shape}.{turned}")
            elif sizes is not None and (name not in sizes or _array(sizes[name])[0].shape not in ((), right)):
                problems.append(f"{name}: scale must have shape {right}, or be one number.")
    return problems


def _compare(name: str, actual: Any, expected: Any, dtype: str | None, n: int, scale: Any) -> tuple[str, int, int]:
    """(what is wrong or "", failing entries, entries) of one array."""
    (a, u), (e, ue) = _array(actual), _array(expected)
    form = format_of(dtype) if dtype else None
    u = form.u if form else u
    if a.size == 0:
        return "", 0, 0
    with np.errstate(all="ignore"):
        finite = e[np.isfinite(e)]
        size = _array(scale)[0] if scale is not None else (np.abs(finite).max() if finite.size else 0.0)
        floor = (form or next((f for f in FORMATS.values() if f.u == u), FORMATS["float64"])).smallest
        allowance = np.broadcast_to((gamma(n, u) + gamma(n, ue)) * size + floor, a.shape)
        residual = np.abs(a - e)
        residual = np.where(np.isinf(e) & (a == e), 0.0, residual)  # an infinity agrees with the same infinity
        accepted = residual <= allowance  # NaN is refused
        if accepted.all():
            return "", 0, a.size
        share = residual / allowance
        worst = np.unravel_index(int(np.argmax(np.where(np.isnan(share), np.inf, share))), a.shape)
    failing = int(a.size - np.count_nonzero(accepted))
    at = f" at {[int(i) for i in worst]}" if worst else ""
    seen = f"{a[worst]:.9g} where {e[worst]:.9g} is expected"
    if not (np.isfinite(a).all() and np.isfinite(e).all()):
        seen += "; NaN and infinity never agree, except an infinity with itself"
    else:
        seen += f", {share[worst]:.3g} times the allowance of {allowance[worst]:.2g}"
    return (
        f"{name}: {failing} of {a.size} entries ({100 * failing / a.size:.3g} %), worst{at}: {seen}.{_hint(a, e)}",
        failing,
        a.size,
    )


def _hint(a: np.ndarray, e: np.ndarray) -> str:
    """What the mismatch looks like, when it is one factor."""
    used = np.abs(e) > 1e-3 * np.abs(e).max()
    if not np.isfinite(a).all() or not used.any():
        return ""
    if not a.any():
        return " All of it is zero."
    ratio = float(np.median(a[used] / e[used]))
    if np.abs(a - ratio * e).max() <= 1e-3 * np.abs(a).max() and abs(ratio - 1) > 1e-3 and np.count_nonzero(used) > 1:
        return f" Every entry is {ratio:.6g} times the expected one."
    return ""


def _fail(head: str, problems: list[str]) -> None:
    shown = [f"  {line}" for line in problems[:SHOWN]]
    if len(problems) > SHOWN:
        shown.append(f"  ... and {len(problems) - SHOWN} more, {len(problems)} in all.")
    raise AssertionError("\n".join([head, *shown]))
