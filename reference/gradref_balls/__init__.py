"""Ball arithmetic for anybody's NumPy code: run a forward function unchanged, and differentiate it by the definition."""

from . import functions, ufunc_methods  # their rules answer NumPy, see `dispatch`
from .array import Ball, BallArray
from .convert import midpoints, radii
from .errors import NotBallable, Place
from .evaluate import evaluate, to_balls
from .kinks import Kinks
from .slopes import BallFunction, Slope, slope_along, slopes

__all__ = [
    "Ball",
    "BallArray",
    "BallFunction",
    "Kinks",
    "NotBallable",
    "Place",
    "Slope",
    "evaluate",
    "functions",
    "midpoints",
    "radii",
    "slope_along",
    "slopes",
    "to_balls",
    "ufunc_methods",
]
