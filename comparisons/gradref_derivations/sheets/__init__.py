"""Hand derivations as equations: each line of a sheet judged, the wrong ones with a counterexample and a repair."""

from .check import check_sheet, check_text
from .report import ClaimReport, DefinitionReport, SheetReport

__all__ = ["ClaimReport", "DefinitionReport", "SheetReport", "check_sheet", "check_text"]
