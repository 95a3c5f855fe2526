"""Operators of reductions: another axis, with or without keepdims, a reduction more, a keyword less."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import numpy as np

from ..nodes import function_name, method, number, parsed
from ..place import Place
from . import costs
from .indices import element_dropped, order_of_elements
from .table import Option, Proposals, operator
from .table import offers as offers

__all__ = ["keyword_dropped", "new_axis", "other_axis", "reduced"]

_REDUCTIONS = ("sum", "mean", "max", "min", "var", "std", "prod", "norm", "softmax", "logsumexp")
_ALONG_AN_AXIS = (*_REDUCTIONS, "cumsum", "argmax", "flip")


def _is_counted_up(p: Place) -> bool:
    """True for arrays of numbers; a mask is not summed up where it picks."""
    return p.computed and bool(p.shape) and p.value.dtype.kind != "b"


@operator("keyword dropped", on=ast.Call, cost=costs.KEYWORD_DROPPED)
def keyword_dropped(p: Place) -> Proposals:
    """`x.sum()` for `x.sum(axis=0)`.

    >>> offers(keyword_dropped, "x.sum(axis=0)")
    ['x.sum()']
    """
    for i in range(len(p.node.keywords)):
        yield 0, _with_keywords(p.node, p.node.keywords[:i] + p.node.keywords[i + 1 :])


@operator("other axis", on=ast.Call, cost=costs.AXIS)
def other_axis(p: Place) -> Proposals:
    """`x.sum(axis=1)` for `x.sum(axis=0)`.

    >>> offers(other_axis, "x.sum(axis=0)", x=(2, 3))
    ['x.sum(axis=0)', 'x.sum(axis=1)', 'x.sum(axis=-1)']
    """
    for i, keyword in enumerate(p.node.keywords):
        if keyword.arg == "axis":
            rest = p.node.keywords[:i] + p.node.keywords[i + 1 :]
            for extra, axis in _axes(p):
                yield extra, _with_keywords(p.node, [*rest, ast.keyword("axis", axis)])


@operator("axis given", on=ast.Call, cost=costs.AXIS_GIVEN)
def new_axis(p: Place) -> Proposals:
    """`x.sum(axis=0)` for `x.sum()`.

    >>> offers(new_axis, "x.sum()", x=(3,))
    ['x.sum(axis=0)', 'x.sum(axis=-1)']
    """
    if function_name(p.node) in _ALONG_AN_AXIS and _lacks_axis(p.node):
        for extra, axis in _axes(p):
            yield extra, _with_keywords(p.node, [*p.node.keywords, ast.keyword("axis", axis)])


@operator("axis and keepdims given", on=ast.Call, cost=costs.AXIS_AND_KEEPDIMS)
def new_axis_kept(p: Place) -> Proposals:
    """`x.sum(axis=0, keepdims=True)` for `x.sum()`.

    >>> offers(new_axis_kept, "x.sum()", x=(3,))
    ['x.sum(axis=0, keepdims=True)', 'x.sum(axis=-1, keepdims=True)']
    """
    if function_name(p.node) in _REDUCTIONS and _lacks_axis(p.node) and not _has(p.node, "keepdims"):
        for extra, axis in _axes(p):
            yield extra, _with_keywords(p.node, [*p.node.keywords, ast.keyword("axis", axis), _keepdims()])


@operator("keepdims given", on=ast.Call, cost=costs.KEEPDIMS)
def keepdims_given(p: Place) -> Proposals:
    """`x.sum(axis=1, keepdims=True)` for `x.sum(axis=1)`.

    >>> offers(keepdims_given, "x.sum(axis=1)")
    ['x.sum(axis=1, keepdims=True)']
    """
    if function_name(p.node) in _REDUCTIONS and not _has(p.node, "keepdims"):
        yield 0, _with_keywords(p.node, [*p.node.keywords, _keepdims()])


@operator("reduced", on=ast.expr, cost=costs.REDUCED, applies=_is_counted_up)
def reduced(p: Place) -> Proposals:
    """`d.sum(axis=0)` for `d`.

    >>> offers(reduced, "d", d=(3,))
    ['d.sum(axis=0)', 'd.sum(axis=0, keepdims=True)', 'd.mean(axis=0)', 'd.mean(axis=0, keepdims=True)']
    """
    for axis in range(len(p.shape)):
        for function in ("sum", "mean"):
            yield 0, method(p.node, function, axis=number(axis))
            yield costs.KEPT, method(p.node, function, axis=number(axis), keepdims=ast.Constant(True))
    if len(p.shape) == 4:
        yield 0, method(p.node, "sum", axis=parsed("(0, 2, 3)"))


@operator("summed up", on=ast.expr, cost=costs.SUMMED_UP, applies=_is_counted_up)
def summed_up(p: Place) -> Proposals:
    """`d.sum()` for `d`.

    >>> offers(summed_up, "d", d=(3,))
    ['d.sum()']
    """
    yield 0, method(p.node, "sum")


@operator("order of axes given", on=Option, cost=costs.NONE, applies=lambda p: isinstance(p.node, (ast.Tuple, ast.List)))
def axes_reordered(p: Place) -> Proposals:
    """`axis=(1, 0)` for `axis=(0, 1)`, and one of them alone.

    >>> offers(axes_reordered, "x.sum(axis=(0, 1))", "(0, 1)")
    ['x.sum(axis=(1, 0))', 'x.sum(axis=(1,))', 'x.sum(axis=(0,))']
    """
    yield from ((costs.ORDER_OF_ELEMENTS + extra, new) for extra, new in order_of_elements(p))
    yield from ((costs.ELEMENT_DROPPED + extra, new) for extra, new in element_dropped(p))


@operator("other axes", on=Option, cost=costs.OTHER_AXES, applies=lambda p: isinstance(p.node, (ast.Tuple, ast.List)))
def other_axes(p: Place) -> Proposals:
    """`axis=(0, 2, 3)` for `axis=(0, 1)`.

    >>> offers(other_axes, "x.sum(axis=(0, 1))", "(0, 1)")[1]
    'x.sum(axis=(0, 2))'
    """
    for axes in ((0, 1), (0, 2), (1, 2), (0, 2, 3), (2, 3), (0, 1, 2), (1, 2, 3)):
        yield 0, parsed(str(axes))


@operator("other axis for a negative one", on=Option, cost=costs.AXIS, applies=lambda p: isinstance(p.node, ast.UnaryOp))
def other_for_negative_axis(p: Place) -> Proposals:
    """`axis=0` for `axis=-1`.

    >>> offers(other_for_negative_axis, "x.sum(axis=-1)", "-1")[0]
    'x.sum(axis=0)'
    """
    if isinstance(p.node.operand, ast.Constant):
        for axis in (0, 1, 2, -1, -2):
            yield 0, number(axis)


@operator("dtype float64", on=Option, cost=costs.DTYPE, applies=lambda p: isinstance(p.node, (ast.Attribute, ast.Name)))
def double_precision(p: Place) -> Proposals:
    """`dtype=np.float64` for `dtype=int`.

    >>> offers(double_precision, "np.zeros(n, dtype=int)", "int")
    ['np.zeros(n, dtype=np.float64)']
    """
    yield 0, parsed("np.float64")


def _axes(p: Place) -> Iterator[tuple[float, ast.expr]]:
    """The axes of what a call reduces, and what each costs more."""
    target = p.node.func.value if isinstance(p.node.func, ast.Attribute) else None
    value = p.context.value(target) if target is not None else None
    if not isinstance(value, np.ndarray) and p.node.args:
        value = p.context.value(p.node.args[0])
    dimensions = value.ndim if isinstance(value, np.ndarray) else 2
    for axis in range(dimensions):
        yield 0, ast.Constant(axis)
    if dimensions >= 1:
        yield costs.LAST_AXIS, number(-1)
    if dimensions == 4:
        yield costs.AXES_OF_IMAGES, parsed("(0, 2, 3)")
    if dimensions >= 3:
        for pair in ((0, 1), (0, 2), (1, 2), (2, 3)):
            if pair[1] < dimensions:
                yield costs.TWO_AXES, parsed(str(pair))


def _has(node: ast.Call, keyword: str) -> bool:
    return any(k.arg == keyword for k in node.keywords)


def _lacks_axis(node: ast.Call) -> bool:
    return not _has(node, "axis") and len(node.args) < 2


def _keepdims() -> ast.keyword:
    return ast.keyword("keepdims", ast.Constant(True))


def _with_keywords(node: ast.Call, keywords: list[ast.keyword]) -> ast.Call:
    return ast.Call(node.func, node.args, keywords)
