"""The exact gradient, with proof: intervals that contain every exact number of a network (certificates.md 3)."""

from .equations import Spread, enclose
from .result import Enclosed, Enclosure

__all__ = ["Enclosed", "Enclosure", "Spread", "enclose"]
