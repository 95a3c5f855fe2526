"""The old place of `numpy.adapter`, for installations that were made before the folders."""

from .numpy.adapter import NumpyAdapter

__all__ = ["NumpyAdapter"]
