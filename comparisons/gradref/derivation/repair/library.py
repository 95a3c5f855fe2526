"""The library of a site: every expression that could stand there, evaluated on the variables of the moment, once per value.

Names in scope, entries of dicts and lists, attributes, pieces of the file's own code, and the few forms derivatives are made
of (1 - v², v > 0, a helper of the file applied to v). Two expressions with the same values are one; the simpler is kept.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np

from ..program import Program
from .sites import Site

__all__ = ["Atom", "Library", "evaluate"]


@dataclass(frozen=True)
class Atom:
    """An expression with its value (of the last environment) and how far-fetched it is."""

    text: str
    node: ast.expr
    value: Any
    cost: float
    sibling: bool = False  # a piece of the file, renamed for another member of a family

    @property
    def shape(self) -> tuple[int, ...]:
        return np.shape(self.value)

    @property
    def is_array(self) -> bool:
        return isinstance(self.value, np.ndarray) and self.value.ndim > 0

    @property
    def is_number(self) -> bool:
        return is_number(self.value)


def is_number(value: Any) -> bool:
    """True for plain numbers and arrays without axes."""
    return (isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)) or (
        isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "iuf"
    )


def evaluate(node: ast.expr, scopes: list[dict[str, Any]]) -> list[Any] | None:
    """The values of an expression in each scope, or None if it raises or gives nothing usable."""
    try:
        code = compile(ast.Expression(node), "<candidate>", "eval")
        return [eval(code, dict(scope)) for scope in scopes]
    except Exception:
        return None


def fingerprint(values: list[Any]) -> Any:
    """Equal for expressions with equal values, up to rounding of the last bits."""
    parts = []
    for value in values:
        array = np.asarray(value)
        if array.dtype.kind in "fc":
            with np.errstate(all="ignore"):
                mantissa, exponent = np.frexp(array.astype(np.float64))
                array = np.ldexp(np.round(mantissa, 12), exponent) + 0.0
        parts.append((array.shape, array.dtype.kind in "fc", array.astype(np.float64).tobytes()))
    return tuple(parts)


def usable(value: Any) -> bool:
    """Arrays and numbers; no NaN."""
    if is_number(value):
        return bool(np.isfinite(value))
    return isinstance(value, np.ndarray) and value.dtype.kind in "fiub" and value.size > 0 and bool(np.isfinite(value).all())


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


PATIENCE = 1.0  # seconds for filling the library of one site
MOST = 320  # expressions kept at one site


class Library:
    """Atoms by value for one site. `scopes` are the namespaces (globals and locals) of its first executions."""

    def __init__(
        self, program: Program, site: Site, locals_: list[dict[str, Any]], fragments: list[tuple[str, ast.expr | None, float]]
    ):
        scopes = [{**program.namespace, **env} for env in locals_]
        self.scopes = scopes
        self.local_names = set(locals_[-1]) if locals_ else set()
        self.atoms: list[Atom] = []
        self._until = perf_counter() + PATIENCE
        self._seen: dict[Any, int] = {}
        self._texts: set[str] = set()
        local = scopes[-1]
        names = [k for k in local if not k.startswith("__") and k != "_"]
        self.functions = [
            k for k in names if callable(local[k]) and not isinstance(local[k], type) and hasattr(local[k], "__code__")
        ]
        self.body = ast.unparse(site.editable.node)
        plain = [("2", 0.05), ("0.5", 0.1), *self._names(local, names)]
        for text, cost in plain:
            base = re.match(r"\w*", text).group()  # type: ignore[union-attr]
            self._add(text, cost + 0.06 / (1 + len(re.findall(rf"\b{re.escape(base)}\b", self.body))))
        for text, node, cost in fragments:
            self._add(text, cost, node, sibling=node is None)
        self._forms(program, ast.unparse(site.statement) if not hasattr(site.statement, "body") else ast.unparse(site.expression))
        self._products(site)
        self._textbook(site)
        self._combinations(site, program)
        self.calls = _calls(program)
        self.atoms.sort(key=lambda a: (a.cost, len(a.text)))
        del self.atoms[MOST:]

    def arrays(self) -> list[Atom]:
        return [a for a in self.atoms if a.is_array]

    def numbers(self) -> list[Atom]:
        return [a for a in self.atoms if a.is_number]

    # --- filling --------------------------------------------------------------------------------------------------

    def _names(self, local: dict[str, Any], names: list[str]) -> list[tuple[str, float]]:
        found: list[tuple[str, float]] = []
        whole = [
            k for k, v in local.items() if isinstance(v, (int, np.integer)) and type(v) is not bool and not k.startswith("__")
        ]
        for name in names:
            value = local[name]
            if isinstance(value, np.ndarray) or is_number(value):
                found.append((name, 0.0))
                if isinstance(value, np.ndarray) and value.ndim >= 1:
                    found += [(f"{name}.shape[{axis}]", 1.5) for axis in range(value.ndim)] + [(f"{name}.size", 1.6)]
                    for index in whole:
                        if value.ndim >= 2 or value.dtype.kind in "iu":
                            written = f"{name}[{index}]" in self.body
                            found += [(f"{name}[{index}]", 0.15 if written else 0.9), (f"{name}[{index} - 1]", 1.1), (f"{name}[{index} + 1]", 1.1)]
            elif isinstance(value, dict):
                for key in list(value)[:60]:
                    if isinstance(key, str) and isinstance(value[key], (np.ndarray, float, int)):
                        found.append((f'{name}["{key}"]', 0.1))
                for index in whole:
                    if local[index] in value:
                        found += [(f"{name}[{index}]", 0.2), (f"{name}[{index} - 1]", 0.3), (f"{name}[{index} + 1]", 0.3)]
            elif isinstance(value, (list, tuple)) and value and len(value) <= 60:
                for index in whole:
                    found += [(f"{name}[{index}]", 0.2), (f"{name}[{index} - 1]", 0.3), (f"{name}[{index} + 1]", 0.3)]
                    found += [(f"{name}[-{index}]", 0.4), (f"{name}[-{index} - 1]", 0.5), (f"{name}[-{index} + 1]", 0.5)]
                found += [(f"{name}[{i}]", 0.6) for i in range(min(len(value), 6))] + [(f"{name}[-1]", 0.6), (f"{name}[-2]", 0.6)]
            elif (
                hasattr(value, "__dict__")
                and not callable(value)
                and not hasattr(value, "__path__")
                and not hasattr(value, "__spec__")
            ):
                found += [(f"{name}.{k}", 0.1) for k, v in vars(value).items() if isinstance(v, np.ndarray) or is_number(v)]
        return found

    def _forms(self, program: Program, own: str) -> None:
        local = self.scopes[-1] if self.scopes else {}
        has_numpy = local.get("np") is np
        for atom in [a for a in self.atoms if a.is_array and a.value.dtype.kind == "f" and a.cost <= 0.3][:30]:
            for function in self.functions[:12]:
                self._add(f"{function}({atom.text})", 0.6)
            near = 0.0 if re.search(rf"(?<!\w){re.escape(atom.text)}(?!\w)", own) else 0.45
            if near and re.match(r"inputs?\[|d[A-Za-z_]|grad|delta|nabla|g_", atom.text):
                continue  # nobody writes 1 - dh², or 1 - W
            for form, cost in _FORMS:
                if has_numpy or "np." not in form:
                    self._add(form.format(v=atom.text), cost + near + atom.cost)
        for atom in [a for a in self.atoms if a.is_number and a.cost <= 1.0][:12]:
            self._add(f"(1 - {atom.text})", 1.0 + atom.cost)
            if has_numpy and float(atom.value) > 0:
                self._add(f"np.sqrt({atom.text})", 1.0 + atom.cost)
        scalars = [a for a in self.atoms if a.is_number and a.text.isidentifier() and isinstance(a.value, (float, np.floating))][
            :5
        ]
        plain = [a for a in self.atoms if a.is_array and a.value.dtype.kind == "f" and a.cost <= 0.25][:30]
        for scalar in scalars:  # the penalty of a layer: lam * W
            for atom in plain:
                self._add(f"{scalar.text} * {atom.text}", 0.8)
                self._add(f"2 * {scalar.text} * {atom.text}", 0.85)
        for number in ("2", "0.5", "3", "4"):
            self._add(number, 0.2 if number in ("2", "0.5") else 0.8)

    def _combinations(self, site: Site, program: Program) -> None:
        """Variables that are computed and never used, times another; elementwise pairs; constants of the file times a parameter."""
        shape = None
        values = evaluate(site.expression, self.scopes)
        if values is not None and isinstance(values[-1], np.ndarray):
            shape = values[-1].shape
        plain = [a for a in self.atoms if a.is_array and a.value.dtype.kind == "f" and a.cost <= 0.2]
        unused = _unused(site.editable.node)
        forgotten = sorted(unused & self.local_names)
        for name in forgotten:
            self._add(name, 0.0)
            for other in forgotten:
                if other != name:
                    self._add(f"{name} / {other}", 0.2, sibling=True)
                    self._add(f"{name} * {other}", 0.2, sibling=True)
            for other in plain:
                if other.text != name and other.shape and shape and len(other.shape) <= len(shape):
                    self._add(f"{other.text} * {name}", 0.3)
                    self._add(f"{name} * {other.text}", 0.35)
        if shape:
            same = [a for a in plain if a.shape == shape and not a.text.startswith("inputs")][:14]
            for i, a in enumerate(same):
                for b in same[i + 1 :]:
                    self._add(f"{a.text} * {b.text}", 1.0)
            own = [a for a in plain if a.shape == shape and re.match(r"\w+\[|\w+$", a.text)]
            for value in _floats(program)[:8]:
                for a in [a for a in own if a.shape == shape][:12]:
                    self._add(f"{value} * {a.text}", 1.0)
        scalars = [a for a in self.atoms if a.is_number and a.text.isidentifier()]
        for a in [a for a in scalars if isinstance(a.value, (float, np.floating))][:5]:
            for b in [b for b in scalars if isinstance(b.value, (int, np.integer))][:6]:
                self._add(f"{a.text} / {b.text}", 0.6)

    def _textbook(self, site: Site) -> None:
        """In a helper of one array: the derivatives that every textbook lists, in its argument."""
        arguments = site.editable.node.args.args
        if not isinstance(site.statement, ast.Return) or len(arguments) - len(site.editable.node.args.defaults) != 1:
            return
        for form in _DERIVATIVES:
            self._add(form.format(z=arguments[0].arg), 0.6, sibling=True)

    def _products(self, site: Site) -> None:
        """Products of two matrices of the shape of what is assigned: the term of a second path."""
        local = self.scopes[-1] if self.scopes else {}
        target = site.statement.targets[0] if isinstance(site.statement, ast.Assign) else getattr(site.statement, "target", None)
        shapes = set()
        for node in (target, site.expression):
            if isinstance(node, ast.expr):
                try:
                    value = eval(ast.unparse(node), dict(local))
                except Exception:
                    continue
                shapes.add(np.shape(value) if isinstance(value, np.ndarray) else None)
        plain = [a for a in self.atoms if a.is_array and a.value.dtype.kind == "f" and a.cost <= 0.2]
        matrices = [a for a in plain if len(a.shape) == 2][:20]
        for a in matrices:
            for b in matrices:
                if a.shape[0] == b.shape[0] and (a.shape[1], b.shape[1]) in shapes:
                    self._add(f"{a.text}.T @ {b.text}", 1.0 + a.cost + b.cost)
        for a in [a for a in plain if len(a.shape) >= 2][:24]:
            for b in matrices:
                if a.shape[-1] == b.shape[1] and (*a.shape[:-1], b.shape[0]) in shapes:
                    self._add(f"{a.text} @ {b.text}.T", 1.0 + a.cost + b.cost)
                if a.shape[-1] == b.shape[0] and (*a.shape[:-1], b.shape[1]) in shapes:
                    self._add(f"{a.text} @ {b.text}", 1.0 + a.cost + b.cost)
        for p in plain[:30]:  # through a softmax: p (g - Σ p g)
            if len(p.shape) >= 1 and (p.value >= 0).all() and np.allclose(p.value.sum(axis=-1), 1, rtol=1e-9):
                for g in plain[:30]:
                    if g.shape == p.shape and g is not p:
                        self._add(f"{p.text} * ({g.text} - ({p.text} * {g.text}).sum(axis=-1, keepdims=True))", 0.8, sibling=True)

    def _textbook(self, site: Site) -> None:
        """In a helper of one array: the derivatives that every textbook lists, in its argument."""
        arguments = site.editable.node.args.args
        if not isinstance(site.statement, ast.Return) or len(arguments) - len(site.editable.node.args.defaults) != 1:
            return
        for form in _DERIVATIVES:
            self._add(form.format(z=arguments[0].arg), 0.6, sibling=True)

    def _products(self, site: Site) -> None:
        """Products of two matrices of the shape of what is assigned: the term of a second path."""
        local = self.scopes[-1] if self.scopes else {}
        target = site.statement.targets[0] if isinstance(site.statement, ast.Assign) else getattr(site.statement, "target", None)
        shapes = set()
        for node in (target, site.expression):
            if isinstance(node, ast.expr):
                try:
                    value = eval(ast.unparse(node), dict(local))
                except Exception:
                    continue
                shapes.add(np.shape(value) if isinstance(value, np.ndarray) else None)
        matrices = [a for a in self.atoms if a.is_array and len(a.shape) == 2 and a.value.dtype.kind == "f" and a.cost <= 0.2][
            :16
        ]
        for a in matrices:
            for b in matrices:
                for text, shape in (
                    (f"{a.text}.T @ {b.text}", (a.shape[1], b.shape[1]) if a.shape[0] == b.shape[0] else None),
                    (f"{a.text} @ {b.text}.T", (a.shape[0], b.shape[0]) if a.shape[1] == b.shape[1] else None),
                    (f"{a.text} @ {b.text}", (a.shape[0], b.shape[1]) if a.shape[1] == b.shape[0] else None),
                ):
                    if shape is not None and shape in shapes:
                        self._add(text, 1.0 + a.cost + b.cost)

    def _add(self, text: str, cost: float, node: ast.expr | None = None, sibling: bool = False) -> None:
        if text in self._texts or perf_counter() > self._until:
            return
        self._texts.add(text)
        sibling = node is None and sibling
        if node is None:
            try:
                node = ast.parse(text, mode="eval").body
            except SyntaxError:
                return
        values = evaluate(node, self.scopes)
        if values is None or not all(usable(v) for v in values):
            return
        mark = fingerprint(values)
        at = self._seen.get(mark)
        atom = Atom(text, node, values[-1], cost, sibling)
        if at is None:
            self._seen[mark] = len(self.atoms)
            self.atoms.append(atom)
        elif cost < self.atoms[at].cost:
            self.atoms[at] = atom


def _unused(function: ast.FunctionDef) -> set[str]:
    """Names that a function assigns and never reads: what is left when the term that used them was forgotten."""
    written = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    read = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return (written | {a.arg for a in function.args.args}) - read


def _calls(program: Program) -> list[ast.Call]:
    """One call of each NumPy function of the file that takes further plain arguments: np.tril(x, -1), np.clip(x, -1, 1)."""
    found: dict[str, ast.Call] = {}
    for node in ast.walk(program.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            plain = all(isinstance(a, (ast.Constant, ast.UnaryOp, ast.Name)) for a in node.args[1:])
            if node.func.value.id == "np" and node.args and plain and not isinstance(node.args[0], (ast.Constant, ast.Starred)):
                if node.func.attr in ("zeros", "ones", "arange", "exp", "sqrt", "log", "abs", "sign", "sum", "mean", "dot", "outer"):
                    continue
                text = f"{node.func.attr} {[ast.unparse(a) for a in node.args[1:]]} {[ast.unparse(k) for k in node.keywords]}"
                found.setdefault(text, node)
    return list(found.values())[:10]


def _floats(program: Program) -> list[float]:
    found = [n.value for n in ast.walk(program.tree) if isinstance(n, ast.Constant) and isinstance(n.value, float) and n.value]
    found = list(dict.fromkeys(found))
    return found + [2 * v for v in found if 2 * v not in found]


def fragments_of(program: Program, longest: int = 60) -> list[tuple[str, ast.expr | None, float]]:
    """The pieces of code of a file that could be a value, and the same for other layers (W1 for W2), with their costs."""
    found: dict[str, tuple[ast.expr | None, float]] = {}
    for node in ast.walk(program.tree):
        if isinstance(node, (ast.BinOp, ast.Call, ast.Subscript, ast.Attribute, ast.Compare, ast.UnaryOp)):
            if isinstance(getattr(node, "ctx", ast.Load()), ast.Store):
                continue
            try:
                text = ast.unparse(node)
            except Exception:
                continue
            if len(text) <= longest and "lambda" not in text and text not in found and not _effects(node):
                found[text] = (node, 0.4 + 0.03 * min(len(text), 30))
    families = _families(program.text)
    for text in list(found):
        for renamed in _siblings(text, families):
            if renamed not in found:
                found[renamed] = (None, 0.5 + 0.03 * min(len(text), 30))
    return sorted(((t, n, c) for t, (n, c) in found.items()), key=lambda item: item[2])


def _families(text: str) -> dict[str, dict[str, str]]:
    """For every pair of endings with several names in common (z1 z2, dq dk, W_mu W_lv): ending -> other -> nothing but names."""
    tokens = set(re.findall(r"[A-Za-z_]\w*", text))
    stems: dict[str, set[str]] = {}
    for token in tokens:
        for stem, ending in ((token[:-1], token[-1:]), (token.rpartition("_")[0] + "_", token.rpartition("_")[2])):
            if stem.strip("_") and ending:
                stems.setdefault(stem, set()).add(ending)
    shared: dict[tuple[str, str], list[str]] = {}
    for stem, endings in stems.items():
        for a in endings:
            for b in endings:
                if a != b:
                    shared.setdefault((a, b), []).append(stem)
    families = {}
    for (a, b), names in shared.items():
        if len(names) >= 2:
            families[f"{a} {b}"] = {s + a: s + b for s in names} | ({a: b} if {a, b} <= tokens else {})
    return families


def _siblings(text: str, families: dict[str, dict[str, str]]) -> set[str]:
    """The same piece of code for the other members of a family: dq @ Wq.T -> dk @ Wk.T."""
    found = set()
    for mapping in families.values():
        renamed = re.sub(r"[A-Za-z_]\w*", lambda m: mapping.get(m.group(), m.group()), text)
        if renamed != text:
            found.add(renamed)
    return found


def _effects(node: ast.AST) -> bool:
    """True for code that may change something: it is not evaluated on trial."""
    for inner in ast.walk(node):
        if isinstance(inner, (ast.NamedExpr, ast.Yield, ast.Await)):
            return True
        if isinstance(inner, ast.Call):
            f = inner.func
            name = f.attr if isinstance(f, ast.Attribute) else f.id if isinstance(f, ast.Name) else ""
            if name in (
                "append",
                "pop",
                "update",
                "at",
                "fill",
                "sort",
                "put",
                "extend",
                "open",
                "print",
                "exec",
                "eval",
                "backward",
                "forward",
                "make_inputs",
                "insert",
                "step",
                "exit",
                "clear",
                "setdefault",
            ):
                return True
            if any(k.arg == "out" for k in inner.keywords) or "rng" in ast.dump(f) or "random" in ast.dump(f):
                return True
    return False
