"""Ball arithmetic for anybody's NumPy code: run a forward function unchanged, and differentiate it by the definition."""

from .array import Ball, BallArray
from .convert import NotBallable, midpoints, radii
from .evaluate import evaluate, to_balls
from .fallback import differentiate
from .kinks import Kinks
from .slopes import BallFunction, Slope, slope_along, slopes

__all__ = [
    "Ball",
    "BallArray",
    "BallFunction",
    "Kinks",
    "NotBallable",
    "Slope",
    "differentiate",
    "evaluate",
    "midpoints",
    "radii",
    "slope_along",
    "slopes",
    "to_balls",
]
