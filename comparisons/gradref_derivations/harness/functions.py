"""Functions of a file as a subject: one that gives cost and gradient, or a forward and a backward; parameters among the arguments."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from ..program.guard import Failed
from ..program.program import Program
from .arguments import BATCH, SIZES, Argument, signature_of
from .gathering import returned_names
from .layouts import Data, Layout, layouts, targets_for
from .paths import Leaf, parameters_in
from .recipes import COST, Recipe

__all__ = ["Setting", "function_recipes"]

N, H, K = SIZES


@dataclass
class Setting:
    """One way to make the subject and its data, with the arrays that were found in it."""

    make: str  # source of the statements that leave `subject` or containers of parameters
    parameters: dict[str, list[Leaf]]
    data: dict[str, Data]
    layout: Layout


def function_recipes(
    program: Program, names: tuple[str, ...], given: dict[str, Data], rate: str | None
) -> Iterator[tuple[Setting, Recipe]]:
    """Everything to be tried on one function or on a pair of them."""
    functions = [program.namespace[n] for n in names]
    arguments = [a for f in functions for a in signature_of(f) or []]
    for make, containers in _containers(program, arguments):
        for layout in layouts(_features(program, containers)):
            for shapes in _shapes(arguments, layout):
                parameters = dict(containers)
                for name, shape in shapes.items():
                    parameters[name] = [Leaf(f"i[{name!r}]", np.ones(shape), name)]
                parameters |= _globals_read(program, names)
                for recipe, needs in _recipes(program, names, parameters, make):
                    shape = _output_shape(program, make, recipe, parameters, layout, given)
                    for data in _data(program, needs, layout, given, shape):
                        yield Setting(make, parameters, data, layout), recipe


def _features(program: Program, containers: dict[str, list[Leaf]]) -> int:
    """How many numbers a sample has, as far as parameters that the file has made say so; or the size of its vocabulary."""
    size = program.namespace.get("vocab_size")
    sizes = {n for group in containers.values() for n in group[0].value.shape} - {1}
    return size if isinstance(size, int) else N if N in sizes or not sizes else min(sizes)


def _containers(program: Program, arguments: list[Argument]) -> Iterator[tuple[str, dict[str, list[Leaf]]]]:
    """Statements that make the arguments which hold parameters (a dict of them), by the file's own initialiser."""
    wanted = list(dict.fromkeys(a.name for a in arguments if a.kind == "parameters" and a.required))
    if not wanted:
        yield "", {}
        return
    makers = [
        n
        for n, f in program.namespace.items()
        if callable(f) and re.match(r"(?i)_?(init|create|make|build)", n) and not isinstance(f, type)
    ]
    for maker in makers:
        for call in _calls(program, maker):
            make = f"_np.random.seed(0)\n{wanted[0]} = {maker}({call})"
            scope = dict(program.namespace)
            try:
                exec("import numpy as _np", scope)
                program.call(lambda make=make, scope=scope: exec(make, scope))
            except Failed:
                continue
            made = scope[wanted[0]]
            if isinstance(made, (dict, list)) and (found := parameters_in(made, wanted[0])):
                yield make, found


def _calls(program: Program, maker: str) -> Iterator[str]:
    for listed, out in ((f"[{N}, {H}, {K}]", K), (f"[{N}, {K}]", K), (f"[{N}, {H}, 1]", 1)):
        known, parts = {"in": N, "hidden": H, "out": out}, []
        for a in signature_of(program.namespace[maker], constructing=True) or []:
            if not a.required:
                continue
            same = _global_like(program, a.name)
            value = same or (listed if a.kind == "sizes" else known.get(a.kind))
            parts.append(str(value if value is not None else N))
        yield ", ".join(parts)


def _global_like(program: Program, name: str) -> str | None:
    """A constant of the file with the name of an argument: NN_ARCHITECTURE for nn_architecture."""
    for key, value in program.namespace.items():
        if key.lower() == name.lower() and key != key.lower() and isinstance(value, (list, dict, tuple, int, float)):
            return key
    return None


def _shapes(arguments: list[Argument], layout: Layout) -> Iterator[dict[str, tuple[int, ...]]]:
    """Shapes for weights and biases among the arguments, either way round."""
    weights = list(dict.fromkeys(a.name for a in arguments if a.kind == "weight" and a.required))
    biases = list(dict.fromkeys(a.name for a in arguments if a.kind in ("bias", "scale") and a.required))
    if not weights and not biases:
        yield {}
        return
    first = N if layout.name != "images" else 2 * 6 * 6
    widths = [first, *[H] * (len(weights) - 1), K] if weights else [first, first]
    for turned, column in product((False, True), _COLUMNS):
        for out in (K, 1):
            widths = [*widths[:-1], out] if weights else widths
            shapes: dict[str, tuple[int, ...]] = {}
            for l, w in enumerate(weights):
                shapes[w] = (widths[l + 1], widths[l]) if turned else (widths[l], widths[l + 1])
            for l, b in enumerate(biases):
                shapes[b] = column(widths[min(l + 1, len(widths) - 1)])
            if out == K or column(1) in ((1,), ()):
                yield shapes
    if len(weights) == 1:
        yield {weights[0]: (first,)} | {b: () for b in biases}


_COLUMNS = (lambda n: (n,), lambda n: (1, n), lambda n: (n, 1), lambda n: () if n == 1 else (n,))


def _globals_read(program: Program, names: tuple[str, ...]) -> dict[str, list[Leaf]]:
    """Arrays of the module that the functions read: parameters that are nobody's argument."""
    read = {
        inner.id
        for node in program.tree.body
        if isinstance(node, ast.FunctionDef) and node.name in names
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load)
    }
    local = {a.arg for n in program.tree.body if isinstance(n, ast.FunctionDef) and n.name in names for a in n.args.args}
    found = {}
    for name in sorted(read - local):
        value = program.namespace.get(name)
        if isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size:
            found[name] = [Leaf(f"globals()[{name!r}]", value, name)]
    return found


def _recipes(
    program: Program, names: tuple[str, ...], parameters: dict[str, list[Leaf]], make: str
) -> Iterator[tuple[Recipe, set[str]]]:
    first = names[0]
    if len(names) == 1:
        call, needs = _call(program, first, parameters, {}, make)
        if call is None:
            return
        yield (
            Recipe(f"{first} gives cost and gradient", f"cost = _scalar_of({call})", f"returned = {call}", function=first),
            needs,
        )
        for cost in _cost_functions(program, names):
            other, more = _call(program, cost, parameters, {}, make)
            if other is not None:
                yield Recipe(f"{cost} and {first}", f"cost = {other}", f"returned = {call}", function=first), needs | more
        return
    backward = names[1]
    given, needs = _call(program, first, parameters, {}, make)
    if given is None:
        return
    named = {
        word: f"given[{path[9:-1]}]" if path != "returned" else "given"
        for path, word in returned_names(program.tree, first).items()
    }
    before = f"given = {given}\noutput = _first(given)"
    call, more = _call(program, backward, parameters, named, make)
    if call is None:
        return
    gradient = f"{before}\nreturned = {call}"
    if "upstream" not in more and ("y" in needs or "y" not in more):  # what needs no target, where the gradient does, is no cost
        cost = f"cost = _scalar_of({given})"
        yield Recipe(f"{first} gives the cost and {backward} its gradient", cost, gradient, function=backward), needs | more
    for cost in _cost_functions(program, names):
        other, third = _call(program, cost, parameters, named | {"": "output"}, make)
        if (other is not None and "output" in other) or (other or "").count("given"):
            yield (
                Recipe(f"{first}, {cost} and {backward}", f"{before}\ncost = {other}", gradient, function=backward),
                needs | more | third,
            )
    if "upstream" in more:
        yield Recipe(f"{first} and {backward}, a layer alone", before, gradient, layer=True, function=backward), needs | more
    else:
        yield Recipe(f"{first} and {backward}", before, gradient, costless=True, function=backward), needs | more | {"y"}


def _cost_functions(program: Program, names: tuple[str, ...]) -> list[str]:
    defined = [n.name for n in program.tree.body if isinstance(n, ast.FunctionDef)]
    return [n for n in defined if COST.fullmatch(n) and n not in names and callable(program.namespace.get(n))]


_OUTPUT = re.compile(r"(?i)y_?(hat|pred)\w*|o|out|outputs?|al?\d?|pred\w*|probs?|p|scores?|prediction\w*|h")


def _call(
    program: Program, name: str, parameters: dict[str, list[Leaf]], named: dict[str, str], make: str
) -> tuple[str | None, set[str]]:
    """The call of a function as source, and the data it needs; None where an argument cannot be had."""
    parts, needs = [], set()
    for a in signature_of(program.namespace[name]) or []:
        text = _value(program, a, parameters, named, make)
        if text is None:
            if a.required:
                return None, set()
            continue
        if not a.required and a.kind not in ("x", "y", "upstream"):
            continue
        needs |= {kind for kind in ("x", "y", "upstream", "state") if f'i["{kind}"]' in text}
        parts.append(f"{a.name}={text}")
    return f"{name}({', '.join(parts)})", needs


_CONSTANTS = {"rate": "0.5", "decay": "0.1", "steps": "1", "batch": str(BATCH), "in": str(N), "hidden": str(H), "out": str(K)}


def _value(program: Program, a: Argument, parameters: dict[str, list[Leaf]], named: dict[str, str], make: str) -> str | None:
    if a.name in named:
        return named[a.name]
    if f"\n{a.name} = " in f"\n{make}":
        return a.name
    if a.name in parameters:
        return parameters[a.name][0].path
    if named and _OUTPUT.fullmatch(a.name):
        return "output"
    if a.kind in ("x", "y", "state"):
        return f'i["{a.kind}"]'
    if a.kind == "upstream":
        return 'i["upstream"].copy()'
    if a.kind == "cache" and named:
        return "given[1]"
    return _global_like(program, a.name) or _CONSTANTS.get(a.kind)


def _output_shape(
    program: Program, make: str, recipe: Recipe, parameters: dict[str, list[Leaf]], layout: Layout, given: dict[str, Data]
) -> tuple[int, ...] | None:
    """The shape of what the forward function gives for data of this layout; None where it takes none or is not alone."""
    if "output = " not in recipe.cost:
        return None
    scope = dict(program.namespace)
    x = given.get("x") or given.get("X") or layout.x
    sources = {"x": x.source} | {
        n: f"_np.ones({g[0].value.shape!r})" for n, g in parameters.items() if g[0].path.startswith("i[")
    }
    lines = [
        "import numpy as _np",
        "_r = _np.random.default_rng(0)",
        "_first = lambda r: r[0] if isinstance(r, tuple) else r",
        make,
        f"i = {{{', '.join(f'{k!r}: {s}' for k, s in sources.items())}}}",
        recipe.cost.split("\ncost = ")[0],
    ]
    try:
        program.call(lambda: exec("\n".join(lines), scope))
        found = np.asarray(scope["output"])
    except (Failed, ValueError):
        return None
    return found.shape if found.dtype.kind == "f" else None


def _data(
    program: Program, needs: set[str], layout: Layout, given: dict[str, Data], shape: tuple[int, ...] | None
) -> Iterator[dict[str, Data]]:
    data = {"x": given.get("x") or given.get("X") or layout.x} if "x" in needs else {}
    if "state" in needs:
        hidden = program.namespace.get("hidden_size", H)
        data["state"] = given.get("state") or Data(f"_np.zeros(({hidden}, 1))", "zeros")
    unknown = shape is None
    if unknown:
        shape = {"rows": (BATCH, K), "columns": (K, BATCH), "column": (K, 1), "sequence": (K, 1)}.get(layout.name)
    if "upstream" in needs:
        upstream = shape or (K,)
        data["upstream"] = given.get("upstream") or Data(f"_r.standard_normal({upstream!r})", "random")
    if "y" not in needs:
        yield data
    elif (y := given.get("y") or given.get("Y") or given.get("t")) is not None:
        yield data | {"y": y}
    else:
        for y in targets_for(shape, layout):
            if not (unknown and layout.samples > 1 and y.words.startswith("one label")):  # it would be broadcast
                yield data | {"y": y}
        if shape and len(shape) == 2:
            one = (1, shape[1]) if layout.axis == 0 else (shape[0], 1)
            yield data | {"y": Data(f"_r.integers(0, 2, {one!r}).astype(float)", f"{one[0]}x{one[1]}, 0 or 1")}
            if unknown:
                yield data | {
                    "y": Data(f"_r.integers(0, 2, {layout.samples}).astype(float)", f"{layout.samples} numbers, 0 or 1")
                }
