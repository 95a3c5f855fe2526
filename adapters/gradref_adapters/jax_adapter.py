"""The old place of `jax.adapter`, for installations that were made before the folders."""

from .jax.adapter import JaxAdapter

__all__ = ["JaxAdapter"]
