"""Functions of a sheet applied to arguments: whole, entry by entry, or by their derivative."""

from __future__ import annotations

from typing import Any

from .definitions import Function
from .differentiate import derivative_of_name, jacobian_of
from .elaborate import Elaborator, Scalar
from .names import ARGUMENT
from .problems import Mismatch, SheetError, Unreadable
from .shapes import ONE, Shape, describe, is_scalar
from .tree import Node, walk

__all__ = ["apply_function", "prime_of"]


def apply_function(model: Any, node: Node, typer: Elaborator) -> tuple[Shape, Node]:
    """Shape and definite tree of a function of the sheet applied to its arguments; `model` is the `Model` of the names."""
    name, order = node.value
    function = model.functions[name]
    if name[:2] in ("J_", "H_") and name[2:] in model.definitions:
        target = (
            node.args[0]
            if node.args[0].value != ARGUMENT
            else model.only_variable(node, model.name(Node("name", (), name[2:]), typer)[1], typer)
        )
        return derivative_of_name(name[2:], target, name[0], node, typer)
    if name[:2] in ("J_", "H_") and name[2:] in model.functions:
        return jacobian_of(name[2:], node.args[0], "jacobian" if name[0] == "J" else "hessian", node, typer)
    if function.body is not None and [a.value for a in node.args] == [ARGUMENT]:
        node = Node("apply", tuple(Node("name", (), p) for p in function.parameters), node.value, node.span)
    typed = [typer.type(a) for a in node.args]
    if function.body is not None:
        return _defined(model, function, order, typed, node, typer)
    trees = tuple(t for _, t in typed)
    if len(typed) > 1:
        if order:
            raise Unreadable("f' needs a function of one argument.", node.span)
        return Scalar, Node("generic", trees, name, node.span)
    shape = typed[0][0]
    if function.maps is not None:
        return _mapped(model, function, shape, trees, order, node)
    if name in model.functionals and not is_scalar(shape):
        if order:
            raise Unreadable(f"{name}' of a column has two readings. Write \\nabla {name}.", node.span)
        return Scalar, Node("generic", trees, name, node.span)
    return shape, Node("call", trees, (f"·{name}", order), node.span)


def _mapped(model: Any, function: Function, shape: Shape, trees: tuple[Node, ...], order: int, node: Node) -> tuple[Shape, Node]:
    assert function.maps is not None
    before, after = function.maps
    wanted = (model.dim(before[0]) if before else ONE, ONE)
    if not model.trail.unify_shapes(shape, wanted):
        raise Mismatch(f"{function.name} takes {describe(wanted)}, and this is {describe(shape)}.", node.span)
    if order:
        raise Unreadable(f"{function.name}' of a column has two readings. Write J_{function.name}.", node.span)
    if not after:
        return Scalar, Node("generic", trees, function.name, node.span)
    dim = model.dim(after[0])
    return (dim, ONE), Node("generic column", trees, (function.name, dim), node.span)


def _defined(
    model: Any, function: Function, order: int, typed: list[tuple[Shape, Node]], node: Node, typer: Elaborator
) -> tuple[Shape, Node]:
    """A function of the sheet: whole on its argument, or entry by entry where it takes a number."""
    if len(typed) != len(function.parameters):
        raise Unreadable(f"{function.name} takes {len(function.parameters)} argument(s), got {len(typed)}.", node.span)
    shapes = [s for s, _ in typed]
    trees = tuple(t for _, t in typed)
    wanted = [model.declared_shape(p) for p in function.parameters]
    if len(typed) == 1 and not is_scalar(shapes[0]) and (wanted[0] is None or is_scalar(wanted[0])):
        try:
            inner, body = _inside(model, function, [Scalar], typer)
            if is_scalar(inner):
                return shapes[0], Node("map", (*trees, body), (function.parameters, order), node.span)
        except SheetError:
            pass
    for have, want in zip(shapes, wanted, strict=True):
        if want is not None and not model.trail.unify_shapes(have, want):
            raise Mismatch(f"{function.name} takes {describe(want)}, and this is {describe(have)}.", node.span)
    shape, body = _inside(model, function, shapes, typer)
    if order and not (len(typed) == 1 and is_scalar(shapes[0])):
        raise Unreadable(f"{function.name}' needs a function of one number.", node.span)
    if order:
        return shape, Node("map", (*trees, body), (function.parameters, order), node.span)
    return shape, Node("call sheet", (*trees, body), function.parameters, node.span)


def _inside(model: Any, function: Function, shapes: list[Shape], typer: Elaborator) -> tuple[Shape, Node]:
    inner = model.elaborator()
    inner.depth = typer.depth
    inner.bindings = dict(zip(function.parameters, shapes, strict=True))
    if function.name in model._open:
        raise Unreadable(f"{function.name} is defined by itself.", function.body.span if function.body else None)
    model._open.add(function.name)
    mark = model.trail.mark()
    try:
        assert function.body is not None
        return inner.type(function.body)
    except SheetError:
        model.trail.undo(mark)
        raise
    finally:
        model._open.discard(function.name)


def prime_of(model: Any, node: Node, typer: Elaborator) -> tuple[Shape, Node] | None:
    """y' of a number defined from one variable is dy/dx; None where a prime transposes."""
    inner, order = node.args[0], 1
    while inner.op == "prime":
        inner, order = inner.args[0], order + 1
    applied = any(n.op == "apply" and n.value[0] in model.functions for n in walk(inner))
    named = inner.op == "name" and inner.value in model.definitions
    if not named and inner.op not in ("paren", "abs", "apply"):
        return None
    shape, tree = typer.type(inner)
    if not is_scalar(shape):
        return None
    free = model.depends(tree) & model.free
    if applied and ARGUMENT in free:
        target = ARGUMENT
    elif named or all(is_scalar(model.shapes[n]) for n in free):
        target = model.only_variable(node, tree, typer).value
    else:
        return None
    for _ in range(order):
        tree = Node("D", (tree, Node("name", (), target)), ("top", False), node.span)
    return Scalar, tree
