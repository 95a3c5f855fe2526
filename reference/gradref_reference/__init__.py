"""The mathematics: networks, forward pass, the four equations, exact enclosures, error model. NumPy and python-flint only."""

from .activations import ACTIVATIONS, Activation, activation
from .arrays import Batch, Parameters
from .backpropagation import backprop
from .costs import COSTS, Cost, cost_function
from .enclosure import Enclosure, enclose
from .equations import bp3, bp4
from .errors import DataError, FileError, GradrefError, MissingFrameworkError, ShapeError, SpecificationError
from .fast import forward, gradients
from .formats import FORMATS, Format, format_of, round_to
from .former import bp1, bp2
from .initialize import INITIALIZERS, initialize
from .network import Network
from .trace import Case, Trace

__all__ = [
    "ACTIVATIONS",
    "COSTS",
    "FORMATS",
    "INITIALIZERS",
    "Activation",
    "Batch",
    "Case",
    "Cost",
    "DataError",
    "Enclosure",
    "FileError",
    "Format",
    "GradrefError",
    "MissingFrameworkError",
    "Network",
    "Parameters",
    "ShapeError",
    "SpecificationError",
    "Trace",
    "activation",
    "backprop",
    "bp1",
    "bp2",
    "bp3",
    "bp4",
    "cost_function",
    "enclose",
    "format_of",
    "forward",
    "gradients",
    "initialize",
    "round_to",
]
