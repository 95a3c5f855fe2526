"""Operators of calls: another function of the family, arguments exchanged, a call unwrapped, bounds of a range."""

from __future__ import annotations

import ast
from itertools import combinations, permutations
from types import ModuleType
from typing import Any

import numpy as np

from ..nodes import binary, called, function_name, is_shifted, number, transposed
from ..place import Place, unlike
from . import costs
from .table import Kind, Proposals, operator
from .table import offers as offers

__all__ = ["arguments_exchanged", "other_function", "unwrapped"]

_PAIRS = (
    ("sum", "mean"),
    ("exp", "expm1"),
    ("log", "log1p"),
    ("sqrt", "square"),
    ("abs", "sign"),
    ("sin", "cos"),
    ("maximum", "minimum"),
    ("argmax", "argmin"),
    ("ones_like", "zeros_like"),
    ("ones", "zeros"),
    ("hstack", "vstack"),
    ("var", "std"),
    ("repeat", "tile"),
    ("cumsum", "cumprod"),
    ("floor", "ceil"),
)
_FAMILIES = (("max", "min", "sum", "mean"), ("tanh", "cosh", "sinh"), ("dot", "outer", "inner", "multiply"))
_RESHAPING = ("reshape", "transpose", "swapaxes")


def _calls(*names: str) -> Any:
    return lambda p: function_name(p.node) in names


@operator("the other function of a pair", on=ast.Call, cost=costs.OTHER_OF_A_PAIR)
def other_of_a_pair(p: Place) -> Proposals:
    """`mean` for `sum`, `minimum` for `maximum`.

    >>> offers(other_of_a_pair, "np.sum(x, axis=0)")
    ['np.mean(x, axis=0)']
    """
    name = function_name(p.node)
    for pair in _PAIRS:
        if name in pair:
            yield 0, _renamed(p.node, pair[1 - pair.index(name)])


@operator("another function of a family", on=ast.Call, cost=costs.OTHER_OF_A_FAMILY)
def other_of_a_family(p: Place) -> Proposals:
    """`cosh` for `tanh`, `outer` for `dot`.

    >>> offers(other_of_a_family, "np.dot(a, b)")
    ['np.outer(a, b)', 'np.inner(a, b)', 'np.multiply(a, b)']
    """
    name = function_name(p.node)
    for family in _FAMILIES:
        if name in family:
            for other in family:
                if other != name:
                    yield 0, _renamed(p.node, other)


@operator("another function of the file", on=ast.Call, cost=costs.OTHER_FUNCTION)
def other_function(p: Place) -> Proposals:
    """`sigmoid_prime(z)` for `sigmoid(z)`."""
    if isinstance(p.node.func, ast.Name):
        for other in p.context.ingredients.functions:
            if other != p.node.func.id:
                yield 0, ast.Call(ast.Name(other, ast.Load()), p.node.args, p.node.keywords)


@operator("function handed on", on=ast.Name, cost=costs.FUNCTION_HANDED_ON, applies=lambda p: callable(p.value))
def function_handed_on(p: Place) -> Proposals:
    """`apply(z, relu_prime)` for `apply(z, relu)`."""
    for name in p.context.ingredients.functions:
        if name != p.node.id:
            yield 0, ast.Name(name, ast.Load())


@operator("another method", on=ast.Call, cost=costs.OTHER_METHOD)
def other_method(p: Place) -> Proposals:
    """`layer.backward(x)` for `layer.forward(x)`, where the object has both."""
    if not isinstance(p.node.func, ast.Attribute):
        return
    holder, name = p.context.value(p.node.func.value), p.node.func.attr
    if holder is None or isinstance(holder, (np.ndarray, ModuleType, dict, list, tuple)):
        return
    for other in dir(type(holder)):
        if not other.startswith("__") and other != name and callable(getattr(type(holder), other, None)):
            yield 0, _renamed(p.node, other)


@operator("container or object", on=ast.Name, cost=costs.OTHER_OBJECT, kind=Kind.NAME)
def other_object(p: Place) -> Proposals:
    """Another list, dict or object of the same type in the place of one.

    >>> offers(other_object, "zs[0]", "zs", zs=[1, 2], activations=[3, 4])
    ['activations[0]']
    """
    value = p.value
    whole = isinstance(value, (tuple, list, dict)) or (hasattr(value, "__dict__") and not callable(value))
    if p.measured or not whole:
        return
    for name in sorted(p.context.ingredients.local_names):
        other = p.context.ingredients.scopes[-1].get(name)
        if name != p.node.id and type(other) is type(value) and not name.startswith("__"):
            yield unlike(p.node.id, name), ast.Name(name, ast.Load())


@operator("argument alone", on=ast.Call, cost=costs.UNWRAPPED, kind=Kind.INDEX)
def unwrapped(p: Place) -> Proposals:
    """`x` for `f(x)`, and for `x.f()`.

    >>> offers(unwrapped, "relu(x)")
    ['x']
    >>> offers(unwrapped, "x.ravel()", x=(3,))
    ['x']
    """
    func = p.node.func
    if not isinstance(func, ast.Attribute):
        if len(p.node.args) == 1:
            yield 0, p.node.args[0]
    elif p.context.shape(func.value) is not None:
        yield 0, func.value


@operator("argument of a function of numpy", on=ast.Call, cost=costs.UNWRAPPED_FROM_A_MODULE, kind=Kind.INDEX)
def unwrapped_from_a_module(p: Place) -> Proposals:
    """`x` for `np.abs(x)`.

    >>> offers(unwrapped_from_a_module, "np.abs(x)", x=(3,))
    ['x']
    """
    func = p.node.func
    if isinstance(func, ast.Attribute) and isinstance(p.context.value(func.value), ModuleType):
        for argument in p.node.args[:2]:
            if p.context.shape(argument) is not None:
                yield 0, argument


@operator("transpose for a reshape", on=ast.Call, cost=costs.TRANSPOSE_FOR_RESHAPE, applies=_calls(*_RESHAPING))
def transpose_for_reshape(p: Place) -> Proposals:
    """`x.T` for `x.reshape(3, 2)`.

    >>> offers(transpose_for_reshape, "x.reshape(3, 2)", x=(2, 3))
    ['x.T']
    """
    func = p.node.func
    if isinstance(func, ast.Attribute) and p.context.shape(func.value) is not None:
        yield 0, transposed(func.value)


@operator("other order of axes", on=ast.Call, cost=costs.ORDER_OF_AXES, applies=_calls("transpose"))
def order_of_axes(p: Place) -> Proposals:
    """`x.transpose(0, 2, 1)` for `x.transpose(1, 0, 2)`.

    >>> offers(order_of_axes, "x.transpose(0, 1)")
    ['x.transpose(1, 0)']
    """
    flat = p.node.args
    if len(flat) == 1 and isinstance(flat[0], ast.Tuple):
        flat = flat[0].elts
    now: list[Any] = [a.value for a in flat if isinstance(a, ast.Constant)]
    if flat and len(now) == len(flat) <= 4 and sorted(now) == list(range(len(now))):
        for other in permutations(range(len(now))):
            moved = sum(x != y for x, y in zip(other, now, strict=True))
            if moved:
                yield costs.EACH_MOVED * moved, ast.Call(p.node.func, [ast.Constant(i) for i in other], [])


@operator("arguments exchanged", on=ast.Call, cost=costs.EXCHANGED_ARGUMENTS)
def arguments_exchanged(p: Place) -> Proposals:
    """`f(b, a)` for `f(a, b)`.

    >>> offers(arguments_exchanged, "f(a, b)")
    ['f(b, a)']
    """
    for i, j in combinations(range(len(p.node.args)), 2):
        swapped = list(p.node.args)
        swapped[i], swapped[j] = swapped[j], swapped[i]
        yield 0, ast.Call(p.node.func, swapped, p.node.keywords)


@operator("branches of where exchanged", on=ast.Call, cost=costs.BRANCHES_OF_WHERE, applies=_calls("where"))
def branches_of_where(p: Place) -> Proposals:
    """`np.where(m, b, a)` for `np.where(m, a, b)`.

    >>> offers(branches_of_where, "np.where(m, a, b)")
    ['np.where(m, b, a)']
    """
    if len(p.node.args) == 3:
        test, first, second = p.node.args
        yield 0, ast.Call(p.node.func, [test, second, first], [])


@operator("order not reversed", on=ast.Call, cost=costs.ORDER, applies=_calls("reversed"), kind=Kind.INDEX)
def not_reversed(p: Place) -> Proposals:
    """`steps` for `reversed(steps)`.

    >>> offers(not_reversed, "reversed(steps)")
    ['steps']
    """
    if p.node.args:
        yield 0, p.node.args[0]


@operator("order reversed", on=ast.Call, cost=costs.REVERSED_RANGE, applies=_calls("range"), kind=Kind.INDEX)
def reversed_range(p: Place) -> Proposals:
    """`reversed(range(n))` for `range(n)`.

    >>> offers(reversed_range, "range(n)")
    ['reversed(range(n))']
    """
    yield 0, called("reversed", p.node)


@operator("range longer or shorter by one", on=ast.Call, cost=costs.RANGE_BOUND, applies=_calls("range"))
def range_bounds(p: Place) -> Proposals:
    """`range(1, n)`, `range(n - 1)`, `range(n + 1)` for `range(n)`.

    >>> offers(range_bounds, "range(n)")
    ['range(n + 1)', 'range(n - 1)', 'range(1, n)']
    """
    arguments = p.node.args
    for i, a in enumerate(arguments):
        for step in (1, -1):
            yield 0, ast.Call(p.node.func, [*arguments[:i], _stepped(a, step), *arguments[i + 1 :]], [])
    if len(arguments) == 1:
        yield costs.OTHER_START, ast.Call(p.node.func, [ast.Constant(1), arguments[0]], [])
    elif arguments and isinstance(arguments[0], ast.Constant):
        yield costs.OTHER_START, ast.Call(p.node.func, arguments[1:2], [])


@operator("einsum's letters", on=ast.Call, cost=costs.EINSUM, applies=_calls("einsum"))
def einsum_letters(p: Place) -> Proposals:
    """`"ij,jk->ki"` for `"ij,jk->ik"`: letters of one operand exchanged, permuted, replaced or left out.

    >>> offers(einsum_letters, 'np.einsum("ij->i", x)')[:2]
    ["np.einsum('ji->i', x)", "np.einsum('jj->i', x)"]
    """
    arguments = p.node.args
    if not arguments or not isinstance(arguments[0], ast.Constant) or not isinstance(arguments[0].value, str):
        return
    inputs, arrow, output = arguments[0].value.replace(" ", "").partition("->")
    parts = inputs.split(",") + ([output] if arrow else [])
    letters = sorted(set(inputs) - {",", "."})
    for i, part in enumerate(parts):
        for extra, new in _spellings(part, letters, shorter=bool(arrow) and i == len(parts) - 1):
            text = [*parts[:i], new, *parts[i + 1 :]]
            subscripts = ",".join(text[:-1]) + "->" + text[-1] if arrow else ",".join(text)
            yield extra, ast.Call(p.node.func, [ast.Constant(subscripts), *arguments[1:]], p.node.keywords)


def _spellings(part: str, letters: list[str], shorter: bool) -> Any:
    """Other subscripts of one operand; `shorter` ones for the result only."""
    for a, b in combinations(range(len(part)), 2):
        changed = list(part)
        changed[a], changed[b] = changed[b], changed[a]
        yield 0, "".join(changed)
    if len(part) >= 3:
        for other in permutations(part):
            yield costs.LETTERS_PERMUTED, "".join(other)
    for a in range(len(part)):
        for letter in letters:
            if letter != part[a]:
                yield costs.LETTER_REPLACED, part[:a] + letter + part[a + 1 :]
        if shorter:
            yield costs.LETTER_DROPPED, part[:a] + part[a + 1 :]


def _stepped(node: Any, step: int) -> ast.expr:
    """`n + step`, written as people do."""
    if is_shifted(node):
        return binary(node.left, type(node.op), ast.Constant(node.right.value + step))
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return number(node.value + step)
    return binary(node, ast.Add if step > 0 else ast.Sub, ast.Constant(1))


def _renamed(node: ast.Call, name: str) -> ast.Call:
    f = node.func
    func = ast.Attribute(f.value, name, ast.Load()) if isinstance(f, ast.Attribute) else ast.Name(name, ast.Load())
    return ast.Call(func, node.args, node.keywords)
