"""What derivatives are made of: forms of one variable, products of two, the textbook, and what was computed and never used."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

import numpy as np

from ..program.program import Program
from .edit_locations import Site
from .fragments import floats_of, unused_names
from .values import evaluate

if TYPE_CHECKING:
    from .ingredients import Library

__all__ = ["add_combinations", "add_forms", "add_products", "add_textbook"]

_FORMS = [
    ("1 - {v}", 0.35),
    ("1 - {v} ** 2", 0.35),
    ("{v} * (1 - {v})", 0.4),
    ("({v} > 0)", 0.35),
    ("({v} > 0)[:, None]", 0.6),
    ("{v} ** 2", 0.7),
    ("np.sign({v})", 0.8),
    ("np.exp({v})", 0.8),
    ("2 * {v}", 0.8),
]


_SIGMOID = "(1 / (1 + np.exp(-{z})))"
_DERIVATIVES = [
    "1 - np.tanh({z}) ** 2",
    "1 / np.cosh({z}) ** 2",
    _SIGMOID,
    _SIGMOID + " * (1 - " + _SIGMOID + ")",
    _SIGMOID + " * (1 + {z} * (1 - " + _SIGMOID + "))",
    "({z} > 0).astype(float)",
    "np.exp({z})",
    "np.cos({z})",
    "-np.sin({z})",
    "1 / {z}",
    "2 * {z}",
    "1 / (1 + {z} ** 2)",
    "1 / (1 + np.abs({z})) ** 2",
    "-2 * {z} * np.exp(-({z} ** 2))",
    "-{z} * np.exp(-({z} ** 2) / 2)",
]


def add_forms(library: Library, own: str) -> None:
    """1 - v², v > 0, a helper of the file applied to v, lam * v: cheap where `own`, the statement, speaks of v."""
    local = library.scopes[-1] if library.scopes else {}
    has_numpy = local.get("np") is np
    for atom in [a for a in library.atoms if a.is_array and a.value.dtype.kind == "f" and a.cost <= 0.3][:30]:
        for function in library.functions[:12]:
            library.add(f"{function}({atom.text})", 0.6)
        near = 0.0 if re.search(rf"(?<!\w){re.escape(atom.text)}(?!\w)", own) else 0.45
        if near and re.match(r"inputs?\[|d[A-Za-z_]|grad|delta|nabla|g_", atom.text):
            continue  # nobody writes 1 - dh², or 1 - W
        for form, cost in _FORMS:
            if has_numpy or "np." not in form:
                library.add(form.format(v=atom.text), cost + near + atom.cost)
    for atom in [a for a in library.atoms if a.is_number and a.cost <= 1.0][:12]:
        library.add(f"(1 - {atom.text})", 1.0 + atom.cost)
        if has_numpy and float(atom.value) > 0:
            library.add(f"np.sqrt({atom.text})", 1.0 + atom.cost)
    scalars = [a for a in library.atoms if a.is_number and a.text.isidentifier() and isinstance(a.value, (float, np.floating))][
        :5
    ]
    plain = [a for a in library.atoms if a.is_array and a.value.dtype.kind == "f" and a.cost <= 0.25][:30]
    for scalar in scalars:  # the penalty of a layer: lam * W
        for atom in plain:
            library.add(f"{scalar.text} * {atom.text}", 0.8)
            library.add(f"2 * {scalar.text} * {atom.text}", 0.85)
            if has_numpy:
                library.add(f"{scalar.text} * np.sign({atom.text})", 0.9)
    for number in ("2", "0.5", "3", "4"):
        library.add(number, 0.2 if number in ("2", "0.5") else 0.8)


def add_combinations(library: Library, site: Site, program: Program) -> None:
    """Variables that are computed and never used, times another; elementwise pairs; constants of the file times a parameter."""
    shape = None
    values = evaluate(site.expression, library.scopes)
    if values is not None and isinstance(values[-1], np.ndarray):
        shape = values[-1].shape
    plain = [a for a in library.atoms if a.is_array and a.value.dtype.kind == "f" and a.cost <= 0.2]
    unused = unused_names(site.editable.node)
    forgotten = sorted(unused & library.local_names)
    for name in forgotten:
        library.add(name, 0.0)
        for other in forgotten:
            if other != name:
                library.add(f"{name} / {other}", 0.2, sibling=True)
                library.add(f"{name} * {other}", 0.2, sibling=True)
        for other in plain:
            if other.text != name and other.shape and shape and len(other.shape) <= len(shape):
                library.add(f"{other.text} * {name}", 0.3)
                library.add(f"{name} * {other.text}", 0.35)
    if shape:
        same = [a for a in plain if a.shape == shape and not a.text.startswith("inputs")][:14]
        for i, a in enumerate(same):
            for b in same[i + 1 :]:
                library.add(f"{a.text} * {b.text}", 1.0)
        own = [a for a in plain if a.shape == shape and re.match(r"\w+\[|\w+$", a.text)]
        for value in floats_of(program)[:8]:
            for a in own[:12]:
                library.add(f"{value} * {a.text}", 1.0)
    scalars = [a for a in library.atoms if a.is_number and a.text.isidentifier()]
    for a in [a for a in scalars if isinstance(a.value, (float, np.floating))][:5]:
        for b in [b for b in scalars if isinstance(b.value, (int, np.integer))][:6]:
            library.add(f"{a.text} / {b.text}", 0.6)


def add_textbook(library: Library, site: Site) -> None:
    """In a helper of one array: the derivatives that every textbook lists, in its argument."""
    arguments = site.editable.node.args.args
    if not isinstance(site.statement, ast.Return) or len(arguments) - len(site.editable.node.args.defaults) != 1:
        return
    for form in _DERIVATIVES:
        library.add(form.format(z=arguments[0].arg), 0.6, sibling=True)


def add_products(library: Library, site: Site) -> None:
    """Products of two matrices of the shape of what is assigned: the term of a second path."""
    local = library.scopes[-1] if library.scopes else {}
    target = site.statement.targets[0] if isinstance(site.statement, ast.Assign) else getattr(site.statement, "target", None)
    shapes = set()
    for node in (target, site.expression):
        if isinstance(node, ast.expr):
            try:
                value = eval(ast.unparse(node), dict(local))
            except Exception:
                continue
            shapes.add(np.shape(value) if isinstance(value, np.ndarray) else None)
    plain = [a for a in library.atoms if a.is_array and a.value.dtype.kind == "f" and a.cost <= 0.2]
    matrices = [a for a in plain if len(a.shape) == 2][:20]
    for a in matrices:
        for b in matrices:
            if a.shape[0] == b.shape[0] and (a.shape[1], b.shape[1]) in shapes:
                library.add(f"{a.text}.T @ {b.text}", 1.0 + a.cost + b.cost)
    for a in [a for a in plain if len(a.shape) >= 2][:24]:
        for b in matrices:
            if a.shape[-1] == b.shape[1] and (*a.shape[:-1], b.shape[0]) in shapes:
                library.add(f"{a.text} @ {b.text}.T", 1.0 + a.cost + b.cost)
            if a.shape[-1] == b.shape[0] and (*a.shape[:-1], b.shape[1]) in shapes:
                library.add(f"{a.text} @ {b.text}", 1.0 + a.cost + b.cost)
    for p in plain[:30]:  # through a softmax: p (g - Σ p g)
        if len(p.shape) >= 1 and (p.value >= 0).all() and np.allclose(p.value.sum(axis=-1), 1, rtol=1e-9):
            for g in plain[:30]:
                if g.shape == p.shape and g is not p:
                    library.add(f"{p.text} * ({g.text} - ({p.text} * {g.text}).sum(axis=-1, keepdims=True))", 0.8, sibling=True)
