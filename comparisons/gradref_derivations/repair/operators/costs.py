"""What each edit costs: how far-fetched it is, 1 for what people do most. An edit is tried after all cheaper ones at its line.

Set on tests/corpus/derivations/open (273 mistakes).
"""

from __future__ import annotations

import ast

__all__ = ["OPERATORS"]

NONE = 0.0
DEPTH = 0.02  # more, for each level inside an expression

# --- operators and brackets ---------------------------------------------------------------------------------------------
OPERATORS: dict[type[ast.operator], tuple[tuple[type[ast.operator], float], ...]] = {
    ast.Add: ((ast.Sub, 1.0), (ast.Mult, 1.6)),
    ast.Sub: ((ast.Add, 1.0), (ast.Mult, 2.0)),
    ast.Mult: ((ast.Div, 1.2), (ast.MatMult, 1.3), (ast.Add, 1.8), (ast.Sub, 2.0)),
    ast.Div: ((ast.Mult, 1.2),),
    ast.MatMult: ((ast.Mult, 1.3),),
    ast.Pow: ((ast.Mult, 1.6),),
    ast.FloorDiv: ((ast.Div, 1.5),),
}
EXCHANGED_OPERANDS = 1.0
NEGATED_SUM = 1.2
DROPPED = 1.2
KEPT_WITH_ITS_SIGN, KEPT_WITHOUT_ITS_SIGN, KEPT_AS_DIVISOR = 0.2, 0.3, 0.4
BRACKETS = 1.5
BRACKETS_OF_A_POWER = 1.3
SQUARED_DIVISOR = 1.6
OTHER_PRODUCT, EACH_CHANGE = 0.9, 0.25
ELEMENTWISE_FOR_DOT = 1.4
OUTER = 1.8
SIBLING_FACTOR, NEAR_SIBLING = 1.4, 0.35
FACTORS_REPLACED = 1.6
COMPARISON = 1.0
SIGN = 1.0
TRANSPOSE = 1.0
BRANCHES = 1.3
ONE_BRANCH = 1.6

# --- indices, slices, constants -----------------------------------------------------------------------------------------
WITHOUT_INDEX = 1.3
SHIFTED_BY_ONE = 0.9
SHIFTED_OTHERWISE = 1.0
ANOTHER_INDEX = 1.2
EXCHANGED_INDICES = 1.3
EXCHANGED_NAMES = 1.25
NAME_OF_A_SLICE = 1.25
REAL_FOR_WHOLE = 0.9
SLICE_OPENED = 1.3
SLICE_CUT = 1.4
SLICE_BOUND, BOTH_ENDS, NEW_STEP = 1.1, 0.1, 0.2
ANOTHER_SLICE = 1.2
ORDER_OF_ELEMENTS = 1.2
ELEMENT_DROPPED = 1.6
FLAG = 1.0
NEARBY_CONSTANT = 1.1
CONSTANT_OF_THE_FILE = 1.4
VARIABLE_FOR_CONSTANT = 1.4
ARRAY_FOR_CONSTANT = 1.6

# --- calls --------------------------------------------------------------------------------------------------------------
OTHER_OF_A_PAIR = 1.0
OTHER_OF_A_FAMILY = 1.5
OTHER_FUNCTION = 1.0
FUNCTION_HANDED_ON = 1.2
OTHER_METHOD = 1.4
OTHER_OBJECT = 1.0
UNWRAPPED = 1.2
UNWRAPPED_FROM_A_MODULE = 1.3
TRANSPOSE_FOR_RESHAPE = 1.3
ORDER_OF_AXES, EACH_MOVED = 0.9, 0.15
EXCHANGED_ARGUMENTS = 1.2
BRANCHES_OF_WHERE = 1.1
ORDER = 1.0
REVERSED_RANGE = 1.1
RANGE_BOUND, OTHER_START = 1.1, 0.1
EINSUM, LETTERS_PERMUTED, LETTER_REPLACED, LETTER_DROPPED = 1.0, 0.3, 0.5, 0.6

# --- axes ---------------------------------------------------------------------------------------------------------------
KEYWORD_DROPPED = 1.2
AXIS, LAST_AXIS, AXES_OF_IMAGES, TWO_AXES = 1.0, 0.05, 0.1, 0.2
AXIS_GIVEN = 1.2
AXIS_AND_KEEPDIMS = 1.5
KEEPDIMS = 1.1
OTHER_AXES = 1.3
DTYPE = 1.0
REDUCED, KEPT = 1.4, 0.2
SUMMED_UP = 1.5

# --- names --------------------------------------------------------------------------------------------------------------
NAME, FOR_AN_EXPRESSION = 0.9, 0.7
LINE_OF_A_SIBLING = 1.3
NUMBER, NUMBER_FOR_AN_EXPRESSION = 0.9, 0.7
BROADCAST_NAME, BROADCAST_FOR_AN_EXPRESSION = 1.5, 0.4
NAME_OF_OTHER_SHAPE, OTHER_SHAPE_FOR_AN_EXPRESSION = 1.4, 0.6
NUMBER_FOR_ARRAY = 1.9

# --- what is added ------------------------------------------------------------------------------------------------------
NEAR = 0.3  # of an ingredient that a long form may be made of
LAST_TWO_AXES = 0.3
ORDER_OF_ROWS = 1.6
NORMALISED = 2.0
CENTRED, OF_A_VECTOR = 2.1, -0.6
PROJECTED = 2.1
COPIED = 1.7
AXIS_MORE, AXIS_BEHIND = 1.5, 0.1
RAVELLED = 1.3
CLIPPED = 1.9
IN_A_CALL = 1.7
IN_A_FUNCTION = 1.5
IN_NUMPY = 1.9
SQUARED = 1.5
ONE_MINUS = 1.7
INVERSE = 1.8
NUMBER_FACTOR = 1.3
NUMBER_TERM = 1.8
ARRAY_FACTOR, AS_DIVISOR, OTHER_SHAPE = 1.4, 0.5, 0.2
ARRAY_TERM = 1.6
MATRIX_FACTOR = 2.2

# --- two places of one line ---------------------------------------------------------------------------------------------
EXCHANGED = 1.25
EVERYWHERE = 0.3

# --- statements ---------------------------------------------------------------------------------------------------------
ACCUMULATED = 1.0
MULTIPLIED_UP = 1.7
IN_PLACE = 1.6
ADDED_AT = 1.4
OVERWRITTEN = 1.0
OTHER_UPDATE = 1.1
NOT_IN_PLACE = 1.3
TARGET_EXCHANGED = 1.2
ADDED_AT_FOR_AN_UPDATE = 1.2
REMOVED, WITH_WHAT_IT_MAKES = 1.4, 0.4
MOVED, EACH_LINE = 1.5, 0.1
OUT_OF_THE_HEAD = 1.6
UNDER_A_CONDITION = 1.4
UNCONDITIONAL = 1.8
OTHER_TARGET = 1.5
INDEX_OF_THE_TARGET, DEAREST_INDEX = 0.1, 1.6
OUT_OF_THE_LOOP = 1.7
INSERTED_NUMBER, INSERTED_ARRAY = 1.6, 2.3
TIMES, PLUS, MINUS = 0.1, 0.1, 0.3
NEAR_INSERTED, NEAR_ADDED = 0.8, 0.9
BEHIND_A_LOOP = 0.1
ALL_SCALED = 1.3

# --- ingredients: what is added to the price of the edit that uses one ---------------------------------------------------
TWO, HALF = 0.05, 0.1
USED_ELSEWHERE = 0.06  # divided by how often the function speaks of it
IN_SCOPE = 0.0
ATTRIBUTE = 0.1
LENGTH, SIZE = 0.7, 0.8
ROW_WRITTEN, ROW, NEIGHBOUR_ROW = 0.15, 0.9, 1.1
ENTRY = 0.1
ENTRY_BY_NUMBER, ENTRY_FROM_THE_END, ENTRY_BY_PLACE, NEIGHBOUR = 0.2, 0.4, 0.6, 0.1
FRAGMENT, SIBLING_FRAGMENT, EACH_LETTER, LONG = 0.4, 0.5, 0.03, 30
ONE_MINUS_FORM, SIGMOID_FORM, MASK_OF_ROWS, SQUARE_FORM, FUNCTION_FORM = 0.35, 0.4, 0.6, 0.7, 0.8
HELPER_FORM = 0.6
NOT_IN_THE_LINE = 0.45
CHEAP_NUMBER, NUMBER_FORM, NUMBER_OF_NUMBERS = 1.0, 1.0, 0.6
PLAIN, PLAIN_AND_NEAR = 0.25, 0.2
PENALTY, PENALTY_TWICE, PENALTY_OF_SIGNS = 0.8, 0.85, 0.9
USUAL_NUMBER, RARE_NUMBER = 0.2, 0.8
FORGOTTEN, TWO_FORGOTTEN, FORGOTTEN_FACTOR, FORGOTTEN_FACTOR_BEHIND = 0.0, 0.2, 0.3, 0.35
FORGOTTEN_PRODUCT = 0.3
GATE = 0.3
PAIR = 1.0
TEXTBOOK = 0.6
CLIP_FORM = 0.4
OF_A_SOFTMAX, THROUGH_SOFTMAX, THROUGH_LOG_SOFTMAX = 1.1, 0.8, 0.8

# --- which of several edits that are right is offered --------------------------------------------------------------------
SUSPICION = 0.9  # less, for each unit of suspicion of a line
LINE_OF_THE_FILE, PIECE_OF_THE_FILE = 0.5, 0.25  # less, for what stands elsewhere in the file up to numbers
LETTER_ADDED = 0.01
NEUTRALISES = 5.0
FITS_THE_DATA = 1.5
BRINGS_A_NUMBER = 0.6
ANOTHER_VERSION = 3.0
LEAVES_UNUSED = 0.6
COMPENSATES = 1.0
USES_A_LEFTOVER = 1.0
WRITES_A_SIZE = 0.5
NEGATES_TWICE = 0.5
MADE_UP = 0.3
