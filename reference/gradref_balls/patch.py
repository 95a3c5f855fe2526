"""Give a user's module the stand-ins while its forward runs in balls, and put everything back afterwards."""

import builtins
import random
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from .namespaces import is_users
from .scalar_types import FLOAT
from .stand_ins import stand_in

__all__ = ["patched"]


def _containers(space: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Mutable globals in which forward may leave something, each with a shallow copy of what it holds."""
    for name, value in space.items():
        if name.startswith("__"):
            continue
        if type(value) in (dict, list, set):
            yield value, value.copy()
        elif (
            hasattr(value, "__dict__")
            and not isinstance(value, (type, types.ModuleType, types.FunctionType))
            and is_users(None, str(type(value).__module__))
            and type(value).__module__ == space.get("__name__")
        ):
            yield value.__dict__, dict(value.__dict__)


def _random_states(namespaces: list[dict[str, Any]]) -> list[tuple[Callable, Any]]:
    """Ways to put random generators back, so that every run draws the same numbers (a dropout mask, say)."""
    found: list[tuple[Callable, Any]] = [
        (random.setstate, random.getstate()),
        (np.random.set_state, np.random.get_state()),  # noqa: NPY002  # the user's choice, not ours
    ]
    for generator in {id(v): v for space in namespaces for v in space.values() if isinstance(v, np.random.Generator)}.values():
        source = generator.bit_generator
        found.append((lambda state, source=source: setattr(source, "state", state), source.state))
    return found


def _restore(container: Any, before: Any) -> None:
    if isinstance(container, list):
        container[:] = before
    else:
        container.clear()
        container.update(before)


@contextmanager
def patched(namespaces: list[dict[str, Any]]) -> Iterator[None]:
    """Run with stand-ins in these globals; globals, and what mutable globals held, are as before afterwards."""
    snapshots = [(space, dict(space)) for space in namespaces]
    held = [pair for space in namespaces for pair in _containers(space)]
    generators = _random_states(namespaces)
    try:
        for space, before in snapshots:
            for name, value in before.items():
                if not name.startswith("__"):
                    space[name] = stand_in(value)
            if space.get("float", builtins.float) is builtins.float:
                space["float"] = FLOAT
        yield
    finally:
        for put_back, state in generators:
            put_back(state)
        for container, before in held:
            _restore(container, before)
        for space, before in snapshots:
            for name in [n for n in space if n not in before]:
                del space[name]
            space.update(before)
