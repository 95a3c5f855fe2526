"""Derivatives of any function by PyTorch in float64, for judging the lecture's formulas."""

from __future__ import annotations

import warnings
from functools import cache
from typing import Any

import numpy as np
import torch

from ..jacobians import Inputs, Truth, mapped

__all__ = ["truths"]


class World:
    """PyTorch; `mode` is "jacrev" or "jacfwd"."""

    def __init__(self, mode: str):
        self.name = f"torch {mode}"
        self._jacobian = getattr(torch.func, mode)
        self._sigmas = {
            "identity": lambda z: z,
            "square": torch.square,
            "sigmoid": torch.sigmoid,
            "tanh": torch.tanh,
            "relu": torch.relu,
        }

    def array(self, value):
        return torch.tensor(np.asarray(value, np.float64))

    def exp(self, x):
        return torch.exp(x)

    def log(self, x):
        return torch.log(x)

    def sigma(self, name):
        return self._sigmas[name]

    def maximum(self, a, b):
        return torch.maximum(a, b)

    def stack(self, parts):
        return torch.stack(list(parts))

    def join(self, parts):
        return torch.cat([torch.atleast_1d(part) for part in parts])

    def linear(self, rows, W, b):
        return torch.nn.functional.linear(rows, W, b)

    def jacobian(self, f, x):
        return self._jacobian(f)(x)


@cache
def _worlds() -> tuple[World, World]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch 2.13 loads its forward-mode table through torch.jit.script
        worlds = World("jacrev"), World("jacfwd")
        worlds[1].jacobian(lambda x: x, worlds[1].array([1.0]))
    return worlds


def truths(truth: Truth, inputs: Inputs) -> list[tuple[Any, Any]]:
    """`truth(world, *inputs)` for each of `inputs`, by reverse and by forward mode, as float64 NumPy arrays."""
    out = []
    for arguments in inputs:
        pair = tuple(mapped(lambda t: np.asarray(t), truth(w, *mapped(w.array, arguments))) for w in _worlds())
        out.append(pair)
    return out
