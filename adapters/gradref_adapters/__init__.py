"""One folder per framework that runs the identical network and returns a Trace.

Importing this package imports no framework; `registry` does, and only the one that is asked for.
"""

from .protocol import Adapter, Finding

__all__ = ["Adapter", "Finding"]
