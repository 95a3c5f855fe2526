"""What an engineer would not accept although it is right: edits that switch something off, fit the data, or go round the mistake.

Each habit is a small function that says whether an edit has it; what it adds to the price stands in `operators.costs`.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable

from ..program.program import Program
from .edit_locations import Site
from .nodes import function_name
from .operators import costs

__all__ = ["HABITS", "Change", "differing", "distaste", "normalised"]

LARGE = 4  # statements above which a function is a version of its own, not a helper


class Change:
    """An edit as taste sees it: the code that goes, the code that comes, and where; `lengths` are those of the inputs' axes."""

    def __init__(self, program: Program, site: Site, old: Iterable[ast.AST], new: Iterable[ast.AST], lengths: Iterable[int] = ()):
        self.program, self.site, self.old, self.new, self.lengths = program, site, list(old), list(new), set(lengths)
        before = Counter(ast.dump(n) for n in self._walk(self.old))
        self.added = [n for n in self._walk(self.new) if not before[ast.dump(n)]]

    @staticmethod
    def _walk(roots: list[ast.AST]) -> list[ast.AST]:
        return [n for root in roots for n in ast.walk(root)]

    def read(self, side: list[ast.AST]) -> set[str]:
        """Names that are read in the old or in the new code."""
        return {n.id for n in self._walk(side) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}

    def filled_with_ones(self) -> set[str]:
        """Names that the function fills with ones."""
        made = [n for n in ast.walk(self.site.editable.node) if isinstance(n, ast.Assign) and isinstance(n.value, ast.Call)]
        made = [n for n in made if function_name(n.value) in ("ones", "ones_like")]
        return {t.id for n in made for t in n.targets if isinstance(t, ast.Name)}

    def calls(self, side: list[ast.AST]) -> set[str]:
        """Names of what is called in the old or in the new code."""
        return {function_name(n) for n in self._walk(side) if isinstance(n, ast.Call)}


Habit = Callable[[Change], bool]


def neutralises(change: Change) -> bool:
    """`* 0`, `x - x`, `+ 0`, `x = x`, `out=`: the code stays and does nothing."""
    ones = change.filled_with_ones()
    for node in change.added:
        if isinstance(node, ast.BinOp) and (_does_nothing(node.op, node.right) or _cancels(node, ones)):
            return True
        if isinstance(node, ast.AugAssign) and _does_nothing(node.op, node.value):
            return True
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == ast.unparse(node.value):
            return True
        if isinstance(node, ast.keyword) and node.arg == "out":
            return True
    return False


def _does_nothing(op: ast.operator, right: ast.expr) -> bool:
    """True for + 0, - 0, * 0, * 1, / 1, ** 0 and ** 1."""
    if not isinstance(right, ast.Constant) or isinstance(right.value, bool) or right.value not in (0, 1):
        return False
    return right.value == 0 if isinstance(op, (ast.Add, ast.Sub)) else isinstance(op, (ast.Mult, ast.Div, ast.FloorDiv, ast.Pow))


def _cancels(node: ast.BinOp, ones: set[str]) -> bool:
    """True for x - x, x / x, 0 * x and 0 / x, and for 1 - x where x is all ones."""
    if isinstance(node.op, ast.Sub) and isinstance(node.right, ast.Name) and node.right.id in ones:
        return isinstance(node.left, ast.Constant) and node.left.value == 1
    if isinstance(node.op, (ast.Mult, ast.Div)) and isinstance(node.left, ast.Constant) and node.left.value == 0:
        return True
    return isinstance(node.op, (ast.Sub, ast.Div)) and ast.dump(node.left) == ast.dump(node.right)


def fits_the_data(change: Change) -> bool:
    """`1 - y - y`, `d / (d * y)`: one variable twice in a sum, or cancelled; right where y is 0 or 1."""
    for node in change.added:
        if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
            terms = [ast.dump(t) for t in _terms(node) if not isinstance(t, ast.Constant)]
            if len(set(terms)) < len(terms):
                return True
    return False


def _terms(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.Sub)):
        return [*_terms(node.left), *_terms(node.right)]
    return [node]


def brings_a_number(change: Change) -> bool:
    """A number that the file does not have, and that is none of those which derivatives have."""
    numbers = {n.value for n in change.added if isinstance(n, ast.Constant) and isinstance(n.value, (int, float))}
    known = {n.value for n in ast.walk(change.program.tree) if isinstance(n, ast.Constant)}
    return bool(numbers - known - {0, 1, 2, 0.5})


def writes_a_size(change: Change) -> bool:
    """`/ 7` for a batch of 7, which the author would write as a length."""
    numbers = [n.value for n in change.added if isinstance(n, ast.Constant) and not isinstance(n.value, bool)]
    return any(isinstance(n, int) and n > 2 and n in change.lengths for n in numbers)


def negates_twice(change: Change) -> bool:
    """`-(-x)`."""
    return any(isinstance(n, ast.UnaryOp) and _is_negated(n) and _is_negated(_innermost(n.operand)) for n in change.added)


def _is_negated(node: ast.AST) -> bool:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub)


def _innermost(node: ast.expr) -> ast.expr:
    """The first factor of a product."""
    while isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Mult, ast.Div)):
        node = node.left
    return node


def breaks_an_idiom(change: Change) -> bool:
    """`z - 1` for `1 - z`, as nobody writes it."""
    added = [n for n in change.added if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Sub)]
    return any(isinstance(n.right, ast.Constant) and n.right.value == 1 and not isinstance(n.left, ast.Constant) for n in added)


def calls_another_version(change: Change) -> bool:
    """`loss_vectorized(W)` for `loss_naive(W)`: true, and no use to whoever wrote the other."""
    functions = {n.name: n for n in ast.walk(change.program.tree) if isinstance(n, ast.FunctionDef)}
    gone = change.calls(change.old) - change.calls(change.new)
    return any(name in functions and _is_large(functions[name]) for name in gone)


def _is_large(function: ast.FunctionDef) -> bool:
    return sum(isinstance(n, ast.stmt) for n in ast.walk(function)) > LARGE


def leaves_something_unused(change: Change) -> bool:
    """What is computed for this place is read nowhere any more: the derivation is passed by."""
    function = change.site.editable.node
    written = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    gone = (change.read(change.old) - change.read(change.new)) & written
    reads = Counter(n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
    own = Counter(n.id for root in change.old for n in ast.walk(root) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load))
    return any(reads[name] <= own[name] for name in gone)


def uses_a_leftover(change: Change) -> bool:
    """The variable of a loop that is over."""
    loops = [n for n in ast.walk(change.site.editable.node) if isinstance(n, ast.For)]
    around = [n for n in loops if any(inner is change.site.statement for inner in ast.walk(n))]
    over = _variables([n for n in loops if n not in around]) - _variables(around)
    return bool((change.read(change.new) - change.read(change.old)) & over)


def _variables(loops: list[ast.For]) -> set[str]:
    return {n.id for loop in loops for n in ast.walk(loop.target) if isinstance(n, ast.Name)}


def compensates(change: Change) -> bool:
    """`* T` where another line divides by T: the factor too many stays."""
    inverse = {ast.Mult: ast.Div, ast.Div: ast.Mult}
    added = [(type(n.op), ast.dump(n.right)) for n in change.added if isinstance(n, ast.BinOp) and type(n.op) in inverse]
    gone = {id(n) for root in change.old for n in ast.walk(root)}
    kept = [n for n in ast.walk(change.site.editable.node) if id(n) not in gone]
    kept += [n for root in change.new for n in ast.walk(root) if n not in change.added]
    there = {(type(n.op), ast.dump(n.right)) for n in kept if isinstance(n, ast.BinOp)}
    there |= {(type(n.op), ast.dump(n.value)) for n in kept if isinstance(n, ast.AugAssign)}
    return any((inverse[op], right) in there for op, right in added)


def is_made_up(change: Change) -> bool:
    """`x.copy()`, `swapaxes`, `[::-1]` of what is no sequence: calls that the file never makes."""
    known = change.calls([change.program.tree])
    return bool({c for c in change.calls(change.new) if c} - known - change.calls(change.old) - USUAL)


USUAL = {"sum", "mean", "exp", "sign", "log", "sqrt", "abs", "at", "outer", "tanh", "cosh", "minimum", "maximum", "reversed"}


HABITS: tuple[tuple[Habit, float], ...] = (
    (neutralises, costs.NEUTRALISES),
    (fits_the_data, costs.FITS_THE_DATA),
    (brings_a_number, costs.BRINGS_A_NUMBER),
    (writes_a_size, costs.WRITES_A_SIZE),
    (negates_twice, costs.NEGATES_TWICE),
    (breaks_an_idiom, costs.BREAKS_AN_IDIOM),
    (calls_another_version, costs.ANOTHER_VERSION),
    (leaves_something_unused, costs.LEAVES_UNUSED),
    (compensates, costs.COMPENSATES),
    (uses_a_leftover, costs.USES_A_LEFTOVER),
    (is_made_up, costs.MADE_UP),
)


def distaste(change: Change) -> float:
    """What the habits of an edit add to its price."""
    return sum(price for has, price in HABITS if has(change))


def normalised(text: str) -> str:
    """A line without its spaces and numbers."""
    return re.sub(r"\d+", "#", re.sub(r"\s+", "", text))


def differing(old: str, new: str) -> str:
    """What stands in `new` between the words that begin and those that end both.

    >>> differing("x[a : a + 2] * k", "x[b : b + 2] * k")
    'b : b'
    """
    before, after = re.findall(r"\w+|\s+|\W", old), re.findall(r"\w+|\s+|\W", new)
    low = 0
    while low < min(len(before), len(after)) and before[low] == after[low]:
        low += 1
    high = 0
    while high < min(len(before), len(after)) - low and before[-1 - high] == after[-1 - high]:
        high += 1
    return "".join(after[low : len(after) - high])
