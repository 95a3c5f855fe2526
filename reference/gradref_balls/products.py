"""Products of arrays of balls: matmul, dot, tensordot, einsum, all through flint's matrix product."""

from math import prod
from typing import Any

import numpy as np
from flint import arb, arb_mat

from .convert import as_objects

__all__ = ["dot", "einsum", "inner", "matmul", "outer", "tensordot", "vdot"]

Array = np.ndarray


def _matrix_product(A: Array, B: Array) -> Array:
    """(m, k) @ (k, n) as an object array."""
    (m, k), n = A.shape, B.shape[1]
    result = np.empty(m * n, dtype=object)
    if k and m * n:
        result[:] = (arb_mat(m, k, A.ravel().tolist()) * arb_mat(k, n, B.ravel().tolist())).entries()
    else:
        result[:] = [arb(0)] * (m * n)
    return result.reshape(m, n)


def matmul(x, y) -> Array:
    """x @ y with NumPy's rules for vectors and stacks; an object array."""
    x, y = as_objects(x), as_objects(y)
    if not (x.ndim and y.ndim):
        raise ValueError("matmul: Input operand does not have enough dimensions")
    A = x[None, :] if x.ndim == 1 else x
    B = y[:, None] if y.ndim == 1 else y
    if A.shape[-1] != B.shape[-2]:
        raise ValueError(f"matmul: Input operand has a mismatch in its core dimension, {x.shape} @ {y.shape}")
    if A.ndim == 2 and B.ndim == 2:
        result = _matrix_product(A, B)
    elif B.ndim == 2:
        result = _matrix_product(A.reshape(-1, A.shape[-1]), B).reshape(*A.shape[:-1], B.shape[-1])
    else:
        stack = np.broadcast_shapes(A.shape[:-2], B.shape[:-2])
        A, B = np.broadcast_to(A, stack + A.shape[-2:]), np.broadcast_to(B, stack + B.shape[-2:])
        result = np.empty((*stack, A.shape[-2], B.shape[-1]), dtype=object)
        for at in np.ndindex(stack):
            result[at] = _matrix_product(A[at], B[at])
    if x.ndim == 1:
        result = result[..., 0, :]
    return result[..., 0] if y.ndim == 1 else result


def dot(x, y) -> Array:
    """np.dot: the last axis of x with the last but one of y."""
    x, y = as_objects(x), as_objects(y)
    if not (x.ndim and y.ndim):
        return np.multiply(x, y)
    if x.ndim <= 2 and y.ndim <= 2:
        return matmul(x, y)
    return tensordot(x, y, ([-1], [-2 if y.ndim > 1 else 0]))


def inner(x, y) -> Array:
    """np.inner: the last axes of both."""
    x, y = as_objects(x), as_objects(y)
    return np.multiply(x, y) if not (x.ndim and y.ndim) else tensordot(x, y, ([-1], [-1]))


def outer(x, y) -> Array:
    """np.outer of the flattened arrays."""
    return np.multiply(as_objects(x).ravel()[:, None], as_objects(y).ravel()[None, :])


def vdot(x, y) -> Array:
    """np.vdot: the flattened arrays."""
    return matmul(as_objects(x).ravel(), as_objects(y).ravel())


def tensordot(x, y, axes: Any = 2) -> Array:
    """np.tensordot."""
    x, y = as_objects(x), as_objects(y)
    if isinstance(axes, int):
        ax, ay = list(range(x.ndim - axes, x.ndim)), list(range(axes))
    else:
        ax, ay = ([a] if isinstance(a, int) else list(a) for a in axes)
    ax, ay = [a % x.ndim for a in ax], [a % y.ndim for a in ay]
    if [x.shape[a] for a in ax] != [y.shape[a] for a in ay]:
        raise ValueError("shape-mismatch for sum")
    keep_x, keep_y = ([i for i in range(n) if i not in used] for n, used in ((x.ndim, ax), (y.ndim, ay)))
    shape = [x.shape[i] for i in keep_x] + [y.shape[i] for i in keep_y]
    k = prod(x.shape[a] for a in ax)
    A = x.transpose(keep_x + ax).reshape(prod(x.shape[i] for i in keep_x), k)
    B = y.transpose(ay + keep_y).reshape(k, prod(y.shape[i] for i in keep_y))
    return _matrix_product(A, B).reshape(shape)


# --- einsum ---------------------------------------------------------------------------------------------------------

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _parse(arguments: tuple) -> tuple[list[str], str, list[Array]]:
    """Subscripts per operand and of the result, ellipses spelled out, and the operands."""
    if isinstance(arguments[0], str):
        text, operands = arguments[0].replace(" ", ""), [as_objects(v) for v in arguments[1:]]
    else:  # operand, sublist, operand, sublist, ..., [result]
        pairs: list[Any] = list(arguments)
        last = pairs.pop() if len(pairs) % 2 else None
        spell = lambda axes: "".join("..." if a is Ellipsis else _LETTERS[a] for a in axes)  # noqa: E731
        operands = [as_objects(v) for v in pairs[::2]]
        text = ",".join(spell(axes) for axes in pairs[1::2]) + ("" if last is None else "->" + spell(last))
    left, arrow, right = text.partition("->")
    terms = left.split(",")
    if len(terms) != len(operands):
        raise ValueError("einsum: as many terms as operands are needed")
    free = [c for c in reversed(_LETTERS) if c not in text]
    width = max((v.ndim - len(t.replace("...", "")) for t, v in zip(terms, operands, strict=True) if "..." in t), default=0)
    dots = "".join(free[:width])
    terms = [
        t.replace("...", dots[width - (v.ndim - len(t.replace("...", ""))) :] if "..." in t else "")
        for t, v in zip(terms, operands, strict=True)
    ]
    if not arrow:
        once = sorted(c for c in set("".join(terms)) - set(dots) if "".join(terms).count(c) == 1)
        right = dots + "".join(once)
    return terms, right.replace("...", dots), operands


def _simplify(term: str, x: Array, keep: set[str]) -> tuple[str, Array]:
    """Take diagonals of repeated letters and sum the letters nobody else wants."""
    for c in dict.fromkeys(term):
        while term.count(c) > 1:
            i = term.index(c)
            j = term.index(c, i + 1)
            x = np.diagonal(x, axis1=i, axis2=j)
            term = term[:i] + term[i + 1 : j] + term[j + 1 :] + c
    axes = tuple(i for i, c in enumerate(term) if c not in keep)
    if axes:
        x, term = np.asarray(np.add.reduce(x, axis=axes), dtype=object), "".join(c for c in term if c in keep)
    return term, x


def _pair(s: str, x: Array, t: str, y: Array, keep: set[str]) -> tuple[str, Array]:
    """Contract two operands through one stacked matrix product."""
    s, x = _simplify(s, x, keep | set(t))
    t, y = _simplify(t, y, keep | set(s))
    size = {c: n for c, n in zip(s, x.shape, strict=True)}
    for c, n in zip(t, y.shape, strict=True):
        size[c] = max(size.get(c, 1), n)
    both = [c for c in s if c in t]
    summed, stack = [c for c in both if c not in keep], [c for c in both if c in keep]
    only_s, only_t = [c for c in s if c not in t], [c for c in t if c not in s]

    def arrange(term: str, v: Array, letters: list[str]) -> Array:
        v = v.transpose([term.index(c) for c in letters])
        return np.broadcast_to(v, [size[c] for c in letters])

    shape = [size[c] for c in stack + only_s + only_t]
    A, B = arrange(s, x, stack + only_s + summed), arrange(t, y, stack + summed + only_t)
    b, m, k, n = (prod(size[c] for c in letters) for letters in (stack, only_s, summed, only_t))
    A, B = A.reshape(b, m, k), B.reshape(b, k, n)
    result = A * B if k == 1 and not summed else matmul(A, B)
    return "".join(stack + only_s + only_t), np.asarray(result, dtype=object).reshape(shape)


def einsum(*arguments, **_ignored) -> Array:
    """np.einsum, contracting from left to right."""
    terms, right, operands = _parse(arguments)
    term, x = terms[0], operands[0]
    for i in range(1, len(operands)):
        keep = set(right).union(*terms[i + 1 :])
        term, x = _pair(term, x, terms[i], operands[i], keep)
    term, x = _simplify(term, x, set(right))
    return x.transpose([term.index(c) for c in right])
