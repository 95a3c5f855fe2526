"""The registry of the lecture's items, in its order: one module for each item, one of `mistakes/` for its mistakes."""

from dataclasses import replace
from difflib import get_close_matches

from ..errors import SpecificationError, shown
from . import (
    c1_3_notation,
    c1_5_1_gradients,
    c1_5_2_jacobians,
    c1_5_3_scalar_chain_rule,
    c1_5_4_jacobian_chain_rule,
    c2_1_neuron,
    c2_2_indexing,
    c2_3_layer,
    c3_1_cost,
    c3_2_1_elementwise,
    c3_2_2_hadamard,
    c3_2_3_expansion,
    c3_2_4_sums,
    c3_3_activation,
    c3_4_weight_derivative,
    c3_5_weighted_average,
    c3_6_bias_derivative,
    c3_7_descent,
    c3_8_stochastic_descent,
    c3_9_layer_jacobian,
    c4_1_error_of_a_node,
    c4_2_1_output_error,
    c4_2_2_hidden_error,
    c4_2_3_bias_gradient,
    c4_2_4_weight_gradient_entry,
    c4_2_5_weight_gradient,
    c4_3_tying,
    c4_4_algorithm,
)
from .item import Item
from .mistakes import MISTAKES

__all__ = ["ITEMS", "item"]

_CHAPTERS = (
    c1_3_notation,
    c1_5_1_gradients,
    c1_5_2_jacobians,
    c1_5_3_scalar_chain_rule,
    c1_5_4_jacobian_chain_rule,
    c2_1_neuron,
    c2_2_indexing,
    c2_3_layer,
    c3_1_cost,
    c3_2_1_elementwise,
    c3_2_2_hadamard,
    c3_2_3_expansion,
    c3_2_4_sums,
    c3_3_activation,
    c3_4_weight_derivative,
    c3_5_weighted_average,
    c3_6_bias_derivative,
    c3_7_descent,
    c3_8_stochastic_descent,
    c3_9_layer_jacobian,
    c4_1_error_of_a_node,
    c4_2_1_output_error,
    c4_2_2_hidden_error,
    c4_2_3_bias_gradient,
    c4_2_4_weight_gradient_entry,
    c4_2_5_weight_gradient,
    c4_3_tying,
    c4_4_algorithm,
)

ITEMS: dict[str, Item] = {c.ITEM.id: replace(c.ITEM, mistakes=MISTAKES[c.ITEM.id]) for c in _CHAPTERS}
"""Every item by its id, in the lecture's order."""


def item(id: str) -> Item:
    """The item with this id; `SpecificationError` with the nearest id otherwise.

    >>> item("1.5.4").title
    'The Jacobian chain rule'
    """
    if not isinstance(id, str) or id not in ITEMS:
        near = get_close_matches(str(id) if isinstance(id, str | float) else "", ITEMS, n=1, cutoff=0.0)
        raise SpecificationError(
            f"lecture: the id must be one of {len(ITEMS)} items from 1.3 to 4.4, got {shown(id)}. Did you mean '{near[0]}'?"
        )
    return ITEMS[id]
