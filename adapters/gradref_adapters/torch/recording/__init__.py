"""PyTorch's graphs: what an eager model and its backward pass computed, recorded while they ran."""

from .record import record
from .trials import repeated, second_derivative, trials

__all__ = ["record", "repeated", "second_derivative", "trials"]
