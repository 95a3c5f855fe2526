"""What a run of the suite says, computed once and kept: every report is drawn from a `Record`, and none reads what another wrote.

`record` the rows and everything that follows from them, `tally` what rows add up to, `headline` the answer in a sentence, `store` the
record on disk, `history` and `comparison` earlier runs, `words` how numbers and names are written for people.
"""

from .comparison import Comparison, compare_runs
from .history import Snapshot, archive, read_history, read_snapshot
from .record import Record
from .store import load, save

__all__ = ["Comparison", "Record", "Snapshot", "archive", "compare_runs", "load", "read_history", "read_snapshot", "save"]
