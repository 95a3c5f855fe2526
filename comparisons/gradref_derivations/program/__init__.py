"""Somebody's code: loaded, seen into, run."""
