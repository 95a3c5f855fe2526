"""Hand derivations: is the gradient right, and if not, which line and edit. In NumPy code, or as equations on a sheet.

Everything is imported when it is first used: a sheet needs nothing of what runs code.
"""

from importlib import import_module

_HOME = {
    "DerivationReport": ".findings.report",
    "SheetReport": ".sheets.report",
    "check_derivation": ".check",
    "check_file": ".check",
    "check_sheet": ".sheets.check",
    "check_text": ".sheets.check",
}

__all__ = [*sorted(_HOME)]


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module 'gradref_derivations' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
