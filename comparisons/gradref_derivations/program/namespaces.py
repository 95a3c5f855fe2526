"""The globals that somebody's functions run in: as a module, and once more with other modules in the place of NumPy's."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

__all__ = ["ProxyModule", "Substitutes", "as_module", "as_script", "rebuilt"]


class Substitutes(Protocol):
    """What code sees in the place of some modules, functions and types; see `truth.proxies`."""

    def of(self, value: Any) -> Any:
        """The stand-in for a module, function or type, or the thing itself."""
        ...

    def builtins(self) -> dict[str, Any]:
        """Builtins under which `import` hands out the stand-ins."""
        ...


class ProxyModule(types.ModuleType):
    """The module `real` with some of its names `replaced`."""

    def __init__(self, real: Any, replaced: dict[str, Any]):
        super().__init__(real.__name__)
        self.__dict__.update(replaced)
        self.__dict__["_real"] = real

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_real"], name)


@contextmanager
def as_module(namespace: dict[str, Any]) -> Iterator[None]:
    """`namespace` under its name in `sys.modules`: dataclasses and the like look up the module they are defined in."""
    name = namespace["__name__"]
    module = types.ModuleType(name)
    module.__dict__.update(namespace)
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        yield
    finally:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before


@contextmanager
def as_script(filename: str) -> Iterator[None]:
    """The command line of a script that is run without arguments: a file that reads `sys.argv` sees its own name alone."""
    before = sys.argv[:]
    sys.argv[:] = [filename]
    try:
        yield
    finally:
        sys.argv[:] = before


def rebuilt(namespace: dict[str, Any], stand_ins: Substitutes) -> dict[str, Any]:
    """The namespace with stand-ins for NumPy, and every plain function in it looking its names up there, closures included."""
    new: dict[str, Any] = {"__builtins__": stand_ins.builtins()}  # first: a function takes them when it is made
    copies: dict[int, types.FunctionType] = {}

    def of(value: Any) -> Any:
        if not isinstance(value, types.FunctionType) or "numpy" in (value.__module__ or ""):
            return stand_ins.of(value)
        if id(value) not in copies:
            cells = tuple(types.CellType() for _ in value.__closure__ or ())
            copied = types.FunctionType(value.__code__, new, value.__name__, value.__defaults__, cells or None)
            copied.__kwdefaults__ = value.__kwdefaults__
            copies[id(value)] = copied  # before its cells are filled: functions may refer to each other
            for cell, given in zip(cells, value.__closure__ or (), strict=True):
                with suppress(ValueError):  # a cell may still be empty
                    cell.cell_contents = of(given.cell_contents)
        return copies[id(value)]

    new.update({name: of(value) for name, value in namespace.items() if name != "__builtins__"})
    return new
