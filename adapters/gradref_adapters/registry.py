"""Which frameworks are here. Adapters are found through the entry points of group "gradref.adapters", ours and anyone's.

Only the framework that is asked for is imported. One that cannot be is a reason to report, never a crash.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from gradref_reference import MissingFrameworkError
from gradref_reference.errors import unknown

from .graph import Recorder
from .protocol import Adapter

__all__ = ["GROUP", "available", "get", "missing", "names", "refresh"]

GROUP = "gradref.adapters"
_FIRST = ("numpy", "torch", "jax")
_INSTALL = {"torch": "PyTorch", "jax": "JAX"}


def names() -> tuple[str, ...]:
    """Every registered framework, installed or not: numpy, torch, jax, then the others by name. Imports nothing."""
    return tuple(_entries())


def available() -> dict[str, Adapter]:
    """The adapters that work here, by name, in the order of `names`. Imports every framework."""
    return {name: adapter for name in names() if not isinstance(adapter := _load(_entries()[name]), str)}


def missing() -> dict[str, str]:
    """The registered frameworks that do not work here, each with the reason in one sentence."""
    return {name: reason for name in names() if isinstance(reason := _load(_entries()[name]), str)}


def get(name: str) -> Adapter:
    """The adapter called `name`; imports this framework alone.

    Raises `SpecificationError` for a name nobody registered, `MissingFrameworkError` with the reason for one that cannot run.
    """
    entries = _entries()
    if name not in entries:
        raise unknown("adapters", "framework", name, list(entries))
    adapter = _load(entries[name])
    if isinstance(adapter, str):
        raise MissingFrameworkError(adapter)
    return adapter


def refresh() -> None:
    """Look again: for a session in which a package was installed or removed."""
    _entries.cache_clear()
    _load.cache_clear()


@cache
def _entries() -> dict[str, EntryPoint]:
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    return {name: found[name] for name in sorted(found, key=lambda n: (_FIRST.index(n) if n in _FIRST else len(_FIRST), n))}


@cache
def _load(entry: EntryPoint) -> Adapter | str:
    """The adapter behind an entry point, or the reason why there is none. Somebody else's code runs here: anything may happen."""
    try:
        adapter = entry.load()()
    except ImportError as error:
        return _not_installed(entry, error)
    except (Exception, SystemExit) as error:
        return _broken(entry, "load", error)
    absent = [member for member in ("name", "version", "modes", "supports", "run", "contract") if not hasattr(adapter, member)]
    if absent:
        return f"{entry.name}: the adapter {entry.value} must have {', '.join(absent)}, got none. See gradref_adapters.protocol."
    try:
        version, modes = adapter.version(), adapter.modes()
    except (Exception, SystemExit) as error:
        return _broken(entry, "say its version and modes", error)
    if not (isinstance(version, str) and isinstance(modes, (tuple, list)) and modes and all(isinstance(m, str) for m in modes)):
        got = f"{version!r} and {modes!r}"
        return (
            f"{entry.name}: the adapter {entry.value} must say its version and modes as text, got {got}. Repair or uninstall it."
        )
    return adapter


def _broken(entry: EntryPoint, duty: str, error: BaseException) -> str:
    said = (str(error).strip() or "no message").splitlines()[0]
    return f"{entry.name}: the adapter {entry.value} must {duty}, got {type(error).__name__}: {said}. Repair or uninstall it."


def _not_installed(entry: EntryPoint, error: ImportError) -> str:
    if entry.name in _INSTALL and (error.name or "").partition(".")[0] in (entry.name, "jaxlib"):
        return f"{_INSTALL[entry.name]} is not installed. Run: pip install 'gradref[{entry.name}]'."
    return f"{entry.name}: the adapter {entry.value} could not be imported ({error}). Install what it needs."


def recorder(framework: str) -> Recorder:
    """The module that records models of this framework, imported alone: `record`, and what checks custom functions.

    Raises `SpecificationError` for a framework that records no graphs, `MissingFrameworkError` where it is not installed.
    """
    if framework not in _RECORDERS:
        raise unknown("adapters", "framework that records graphs", framework, list(_RECORDERS))
    get(framework)
    return cast(Recorder, import_module(_RECORDERS[framework]))


_RECORDERS = {"torch": "gradref_adapters.torch.recording"}
