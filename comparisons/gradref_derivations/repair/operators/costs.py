"""What each edit costs: how far-fetched it is, 1 for what people do most. An edit is tried after all cheaper ones at its line.

The number behind a price is the figure that set it: how many of the 273 mistakes of tests/corpus/derivations/open the operator undoes
letter by letter, 211 in all. What undoes none of them is there for strangers' code, as in tests/corpus/cases, and is dearer than what does.
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
}  # other operator: 5
EXCHANGED_OPERANDS = 1.0  # operands exchanged: 4
NEGATED_SUM = 1.2  # negated sum: 0
DROPPED = 1.2  # dropped operand: 8
KEPT_WITH_ITS_SIGN, KEPT_WITHOUT_ITS_SIGN, KEPT_AS_DIVISOR = 0.2, 0.3, 0.4  # more, when b of a - b or a / b is what stays
BRACKETS = 1.5  # brackets: 0
BRACKETS_OF_A_POWER = 1.3  # brackets of a power: 0
SQUARED_DIVISOR = 1.6  # squared divisor: 0
OTHER_PRODUCT, EACH_CHANGE = 0.9, 0.25  # matrix product, matrix product by dot: 1; more, for each transpose or change of order
ELEMENTWISE_FOR_DOT = 1.4  # elementwise for dot: 0
OUTER = 1.8  # outer product: 0
SIBLING_FACTOR, NEAR_SIBLING = 1.4, 0.35  # sibling's factor: 0; price up to which a renamed piece counts
FACTORS_REPLACED = 1.6  # last two factors replaced: 0
COMPARISON = 1.0  # comparison: 3
SIGN = 1.0  # sign dropped, sign: 4
TRANSPOSE = 1.0  # not transposed, transposed: 3
BRANCHES = 1.3  # branches exchanged: 0
ONE_BRANCH = 1.6  # one branch: 0

# --- indices, slices, constants -----------------------------------------------------------------------------------------
WITHOUT_INDEX = 1.3  # without index: 1
SHIFTED_BY_ONE = 0.9  # index not shifted: 1
SHIFTED_OTHERWISE = 1.0  # index shifted otherwise: 0
ANOTHER_INDEX = 1.2  # another index: 0
EXCHANGED_INDICES = 1.3  # indices exchanged: 0
EXCHANGED_NAMES = 1.25  # names of an index exchanged: 0
NAME_OF_A_SLICE = 1.25  # another name throughout a slice: 0
REAL_FOR_WHOLE = 0.9  # a real number for a whole one: 0
SLICE_OPENED = 1.3  # slice opened: 0
SLICE_CUT = 1.4  # slice cut: 0
# bounds of a slice, other end of a slice, step of a slice: 0; more, for both bounds, and for a step
SLICE_BOUND, BOTH_ENDS, NEW_STEP = 1.1, 0.1, 0.2
BOTH_SIDES = 1.2  # padding off both ends: 0
ANOTHER_SLICE = 1.2  # another slice of the file: 1
ORDER_OF_ELEMENTS = 1.2  # order of elements: 1
ELEMENT_DROPPED = 1.6  # element dropped: 0
FLAG = 1.0  # flag: 0
NEARBY_CONSTANT = 1.1  # nearby constant: 12
CONSTANT_OF_THE_FILE = 1.4  # constant of the file: 0
VARIABLE_FOR_CONSTANT = 1.4  # variable for constant: 5
ARRAY_FOR_CONSTANT = 1.6  # array for constant: 3

# --- calls --------------------------------------------------------------------------------------------------------------
OTHER_OF_A_PAIR = 1.0  # the other function of a pair: 13
OTHER_OF_A_FAMILY = 1.5  # another function of a family: 0
OTHER_FUNCTION = 1.0  # another function of the file: 2
FUNCTION_HANDED_ON = 1.2  # function handed on: 0
OTHER_METHOD = 1.4  # another method: 0
OTHER_OBJECT = 1.0  # container or object: 4
UNWRAPPED = 1.2  # argument alone: 1
UNWRAPPED_FROM_A_MODULE = 1.3  # argument of a function of numpy: 5
TRANSPOSE_FOR_RESHAPE = 1.3  # transpose for a reshape: 0
ORDER_OF_AXES, EACH_MOVED = 0.9, 0.15  # other order of axes: 2; more, for each axis
EXCHANGED_ARGUMENTS = 1.2  # arguments exchanged: 0
BRANCHES_OF_WHERE = 1.1  # branches of where exchanged: 0
ORDER = 1.0  # order not reversed: 0
REVERSED_RANGE = 1.1  # order reversed: 1
RANGE_BOUND, OTHER_START = 1.1, 0.1  # range longer or shorter by one: 2; more, for another start
# einsum's letters: 4; more, the farther from two letters exchanged
EINSUM, LETTERS_PERMUTED, LETTER_REPLACED, LETTER_DROPPED = 1.0, 0.3, 0.5, 0.6

# --- axes ---------------------------------------------------------------------------------------------------------------
KEYWORD_DROPPED = 1.2  # keyword dropped: 0
# axis for None, other axis, other axis for a negative one: 1; more, for the last axis, three of four, two of three
AXIS, LAST_AXIS, AXES_OF_IMAGES, TWO_AXES = 1.0, 0.05, 0.1, 0.2
AXIS_GIVEN = 1.2  # axis given: 1
AXIS_AND_KEEPDIMS = 1.5  # axis and keepdims given: 0
KEEPDIMS = 1.1  # keepdims given: 1
OTHER_AXES = 1.3  # other axes: 0
DTYPE = 1.0  # dtype float64: 0
REDUCED, KEPT = 1.4, 0.2  # reduced: 0; more, with keepdims
SUMMED_UP = 1.5  # summed up: 0

# --- names --------------------------------------------------------------------------------------------------------------
NAME, FOR_AN_EXPRESSION = 0.9, 0.7  # another name: 47; more, for a whole expression
LINE_OF_A_SIBLING = 1.3  # the line of a sibling, renamed as a whole
NUMBER, NUMBER_FOR_AN_EXPRESSION = 0.9, 0.7  # another number: 9; more, for a whole expression
BROADCAST_NAME, BROADCAST_FOR_AN_EXPRESSION = 1.5, 0.4  # a name that broadcasts: 1; more, for a whole expression
NAME_OF_OTHER_SHAPE, OTHER_SHAPE_FOR_AN_EXPRESSION = 1.4, 0.6  # a name of other shape: 1; more, for a whole expression
NUMBER_FOR_ARRAY = 1.9  # number for array: 0

# --- what is added ------------------------------------------------------------------------------------------------------
NEAR = 0.3  # of an ingredient that a long form may be made of
LAST_TWO_AXES = 0.3  # more, for swapaxes(-1, -2)
ORDER_OF_ROWS = 1.6  # order of rows: 0
NORMALISED = 2.0  # normalised: 0
CENTRED, OF_A_VECTOR = 2.1, -0.6  # centred: 0; less, of a vector
PROJECTED = 2.1  # projected: 0
COPIED = 1.7  # copied: 0
AXIS_MORE, AXIS_BEHIND = 1.5, 0.1  # another axis: 0; more, for [:, None] than for [None, :]
RAVELLED = 1.3  # an axis of length one less: 0
CLIPPED = 1.9  # clipped: 1
IN_A_CALL = 1.7  # in a call of the file: 0
IN_A_FUNCTION = 1.5  # in a function of the file: 2
IN_NUMPY = 1.9  # in a function of numpy: 0
SQUARED = 1.5  # squared: 4
ONE_MINUS = 1.7  # one minus: 1
INVERSE = 1.8  # inverse: 0
NUMBER_FACTOR = 1.3  # a number as factor: 13
NUMBER_TERM = 1.8  # a number as term: 0
# an array as factor: 7; more, as divisor; more, where the shapes only broadcast
ARRAY_FACTOR, AS_DIVISOR, OTHER_SHAPE = 1.4, 0.5, 0.2
ARRAY_TERM = 1.6  # an array as term: 12
MATRIX_FACTOR = 2.2  # a matrix as factor: 0

# --- two places of one line ---------------------------------------------------------------------------------------------
EXCHANGED = 1.25  # two variables of one line exchanged: 4
EVERYWHERE = 0.3  # more, for the same edit at every place of a line: 1

# --- statements ---------------------------------------------------------------------------------------------------------
ACCUMULATED = 1.0  # accumulated: 12
MULTIPLIED_UP = 1.7  # multiplied up: 0
IN_PLACE = 1.6  # in place: 0
ADDED_AT = 1.4  # np.add.at for =: 1
OVERWRITTEN = 1.0  # overwritten: 0
OTHER_UPDATE = 1.1  # other update: 2
NOT_IN_PLACE = 1.3  # not in place: 0
TARGET_EXCHANGED = 1.2  # target exchanged: 1
ADDED_AT_FOR_AN_UPDATE = 1.2  # np.add.at for +=: 1
REMOVED, WITH_WHAT_IT_MAKES = 1.4, 0.4  # removed: 0; more, for an assignment
MOVED, EACH_LINE = 1.5, 0.1  # moved: 0; more, for each line it passes
OUT_OF_THE_HEAD = 1.6  # moved before the loop: 0
UNDER_A_CONDITION = 1.4  # under a condition: 0
UNCONDITIONAL = 1.8  # unconditional: 0
OTHER_TARGET = 1.5  # another target: 0
# index of the target: 2; more than for the same index on the right; price up to which one is tried
INDEX_OF_THE_TARGET, DEAREST_INDEX = 0.1, 1.6
OUT_OF_THE_LOOP = 1.7  # moved out of the loop: 0
INSERTED_NUMBER, INSERTED_ARRAY = 1.6, 2.3  # a line more below: d /= m, or d *= mask: 0
TIMES, PLUS, MINUS = 0.1, 0.1, 0.3  # more, for *=; more, for +=; more, for -=
NEAR_INSERTED, NEAR_ADDED = 0.8, 0.9  # price up to which an ingredient is inserted; and added
BEHIND_A_LOOP = 0.1  # inserted behind a loop: 0
ALL_SCALED = 1.3  # everything returned is scaled: 0

# --- ingredients: what is added to the price of the edit that uses one ---------------------------------------------------
TWO, HALF = 0.05, 0.1  # the numbers that derivatives forget most
USED_ELSEWHERE = 0.06  # divided by how often the function speaks of it
IN_SCOPE = 0.0  # a variable
ATTRIBUTE = 0.1  # of an object in sight
LENGTH, SIZE = 0.7, 0.8  # x.shape[0], x.size
ROW_WRITTEN, ROW, NEIGHBOUR_ROW = 0.15, 0.9, 1.1  # x[t] where the function writes it, where not, x[t - 1]
ENTRY = 0.1  # of a dict, by its name
ENTRY_BY_NUMBER, ENTRY_FROM_THE_END, ENTRY_BY_PLACE, NEIGHBOUR = 0.2, 0.4, 0.6, 0.1  # hs[t], hs[-t], hs[0]; more, for t - 1
FRAGMENT, SIBLING_FRAGMENT, EACH_LETTER, LONG = 0.4, 0.5, 0.03, 30  # a piece of the file, one renamed, and its length
ONE_MINUS_FORM, SIGMOID_FORM, MASK_OF_ROWS, SQUARE_FORM, FUNCTION_FORM = 0.35, 0.4, 0.6, 0.7, 0.8
HELPER_FORM = 0.6  # helper(v)
NOT_IN_THE_LINE = 0.45  # more, for a form of a variable that the line does not speak of
CHEAP_NUMBER, NUMBER_FORM, NUMBER_OF_NUMBERS = 1.0, 1.0, 0.6  # price of a number for forms; 1 - n; lam / n
PLAIN, PLAIN_AND_NEAR = 0.25, 0.2  # price up to which an array takes part in penalties, in products
PENALTY, PENALTY_TWICE, PENALTY_OF_SIGNS = 0.8, 0.85, 0.9  # lam * W, 2 * lam * W, lam * sign(W)
USUAL_NUMBER, RARE_NUMBER = 0.2, 0.8  # 2 and 0.5; 3 and 4
FORGOTTEN, TWO_FORGOTTEN, FORGOTTEN_FACTOR, FORGOTTEN_FACTOR_BEHIND = 0.0, 0.2, 0.3, 0.35
TWICE = 0.05  # more, for a length taken twice
FORGOTTEN_PRODUCT = 0.3  # of a matrix with what was computed and never used
GATE = 0.3  # silu's derivative in s and z
PAIR = 1.0  # a * b, a.T @ b
TEXTBOOK = 0.6  # a derivative that every textbook lists, in a helper
CLIP_FORM = 0.4  # the mask of a clip
OF_A_SOFTMAX, THROUGH_SOFTMAX, THROUGH_LOG_SOFTMAX = 1.1, 0.8, 0.8

# --- which of several edits that are right is offered --------------------------------------------------------------------
SUSPICION = 0.9  # less, for each unit of suspicion of a line
LINE_OF_THE_FILE, PIECE_OF_THE_FILE = 0.5, 0.25  # less, for what stands elsewhere in the file up to numbers
LETTER_ADDED = 0.01  # more, for each
# the habits of taste, more for each: the names are those of its functions; set by tests/corpus/cases
NEUTRALISES = 5.0
FITS_THE_DATA = 1.5
BRINGS_A_NUMBER = 0.6
ANOTHER_VERSION = 3.0
LEAVES_UNUSED = 0.6
COMPENSATES = 1.0
USES_A_LEFTOVER = 1.0
WRITES_A_SIZE = 0.5
NEGATES_TWICE = 0.5
BREAKS_AN_IDIOM = 0.3
MADE_UP = 0.3
