"""Adapters in processes of their own: one for each framework, kept warm while the command runs.

Whatever an adapter does there (prints, raises, hangs, ends its process), it is an answer or a reason here, and costs no one else a row.
The frameworks see the environment of the command, but not the flags that a session has set in its own process: a session that
wants its flags judged runs its adapters at home, through `registry`.
"""

from .client import Isolated, close, get, warm
from .failure import AdapterFailure, Failure

__all__ = ["AdapterFailure", "Failure", "Isolated", "close", "get", "warm"]
