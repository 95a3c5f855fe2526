"""The standard suite: which networks every implementation is run on, and why each one is there."""

from .cases import SuiteCase, standard_suite

__all__ = ["SuiteCase", "standard_suite"]
