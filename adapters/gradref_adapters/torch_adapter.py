"""The old place of `torch.adapter`, for installations that were made before the folders."""

from .torch.adapter import TorchAdapter

__all__ = ["TorchAdapter"]
