"""PyTorch's graphs: what an eager model and its backward pass computed, recorded while they ran."""

from .record import record

__all__ = ["record"]
