"""Hand derivations in NumPy: is the gradient right, and if not, which parameter, entry, equation, line and edit."""

from .check import check_derivation, check_file
from .findings.report import DerivationReport

__all__ = ["DerivationReport", "check_derivation", "check_file"]
