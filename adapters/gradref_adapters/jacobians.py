"""Derivatives of any function by PyTorch and JAX in float64, for judging the lecture's formulas.

Each framework is a pair of worlds (see `gradref_reference.lecture.world`), one for reverse and one for forward mode: the same
program is differentiated by `torch.func.jacrev` and `jacfwd`, `jax.jacrev` and `jax.jacfwd`. Frameworks are imported when
they are first used, and no default of theirs is changed: JAX's are set aside only inside a `with`.
"""

import warnings
from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from gradref_reference.errors import MissingFrameworkError

__all__ = ["WORLDS", "jax_jacobian", "jax_truths", "torch_jacobian", "torch_truths"]

Truth = Callable[..., Any]
Inputs = Sequence[tuple]


def _mapped(function: Callable[[Any], Any], value: Any) -> Any:
    """`function` applied to every array inside tuples, lists and dicts."""
    if isinstance(value, dict):
        return {key: _mapped(function, inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return tuple(_mapped(function, inner) for inner in value)
    return function(value)


def _need(framework: str) -> None:
    if find_spec(framework) is None:
        raise MissingFrameworkError(
            f"lecture: {framework} must be installed for this judge, got nothing. pip install gradref[{framework}]."
        )


class _TorchWorld:
    """PyTorch; `mode` is "jacrev" or "jacfwd"."""

    def __init__(self, mode: str):
        import torch

        self.name, self._torch = f"torch {mode}", torch
        self._jacobian = getattr(torch.func, mode)
        self._sigmas = {
            "identity": lambda z: z,
            "square": torch.square,
            "sigmoid": torch.sigmoid,
            "tanh": torch.tanh,
            "relu": torch.relu,
        }

    def array(self, value):
        return self._torch.tensor(np.asarray(value, np.float64))

    def exp(self, x):
        return self._torch.exp(x)

    def log(self, x):
        return self._torch.log(x)

    def sigma(self, name):
        return self._sigmas[name]

    def maximum(self, a, b):
        return self._torch.maximum(a, b)

    def stack(self, parts):
        return self._torch.stack(list(parts))

    def join(self, parts):
        return self._torch.cat([self._torch.atleast_1d(part) for part in parts])

    def linear(self, rows, W, b):
        return self._torch.nn.functional.linear(rows, W, b)

    def jacobian(self, f, x):
        return self._jacobian(f)(x)


class _JaxWorld:
    """JAX; `mode` is "jacrev" or "jacfwd"."""

    def __init__(self, mode: str):
        import jax

        self.name, self._jax = f"jax {mode}", jax
        self._jacobian = getattr(jax, mode)
        self._sigmas = {
            "identity": lambda z: z,
            "square": jax.numpy.square,
            "sigmoid": jax.nn.sigmoid,
            "tanh": jax.numpy.tanh,
            "relu": jax.nn.relu,
        }

    def array(self, value):
        return self._jax.numpy.asarray(np.asarray(value, np.float64))

    def exp(self, x):
        return self._jax.numpy.exp(x)

    def log(self, x):
        return self._jax.numpy.log(x)

    def sigma(self, name):
        return self._sigmas[name]

    def maximum(self, a, b):
        return self._jax.numpy.maximum(a, b)

    def stack(self, parts):
        return self._jax.numpy.stack(list(parts))

    def join(self, parts):
        return self._jax.numpy.concatenate([self._jax.numpy.atleast_1d(part) for part in parts])

    def linear(self, rows, W, b):
        return self._jax.numpy.matmul(rows, W.T) + b

    def jacobian(self, f, x):
        return self._jacobian(f)(x)


@cache
def _torch_worlds() -> tuple[_TorchWorld, _TorchWorld]:
    _need("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # torch 2.13 loads its forward-mode table through torch.jit.script
        worlds = _TorchWorld("jacrev"), _TorchWorld("jacfwd")
        worlds[1].jacobian(lambda x: x, worlds[1].array([1.0]))
    return worlds


@cache
def _jax_worlds() -> tuple[_JaxWorld, _JaxWorld]:
    _need("jax")
    return _JaxWorld("jacrev"), _JaxWorld("jacfwd")


def torch_truths(truth: Truth, inputs: Inputs) -> list[tuple[Any, Any]]:
    """`truth(world, *inputs)` for each of `inputs`, by reverse and by forward mode, as float64 NumPy arrays."""
    out = []
    for arguments in inputs:
        pair = tuple(_mapped(lambda t: np.asarray(t), truth(w, *_mapped(w.array, arguments))) for w in _torch_worlds())
        out.append(pair)
    return out


# Compiling costs more than running here: XLA is told not to optimise, and all shapes are compiled together.
_QUICK = {"xla_backend_optimization_level": 0, "xla_cpu_use_fusion_emitters": False}


def _shapes(value: Any) -> str:
    return repr(_mapped(np.shape, value))


def jax_truths(truth: Truth, inputs: Inputs) -> list[tuple[Any, Any]]:
    """`truth(world, *inputs)` for each of `inputs`, by reverse and by forward mode, as float64 NumPy arrays."""
    reverse, forward = _jax_worlds()
    import jax

    from .jax_environment import users_state_kept

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
            batch = [_mapped(reverse.array, inputs[index]) for index in turn]
            try:
                results = jitted(batch)
            except jax.errors.JaxRuntimeError:  # another version of XLA, which does not know the options
                jitted = jax.jit(everything)
                results = jitted(batch)
            for index, pair in zip(turn, results, strict=True):
                out[index] = tuple(_mapped(lambda t: np.asarray(t), mode) for mode in pair)
    return out


def torch_jacobian(f: Callable[[Any], Any], x: Any) -> tuple[np.ndarray, np.ndarray]:
    """∂f/∂x at x by `torch.func.jacrev` and `jacfwd`, output axes first; f works on a float64 tensor.

    >>> torch_jacobian(lambda x: x * x, [2.0, 3.0])[0].tolist()
    [[4.0, 0.0], [0.0, 6.0]]
    """
    return torch_truths(lambda world, x: world.jacobian(f, x), [(np.asarray(x, float),)])[0]


def jax_jacobian(f: Callable[[Any], Any], x: Any) -> tuple[np.ndarray, np.ndarray]:
    """∂f/∂x at x by `jax.jacrev` and `jax.jacfwd` in float64, output axes first; f works on a `jax.Array`.

    >>> jax_jacobian(lambda x: x * x, [2.0, 3.0])[1].tolist()
    [[4.0, 0.0], [0.0, 6.0]]
    """
    return jax_truths(lambda world, x: world.jacobian(f, x), [(np.asarray(x, float),)])[0]


WORLDS: dict[str, Callable[[Truth, Inputs], list[tuple[Any, Any]]]] = {"torch": torch_truths, "jax": jax_truths}
"""Framework -> a function that runs a truth on many inputs in reverse and forward mode."""
