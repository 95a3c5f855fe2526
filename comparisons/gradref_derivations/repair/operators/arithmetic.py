"""Operators of arithmetic: another sign of operation, operands exchanged or dropped, brackets elsewhere, other products of matrices."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from ..nodes import binary, called, function_name, is_transposed, negated, transposed
from ..place import Place
from . import costs
from .table import Proposals, operator
from .table import offers as offers

__all__ = ["brackets", "comparison", "dropped_operand", "matrix_product", "operands_exchanged", "other_operator"]

_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.MatMult)
_COMPARISONS = (ast.Gt, ast.GtE, ast.Lt, ast.LtE, ast.Eq, ast.NotEq)


@operator("other operator", on=ast.BinOp, cost=costs.NONE)
def other_operator(p: Place) -> Proposals:
    """`a - b` for `a + b`; each pair has its own price.

    >>> offers(other_operator, "a / b")
    ['a * b']
    """
    for other, cost in costs.OPERATORS.get(type(p.node.op), ()):
        yield cost, binary(p.node.left, other, p.node.right)


@operator("operands exchanged", on=ast.BinOp, cost=costs.EXCHANGED_OPERANDS)
def operands_exchanged(p: Place) -> Proposals:
    """`b - a` for `a - b`.

    >>> offers(operands_exchanged, "a - y")
    ['y - a']
    """
    if isinstance(p.node.op, (ast.Sub, ast.Div, ast.Pow)):
        yield 0, binary(p.node.right, type(p.node.op), p.node.left)


@operator("negated sum", on=ast.BinOp, cost=costs.NEGATED_SUM)
def negated_sum(p: Place) -> Proposals:
    """`-(a + b)` for `a - b`.

    >>> offers(negated_sum, "a - b")
    ['-(a + b)']
    """
    if isinstance(p.node.op, ast.Sub):
        yield 0, negated(binary(p.node.left, ast.Add, p.node.right))


@operator("dropped operand", on=ast.BinOp, cost=costs.DROPPED)
def dropped_operand(p: Place) -> Proposals:
    """`a` for `a * b`: a factor or a term too many.

    >>> offers(dropped_operand, "a - b")
    ['a', '-b', 'b']
    """
    a, op, b = p.node.left, p.node.op, p.node.right
    if not isinstance(op, _ARITHMETIC):
        return
    yield 0, a
    if isinstance(op, ast.Sub):
        yield costs.KEPT_WITH_ITS_SIGN, negated(b)
        yield costs.KEPT_WITHOUT_ITS_SIGN, b
    elif isinstance(op, ast.Div):
        yield costs.KEPT_AS_DIVISOR, binary(ast.Constant(1.0), ast.Div, b)
    else:
        yield 0, b


@operator("brackets", on=ast.BinOp, cost=costs.BRACKETS)
def brackets(p: Place) -> Proposals:
    """`a * (b - c)` for `a * b - c`, and back.

    >>> offers(brackets, "a * b - c")
    ['a * (b - c)']
    >>> offers(brackets, "a / (b * c)")
    ['a / b * c']
    """
    a, op, b = p.node.left, type(p.node.op), p.node.right
    if op is ast.Mult and _is(b, ast.Add, ast.Sub):
        yield 0, binary(binary(a, ast.Mult, b.left), type(b.op), b.right)
    if op in (ast.Add, ast.Sub) and _is(a, ast.Mult, ast.Div):
        yield 0, binary(a.left, type(a.op), binary(a.right, op, b))
    if op in (ast.Add, ast.Sub) and _is(b, ast.Mult, ast.Div, ast.MatMult):
        yield 0, binary(binary(a, op, b.left), type(b.op), b.right)
    if op is ast.Div and _is(a, ast.Add, ast.Sub):
        yield 0, binary(a.left, type(a.op), binary(a.right, ast.Div, b))
    if op is ast.Div and _is(b, ast.Mult):
        yield 0, binary(binary(a, ast.Div, b.left), ast.Mult, b.right)
    if op is ast.Mult and _is(a, ast.Div):
        yield 0, binary(a.left, ast.Div, binary(a.right, ast.Mult, b))


@operator("brackets of a power", on=ast.BinOp, cost=costs.BRACKETS_OF_A_POWER)
def brackets_of_a_power(p: Place) -> Proposals:
    """`1 - a ** 2` for `(1 - a) ** 2`, and back.

    >>> offers(brackets_of_a_power, "(1 - a) ** 2")
    ['1 - a ** 2']
    """
    a, op, b = p.node.left, type(p.node.op), p.node.right
    if op in (ast.Add, ast.Sub) and _is(b, ast.Pow):
        yield 0, binary(binary(a, op, b.left), ast.Pow, b.right)
    if op is ast.Pow and _is(a, ast.Add, ast.Sub):
        yield 0, binary(a.left, type(a.op), binary(a.right, ast.Pow, b))


@operator("squared divisor", on=ast.BinOp, cost=costs.SQUARED_DIVISOR)
def squared_divisor(p: Place) -> Proposals:
    """`a / b ** 2` for `a / b`.

    >>> offers(squared_divisor, "a / b")
    ['a / b ** 2']
    """
    if isinstance(p.node.op, ast.Div):
        yield 0, binary(p.node.left, ast.Div, binary(p.node.right, ast.Pow, ast.Constant(2)))


@operator("matrix product", on=ast.BinOp, cost=costs.OTHER_PRODUCT)
def matrix_product(p: Place) -> Proposals:
    """`a.T @ d` for `a @ d`: every other way to multiply two matrices.

    >>> offers(matrix_product, "d @ W")
    ['d @ W.T', 'd.T @ W', 'd.T @ W.T', 'W @ d', 'W @ d.T', 'W.T @ d', 'W.T @ d.T']
    """
    a, b = p.node.left, p.node.right
    both = len(p.context.shape(a) or ()) == 2 == len(p.context.shape(b) or ())
    if isinstance(p.node.op, ast.MatMult) or (isinstance(p.node.op, ast.Mult) and both):
        yield from _products(a, b, lambda x, y: binary(x, ast.MatMult, y))


@operator("matrix product by dot", on=ast.Call, cost=costs.OTHER_PRODUCT, applies=lambda p: function_name(p.node) == "dot")
def dot_product(p: Place) -> Proposals:
    """`np.dot(a.T, d)` for `np.dot(a, d)`, and the same for `a.dot(d)`.

    >>> offers(dot_product, "d.dot(W)")[:3]
    ['d.dot(W.T)', 'd.T.dot(W)', 'd.T.dot(W.T)']
    """
    func, arguments = p.node.func, p.node.args
    if len(arguments) == 2:
        yield from _products(arguments[0], arguments[1], lambda x, y: ast.Call(func, [x, y], []))
    elif len(arguments) == 1 and isinstance(func, ast.Attribute):
        yield from _products(func.value, arguments[0], lambda x, y: ast.Call(ast.Attribute(x, "dot", ast.Load()), [y], []))


@operator("elementwise for dot", on=ast.Call, cost=costs.ELEMENTWISE_FOR_DOT, applies=lambda p: function_name(p.node) == "dot")
def elementwise_for_dot(p: Place) -> Proposals:
    """`a * d` for `np.dot(a, d)`.

    >>> offers(elementwise_for_dot, "np.dot(a, d)")
    ['a * d']
    """
    func, arguments = p.node.func, p.node.args
    if len(arguments) == 2:
        yield 0, binary(arguments[0], ast.Mult, arguments[1])
    elif len(arguments) == 1 and isinstance(func, ast.Attribute):
        yield 0, binary(func.value, ast.Mult, arguments[0])


@operator("outer product", on=ast.BinOp, cost=costs.OUTER)
def outer_product(p: Place) -> Proposals:
    """`np.outer(a, d)` for `a @ d`.

    >>> offers(outer_product, "a @ d")
    ['np.outer(a, d)']
    """
    if isinstance(p.node.op, ast.MatMult):
        yield 0, called("np.outer", p.node.left, p.node.right)


@operator("sibling's factor", on=ast.BinOp, cost=costs.SIBLING_FACTOR)
def sibling_factor(p: Place) -> Proposals:
    """`a * w` for `a * v` or `a / v`, where the file has w as the sibling of v: a piece renamed for another layer or gate."""
    if isinstance(p.node.op, (ast.Mult, ast.Div)):
        for atom in p.context.ingredients.atoms:
            if atom.sibling and atom.cost <= costs.NEAR_SIBLING:
                yield 0, binary(p.node.left, ast.Mult, atom.node)


@operator("last two factors replaced", on=ast.BinOp, cost=costs.FACTORS_REPLACED)
def factors_replaced(p: Place) -> Proposals:
    """`d * (s + z * s * (1 - s))` for `d * s * (1 - s)`: the two factors that are one derivative."""
    left = p.node.left
    if isinstance(p.node.op, ast.Mult) and _is(left, ast.Mult):
        for atom in p.context.ingredients.atoms:
            if atom.sibling and atom.shape == p.shape:
                yield atom.cost, binary(left.left, ast.Mult, atom.node)


@operator("comparison", on=ast.Compare, cost=costs.COMPARISON)
def comparison(p: Place) -> Proposals:
    """`z > 0` for `z < 0`.

    >>> offers(comparison, "z < 0")[0]
    'z > 0'
    """
    if len(p.node.ops) == 1:
        for other in _COMPARISONS:
            if not isinstance(p.node.ops[0], other):
                yield 0, ast.Compare(p.node.left, [other()], p.node.comparators)


@operator("sign dropped", on=ast.UnaryOp, cost=costs.SIGN)
def sign_dropped(p: Place) -> Proposals:
    """`a` for `-a`, `mask` for `~mask`.

    >>> offers(sign_dropped, "-a")
    ['a']
    """
    if isinstance(p.node.op, (ast.USub, ast.Invert, ast.Not)):
        yield 0, p.node.operand


@operator("not transposed", on=ast.Attribute, cost=costs.TRANSPOSE, applies=lambda p: is_transposed(p.node))
def not_transposed(p: Place) -> Proposals:
    """`W` for `W.T`.

    >>> offers(not_transposed, "W.T")
    ['W']
    """
    yield 0, p.node.value


@operator("branches exchanged", on=ast.IfExp, cost=costs.BRANCHES)
def branches_exchanged(p: Place) -> Proposals:
    """`b if c else a` for `a if c else b`.

    >>> offers(branches_exchanged, "a if c else b")
    ['b if c else a']
    """
    yield 0, ast.IfExp(p.node.test, p.node.orelse, p.node.body)


@operator("one branch", on=ast.IfExp, cost=costs.ONE_BRANCH)
def one_branch(p: Place) -> Proposals:
    """`a`, or `b`, for `a if c else b`.

    >>> offers(one_branch, "a if c else b")
    ['a', 'b']
    """
    yield 0, p.node.body
    yield 0, p.node.orelse


def _is(node: ast.expr, *operators: type[ast.operator]) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, operators)


def _products(a: ast.expr, b: ast.expr, product: Callable[[ast.expr, ast.expr], ast.expr]) -> Iterator[tuple[float, ast.expr]]:
    """The other ways to multiply two matrices, priced by how many things change: a transpose, the order."""
    plain_a = a.value if isinstance(a, ast.Attribute) and is_transposed(a) else a
    plain_b = b.value if isinstance(b, ast.Attribute) and is_transposed(b) else b
    flipped = (a is not plain_a, b is not plain_b)
    for x, y, swap in ((plain_a, plain_b, False), (plain_b, plain_a, True)):
        now = (flipped[1], flipped[0]) if swap else flipped
        for tx in (False, True):
            for ty in (False, True):
                changes = (tx != now[0]) + (ty != now[1]) + swap
                if changes:
                    yield costs.EACH_CHANGE * changes, product(transposed(x) if tx else x, transposed(y) if ty else y)
