"""Derivatives of any function by JAX in float64, for judging the lecture's formulas."""

from __future__ import annotations

from functools import cache
from typing import Any

import jax
import numpy as np

from ..jacobians import Inputs, Truth, mapped
from .environment import users_state_kept

__all__ = ["truths"]


class World:
    """JAX; `mode` is "jacrev" or "jacfwd"."""

    def __init__(self, mode: str):
        self.name = f"jax {mode}"
        self._jacobian = getattr(jax, mode)
        self._sigmas = {
            "identity": lambda z: z,
            "square": jax.numpy.square,
            "sigmoid": jax.nn.sigmoid,
            "tanh": jax.numpy.tanh,
            "relu": jax.nn.relu,
        }

    def array(self, value):
        return jax.numpy.asarray(np.asarray(value, np.float64))

    def exp(self, x):
        return jax.numpy.exp(x)

    def log(self, x):
        return jax.numpy.log(x)

    def sigma(self, name):
        return self._sigmas[name]

    def maximum(self, a, b):
        return jax.numpy.maximum(a, b)

    def stack(self, parts):
        return jax.numpy.stack(list(parts))

    def join(self, parts):
        return jax.numpy.concatenate([jax.numpy.atleast_1d(part) for part in parts])

    def linear(self, rows, W, b):
        return jax.numpy.matmul(rows, W.T) + b

    def jacobian(self, f, x):
        return self._jacobian(f)(x)


@cache
def _worlds() -> tuple[World, World]:
    return World("jacrev"), World("jacfwd")


# Compiling costs more than running here: XLA is told not to optimise, and all shapes are compiled together.
_QUICK = {"xla_backend_optimization_level": 0, "xla_cpu_use_fusion_emitters": False}


def _shapes(value: Any) -> str:
    return repr(mapped(np.shape, value))


def truths(truth: Truth, inputs: Inputs) -> list[tuple[Any, Any]]:
    """`truth(world, *inputs)` for each of `inputs`, by reverse and by forward mode, as float64 NumPy arrays."""
    reverse, forward = _worlds()

    def everything(batch):
        return [(truth(reverse, *arguments), truth(forward, *arguments)) for arguments in batch]

    alike: dict[str, list[int]] = {}
    for index, arguments in enumerate(inputs):
        alike.setdefault(_shapes(arguments), []).append(index)
    turns = [[same[turn % len(same)] for same in alike.values()] for turn in range(max(map(len, alike.values())))]

    out: list[Any] = [None] * len(inputs)
    with users_state_kept("float64", "cpu"):
        jitted = jax.jit(everything, compiler_options=_QUICK)
        for turn in turns:  # one input of each shape at a time: compiled once, run on every turn
            batch = [mapped(reverse.array, inputs[index]) for index in turn]
            try:
                results = jitted(batch)
            except jax.errors.JaxRuntimeError:  # another version of XLA, which does not know the options
                jitted = jax.jit(everything)
                results = jitted(batch)
            for index, pair in zip(turn, results, strict=True):
                out[index] = tuple(mapped(lambda t: np.asarray(t), mode) for mode in pair)
    return out
