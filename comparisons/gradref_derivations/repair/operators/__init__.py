"""The operators of repair: kinds of edits people would have to make, one small generator each; see `table` and `costs`."""

from . import arithmetic, axes, calls, constants, factors, indices, lines, names  # each puts its operators into the table
from .statements import StatementEdit, StatementPlace, statement_edits
from .table import Kind, Operator, proposals

__all__ = [
    "Kind",
    "Operator",
    "StatementEdit",
    "StatementPlace",
    "arithmetic",
    "axes",
    "calls",
    "constants",
    "factors",
    "indices",
    "lines",
    "names",
    "proposals",
    "statement_edits",
]
