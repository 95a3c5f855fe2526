"""Scaled dot-product attention. mathematics.md, section 6.10.

O = P V with P = softmax(Q Kᵀ s + mask). Kernels keep ln Σ exp of each row and O, never P: V̄ = Pᵀ G, P̄ = G Vᵀ,
Ā = P ⊙ (P̄ - (G ⊙ O) 1), Q̄ = s Ā K, K̄ = s Āᵀ Q.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import pointwise as p
from ..contractions import matmul
from ..movement import kept, move, reshape, shape_of, total, transpose, unbroadcast
from .operation import Operation, constant, plain
from .probabilities import largest_entry

__all__ = ["ATTENDING"]


def _scores(q: Any, k: Any, mask: Any, is_causal: bool, scale: float | None) -> Any:
    s = 1.0 / np.sqrt(shape_of(q)[-1]) if scale is None else scale
    scores = matmul(q, _turned(k)) * constant(float(s), q)
    if mask is not None:
        m = plain(mask)
        scores = p.choose(np.broadcast_to(m, shape_of(scores)), scores, -np.inf) if m.dtype == bool else scores + mask
    if is_causal:
        rows, columns = shape_of(scores)[-2:]
        seen = np.broadcast_to(np.tri(rows, columns, dtype=bool), shape_of(scores))
        scores = p.choose(seen, scores, -np.inf)
    return scores


def _turned(x: Any) -> Any:
    n = len(shape_of(x))
    return transpose(x, [*range(n - 2), n - 1, n - 2])


def _repeated(x: Any, q: Any) -> Any:
    """Keys or values whose heads serve several queries each (grouped-query attention)."""
    times = shape_of(q)[1] // shape_of(x)[1] if len(shape_of(q)) == 4 else 1
    return x if times == 1 else move(x, lambda v: np.repeat(v, times, axis=1))


def _gathered(g: Any, x: Any) -> Any:
    """Σ over the query heads of a group."""
    n, heads, *rest = shape_of(x)
    times = shape_of(g)[1] // heads
    return g if times == 1 else total(reshape(g, (n, heads, times, *rest)), 2)


def attention(
    q: Any, k: Any, v: Any, mask: Any = None, dropout_p: float = 0.0, is_causal: bool = False, scale: float | None = None
) -> tuple[Any, Any]:
    """The result and ln Σ exp of each row of scores."""
    k, v = _repeated(k, q), _repeated(v, q)
    scores = _scores(q, k, mask, is_causal, scale)
    top = largest_entry(scores, -1)
    e = p.exp(scores - top)
    whole = total(e, -1, keepdims=True)
    out = matmul(kept(e), v) / whole
    return out, _last(p.log(whole) + top)


def _last(x: Any) -> Any:
    return reshape(x, shape_of(x)[:-1])


def attention_back(
    g: Any,
    y: Any,
    q: Any,
    k: Any,
    v: Any,
    mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
) -> tuple[Any, ...]:
    g, (out, log_sum) = g[0], y
    keys, values = k, v
    k, v = _repeated(k, q), _repeated(v, q)
    s = constant(float(1.0 / np.sqrt(shape_of(q)[-1]) if scale is None else scale), q)
    scores = _scores(q, k, mask, is_causal, scale)
    probability = p.exp(scores - _column(log_sum))
    to_scores = kept(probability * (matmul(g, _turned(v)) - total(g * out, -1, keepdims=True)))
    probability = kept(probability)
    return (
        lambda: matmul(to_scores, k) * s,
        lambda: _gathered(matmul(_turned(to_scores), q) * s, keys),
        lambda: _gathered(matmul(_turned(probability), g), values),
        lambda: unbroadcast(to_scores, mask),
    )


def _column(x: Any) -> Any:
    return reshape(x, (*shape_of(x), 1))


ATTENDING: dict[str, Operation] = {"attention": Operation(attention, attention_back)}
