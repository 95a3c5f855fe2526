"""What derivatives are made of: forms of one variable, products of two, the textbook, and what was computed and never used."""

from __future__ import annotations

import ast
import re
from typing import Any

import numpy as np

from ..program.program import Program
from .edit_locations import Site
from .fragments import floats_of, unused_names
from .ingredients import Ingredients
from .nodes import function_name
from .operators import costs
from .values import Atom, evaluate

__all__ = ["add_clips", "add_combinations", "add_forms", "add_gates", "add_penalties", "add_products", "add_textbook"]

FORMS = (
    ("1 - {v}", costs.ONE_MINUS_FORM),
    ("1 - {v} ** 2", costs.ONE_MINUS_FORM),
    ("{v} * (1 - {v})", costs.SIGMOID_FORM),
    ("({v} > 0)", costs.ONE_MINUS_FORM),
    ("({v} > 0)[:, None]", costs.MASK_OF_ROWS),
    ("np.outer({v}, {v})", costs.MASK_OF_ROWS),
    ("{v} ** 2", costs.SQUARE_FORM),
    ("np.sign({v})", costs.FUNCTION_FORM),
    ("np.exp({v})", costs.FUNCTION_FORM),
    ("2 * {v}", costs.FUNCTION_FORM),
)
SIGMOID = "(1 / (1 + np.exp(-{z})))"
TEXTBOOK = (
    "1 - np.tanh({z}) ** 2",
    "1 / np.cosh({z}) ** 2",
    SIGMOID,
    SIGMOID + " * (1 - " + SIGMOID + ")",
    SIGMOID + " * (1 + {z} * (1 - " + SIGMOID + "))",
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
)
NOT_OF_A_DERIVATIVE = re.compile(r"inputs?\[|d[A-Za-z_]|grad|delta|nabla|g_")  # nobody writes 1 - dh², or 1 - W


def add_forms(found: Ingredients, own: str) -> None:
    """1 - v², v > 0, a helper of the file applied to v: cheap where `own`, the statement, speaks of v."""
    has_numpy = found.local.get("np") is np
    for atom in found.plain(costs.NEAR)[:30]:
        for function in found.functions[:12]:
            found.add(f"{function}({atom.text})", costs.HELPER_FORM)
        near = 0.0 if re.search(rf"(?<!\w){re.escape(atom.text)}(?!\w)", own) else costs.NOT_IN_THE_LINE
        if not near or not NOT_OF_A_DERIVATIVE.match(atom.text):
            for form, cost in FORMS:
                if has_numpy or "np." not in form:
                    found.add(form.format(v=atom.text), cost + near + atom.cost)
    for atom in [a for a in found.numbers() if a.cost <= costs.CHEAP_NUMBER][:12]:
        found.add(f"(1 - {atom.text})", costs.NUMBER_FORM + atom.cost)
        if has_numpy and float(atom.value) > 0:
            found.add(f"np.sqrt({atom.text})", costs.NUMBER_FORM + atom.cost)


def add_clips(found: Ingredients, calls: list[ast.Call]) -> None:
    """(p > low) & (p < high), where the file clips between low and high: what a clip does to a gradient."""
    clips = {tuple(ast.unparse(a) for a in c.args[1:]) for c in calls if function_name(c) == "clip" and len(c.args) == 3}
    for low, high in sorted(clips):
        for atom in found.plain(costs.NEAR)[:20]:
            found.add(f"(({atom.text} > {low}) & ({atom.text} < {high}))", costs.CLIP_FORM + atom.cost)


def add_penalties(found: Ingredients) -> None:
    """lam * W, 2 * lam * W, lam * sign(W): the penalty of a layer; then the plain numbers."""
    has_numpy = found.local.get("np") is np
    scalars = [a for a in found.numbers() if a.text.isidentifier() and isinstance(a.value, (float, np.floating))]
    plain = found.plain(costs.PLAIN)[:30]
    for scalar in scalars[:5]:
        for atom in plain:
            found.add(f"{scalar.text} * {atom.text}", costs.PENALTY)
            found.add(f"2 * {scalar.text} * {atom.text}", costs.PENALTY_TWICE)
            if has_numpy:
                found.add(f"{scalar.text} * np.sign({atom.text})", costs.PENALTY_OF_SIGNS)
    for number in ("2", "0.5", "3", "4"):
        found.add(number, costs.USUAL_NUMBER if number in ("2", "0.5") else costs.RARE_NUMBER)


def add_combinations(found: Ingredients, site: Site, program: Program) -> None:
    """Variables that are computed and never used, times another; elementwise pairs; constants of the file times a parameter."""
    values = evaluate(site.expression, found.scopes)
    shape = values[-1].shape if values and isinstance(values[-1], np.ndarray) else None
    _add_forgotten(found, sorted(unused_names(site.editable.node) & found.local_names), shape)
    if shape:
        _add_pairs(found, shape, floats_of(program)[:8])
    scalars = [a for a in found.numbers() if a.text.isidentifier()]
    for a in [a for a in scalars if isinstance(a.value, (float, np.floating))][:5]:
        for b in [b for b in scalars if b.is_whole][:6]:
            found.add(f"{a.text} / {b.text}", costs.NUMBER_OF_NUMBERS)


def _add_forgotten(found: Ingredients, forgotten: list[str], shape: tuple[int, ...] | None) -> None:
    """What is left when the term that used it was forgotten."""
    plain = found.plain(costs.PLAIN_AND_NEAR)
    for name in forgotten:
        found.add(name, costs.FORGOTTEN)
        for other in forgotten:
            if other != name:
                found.add(f"{name} / {other}", costs.TWO_FORGOTTEN, sibling=True)
                found.add(f"{name} * {other}", costs.TWO_FORGOTTEN, sibling=True)
        for other in plain:
            if other.text != name and other.shape and shape and len(other.shape) <= len(shape):
                found.add(f"{other.text} * {name}", costs.FORGOTTEN_FACTOR)
                found.add(f"{name} * {other.text}", costs.FORGOTTEN_FACTOR_BEHIND)
            if other.text != name and len(other.shape) == 2:
                for product in (
                    f"{other.text} @ {name}",
                    f"{other.text}.T @ {name}",
                    f"{name} @ {other.text}",
                    f"{name} @ {other.text}.T",
                ):
                    found.add(product, costs.FORGOTTEN_PRODUCT)
        for number in [a for a in found.numbers() if a.text.isidentifier()][:8]:
            found.add(f"{number.text} * {name}", costs.FORGOTTEN_FACTOR)
        _add_spread(found, name, shape)


def _add_spread(found: Ingredients, name: str, shape: tuple[int, ...] | None) -> None:
    """A pooled gradient spread over what was pooled: one number for each image and channel, divided by how many there are."""
    value: Any = found.local.get(name)
    if shape is None or len(shape) != 4 or np.shape(value) != shape[:2]:
        return
    spread = f"{name}[:, :, None, None]"
    found.add(spread, costs.FORGOTTEN_FACTOR)
    sizes = [a for a in found.numbers() if a.is_whole and a.text.isidentifier()]
    for a in sizes:
        for b in sizes:
            if a.value * b.value == shape[2] * shape[3]:
                found.add(f"{spread} / ({a.text} * {b.text})", costs.FORGOTTEN_PRODUCT + costs.TWICE * (a is b))


def add_gates(found: Ingredients) -> None:
    """s + z s (1 - s), where s is the sigmoid of z: what silu does to a gradient."""
    plain = found.plain(costs.NEAR)[:30]
    for s in [a for a in plain if bool(((a.value > 0) & (a.value < 1)).all())]:
        for z in plain:
            if z.shape == s.shape and np.allclose(s.value, 1 / (1 + np.exp(-z.value)), rtol=1e-9):
                found.add(f"({s.text} + {z.text} * {s.text} * (1 - {s.text}))", costs.GATE, sibling=True)


def _add_pairs(found: Ingredients, shape: tuple[int, ...], numbers: list[float]) -> None:
    """Products of two arrays of the shape in question, and of one with a number of the file."""
    plain = [a for a in found.plain(costs.PLAIN_AND_NEAR) if a.shape == shape]
    same = [a for a in plain if not a.text.startswith("inputs")][:14]
    for i, a in enumerate(same):
        for b in same[i + 1 :]:
            found.add(f"{a.text} * {b.text}", costs.PAIR)
    own = [a for a in plain if re.match(r"\w+\[|\w+$", a.text)]
    for value in numbers:
        for a in own[:12]:
            found.add(f"{value} * {a.text}", costs.PAIR)


def add_textbook(found: Ingredients, site: Site) -> None:
    """In a helper of one array: the derivatives that every textbook lists, in its argument."""
    arguments = site.editable.node.args.args
    if isinstance(site.statement, ast.Return) and len(arguments) - len(site.editable.node.args.defaults) == 1:
        for form in TEXTBOOK:
            found.add(form.format(z=arguments[0].arg), costs.TEXTBOOK, sibling=True)


def add_products(found: Ingredients, site: Site) -> None:
    """Products of two arrays of the shape of what is assigned: the term of a second path; and what a softmax does to a gradient."""
    shapes = _shapes_at(found, site)
    plain = found.plain(costs.PLAIN_AND_NEAR)
    matrices = [a for a in plain if len(a.shape) == 2][:20]
    vectors = [a for a in plain if len(a.shape) == 1][:12]
    for a in matrices:
        for b in [*matrices, *vectors]:
            if a.shape[0] == b.shape[0] and (a.shape[1], *b.shape[1:]) in shapes:
                found.add(f"{a.text}.T @ {b.text}", costs.PAIR + a.cost + b.cost)
        for b in vectors:
            if a.shape[1] == b.shape[0] and (a.shape[0],) in shapes:
                found.add(f"{a.text} @ {b.text}", costs.PAIR + a.cost + b.cost)
    for a in [a for a in plain if len(a.shape) >= 2][:24]:
        for b in matrices:
            if a.shape[-1] == b.shape[1] and (*a.shape[:-1], b.shape[0]) in shapes:
                found.add(f"{a.text} @ {b.text}.T", costs.PAIR + a.cost + b.cost)
            if a.shape[-1] == b.shape[0] and (*a.shape[:-1], b.shape[1]) in shapes:
                found.add(f"{a.text} @ {b.text}", costs.PAIR + a.cost + b.cost)
    _add_softmaxes(found, found.plain(costs.OF_A_SOFTMAX)[:60])


def _add_softmaxes(found: Ingredients, plain: list[Atom]) -> None:
    """p (g - Σ p g), through a softmax p; g - p Σ g, through the logarithm of one."""
    for p in plain:
        if (p.value >= 0).all() and np.allclose(p.value.sum(axis=-1), 1, rtol=1e-9):
            for g in plain:
                if g.shape == p.shape and g is not p:
                    text = f"{p.text} * ({g.text} - ({p.text} * {g.text}).sum(axis=-1, keepdims=True))"
                    found.add(text, costs.THROUGH_SOFTMAX, sibling=True)
                    logarithmic = f"{g.text} - {p.text} * {g.text}.sum(axis=-1, keepdims=True)"
                    found.add(logarithmic, costs.THROUGH_LOG_SOFTMAX, sibling=True)


def _shapes_at(found: Ingredients, site: Site) -> set[tuple[int, ...] | None]:
    """The shapes of what a statement assigns to and of its expression."""
    target: Any = site.statement.targets[0] if isinstance(site.statement, ast.Assign) else getattr(site.statement, "target", None)
    shapes: set[tuple[int, ...] | None] = set()
    for node in (target, site.expression):
        if isinstance(node, ast.expr):
            try:
                value = eval(ast.unparse(node), dict(found.local))
            except Exception:
                continue
            shapes.add(np.shape(value) if isinstance(value, np.ndarray) else None)
    return shapes
