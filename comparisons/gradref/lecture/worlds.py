"""Two worlds from first principles: complex steps in float64, and difference quotients in 500-bit ball arithmetic.

Neither knows a rule of differentiation. A complex step reads f'(x) off the imaginary part of f(x + ih): no difference is taken,
so nothing cancels, and with h = 2⁻²⁰⁰ the truncation error h²f'''/6 is far below rounding (Squire & Trapp, SIAM Rev. 40, 1998).
A difference quotient (f(x + h) - f(x - h)) / 2h with h = 2⁻⁶⁰ cancels 60 of 500 bits; its truncation error is about 2⁻¹²⁰, and
the balls carry every rounding error along.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from gradref_balls.convert import as_objects

__all__ = ["BITS", "Balls", "ComplexStep", "to_balls"]

BITS = 500
_COMPLEX_H = 2.0**-200
_BALL_H = 2.0**-60


class _NumpyWorld:
    """What the two NumPy worlds share: operations on arrays of complex numbers or of balls."""

    name = ""

    def exp(self, x: Any) -> Any:
        return np.exp(x)

    def log(self, x: Any) -> Any:
        return np.log(x)

    def maximum(self, a: Any, b: Any) -> Any:
        return np.where(self._greater(a, b), a, b)

    def stack(self, parts: list[Any]) -> Any:
        return np.stack(parts)

    def join(self, parts: list[Any]) -> Any:
        return np.concatenate([np.atleast_1d(part) for part in parts])

    def linear(self, rows: Any, W: Any, b: Any) -> Any:
        # entry by entry, as the lecture defines it: no matrix product is trusted here
        return (rows[:, None, :] * W).sum(axis=2) + b

    def sigma(self, name: str) -> Callable[[Any], Any]:
        return {
            "identity": lambda z: z,
            "square": lambda z: z * z,
            "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
            "tanh": np.tanh,
            "relu": lambda z: np.where(self._greater(z, 0 * z), z, 0 * z),
        }[name]

    def jacobian(self, f: Callable[[Any], Any], x: Any) -> Any:
        if isinstance(x, dict):  # a dict of arrays: move one leaf, keep the others
            return {key: self.jacobian(lambda leaf, key=key: f({**x, key: leaf}), x[key]) for key in x}
        shape = np.shape(x)
        columns = [self._column(f, x, at) for at in np.ndindex(shape)]
        return _scalar(np.stack(columns, axis=-1).reshape((*columns[0].shape, *shape)))

    def _greater(self, a: Any, b: Any) -> Any:
        """Entrywise a > b."""
        raise NotImplementedError

    def _column(self, f: Callable[[Any], Any], x: Any, at: tuple[int, ...]) -> Any:
        """∂f/∂x[at], with the shape of f(x)."""
        raise NotImplementedError


class ComplexStep(_NumpyWorld):
    """float64 with a complex step: f'(x) = Im f(x + ih) / h."""

    name = "complex step"

    def array(self, value: Any) -> Any:
        return np.asarray(value, np.complex128)

    def _greater(self, a: Any, b: Any) -> Any:
        return np.real(a) > np.real(b)

    def _column(self, f: Callable[[Any], Any], x: Any, at: tuple[int, ...]) -> Any:
        moved = np.array(np.real(x), np.complex128)
        moved[at] += 1j * _COMPLEX_H
        return np.asarray(np.imag(f(moved)) / _COMPLEX_H, np.complex128)


class Balls(_NumpyWorld):
    """Arrays of `flint.arb`: each number is an interval that contains the real number it stands for, at the precision at work."""

    name = "balls"

    def array(self, value: Any) -> Any:
        return to_balls(value)

    def _greater(self, a: Any, b: Any) -> Any:
        return np.asarray(a > b, bool)

    def _column(self, f: Callable[[Any], Any], x: Any, at: tuple[int, ...]) -> Any:
        moved = np.zeros(np.shape(x))
        moved[at] = _BALL_H
        h = to_balls(moved)
        return np.asarray((f(x + h) - f(x - h)) / (2 * _BALL_H), object)


def _scalar(x: np.ndarray) -> Any:
    return x[()] if x.ndim == 0 else x


def to_balls(value: Any) -> Any:
    """Numbers as exact balls: an object array of `flint.arb`, or one arb for a single number."""
    return _scalar(as_objects(value))
