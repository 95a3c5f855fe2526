"""Derivatives of any function by PyTorch and JAX in float64, for judging the lecture's formulas.

Each framework is a pair of worlds (see `gradref_reference.lecture.world`), one for reverse and one for forward mode: the same
program is differentiated by `torch.func.jacrev` and `jacfwd`, `jax.jacrev` and `jax.jacfwd`. Frameworks are imported when
they are first used, and no default of theirs is changed: JAX's are set aside only inside a `with`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np

from gradref_reference.errors import MissingFrameworkError

__all__ = ["WORLDS", "Inputs", "Truth", "jax_jacobian", "mapped", "torch_jacobian"]

Truth = Callable[..., Any]
Inputs = Sequence[tuple]


def mapped(function: Callable[[Any], Any], value: Any) -> Any:
    """`function` applied to every array inside tuples, lists and dicts."""
    if isinstance(value, dict):
        return {key: mapped(function, inner) for key, inner in value.items()}
    if isinstance(value, tuple | list):
        return tuple(mapped(function, inner) for inner in value)
    return function(value)


def _truths(framework: str) -> Callable[[Truth, Inputs], list[tuple[Any, Any]]]:
    """`truths` of one framework, which is imported when it is called."""

    def truths(truth: Truth, inputs: Inputs) -> list[tuple[Any, Any]]:
        if find_spec(framework) is None:
            raise MissingFrameworkError(
                f"lecture: {framework} must be installed for this judge, got nothing. pip install gradref[{framework}]."
            )
        return import_module(f".{framework}.jacobians", __package__).truths(truth, inputs)

    return truths


WORLDS: dict[str, Callable[[Truth, Inputs], list[tuple[Any, Any]]]] = {name: _truths(name) for name in ("torch", "jax")}
"""Framework -> a function of (truth, inputs): `truth(world, *arguments)` for each of the inputs, by reverse and by forward mode, as
float64 NumPy arrays."""


def torch_jacobian(f: Callable[[Any], Any], x: Any) -> tuple[np.ndarray, np.ndarray]:
    """∂f/∂x at x by `torch.func.jacrev` and `jacfwd`, output axes first; f works on a float64 tensor.

    >>> torch_jacobian(lambda x: x * x, [2.0, 3.0])[0].tolist()
    [[4.0, 0.0], [0.0, 6.0]]
    """
    return _jacobian("torch", f, x)


def jax_jacobian(f: Callable[[Any], Any], x: Any) -> tuple[np.ndarray, np.ndarray]:
    """∂f/∂x at x by `jax.jacrev` and `jax.jacfwd` in float64, output axes first; f works on a `jax.Array`.

    >>> jax_jacobian(lambda x: x * x, [2.0, 3.0])[1].tolist()
    [[4.0, 0.0], [0.0, 6.0]]
    """
    return _jacobian("jax", f, x)


def _jacobian(framework: str, f: Callable[[Any], Any], x: Any) -> tuple[np.ndarray, np.ndarray]:
    return WORLDS[framework](lambda world, x: world.jacobian(f, x), [(np.asarray(x, float),)])[0]
