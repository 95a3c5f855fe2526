"""assert_gradients_agree: two gradients in anybody's own test, with an allowance that is derived from the format and the work.

With nothing but two arrays the sizes of the summed terms are unknown, so each entry is held against the largest entry of its array:

    |actual - expected| <= (r(u of actual) + r(u of expected)) · scale,    scale = max|expected|
    r(u) = min(γ_n(u), 8 (√64 u + √n ua)),    ua = min(u, 2^-24)

Rounding errors are independent, more or less: n of them add up to √n, and stay below 8 √n with a probability of 1 - 2 exp(-8²/2),
all but 3 in 10^14 (Higham & Mary 2019). Sums are accumulated in float32 or better, so the n terms of a sum count in units of ua, and
only the tensors stored on the way, 64 of them in sixteen layers, in units of u. γ_n, the proof, is taken where it is smaller.

A check whose allowance reaches a third of the scale would see next to nothing: it is refused and not passed.
**What it cannot see**: errors in entries far smaller than the largest one (the blind fraction; pass `scale=Σ|terms|` to see them),
which equation is wrong, and amplification: a gradient that is much smaller than the terms it is summed from, one behind many saturated
layers, or one whose rounded pre-activation fell on the other side of a kink may honestly miss the allowance. For a network,
`gradref.certify` knows the terms and needs none of these assumptions.
Sources: Higham, *Accuracy and Stability of Numerical Algorithms*, sections 3.1 and 3.5; Higham & Mary, SIAM J. Sci. Comput. 41, 2019.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from typing import Any

import numpy as np

from gradref_reference import FORMATS, DataError, SpecificationError, format_of
from gradref_reference.error_model.rounding import gamma
from gradref_reference.errors import shown

__all__ = ["assert_gradients_agree"]

SHOWN = 10
"""At most so many mismatches are listed; their total is always given."""

CONFIDENCE = 8.0
"""λ: n rounding errors stay below λ √n u with a probability of 1 - 2 exp(-λ²/2)."""

STORED = 64
"""Tensors stored on the way to an entry: z, a and two more of the backward pass in each of sixteen layers."""

TERMS = 2**20
"""The most terms that are assumed without being told: side lengths say nothing of a sum that is longer than this."""

BLIND = 1 / 3
"""A check whose allowance reaches this share of the scale is refused. bfloat16 against float64 needs a quarter."""


def assert_gradients_agree(
    actual: Any, expected: Any, dtype: str | None = None, terms: int | None = None, scale: Any | None = None
) -> None:
    """Raise `AssertionError` unless two gradients agree within what rounding can do.

    Parameters
    ----------
    actual, expected : arrays, or the same nesting of dicts, lists and tuples of arrays; NumPy, PyTorch, JAX or plain numbers.
    dtype : the format `actual` was computed in, when its arrays have been converted since ("float32", "bfloat16", ...).
    terms : n, how many roundings lie on the way to one entry: batch size plus the widths it is summed over, forward and back.
        By default twice the sum of all side lengths plus 100, a million at most; the allowance grows with its square root.
    scale : Σ|terms| of each entry, in the nesting of `expected`, when it is known; the largest |expected| of each array otherwise.

    Raises
    ------
    AssertionError : once, with at most ten mismatches and their total; structure and shapes are compared before values.
    SpecificationError : for options that cannot be, arrays that are not real numbers, or a check that could see nothing: an
        allowance as large as the gradient itself.
    DataError : when there is no number to compare.

    >>> assert_gradients_agree({"W": [[1.0, 2.0]], "b": [0.5]}, {"W": [[1.0, 2.0]], "b": [0.5]})
    >>> assert_gradients_agree([1.0, 2.0], [1.0, -2.0])
    Traceback (most recent call last):
    ...
    AssertionError: gradients: must agree within rounding, got 1 of 2 entries in 1 of 1 arrays outside the allowance.
      gradient: 1 of 2 entries (50 %), worst at [1]: 2 where -2 is expected, 8.66e+13 times the allowance of 4.6e-14.
    """
    if terms is not None and (isinstance(terms, bool) or not isinstance(terms, (int, np.integer)) or terms < 1):
        raise SpecificationError(f"terms: must be a whole number >= 1, got {shown(terms)}. Count the roundings behind one entry.")
    given, wanted = dict(_leaves(actual)), dict(_leaves(expected))
    sizes = None if scale is None else dict(_leaves(scale))
    problems = _structure(given, wanted, sizes)
    if problems:
        _fail(f"gradients: must have the same arrays and shapes, got {len(problems)} differences.", problems)
    total = sum(_array(value)[0].size for value in wanted.values())
    if not total:
        raise DataError("gradients: must hold at least one number, got none. Pass the arrays of both gradients.")
    n = terms or min(TERMS, 100 + 2 * sum(side for value in wanted.values() for side in _array(value)[0].shape))
    problems, wrong, visible = [], 0, False
    for name in wanted:
        line, failing, seen = _compare(name, given[name], wanted[name], dtype, n, None if sizes is None else sizes[name])
        wrong += failing
        visible |= seen
        if line:
            problems.append(line)
    if problems:
        head = f"gradients: must agree within rounding, got {wrong} of {total} entries in {len(problems)} of {len(wanted)} arrays"
        _fail(f"{head} outside the allowance.", problems)
    if not visible:
        raise SpecificationError(
            "gradients: cannot be judged, because every entry is below the smallest number of the format. Scale the cost up."
        )


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
        try:
            value = np.asarray(value)
        except Exception:  # a ragged nesting, or an object of anybody's
            raise SpecificationError(f"gradients: must be arrays of numbers, got {shown(value)}. Convert them first.") from None
        name = value.dtype.name
    try:
        array = np.asarray(value).astype(np.float64) if value.dtype.kind != "c" else None
    except (TypeError, ValueError, OverflowError):
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


def _relative(n: int, u: float) -> float:
    """r(u): what n terms and the tensors stored on the way may add up to, relative to the scale."""
    return min(gamma(n, u), CONFIDENCE * (sqrt(STORED) * u + sqrt(n) * min(u, FORMATS["float32"].u)))


def _scale(name: str, expected: np.ndarray, scale: Any) -> np.ndarray:
    """Σ|terms| as it was given, or the largest finite |expected|."""
    if scale is None:
        return np.asarray(np.abs(expected).max(initial=0.0, where=np.isfinite(expected)))
    size = _array(scale)[0]
    if not (np.isfinite(size) & (size >= 0)).all():
        wrong = size[~(np.isfinite(size) & (size >= 0))].flat[0]
        raise SpecificationError(f"scale: must be finite numbers >= 0 for {name}, got {wrong:g}. Give Σ|terms| of each entry.")
    return size


def _compare(name: str, actual: Any, expected: Any, dtype: str | None, n: int, scale: Any) -> tuple[str, int, bool]:
    """(what is wrong or "", failing entries, whether any entry is large enough for an error in it to be seen) of one array."""
    (a, u), (e, ue) = _array(actual), _array(expected)
    form = format_of(dtype) if dtype else next((f for f in FORMATS.values() if f.u == u), FORMATS["float64"])
    u = form.u if dtype else u
    if a.size == 0:
        return "", 0, False
    with np.errstate(all="ignore"):
        rounding = (_relative(n, u) + _relative(n, ue)) * _scale(name, e, scale)
        if e.any() and (BLIND * np.abs(e) <= rounding).all():
            raise SpecificationError(
                f"{name}: cannot be judged, because the allowance of {np.max(rounding):.2g} is as large as the gradient, whose largest "
                f"entry is {np.abs(e).max():.2g} (terms={n}). Give terms=n, the number of terms summed, or a more exact expected."
            )
        allowance = np.broadcast_to(rounding + form.smallest, a.shape)
        residual = np.abs(a - e)
        residual = np.where(np.isinf(e) & (a == e), 0.0, residual)  # an infinity agrees with the same infinity
        accepted = residual <= allowance  # NaN is refused
        if accepted.all():
            return "", 0, bool((np.abs(e) > allowance).any()) or not e.any()
        share = residual / allowance
        worst = np.unravel_index(int(np.argmax(np.where(np.isnan(share), np.inf, share))), a.shape)
    failing = int(a.size - np.count_nonzero(accepted))
    at = f" at {[int(i) for i in worst]}" if worst else ""
    seen = f"{a[worst]:.9g} where {e[worst]:.9g} is expected"
    if not (np.isfinite(a).all() and np.isfinite(e).all()):
        seen += "; NaN and infinity never agree, except an infinity with itself"
    else:
        seen += f", {share[worst]:.3g} times the allowance of {allowance[worst]:.2g}"
    count = f"{failing} of {a.size} entries ({100 * failing / a.size:.3g} %)"
    return f"{name}: {count}, worst{at}: {seen}.{_hint(a, e)}", failing, True


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
