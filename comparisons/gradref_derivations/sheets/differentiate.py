"""The shape of a derivative in each layout, and the definite operation that computes it.

Numerator layout: rows are the entries of what is derived, and the derivative of a number by a column is a row. Denominator layout is its
transpose. The mixed one is backpropagation's: a cost's derivative has the shape of the variable, ∂z/∂x is a Jacobian.
"""

from __future__ import annotations

from typing import Any

from .problems import Mismatch, Unreadable
from .reading import LAYOUTS
from .shapes import ONE, Dim, Shape, describe, is_column, is_row, is_scalar
from .tree import Node

__all__ = ["HOLE", "arrange", "derivative", "derivative_of_name", "gradient", "jacobian_of"]

Typed = tuple[Shape, Node]

HOLE = "·hole"
"""The argument of a function whose derivative is taken."""


def arrange(top: Shape, bottom: Shape, layout: str, by_row: bool = False) -> tuple[Shape, str] | None:
    """Shape of ∂top/∂bottom and how its entries are laid out; None for an array of more than two dimensions.

    The ways: `bottom` (shape of the variable) or its flip, `top` or its flip, `jacobian` or its flip.
    """
    if is_scalar(bottom):
        flip = layout == "denominator" and is_column(top)
        return ((top[1], top[0]), "top flipped") if flip else (top, "top")
    if is_scalar(top):
        flip = layout == "numerator" or by_row
        return ((bottom[1], bottom[0]), "bottom flipped") if flip else (bottom, "bottom")
    if not all(is_column(s) or is_row(s) for s in (top, bottom)):
        return None
    m, n = (s[0] if is_column(s) else s[1] for s in (top, bottom))
    if layout == "denominator" and not by_row:
        return (n, m), "jacobian flipped"
    return (m, n), "jacobian"


def derivative(node: Node, typer: Any) -> Typed:
    """∂f/∂x, d/dx f, ∂²f/∂x∂y, and `dW` for ∂C/∂W."""
    top, *targets = node.args
    kind = node.value
    if len(targets) == 2:
        return _second(node, top, targets[0], targets[1], typer)
    shape, new = typer.model.numerator(top, typer)
    explicit = kind == "∂" and typer.model.reading.partial == "explicit"
    layout = "mixed" if kind == "short" else typer.model.reading.layout
    if kind != "short":
        typer.model.reading.seen |= _matters(targets[0], shape, typer)
    found = _by(node, shape, new, targets[0], layout, explicit, typer)
    if kind == "short" and found[1].args[1].value not in typer.model.depends(new):
        said = typer.source(targets[0])
        raise Unreadable(
            f"d{said} is a differential where no cost depends on {said}, and differentials are outside the language.", node.span
        )
    return typer.model.per_sample(targets[0], found) if kind == "short" else found


def _matters(target: Node, top: Shape, typer: Any) -> set[str]:
    """Whether the layout changes the shape of a derivative: not where both are numbers, nor by a row that says it is one."""
    bare, by_row = _bare(target)
    bottom = typer.type(bare)[0]
    shapes = {(*map(str, a[0]), a[1]) for k in LAYOUTS if (a := arrange(top, bottom, k, by_row)) is not None}
    return {"layout"} if len(shapes) > 1 else set()


def _second(node: Node, top: Node, first: Node, second: Node, typer: Any) -> Typed:
    shape, new = typer.model.numerator(top, typer)
    if not is_scalar(shape):
        raise Unreadable("a second derivative must be of a number.", node.span)
    shape, new = _by(node, shape, new, _bare(second)[0], "denominator", False, typer)
    return _by(node, shape, new, _bare(first)[0], "numerator", False, typer)


def _bare(target: Node) -> tuple[Node, bool]:
    """The variable without brackets and transpose, and whether it stood as a row."""
    row = False
    while target.op in ("paren", "T", "prime"):
        row ^= target.op != "paren"
        target = target.args[0]
    return target, row


def _by(node: Node, shape: Shape, new: Node, target: Node, layout: str, explicit: bool, typer: Any) -> Typed:
    target, by_row = _bare(target)
    if target.op not in ("name", "at", "column", "entry", "deriv", "prime"):
        raise Unreadable(f"a derivative is taken by a name, got {typer.source(target)}.", target.span)
    bottom, variable = typer.type(target)
    places: tuple[Node, ...] = ()
    if variable.op == "entry":
        variable, places = variable.args[0], variable.args[1:]
    if variable.op == "column":
        variable, places = variable.args[0], (*places[:1], variable.args[1]) if places else (Node("all"), variable.args[1])
    if variable.op == "T" and variable.args[0].op == "name":  # samples in rows
        flipped = _by(node, shape, new, Node("definite", (variable.args[0],), (bottom[1], bottom[0])), layout, explicit, typer)
        return (flipped[0][1], flipped[0][0]), Node("T", (flipped[1],), None, node.span)
    if variable.op not in ("name", "at", "local"):
        raise Unreadable(f"a derivative is taken by a name, got {typer.source(target)}.", target.span)
    arranged = arrange(shape, bottom, layout, by_row)
    if arranged is None:
        raise Unreadable(
            f"the derivative of {describe(shape)} by {describe(bottom)} has more than two dimensions, "
            "which is outside the language of sheets. Write entries.",
            node.span,
        )
    return arranged[0], Node("D", (new, variable, *places), (arranged[1], explicit), node.span)


def gradient(node: Node, typer: Any) -> Typed:
    """∇_x f, ∇f, ∇²f: the shape of the variable in every layout."""
    body, target = node.args
    while body.op == "paren":
        body = body.args[0]
    if (
        target.op == "none"
        and body.op == "apply"
        and body.value[0] in typer.model.functions
        and len(body.args) == 1
        and body.args[0].value != "·"
    ):
        return jacobian_of(body.value[0], body.args[0], "hessian" if node.value == 2 else "gradient", node, typer)
    shape, new = typer.model.numerator(body, typer)
    function = typer.model.functions.get(body.value[0]) if body.op == "apply" else None
    if target.op == "none" and function is not None and len(function.parameters) > 1 and is_scalar(shape) and node.value == 1:
        names = [Node("name", (), p) for p in function.parameters]
        slopes = tuple(_by(node, shape, new, n, "denominator", False, typer) for n in names)
        if all(is_scalar(s) for s, _ in slopes):
            return (Dim(len(slopes)), ONE), Node("matrix", tuple(t for _, t in slopes), (len(slopes), 1), node.span)
    if target.op == "none":
        target = typer.model.only_variable(node, new, typer)
    layout = typer.model.reading.layout if not is_scalar(shape) else "denominator"
    if not is_scalar(shape):
        typer.model.reading.seen |= _matters(target, shape, typer)
    found = _by(node, shape, new, target, layout, False, typer)
    if node.value == 2:
        return _by(node, found[0], found[1], target, "numerator", False, typer)
    return found


def jacobian_of(name: str, argument: Node, kind: str, node: Node, typer: Any) -> Typed:
    """J_f(u), ∇f(u), H_f(u): the derivative of a function at any argument."""
    bottom, value = typer.type(argument)
    saved = typer.bindings.get(HOLE)
    typer.bindings[HOLE] = bottom
    shape, body = typer.type(Node("apply", (Node("name", (), HOLE),), (name, 0), node.span))
    if saved is None:
        del typer.bindings[HOLE]
    else:
        typer.bindings[HOLE] = saved
    hole = Node("local", (), HOLE)
    if kind == "hessian":
        if not is_scalar(shape):
            raise Mismatch(f"the Hessian of {name} needs a number, and {name} is {describe(shape)}.", node.span)
        inner = Node("D", (body, hole), ("bottom", False))
        n = bottom[0] if not is_row(bottom) else bottom[1]
        result, new = (n, n), Node("D", (inner, hole), ("jacobian", False))
    elif kind == "jacobian":
        rows = shape[0] if not is_row(shape) else shape[1]
        result, new = (rows, bottom[0] if not is_row(bottom) else bottom[1]), Node("D", (body, hole), ("jacobian", False))
    else:
        arranged = arrange(shape, bottom, "denominator")
        if arranged is None:
            raise Unreadable("a derivative of more than two dimensions is outside the language of sheets.", node.span)
        result, new = arranged[0], Node("D", (body, hole), (arranged[1], False))
    return result, Node("let", (value, new), HOLE, node.span)


def derivative_of_name(name: str, target: Node, kind: str, node: Node, typer: Any) -> Typed:
    """J_y and H_y of a name that is defined, by the variable it is defined from."""
    shape, new = typer.type(Node("name", (), name, node.span))
    if kind == "H":
        shape, new = _by(node, shape, new, target, "denominator", False, typer)
    return _by(node, shape, new, target, "numerator", False, typer)
