"""Operations: what frameworks call one operation, in primitives, with the VJP that their kernels evaluate from stored results."""

from .activating import ACTIVATING
from .arithmetic import ARITHMETIC
from .arranging import ARRANGING
from .attending import ATTENDING
from .convolving import CONVOLVING
from .indexing import INDEXING
from .integers import INTEGERS
from .multiplying import MULTIPLYING
from .normalising import NORMALISING
from .operation import Operation, constant, forward_of, pullback_of
from .pooling import POOLING
from .probabilities import PROBABILITIES
from .recurring import RECURRING
from .reducing import REDUCING

__all__ = ["OPERATIONS", "Operation", "constant", "forward_of", "pullback_of"]

OPERATIONS: dict[str, Operation] = {
    **ARITHMETIC,
    **ACTIVATING,
    **PROBABILITIES,
    **REDUCING,
    **MULTIPLYING,
    **NORMALISING,
    **ARRANGING,
    **INDEXING,
    **ATTENDING,
    **CONVOLVING,
    **POOLING,
    **RECURRING,
    **INTEGERS,
}
"""name -> operation."""
