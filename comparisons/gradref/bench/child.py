"""The measuring process: `python -m gradref.bench.child` reads an order from stdin and prints one line of JSON for each row."""

from __future__ import annotations

import json
import sys
from importlib import import_module

from .alone import pin

__all__ = ["main"]


def main() -> None:
    """Run the task that the order names."""
    pin()  # before NumPy, PyTorch and JAX count the cores
    order = json.load(sys.stdin)
    for row in import_module(order["task"]).measure(order):
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
