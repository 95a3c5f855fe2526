"""numpy.linalg on balls: norms, inverses, solves, determinants, Cholesky factors."""

import numpy as np
from flint import arb, arb_mat

from .convert import as_objects
from .errors import NotBallable
from .kinks import log_kink
from .order import extremum, sign_of_difference
from .products import matmul

__all__ = ["LINEAR_ALGEBRA"]

Array = np.ndarray
_sqrt, _absolute = np.frompyfunc(arb.sqrt, 1, 1), np.frompyfunc(abs, 1, 1)


def _root_of_squares(x: Array, axis, keepdims: bool) -> Array:
    total = np.add.reduce(x * x, axis=axis, keepdims=keepdims)
    zeros = sum(v.is_zero() for v in as_objects(total).ravel())
    log_kink("norm of a zero vector", zeros)
    return as_objects(_sqrt(total))


def norm(x, ord=None, axis=None, keepdims=False) -> Array:
    """Vector norms of any order, Frobenius, 1 and infinity norms of matrices."""
    x = as_objects(x)
    if axis is None and (ord is None or x.ndim == 1):
        flat = x if x.ndim == 1 else x.ravel()
        result = _vector_norm(flat, ord, 0, False)
        return as_objects(result).reshape((1,) * x.ndim) if keepdims else result
    axes = tuple(range(x.ndim)) if axis is None else axis
    if isinstance(axes, tuple) and len(axes) == 1:
        axes = axes[0]
    if not isinstance(axes, tuple):
        return _vector_norm(x, ord, axes, keepdims)
    if ord in (None, "fro"):
        return _root_of_squares(x, axes, keepdims)
    if ord in (1, np.inf):
        inner, outer = axes if ord == 1 else axes[::-1]
        sums = np.add.reduce(_absolute(x), axis=inner, keepdims=True)
        result = extremum(sums, outer, True, True)
        return result if keepdims else result.squeeze(axes)
    raise NotBallable(f"linalg.norm: order {ord!r} of a matrix needs singular values, which balls do not have here. Use 'fro'.")


def _vector_norm(x: Array, ord, axis: int, keepdims: bool) -> Array:
    if ord in (None, 2):
        return _root_of_squares(x, axis, keepdims)
    if ord == 1:
        return np.add.reduce(_absolute(x), axis=axis, keepdims=keepdims)
    if ord in (np.inf, -np.inf):
        return extremum(_absolute(x), axis, keepdims, ord > 0)
    if ord == 0:
        return as_objects(np.add.reduce(sign_of_difference(x, as_objects(0.0), "norm") != 0, axis=axis, keepdims=keepdims))
    power = np.frompyfunc(lambda v: v**ord, 1, 1)
    root = np.frompyfunc(lambda v: v ** (arb(1) / ord), 1, 1)
    return root(np.add.reduce(power(_absolute(x)), axis=axis, keepdims=keepdims))


def _stacked(operation):
    """Apply a function of matrices over leading axes."""

    def apply(x, *others):
        x = as_objects(x)
        if x.ndim == 2:
            return operation(x, *map(as_objects, others))
        results = [operation(x[at], *(as_objects(o)[at] for o in others)) for at in np.ndindex(x.shape[:-2])]
        return np.stack([as_objects(r) for r in results]).reshape(*x.shape[:-2], *np.shape(results[0]))

    return apply


def _matrix(x: Array) -> arb_mat:
    return arb_mat(x.shape[0], x.shape[1], x.ravel().tolist())


def _objects(m: arb_mat) -> Array:
    new = np.empty(m.nrows() * m.ncols(), dtype=object)
    new[:] = m.entries()
    return new.reshape(m.nrows(), m.ncols())


def _inverse(x: Array) -> Array:
    try:
        return _objects(_matrix(x).inv())
    except ZeroDivisionError as error:
        raise np.linalg.LinAlgError("Singular matrix") from error


def _solve(x: Array, y: Array) -> Array:
    right = y[:, None] if y.ndim == 1 else y
    try:
        result = _objects(_matrix(x).solve(_matrix(right)))
    except ZeroDivisionError as error:
        raise np.linalg.LinAlgError("Singular matrix") from error
    return result[:, 0] if y.ndim == 1 else result


def _determinant(x: Array) -> Array:
    return as_objects(np.asarray(_matrix(x).det(), dtype=object))


def _cholesky(x: Array) -> Array:
    n = len(x)
    L = as_objects(np.zeros((n, n)))
    for i in range(n):
        for j in range(i + 1):
            rest = x[i, j] - sum((L[i, k] * L[j, k] for k in range(j)), arb(0))
            L[i, j] = rest.sqrt() if i == j else rest / L[j, j]
    return L


def _slogdet(x):
    det = as_objects(_stacked(_determinant)(x))
    return as_objects(sign_of_difference(det, as_objects(0.0), "slogdet")), np.frompyfunc(lambda v: abs(v).log(), 1, 1)(det)


def _power(x, n: int) -> Array:
    x = as_objects(x)
    if n < 0:
        x, n = _stacked(_inverse)(x), -n
    result = np.broadcast_to(as_objects(np.eye(x.shape[-1])), x.shape)
    for _ in range(n):
        result = matmul(result, x)
    return result


def _pinv(x, *_args, **_kwargs) -> Array:
    x = as_objects(x)
    t = np.swapaxes(x, -1, -2)
    if x.shape[-2] >= x.shape[-1]:
        return matmul(_stacked(_inverse)(matmul(t, x)), t)
    return matmul(t, _stacked(_inverse)(matmul(x, t)))


def _multi_dot(arrays, **_kwargs) -> Array:
    result = as_objects(arrays[0])
    for other in arrays[1:]:
        result = matmul(result, other)
    return result


LINEAR_ALGEBRA = {
    np.linalg.norm: norm,
    np.linalg.vector_norm: lambda x, axis=None, keepdims=False, ord=2: norm(
        x if axis is not None else as_objects(x).ravel(), ord, axis, keepdims
    ),
    np.linalg.matrix_norm: lambda x, keepdims=False, ord="fro": norm(x, ord, (-2, -1), keepdims),
    np.linalg.inv: _stacked(_inverse),
    np.linalg.solve: _stacked(_solve),
    np.linalg.det: _stacked(_determinant),
    np.linalg.slogdet: _slogdet,
    np.linalg.cholesky: _stacked(_cholesky),
    np.linalg.matrix_power: _power,
    np.linalg.pinv: _pinv,
    np.linalg.multi_dot: _multi_dot,
}
"""numpy.linalg function -> the same on balls (full rank is assumed by pinv)."""
