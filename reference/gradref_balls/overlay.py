"""A module that is another one but for a few names."""

import types
from typing import Any

__all__ = ["overlay"]


def overlay(real: types.ModuleType, changes: dict[str, Any]) -> types.ModuleType:
    """A module that is `real` but for `changes`."""
    new = _Overlay(real.__name__)
    object.__setattr__(new, "_real", real)
    for name, value in changes.items():
        object.__setattr__(new, name, value)
    return new


class _Overlay(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        return getattr(object.__getattribute__(self, "_real"), name)

    def __dir__(self):
        return dir(object.__getattribute__(self, "_real"))
