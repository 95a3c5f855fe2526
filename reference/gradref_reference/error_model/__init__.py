"""The error model: what rounding may do to each equation, derived from the accumulation contract of the implementation.

`contract` the facts about an implementation, `constants` the errors of its library functions, `rounding` dot products and
sums, `functions` each activation, `equations` each of the seven equations, `propagation` a whole network.
"""

from .contract import CONTRACTS, Contract, contract_for
from .propagation import PropagatedBound, propagated_bound

__all__ = ["CONTRACTS", "Contract", "PropagatedBound", "contract_for", "propagated_bound"]
