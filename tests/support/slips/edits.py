"""Single slips in a formula: what somebody in a hurry writes instead."""

import ast
import copy
from collections.abc import Iterator

from .terms import FUNCTIONS

# What the specification lists as a repair; the rest is refused only.
REPAIRED = (
    "transpose added", "transpose dropped", "order", "layer", "slope at the activation", "entrywise for product", "product for entrywise",
    "factor added", "factor dropped", "index", "sum added", "sum dropped", "sign",
)  # fmt: skip
FACTORS = ("2", "1/2", "-1", "m", "1/m")


def _tree(text):
    return ast.parse(text, mode="eval").body


def _is_factor(node):
    """Whether this is one of the factors that the specification names: σ', 1/m, 2, 1/2."""
    text = ast.unparse(node)
    return text in ("2", "1 / 2", "1 / m") or text.startswith("sp(")


def _at_node(node, layered) -> Iterator[tuple[str, ast.expr]]:
    """(kind, what stands there instead) for the edits of this node itself."""
    for edits in (_of_attribute, _of_binary, _of_unary, _of_call, _of_name):
        yield from edits(node, layered)


def _of_attribute(node, layered):
    if isinstance(node, ast.Attribute):
        yield "transpose dropped", node.value


def _of_binary(node, layered):
    if not isinstance(node, ast.BinOp):
        return
    swapped = ast.BinOp(node.right, node.op, node.left)
    match node.op:
        case ast.MatMult():
            yield "order", swapped
            yield "entrywise for product", ast.BinOp(node.left, ast.Mod(), node.right)
        case ast.Mod():
            yield "product for entrywise", ast.BinOp(node.left, ast.FloorDiv(), node.right)
            yield ("factor dropped" if _is_factor(node.right) else "term lost"), node.left
            yield ("factor dropped" if _is_factor(node.left) else "term lost"), node.right
        case ast.Add():
            yield "sign", ast.BinOp(node.left, ast.Sub(), node.right)
            yield "term lost", node.left
            yield "term lost", node.right
        case ast.Sub():
            yield "sign", ast.BinOp(node.left, ast.Add(), node.right)
            yield "sign", ast.UnaryOp(ast.USub(), node)
        case ast.Mult():
            yield ("factor dropped" if _is_factor(node.left) else "term lost"), node.right
            yield ("factor dropped" if _is_factor(node.right) else "term lost"), node.left
        case ast.Div():
            if ast.unparse(node.left) != "1":
                yield "term lost", node.left


def _of_unary(node, layered):
    if isinstance(node, ast.UnaryOp):
        yield "sign", node.operand


def _of_call(node, layered):
    if not isinstance(node, ast.Call):
        return
    name, arguments = node.func.id, node.args
    if name == "sp" and isinstance(arguments[0], ast.Call):
        yield "function", ast.Call(ast.Name("sig"), arguments, [])
        if arguments[0].func.id == "z":
            yield "slope at the activation", ast.Call(node.func, [ast.Call(ast.Name("a"), arguments[0].args, [])], [])
        if arguments[0].func.id == "Z":
            yield "slope at the activation", ast.Call(node.func, [ast.Call(ast.Name("A"), arguments[0].args, [])], [])
    if name == "sp" and isinstance(arguments[0], ast.Name) and arguments[0].id == "z":
        yield "slope at the activation", _tree("sp(a)")
    for this, other in (("exp", "log"), ("sin", "cos"), ("cos", "sin"), ("log", "exp")):
        if name == this:
            yield "function", ast.Call(ast.Name(other), arguments, [])
    if name == "S":
        yield "sum dropped", arguments[1]
    if name == "inv":
        yield "term lost", arguments[0]
    if name in layered:
        for step in (1, -1):
            layer = _shifted(arguments[0], step)
            yield "layer", ast.Call(node.func, [layer, *arguments[1:]], [])
        if len(arguments) == 1 and name in ("W", "delta", "a", "Delta", "A"):
            yield "transpose added", ast.Attribute(node, "T")


def _of_name(node, layered):
    if isinstance(node, ast.Name) and node.id not in ("ones", "m", "n", "gamma", "beta", "eps", "lam", "z0", "s"):
        yield "transpose added", ast.Attribute(node, "T")


def _shifted(layer, step):
    text = ast.unparse(layer)
    if text.isdigit():
        return ast.Constant(int(text) + step)
    base, offset = text[0], int(text[1:].replace(" ", "") or 0) + step
    return _tree(f"{base}{offset:+d}" if offset else base)


def _with_indices_changed(tree, indices):
    """Every single index replaced by another one, and the two of an entry exchanged."""
    for number, node in enumerate(ast.walk(tree)):
        if not (isinstance(node, ast.Call) and node.func.id not in ("S", "D")):
            continue
        places = [k for k, a in enumerate(node.args) if isinstance(a, ast.Name) and a.id in indices]
        changes = [{k: other} for k in places for other in indices if other != node.args[k].id]
        if len(places) == 2 and node.func.id != "kron":
            changes.append({places[0]: node.args[places[1]].id, places[1]: node.args[places[0]].id})
        for change in changes:
            edited = copy.deepcopy(tree)
            call = list(ast.walk(edited))[number]
            for k, other in change.items():
                call.args[k] = ast.Name(other)
            yield "index", edited


def _not_terms(tree):
    """The nodes that are names of functions, layers or indices, by identity."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            found.add(id(node.func))
            if node.func.id == "S":
                found.add(id(node.args[0]))
            elif node.func.id not in FUNCTIONS:
                found |= {id(inner) for argument in node.args for inner in ast.walk(argument)}
    return found


def _put(tree, number, new):
    edited = copy.deepcopy(tree)
    nodes = list(ast.walk(edited))
    if number == 0:
        return new
    target = nodes[number]
    for parent in nodes:
        for name, value in ast.iter_fields(parent):
            if value is target:
                setattr(parent, name, new)
            elif isinstance(value, list) and any(v is target for v in value):
                value[next(i for i, v in enumerate(value) if v is target)] = new
    return edited


def slips(formula, layered=(), indices=(), bound=(), sizes=(), slope=None) -> Iterator[tuple[str, ast.expr]]:
    """Every single slip of a formula: (kind, edited tree).

    layered : names with layers; indices : free and bound ones; bound : those that may be summed over additionally; sizes : letters of sizes
    on the sheet; slope : a factor σ' that may be written once too often, with the entrywise product or, for entries, a product.
    """
    tree = _tree(formula)
    places = _not_terms(tree)
    for number, node in enumerate(ast.walk(tree)):
        if isinstance(node, ast.expr) and id(node) not in places:
            for kind, new in _at_node(node, layered):
                yield kind, _put(tree, number, copy.deepcopy(new))
    yield from _with_indices_changed(tree, indices)
    for factor in FACTORS:
        if factor.strip("1/") not in ("m", "n") or factor.strip("1/") in sizes:
            edited = ast.UnaryOp(ast.USub(), tree) if factor == "-1" else ast.BinOp(_tree(factor), ast.Mult(), tree)
            yield ("sign" if factor == "-1" else "factor added"), edited
    for index in bound:
        yield "sum added", ast.Call(ast.Name("S"), [ast.Name(index), tree], [])
    if slope:
        operator = ast.Mult() if indices else ast.Mod()
        yield "factor added", ast.BinOp(tree, operator, _tree(slope))
    if not indices:
        yield "transpose added", ast.Attribute(tree, "T")
