"""A harness for code without our three functions: found by running it, written as source that can be read, edited and kept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

import numpy as np

from gradref_reference.errors import FileError

from ..findings.report import Taken
from ..program.guard import Failed
from ..program.program import Program
from .arguments import constructor_calls, signature_of
from .costs import COSTS, cost_source
from .functions import Setting, function_recipes
from .gathering import Gathered, gather, returned_names
from .layouts import Data, Layout, layouts, targets_for
from .paths import Leaf, leaves, parameters_in
from .recipes import FORWARD, GRADIENT, READ_RATE, Method, Recipe, methods_of, recipes

__all__ = ["Options", "Wrapped", "with_cost", "wrapped"]

SECONDS = 30.0  # for all attempts together
HEADER = """
# --- what gradref took; a copy of these lines is a file of its own (gradref check --write-harness) ---
import random as _random_module
import numpy as _np


def _scalar_of(returned):
    parts = returned if isinstance(returned, tuple) else (returned,)
    numbers = [p for p in parts if p is not None and not isinstance(p, (dict, list, tuple, str))]
    return next(p for p in numbers if _np.ndim(p) == 0 or _np.size(p) == 1)


def _first(returned):
    return returned[0] if isinstance(returned, tuple) else returned


def _shaped(gradient, parameter):
    return _np.reshape(gradient, _np.shape(parameter))


def _copied(inputs):
    return {k: v.copy() if isinstance(v, _np.ndarray) else v for k, v in inputs.items()}


def _random(shape):
    return _np.random.RandomState(0).standard_normal(shape)
"""


@dataclass(frozen=True)
class Options:
    """What the user said: data (`layouts.parse_inputs`), the name of a cost, a learning rate."""

    inputs: dict[str, Data] = field(default_factory=dict)
    cost: str | None = None
    rate: str | None = None


@dataclass(frozen=True)
class Wrapped:
    """The program with its harness, the harness as text, and what was taken.

    `costless`: the cost is still to be found. `fixed`: numbers that an object keeps as parameters, and that got no gradient.
    """

    program: Program
    text: str
    taken: Taken
    costless: bool = False
    layout: Layout | None = None
    recipe: Recipe | None = None
    fixed: tuple[str, ...] = ()


def wrapped(program: Program, names: tuple[str, ...], options: Options) -> Wrapped:
    """The first way to get a cost and gradients out of the named class or functions; `FileError` when there is none."""
    reasons: list[str] = []
    best: Wrapped | None = None
    missing = 10**6
    until = monotonic() + SECONDS
    for attempt in _attempts(program, names, options):
        if monotonic() > until:
            break
        found = attempt.tried(program, reasons)
        if found is not None and found[0] < missing:
            missing, best = found
            if missing == 0:
                break
    if best is None:
        why = f" The nearest attempt: {max(reasons, key=reasons.count)}." if reasons else ""
        raise FileError(
            f"{program.filename}:{','.join(names)}: must be a class or functions whose cost and gradient can be called, but no way was "
            f"found.{why}{_not_understood(program, names)} "
            "Say --inputs 'X: 6x4, y: 6x3 one-hot', --cost NAME, or write make_inputs, forward and backward."
        )
    return best


def _not_understood(program: Program, names: tuple[str, ...]) -> str:
    """A sentence on the arguments whose names say nothing, of what was named or of the forward and backward of a class."""
    subject = program.namespace.get(names[0])
    called = {n: program.namespace.get(n) for n in names}
    if isinstance(subject, type):
        called = {n: f for n, f in vars(subject).items() if FORWARD.fullmatch(n) or GRADIENT.fullmatch(n)}
    words = [
        f"{a.name} of {n}"
        for n, f in called.items()
        for a in (signature_of(f) if callable(f) else None) or []
        if a.required and a.kind == "other" and a.name != "self"
    ]
    return f" Not understood: the argument {', '.join(words)}." if words else ""


def _attempts(program: Program, names: tuple[str, ...], options: Options) -> Iterator[_Attempt]:
    subject = program.namespace.get(names[0])
    if isinstance(subject, type):
        yield from _of_class(program, names[0], options)
    elif all(callable(program.namespace.get(n)) for n in names):
        yield from (_Attempt(s, r, options) for s, r in function_recipes(program, names, options.inputs, options.rate))
    else:
        known = [k for k, v in program.namespace.items() if callable(v) and not k.startswith("_")]
        raise FileError(
            f"{program.filename}: must define {', '.join(names)}, got {', '.join(sorted(known)[:12])}. Correct the name behind the colon."
        )


def _of_class(program: Program, name: str, options: Options) -> Iterator[_Attempt]:
    for call in constructor_calls(program.namespace[name]):
        make = f"_np.random.seed(0)\n_random_module.seed(0)\nsubject = {name}({call})"
        subject = _made(program, make)
        if subject is None:
            continue
        parameters = parameters_in(subject, "subject")
        features = _features(parameters)
        methods = methods_of(subject)
        for layout in layouts(features):
            shape = _output_shape(program, make, methods, layout, options)
            for recipe in recipes(methods, options.rate):
                for data in _data_for(program, make, recipe, layout, options, shape):
                    yield _Attempt(Setting(make, parameters, data, layout), recipe, options)


def _features(parameters: dict[str, list[Leaf]]) -> int:
    """How many numbers a sample has, if a weight says so: 4 unless no array has an axis of 4."""
    sizes = {n for group in parameters.values() for n in group[0].value.shape}
    return 4 if 4 in sizes or not sizes else max(min(sizes - {1}, default=4), 1)


def _made(program: Program, make: str) -> Any:
    scope = dict(program.namespace)
    try:
        exec(HEADER, scope)
        program.call(lambda: exec(make, scope))
    except Failed:
        return None
    return scope["subject"]


def _output_shape(program: Program, make: str, methods: list[Method], layout: Layout, options: Options) -> tuple[int, ...] | None:
    """The shape of what a forward method gives for data of this layout; None where none takes them."""
    x = options.inputs.get("x") or options.inputs.get("X") or layout.x
    for method in methods:
        call = method.call({"x": 'i["x"]'}) if FORWARD.fullmatch(method.name) else None
        if call and 'i["x"]' in call:
            shape = _shape_of(program, make, f"output = _first({call})", {"x": x})
            if shape is not None:
                return shape
    return None


def _data_for(
    program: Program, make: str, recipe: Recipe, layout: Layout, options: Options, usual: tuple[int, ...] | None
) -> Iterator[dict[str, Data]]:
    """Data for one recipe: x, and targets or upstream gradients of the shape of its output where that can be had."""
    given = options.inputs
    x = given.get("x") or given.get("X") or layout.x
    needs = f"{recipe.cost}\n{recipe.gradient}"
    data = {"x": x} if 'i["x"]' in needs else {}
    output = re.search(r"output = .*", needs)
    shape = _shape_of(program, make, output[0], data) if output and 'i["y"]' not in output[0] else None
    if output and shape is None and 'i["y"]' not in output[0]:
        return
    if recipe.layer:
        yield data | {"upstream": Data(f"_r.standard_normal({shape!r})", f"random, {'x'.join(map(str, shape or ()))}")}
    elif 'i["y"]' not in needs:
        yield data
    elif (y := given.get("y") or given.get("Y") or given.get("t")) is not None:
        yield data | {"y": y}
    else:
        for y in targets_for(shape if shape is not None else usual, layout):
            yield data | {"y": y}


def _shape_of(program: Program, make: str, output: str, data: dict[str, Data]) -> tuple[int, ...] | None:
    scope = dict(program.namespace)
    lines = "\n".join([make, f"i = {{{', '.join(f'{k!r}: {d.source}' for k, d in data.items())}}}", output])
    try:
        exec(HEADER + "\n_r = _np.random.default_rng(0)\n", scope)
        program.call(lambda: exec(lines, scope))
        found = np.asarray(scope["output"])
    except (Failed, ValueError):
        return None
    return found.shape if found.dtype.kind == "f" else None


@dataclass
class _Attempt:
    setting: Setting
    recipe: Recipe
    options: Options

    def tried(self, program: Program, reasons: list[str]) -> tuple[int, Wrapped] | None:
        """Run it once; how many parameters are without a gradient, and the program with this harness; None if it fails."""
        try:
            gathered, rate = self._gathered(program)
        except Failed as error:
            reasons.append(f"{self.recipe.name} {error}")
            return None
        if not gathered.paths:
            reasons.append(f"{self.recipe.name} gives nothing that has the shape of a parameter")
            return None
        text = self._text(gathered, rate)
        program = program.with_harness(text)
        try:
            inputs = program.call(program.namespace["make_inputs"], 0)
            cost = program.forward(inputs) if not self.recipe.costless or self.options.cost else 0.0
            if np.size(cost) != 1 or not np.isfinite(np.asarray(cost, float)).all():
                reasons.append(f"{self.recipe.name} gives the cost {cost!r:.60}")
                return None
            returned = program.backward(inputs)
        except (Failed, FileError, TypeError, ValueError) as error:
            reasons.append(f"{self.recipe.name} {error}")
            return None
        finite = all(np.isfinite(np.asarray(v, float)).all() for v in returned.values())
        left = len(self.setting.parameters) - len(gathered.paths) + (not finite)
        wrapped = Wrapped(
            program,
            text,
            self._taken(gathered, rate),
            self.recipe.costless and not self.options.cost,
            self.setting.layout,
            self.recipe,
            tuple(n for n, g in self.setting.parameters.items() if n not in gathered.paths and _is_kept_number(g[0])),
        )
        return left, wrapped

    # --- finding --------------------------------------------------------------------------------------------------

    def _gathered(self, program: Program) -> tuple[Gathered, str | None]:
        """Expressions of the gradients, found by running the recipe once; and the learning rate where they come from an update."""
        scope, arrays = self._scope(program), {name: group[0] for name, group in self.setting.parameters.items()}
        before = {name: np.array(eval(leaf.path, scope), float) for name, leaf in arrays.items()}
        program.call(lambda: exec(self.recipe.gradient, scope))
        if self.recipe.updates:
            rate = _rate_in(scope.get("subject")) if self.recipe.updates == READ_RATE else self.recipe.updates
            after = {name: np.array(eval(leaf.path, scope), float) for name, leaf in arrays.items()}
            moved = [n for n in arrays if before[n].shape == after[n].shape and not np.array_equal(before[n], after[n])]
            return Gathered({n: f"(_np.array(before[{n!r}]) - _np.array({arrays[n].path})) / {rate}" for n in moved}), rate
        found, owner = leaves(scope.get("returned"), "returned"), None
        if "subject" in scope:
            own = {leaf.path for group in self.setting.parameters.values() for leaf in group}
            found += [leaf for leaf in leaves(scope["subject"], "subject") if leaf.path not in own]
            owner = type(scope["subject"]).__name__
        names = returned_names(program.tree, self.recipe.function, owner)
        wanted = {n: leaf.value for n, leaf in arrays.items()} | self._data_arrays(scope)
        gathered = gather(wanted, found, names)
        by_path = {leaf.path: leaf.value for leaf in found}
        gathered = replace(
            gathered, paths=gathered.paths | self._last_number(gathered.paths, wanted, by_path, scope.get("returned"))
        )
        paths = {n: p if by_path[p].shape == wanted[n].shape else f"_shaped({p}, i[{n!r}])" for n, p in gathered.paths.items()}
        return replace(gathered, paths=paths), None

    def _last_number(
        self, paths: dict[str, str], wanted: dict[str, np.ndarray], found: dict[str, np.ndarray], returned: Any
    ) -> dict[str, str]:
        """The number at the place of the one parameter left, itself a number, where all the others came back in their order."""
        if "_scalar_of" in self.recipe.cost and self.recipe.cost.endswith(
            f"({self.recipe.gradient.removeprefix('returned = ')})"
        ):
            return {}  # the number may be the cost
        places = {n: f"returned[{k}]" for k, n in enumerate(wanted)}
        left = [n for n in wanted if paths.get(n) != places[n]]
        if not isinstance(returned, (tuple, list)) or len(returned) != len(wanted) or len(left) != 1 or left[0] in paths:
            return {}
        value = found.get(places[left[0]])
        return {left[0]: places[left[0]]} if value is not None and value.size == 1 == wanted[left[0]].size else {}

    def _scope(self, program: Program) -> dict[str, Any]:
        """Globals with the subject and the data of this attempt in them."""
        s, scope = self.setting, dict(program.namespace)
        scope.update({k: v for k, v in program.initial_state().items() if k in s.parameters})
        exec(HEADER + "\n_r = _np.random.default_rng(0)\n", scope)
        direct = {n: _made_array(g[0].value) for n, g in s.parameters.items() if g[0].path.startswith("i[")}
        sources = {k: d.source for k, d in s.data.items()} | direct
        data = f"i = {{{', '.join(f'{k!r}: {source}' for k, source in sources.items())}}}"
        program.call(lambda: exec(f"_np.random.seed(0)\n_random_module.seed(0)\n{s.make}\n{data}", scope))
        return scope

    def _data_arrays(self, scope: dict[str, Any]) -> dict[str, np.ndarray]:
        """Floating data: a layer gives their gradient too."""
        if not self.recipe.layer and self.setting.parameters:
            return {}
        return {k: scope["i"][k] for k in ("x",) if isinstance(scope["i"].get(k), np.ndarray) and scope["i"][k].dtype.kind == "f"}

    # --- writing --------------------------------------------------------------------------------------------------

    def _text(self, gathered: Gathered, rate: str | None) -> str:
        s, r = self.setting, self.recipe
        entries = [f"        {k!r}: {d.source}," for k, d in s.data.items()]
        entries += [f"        {n!r}: {_made_array(g[0].value)}," for n, g in s.parameters.items()]
        frozen = [k for k in s.data]
        setting = ["i = _copied(i)", *([_own(s.make)] if s.make else [])]
        for name, group in s.parameters.items():
            setting += _placed(name, group)
        parts = [HEADER, f"\nFROZEN = {frozen!r}\n\n"]
        parts.append(
            "def make_inputs(seed):\n    _r = _np.random.default_rng(seed)\n    return {\n" + "\n".join(entries) + "\n    }\n\n"
        )
        cost = _own(r.cost.strip())
        if r.layer:
            cost += '\ncost = _np.sum(output * i["upstream"])'
        if r.costless:
            parts.append(cost_source(self.options.cost or "half_squares", s.layout.samples, s.layout.axis) + "\n\n")
            cost += '\ncost = _cost(output, i["y"])'
        parts.append("def forward(i):\n" + _indented([*setting, cost, "return cost"]) + "\n\n")
        before = [f"before = {{name: _np.array(i[name]) for name in {list(s.parameters)!r}}}"] if r.updates else []
        after = "return {" + ", ".join(f"{n!r}: {path}" for n, path in gathered.paths.items()) + "}"
        parts.append("def backward(i):\n" + _indented([*setting, *before, _own(r.gradient.strip()), after]) + "\n")
        return "\n".join(parts)

    def _taken(self, gathered: Gathered, rate: str | None) -> Taken:
        inputs = "; ".join(f"{k}: {d.words}" for k, d in self.setting.data.items())
        how = f"{self.recipe.name}; made inputs {inputs}" + (f"; learning rate {rate}" if rate else "")
        cost = (
            f"the cost is {COSTS[self.options.cost][1]}, as given"
            if self.options.cost in COSTS and self.recipe.costless
            else None
        )
        if self.recipe.layer:
            cost = "the cost is Σ output · upstream, for random upstream gradients"
        gradients = {} if self.recipe.updates else {n: p for n, p in gathered.paths.items()}
        return Taken(how, tuple(self.setting.parameters), gradients, cost)


def _is_kept_number(leaf: Leaf) -> bool:
    return leaf.path.startswith("subject") and leaf.value.ndim == 0


def _own(source: str) -> str:
    """Calls of the file's own functions that are called as the harness's are, see `program.form`; or as its variables."""
    source = re.sub(r"(?<![\w.])(cost|output|given|returned|before)\(", r"globals()['\1'](", source)
    return re.sub(r"(?<![\w.])(forward|backward|make_inputs)\(", r"own_\1(", source)


def _rate_in(subject: Any) -> str:
    """The learning rate where an object keeps it; 1 where it has none."""
    for name in [*getattr(subject, "__dict__", {}), *vars(type(subject))]:
        if re.fullmatch(r"(?i)_*\w*(learning_?rate|lr|eta|alpha|epsilon)\w*", name) and isinstance(
            getattr(subject, name, None), (int, float)
        ):
            return f"subject.{name}"
    return "1.0"


def _placed(name: str, group: list[Leaf]) -> list[str]:
    whole = [leaf.path for leaf in group if not leaf.listed and not leaf.path.startswith("i[")]
    listed = [f"{leaf.path}[:] = list(i[{name!r}])" for leaf in group if leaf.listed]
    return ([" = ".join([*whole, f"i[{name!r}]"])] if whole else []) + listed


def _made_array(value: np.ndarray) -> str:
    if value.ndim == 0:
        return "float(_r.standard_normal())"
    return f"0.5 * _r.standard_normal({value.shape!r})"


def _indented(lines: list[str]) -> str:
    return "\n".join(f"    {line}" for part in lines for line in part.split("\n") if line)


def with_cost(wrapped: Wrapped, name: str) -> Wrapped:
    """The same with another cost."""
    assert wrapped.layout is not None
    new = cost_source(name, wrapped.layout.samples, wrapped.layout.axis)
    text = re.sub(r"def _cost\(a, y\):\n(?:    .*\n)+", lambda _: new, wrapped.text)
    program = wrapped.program.bare().with_harness(text)
    return replace(wrapped, program=program, text=text)
