"""Earlier runs: kept small, compared with the present one, drawn as a trend when there are three or more."""

from .comparison import Change, Comparison, compare_runs, write_comparison
from .snapshot import Snapshot, archive, read_history, snapshot
from .trend import trend_svg

__all__ = [
    "Change",
    "Comparison",
    "Snapshot",
    "archive",
    "compare_runs",
    "read_history",
    "snapshot",
    "trend_svg",
    "write_comparison",
]
