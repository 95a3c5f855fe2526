"""Which module globals somebody's function can reach: the user's own files, not those of installed libraries."""

import sys
import sysconfig
import types
from collections.abc import Callable, Iterator
from functools import cache, partial, partialmethod
from pathlib import Path
from typing import Any

__all__ = ["is_users", "user_namespaces"]

_OWN = (
    "gradref",
    "gradref_adapters",
    "gradref_balls",
    "gradref_derivations",
    "gradref_reference",
    "gradref_studies",
    "gradref_support",
)
_INSTALLED = {"site-packages", "dist-packages"}
_CODE = (types.FunctionType, types.MethodType, partial)
_WRAPPERS = (
    (types.MethodType, "__func__"),
    (types.MethodType, "__self__"),
    (staticmethod, "__func__"),
    (classmethod, "__func__"),
    (property, "fget"),
    (partial, "func"),
    (partial, "args"),
    (partial, "keywords"),
    (partialmethod, "func"),
)
"""(kind of wrapper, the attribute in which it keeps what it wraps); others keep it in their `__dict__`."""
_MOST_ITEMS = 1000  # of a container that is looked into; longer ones are data


@cache
def _standard_library() -> tuple[Path, ...]:
    return tuple({Path(sysconfig.get_paths()[k]).resolve() for k in ("stdlib", "platstdlib")})


@cache
def _holds_distributions(folder: str) -> bool:
    """Whether a folder of sys.path is one that packages are installed into, by any installer and under any name."""
    return next(Path(folder).glob("*.dist-info"), None) is not None


def _is_installed(file: str) -> bool:
    """Whether a source file belongs to the standard library or to an installed package.

    Packages lie in site-packages or dist-packages of this environment or of one that it is laid upon, or in a folder on sys.path
    that an installer filled (`pip install --target`). A project installed in editable mode lies in none of them: it is the user's.
    """
    if file.startswith("<frozen "):
        return True
    path = Path(file)
    if _INSTALLED & set(path.parts):
        return True
    path = path.resolve()
    if _INSTALLED & set(path.parts) or any(path.is_relative_to(folder) for folder in _standard_library()):
        return True
    return any(folder and path.is_relative_to(folder) and _holds_distributions(folder) for folder in sys.path)


_installed = cache(_is_installed)


def is_users(file: str | None, module: str) -> bool:
    """Whether a module, by its file (None where it has none) and its name, is the user's own."""
    if module.partition(".")[0] in _OWN or module in sys.builtin_module_names:
        return False
    return file is None or not _installed(file)


def _is_users_class(kind: type) -> bool:
    module = str(kind.__module__)
    return is_users(getattr(sys.modules.get(module), "__file__", None), module)


def _behind(value: Any) -> Iterator[Any]:
    """What a value leads to: the functions of a class, the function of a wrapper, the items of a container, what an object holds.

    Nothing is asked of an object's own `__getattr__`, which may answer anything for ever.
    """
    if isinstance(value, types.FunctionType):
        yield from _closed_over(value)
    elif isinstance(value, type):
        if _is_users_class(value):
            yield from (*value.__bases__, *vars(value).values())
    elif isinstance(value, (list, tuple, set, frozenset, dict)):
        if len(value) <= _MOST_ITEMS:
            yield from value.values() if isinstance(value, dict) else value
    else:
        yield from (getattr(value, name) for kind, name in _WRAPPERS if isinstance(value, kind))
        users = _is_users_class(type(value))
        if users:
            yield type(value)
        yield from (v for v in _held(value).values() if users or isinstance(v, _CODE))


def _held(value: Any) -> dict[str, Any]:
    """The attributes that an object keeps in itself: of a library's object, a decorated function may be one."""
    try:
        return object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}


def _closed_over(function: types.FunctionType) -> Iterator[Any]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # an empty cell
            continue
    yield from (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values(), *function.__dict__.values())


def _space_of(value: Any) -> dict[str, Any] | None:
    """The globals that a module or function of the user's brings along."""
    if isinstance(value, types.ModuleType):
        return vars(value) if is_users(getattr(value, "__file__", None), value.__name__) else None
    if isinstance(value, types.FunctionType):
        users = is_users(value.__code__.co_filename, str(value.__globals__.get("__name__", "")))
        return value.__globals__ if users else None
    return None


def user_namespaces(forward: Callable) -> list[dict[str, Any]]:
    """The globals of `forward` and of every function of the user's own files that it can reach.

    Each value is visited once, whatever leads back to it: a class that holds itself, a wrapper of itself, modules that import each
    other.
    """
    found: dict[int, dict[str, Any]] = {}
    seen: dict[int, Any] = {}  # the values are kept, so that no id is used twice
    todo: list[Any] = [forward]
    while todo:
        value = todo.pop()
        if value is None or id(value) in seen:
            continue
        seen[id(value)] = value
        space = _space_of(value)
        if space is not None and id(space) not in found:
            found[id(space)] = space
            todo.extend(v for name, v in space.items() if name != "__builtins__")
        if not isinstance(value, types.ModuleType):
            todo.extend(_behind(value))
    return list(found.values())
