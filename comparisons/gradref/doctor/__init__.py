"""The doctor: what on this machine decides the last bits of a gradient, and how far its library functions are from the truth."""

from .machine import Finding, as_dict, examine

__all__ = ["Finding", "as_dict", "examine"]
