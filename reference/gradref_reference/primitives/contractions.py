"""Contractions: bilinear maps, sums of products. Forward, both VJPs and their roundings come from one line of index letters.

`bilinear(a, b, how, to_a, to_b, n, n_a, n_b)` is any of them: matrix products and einsums here, convolutions in `convolution`.
An n-term dot product rounds as certificates.md, section 2, says.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..error_model.rounding import gamma
from .bounded import Bounded, finite_size, model_of, multiplicity, summed, value_of
from .movement import shape_of, unbroadcast
from .operators import OPERATORS
from .tape import Primitive

__all__ = ["bilinear", "contract", "matmul"]

Array = np.ndarray
Pair = Callable[[Array, Array], Array]


def _plain(a: Any, b: Any, extra: Any, how: Pair, to_a: Pair, to_b: Pair, n: int, n_a: int, n_b: int) -> Any:
    return how(a, b) if extra is None else how(a, b) + extra


def _bounded(a: Any, b: Any, extra: Any, how: Pair, to_a: Pair, to_b: Pair, n: int, n_a: int, n_b: int) -> Bounded:
    """A sum of n products, and of one further term that a kernel may add first or last."""
    model = model_of(a, b, extra)
    x, y = value_of(a), value_of(b)
    size_x, size_y = np.abs(x), np.abs(y)
    errors: list[Any] = []
    for name in ("bound", "spread"):
        e, f, last = (getattr(q, name, None) for q in (a, b, extra))
        parts = [how(e, size_y)] if e is not None else []
        parts += [how(size_x, f)] if f is not None else []
        parts += [how(e, f)] if e is not None and f is not None and name == "bound" else []
        parts += [last] if last is not None else []
        errors.append(sum(parts[1:], parts[0]) if parts else None)
    repeated = min(multiplicity(x), multiplicity(y)) if model.careful else 1
    S = how(x, y)
    S1, Q = _sums(how, size_x, size_y, n, S)
    if extra is None:
        return summed(model, S, S1, Q, n, (errors[0], errors[1]), repeated)
    e = value_of(extra)
    whole = summed(model, S + e, S1 + np.abs(e), Q + np.square(e), n + 1, (errors[0], errors[1]), repeated)
    return whole if not model.contract.narrow else _stored_before(whole, S)


SINGLE = (2.0**-30, 2.0**30)
"""Where the largest entries of both operands lie, float32 holds every product that matters."""


def _sums(how: Pair, a: Array, b: Array, n: int, S: Array) -> tuple[Array, Array]:
    """Σ |terms| and Σ terms²: of positive terms, so float32 gives them to a relative γ_n, which is added; half the time."""
    tops = float(a.max(initial=0.0)), float(b.max(initial=0.0))
    if not all(SINGLE[0] <= top <= SINGLE[1] for top in tops):
        return how(a, b), how(np.square(a), np.square(b))
    x, y = a.astype(np.float32), b.astype(np.float32)
    grown = 1 + 2 * gamma(n + 4, 2.0**-24)
    S1 = how(x, y).astype(np.float64) * grown
    S1 = np.where((S1 < 2.0**-60) & (S != 0), S1 + n * 2.0**-90, S1)  # products may have underflowed
    Q = how(np.square(x), np.square(y)).astype(np.float64) * grown
    return S1, np.where(Q < 2.0**-80, np.square(S1), Q)  # squares may have underflowed: they are at most S1²


def _stored_before(whole: Bounded, product: Array) -> Bounded:
    """A 16-bit product may be stored before the further term is added to it."""
    lost = whole.contract.u * finite_size(product)
    bound, spread = (0.0 if e is None else e for e in (whole.bound, whole.spread))
    return whole.like(whole.value, bound + lost, spread + 0.5 * lost, whole.size)


def _pull(
    g: Any, y: Any, a: Any, b: Any, extra: Any, how: Pair, to_a: Pair, to_b: Pair, n: int, n_a: int, n_b: int
) -> tuple[Any, Any, Any]:
    """ā = to_a(g, b), b̄ = to_b(a, g); their own VJPs are the other two maps again."""
    swap_a = partial(_swapped, to_b)
    swap_b = partial(_swapped, to_a)
    return (
        lambda: bilinear(g, b, None, how=to_a, to_a=how, to_b=swap_a, n=n_a, n_a=n, n_b=n_b),
        lambda: bilinear(a, g, None, how=to_b, to_a=swap_b, to_b=how, n=n_b, n_a=n_a, n_b=n),
        lambda: unbroadcast(g, extra),
    )


def _swapped(pair: Pair, a: Array, b: Array) -> Array:
    return pair(b, a)


bilinear = Primitive(_plain, _bounded, _pull)
"""bilinear(a, b, extra, how=, to_a=, to_b=, n=, n_a=, n_b=): sums of n products, plus `extra` (or None).

`to_a(g, b)` and `to_b(a, g)` are the transposes, whose sums have n_a and n_b terms."""


def _einsum(letters: str, a: Array, b: Array) -> Array:
    return np.einsum(letters, a, b, optimize=True)


def contract(letters: str, a: Any, b: Any, extra: Any = None) -> Any:
    """An einsum of two operands, "nk,mk->nm"; every letter stands in two of the three places at least, and none twice in one.

    The three maps are the same line of letters with its parts exchanged.
    """
    operands, out = letters.split("->")
    left, right = operands.split(",")
    sizes = dict(zip(left, shape_of(a), strict=True)) | dict(zip(right, shape_of(b), strict=True))
    terms = lambda gone: max(int(np.prod([sizes[i] for i in set(left + right + out) - set(gone)])), 1)  # noqa: E731
    return bilinear(
        a,
        b,
        extra,
        how=partial(_einsum, letters),
        to_a=partial(_einsum, f"{out},{right}->{left}"),
        to_b=partial(_einsum, f"{left},{out}->{right}"),
        n=terms(out),
        n_a=terms(left),
        n_b=terms(right),
    )


def matmul(a: Any, b: Any, extra: Any = None) -> Any:
    """a @ b (+ extra) with NumPy's rules of broadcasting; vectors on either side are allowed."""
    p, q = shape_of(a), shape_of(b)
    if len(p) == 1 or len(q) == 1 or (len(p) == len(q) and p[:-2] == q[:-2]):
        batch = "defgh"[: max(len(p), len(q)) - 2] if len(p) == len(q) and len(p) > 2 else ""
        left = batch + ("nk" if len(p) > 1 else "k") if len(p) <= 2 or batch else "defgh"[: len(p) - 2] + "nk"
        right = batch + ("km" if len(q) > 1 else "k") if len(q) <= 2 or batch else "defgh"[: len(q) - 2] + "km"
        out = "".join(i for i in dict.fromkeys(left + right) if i != "k")
        return contract(f"{left},{right}->{out}", a, b, extra)
    return _matmul(a, b, extra)


def _matmul(a: Any, b: Any, extra: Any) -> Any:
    """Batched products whose batch axes broadcast."""
    n, m, k = shape_of(a)[-2], shape_of(b)[-1], shape_of(a)[-1]
    like_a, like_b = np.empty(shape_of(a)), np.empty(shape_of(b))
    rows = max(int(np.prod(shape_of(b)[:-2])) // max(int(np.prod(shape_of(a)[:-2])), 1), 1)
    columns = max(int(np.prod(shape_of(a)[:-2])) // max(int(np.prod(shape_of(b)[:-2])), 1), 1)
    return bilinear(
        a,
        b,
        extra,
        how=np.matmul,
        to_a=lambda g, y: unbroadcast(np.matmul(g, np.swapaxes(y, -1, -2)), like_a),
        to_b=lambda x, g: unbroadcast(np.matmul(np.swapaxes(x, -1, -2), g), like_b),
        n=k,
        n_a=m * rows,
        n_b=n * columns,
    )


OPERATORS["matmul"] = matmul
