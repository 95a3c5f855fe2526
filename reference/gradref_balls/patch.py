"""Give a user's module the stand-ins while its forward runs in balls, and put everything back afterwards."""

import builtins
import math
import random
import sys
import sysconfig
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import getattr_static
from pathlib import PurePath
from typing import Any

import numpy as np

from .array import BallArray
from .convert import as_objects
from .numpy_proxy import RandomProxy, UfuncProxy, numpy_proxy, proxied, vectorize
from .shims import MATH, SIGNAL, SPECIAL, FloatShim, NormShim, overlay

__all__ = ["patched", "user_namespaces"]

_LIBRARIES = tuple({sysconfig.get_paths()[k] for k in ("stdlib", "platstdlib", "purelib", "platlib")})
_OWN = ("gradref_balls", "gradref_reference", "gradref_derivations", "gradref", "gradref_adapters")
_INSTALLED = {"site-packages", "dist-packages"}  # also those of another environment that this one is laid upon


def _is_users(file: str | None, name: str) -> bool:
    if name.partition(".")[0] in _OWN or name in sys.builtin_module_names:
        return False
    return file is None or not (file.startswith(_LIBRARIES) or _INSTALLED & set(PurePath(file).parts))


def _functions_of(value: Any, seen: frozenset[int] = frozenset()) -> Iterator[types.FunctionType]:
    """The functions behind a value; a class or wrapper that leads back to itself is followed once."""
    if id(value) in seen:
        return
    seen |= {id(value)}
    if isinstance(value, types.FunctionType):
        yield value
    elif isinstance(value, types.MethodType):
        yield from _functions_of(value.__func__, seen)
    elif isinstance(value, type):
        for v in vars(value).values():
            yield from _functions_of(v.__func__ if isinstance(v, (staticmethod, classmethod)) else v, seen)
    elif hasattr(value, "__wrapped__"):
        yield from _functions_of(value.__wrapped__, seen)
    elif hasattr(value, "func") and callable(getattr(value, "func", None)):  # functools.partial
        yield from _functions_of(value.func, seen)
    elif callable(value) and isinstance(getattr_static(type(value), "__call__", None), types.FunctionType):
        yield from _functions_of(type(value).__call__, seen)


def user_namespaces(forward: Callable) -> list[dict[str, Any]]:
    """The globals of `forward` and of every function of the user's own files that it can reach by name."""
    found: dict[int, dict[str, Any]] = {}
    todo: list[Any] = [forward]
    seen: set[int] = set()
    while todo:
        value = todo.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, types.ModuleType):
            spaces = (
                [vars(value)]
                if _is_users(getattr(value, "__file__", None), value.__name__) and value.__name__ != "builtins"
                else []
            )
        else:
            spaces = []
            for f in _functions_of(value):
                if _is_users(f.__code__.co_filename, str(f.__globals__.get("__name__", ""))):
                    spaces.append(f.__globals__)
                for cell in f.__closure__ or ():
                    try:
                        todo.append(cell.cell_contents)
                    except ValueError:  # an empty cell
                        continue
        for space in spaces:
            if id(space) not in found:
                found[id(space)] = space
                todo.extend(
                    v for v in space.values() if isinstance(v, (types.FunctionType, type, types.ModuleType)) or callable(v)
                )
    return list(found.values())


def _scipy(name: str, value: types.ModuleType) -> types.ModuleType:
    if name == "scipy.special":
        return overlay(value, {k: _guard(getattr(value, k), v) for k, v in SPECIAL.items()})
    if name == "scipy.stats":
        return overlay(value, {"norm": NormShim(value.norm)})
    if name == "scipy.signal":
        return overlay(value, {k: _guard(getattr(value, k), v) for k, v in SIGNAL.items()})
    parts = [k for k in ("special", "stats", "signal") if f"scipy.{k}" in sys.modules]
    return overlay(value, {k: _scipy(f"scipy.{k}", sys.modules[f"scipy.{k}"]) for k in parts})


def _guard(real: Any, on_balls: Callable) -> Callable:
    from .shims import is_ball

    return lambda *args, **kwargs: on_balls(*args, **kwargs) if any(map(is_ball, args)) else real(*args, **kwargs)


def _replacement(name: str, value: Any) -> Any:
    """What stands in for a global; the value itself when nothing has to."""
    if value is np or (
        isinstance(value, types.ModuleType) and value.__name__.startswith("numpy.") and "random" not in value.__name__
    ):
        return numpy_proxy(value)
    if value is math:
        return overlay(math, MATH)
    if isinstance(value, types.ModuleType) and value.__name__ in ("scipy", "scipy.special", "scipy.stats", "scipy.signal"):
        return _scipy(value.__name__, value)
    if value is float:
        return FloatShim
    if isinstance(value, (types.BuiltinFunctionType, types.FunctionType)) or type(value).__name__ == "_ArrayFunctionDispatcher":
        home = str(getattr(value, "__module__", "") or "")
        plain = getattr(value, "__name__", "")
        if home == "math" and plain in MATH:
            return MATH[plain]
        if home.startswith("numpy") and "random" not in home:
            return proxied(value)
        for where, table in (("scipy.special", SPECIAL), ("scipy.signal", SIGNAL)):
            if home.startswith(where) and plain in table:
                return _guard(value, table[plain])
        return value
    if value is np.random or isinstance(value, (np.random.Generator, np.random.RandomState)):
        return RandomProxy(value)
    if isinstance(value, np.vectorize):
        return vectorize(_replacement(name, value.pyfunc))
    if isinstance(value, np.ufunc) and getattr(np, value.__name__, None) is value:
        return UfuncProxy(value)
    if type(value) is np.ndarray and value.dtype.kind == "f" and value.size <= 100_000:
        return as_objects(value).view(BallArray)
    if isinstance(value, type) and value in (np.float64, np.float32):
        return getattr(numpy_proxy(), value.__name__)
    if type(value).__module__.startswith("scipy.stats") and type(value).__name__ == "norm_gen":
        return NormShim(value)
    return value


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
            and (_is_users(None, str(type(value).__module__)) and type(value).__module__ == space.get("__name__"))
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
                    space[name] = _replacement(name, value)
            if space.get("float", builtins.float) is builtins.float:
                space["float"] = FloatShim
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
