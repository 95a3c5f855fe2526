"""Edits of anything that has a value: another variable, a sign, a transpose, a factor or a term more, a function around it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..nodes import LARGEST, B, Context, Proposal, T, broadcast, function_name, parsed, parsed_call, parsed_method, unlike

__all__ = ["value_edits"]


def value_edits(node: ast.expr, parent: Any, value: Any, c: Context) -> Iterator[Proposal]:
    shape = np.shape(value)
    simple = isinstance(node, (ast.Name, ast.Subscript, ast.Attribute)) and not (
        isinstance(node, ast.Attribute) and node.attr == "T"
    )
    own = ast.unparse(node)
    elementwise = isinstance(parent, (ast.BinOp, ast.Compare, ast.UnaryOp))
    whole_number = isinstance(value, (int, np.integer)) and not isinstance(value, np.ndarray)
    inside_index = (
        isinstance(parent, (ast.Subscript, ast.Slice, ast.Tuple)) and isinstance(value, np.ndarray) and value.dtype.kind in "iub"
    )
    for atom in [*c.extra, *c.library.atoms]:
        if atom.text == own or (id(node) in c.counts and not shape and not (atom.is_number and atom.value <= LARGEST)):
            continue
        if atom.is_array and shape and atom.shape == shape:
            cost = 0.9 + unlike(own, atom.text) if simple else 1.6
            if atom.sibling and not simple and isinstance(parent, ast.stmt):
                cost = 1.3 - atom.cost  # the line of a sibling
            if inside_index and atom.value.dtype.kind not in "iub":
                continue
            yield cost + atom.cost, atom.node, "name"
        elif atom.is_number and not shape:
            if whole_number and not elementwise and not (isinstance(atom.value, (int, np.integer)) and atom.value <= LARGEST):
                continue
            yield (1.0 if simple else 1.6) + atom.cost, atom.node, "name"
        elif atom.is_array and shape and elementwise and broadcast(atom.shape, shape) is not None:
            yield (1.5 if simple else 1.9) + atom.cost, atom.node, "name"
        elif (
            atom.is_array and shape and isinstance(parent, (ast.BinOp, ast.Call, ast.Attribute)) and len(atom.shape) == len(shape)
        ):
            yield (1.4 if simple else 2.0) + atom.cost, atom.node, "name"
        elif (elementwise and atom.is_array and not shape) or (elementwise and shape and atom.is_number):
            yield 1.9 + atom.cost, atom.node, "name"
    if isinstance(parent, (ast.Subscript, ast.Slice)) or isinstance(node, ast.Tuple):
        return
    if whole_number and (isinstance(parent, ast.Call) or id(node) in c.counts):
        return  # a count: it is another count, if anything
    if inside_index or (
        isinstance(parent, ast.Call) and function_name(parent) in ("range", "len", "arange", "reshape", "zeros", "ones")
    ):
        return
    floating = not isinstance(value, np.ndarray) or value.dtype.kind == "f"
    yield 1.0, ast.UnaryOp(ast.USub(), node), "sign"
    if len(shape) >= 2:
        yield 1.0, T(node), "transpose"
        if len(shape) >= 3:
            yield 1.3, parsed_method(node, "swapaxes", -1, -2), "transpose"
        yield 1.6, ast.Subscript(node, parsed("x[::-1]").slice, ast.Load()), "order"  # type: ignore[attr-defined]
        yield 1.6, ast.Subscript(node, parsed("x[:, ::-1]").slice, ast.Load()), "order"  # type: ignore[attr-defined]
        if len(shape) == 4:
            yield 1.6, ast.Subscript(node, parsed("x[:, :, ::-1, ::-1]").slice, ast.Load()), "order"  # type: ignore[attr-defined]
    if len(shape) >= 2 and floating:
        own_text = f"({own})" if isinstance(node, (ast.BinOp, ast.UnaryOp)) else own
        for axis in (-1, 0):
            yield 2.0, B(node, ast.Div(), parsed(f"{own_text}.sum(axis={axis}, keepdims=True)")), "normalised"
            yield 2.1, B(node, ast.Sub(), parsed(f"{own_text}.mean(axis={axis}, keepdims=True)")), "centred"
        for atom in c.library.arrays():
            if (
                atom.cost <= 0.3
                and atom.shape == shape
                and atom.value.dtype.kind == "f"
                and isinstance(node, (ast.Name, ast.Subscript))
            ):
                yield 2.1 + atom.cost, parsed(f"{own} - ({own} * {atom.text}).sum(axis=-1, keepdims=True)"), "projected"
    for axis in range(len(shape)):
        for function in ("sum", "mean"):
            for keep in (False, True):
                text = f"x.{function}(axis={axis}{', keepdims=True' if keep else ''})"
                call = parsed(text)
                call.func.value = node  # type: ignore[attr-defined]
                yield 1.4 + 0.2 * keep, call, "reduced"
    if shape:
        yield 1.5, parsed_method(node, "sum"), "reduced"
        if len(shape) == 4:
            call = parsed("x.sum(axis=(0, 2, 3))")
            call.func.value = node  # type: ignore[attr-defined]
            yield 1.4, call, "reduced"
        yield 1.7, parsed_method(node, "copy"), "copied"
        yield 1.6, ast.Subscript(node, parsed("x[:, None]").slice, ast.Load()), "axis"  # type: ignore[attr-defined]
        if 1 in shape:
            yield 1.3, parsed_method(node, "ravel"), "shape"
        if len(shape) == 1:
            yield 1.5, parsed("x[None, :]") if False else ast.Subscript(node, parsed("x[None, :]").slice, ast.Load()), "axis"  # type: ignore[attr-defined]
    for atom in c.library.numbers():
        if floating and shape and atom.text.isidentifier() and isinstance(atom.value, (float, np.floating)):
            yield 1.9, parsed(f"np.clip({own}, -{atom.text}, {atom.text})"), "wrapped"
    for call in c.library.calls:
        yield 1.7, ast.Call(call.func, [node, *call.args[1:]], call.keywords), "wrapped"
    for function in c.library.functions:
        yield 1.5, ast.Call(ast.Name(function, ast.Load()), [node], []), "wrapped"
    yield 1.5, B(node, ast.Pow(), ast.Constant(2)), "power"
    yield 1.7, B(ast.Constant(1), ast.Sub(), node), "one minus"
    yield 1.8, B(ast.Constant(1), ast.Div(), node), "inverse"
    for name in ("abs", "sqrt", "exp", "sign", "log"):
        yield 1.9, parsed_call(f"np.{name}", node), "wrapped"
    for atom in [*c.extra, *c.library.atoms]:
        if atom.is_number:
            yield 1.3 + atom.cost, B(node, ast.Mult(), atom.node), "factor"
            yield 1.3 + atom.cost, B(node, ast.Div(), atom.node), "factor"
            if elementwise or not shape:
                yield 1.8 + atom.cost, B(node, ast.Add(), atom.node), "term"
                yield 1.8 + atom.cost, B(node, ast.Sub(), atom.node), "term"
        elif atom.is_array and floating:
            joint = broadcast(atom.shape, shape)
            if joint is None:
                if len(shape) == 2 and len(atom.shape) == 2 and shape[1] == atom.shape[0]:
                    yield 2.2 + atom.cost, B(node, ast.MatMult(), atom.node), "factor"
                continue
            if joint == shape or elementwise:
                extra = 0.0 if atom.shape == shape else 0.2
                yield 1.4 + extra + atom.cost, B(node, ast.Mult(), atom.node), "factor"
                yield 1.9 + extra + atom.cost, B(node, ast.Div(), atom.node), "factor"
                yield 1.6 + extra + atom.cost, B(node, ast.Add(), atom.node), "term"
                yield 1.6 + extra + atom.cost, B(node, ast.Sub(), atom.node), "term"
