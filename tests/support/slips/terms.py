"""Formulas as Python expressions: what each sign means in numbers, with shapes checked strictly.

A formula is a Python expression. `@` is the matrix product (or that with a number), `%` the entrywise product, `//` a dot (matrix product,
else inner product), `*` a product with at least one number, `.T` the transpose. `W(l+1)` is W of layer l+1, `W(l, j, k)` an entry of it,
`S(k, f)` the sum over k, `D(C, x)` a derivative. Columns are (n, 1) arrays; a 1 × 1 array is a number.
"""

import ast
import operator
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np


class Nonconforming(Exception):
    """Two things in a formula have shapes that do not go together, or an index is outside."""


class NoSuchLayer(Exception):
    """A layer that the network does not have."""


def number_or_array(value):
    value = np.asarray(value, float)
    return float(value.reshape(())) if value.size == 1 else value


def _is_number(value):
    return np.ndim(value) == 0


def same(combine):
    def apply(a, b):
        if np.shape(a) != np.shape(b):
            raise Nonconforming
        return combine(a, b)

    return apply


def product(a, b):
    if not (_is_number(a) or _is_number(b)):
        raise Nonconforming
    return a * b


def matrix_product(a, b):
    if _is_number(a) or _is_number(b):
        return a * b
    if a.shape[1] != b.shape[0]:
        raise Nonconforming
    return number_or_array(a @ b)


def dot(a, b):
    if _is_number(a) or _is_number(b):
        return a * b
    if a.shape[1] == b.shape[0]:
        return number_or_array(a @ b)
    if a.shape == b.shape and 1 in a.shape:
        return float(np.sum(a * b))
    raise Nonconforming


def quotient(a, b):
    if not _is_number(b):
        raise Nonconforming
    return a / b


def power(a, b):
    if not (_is_number(a) and _is_number(b)):
        raise Nonconforming
    return a**b


BINARY = {
    ast.Add: same(operator.add), ast.Sub: same(operator.sub), ast.Mod: same(operator.mul), ast.Mult: product,
    ast.MatMult: matrix_product, ast.FloorDiv: dot, ast.Div: quotient, ast.Pow: power,
}  # fmt: skip


def logistic(z):
    return 1 / (1 + np.exp(-np.asarray(z)))


def slope(z):
    return logistic(z) * (1 - logistic(z))


def _square(value):
    if _is_number(value) or value.shape[0] != value.shape[1]:
        raise Nonconforming
    return value


def diag(value):
    if _is_number(value) or 1 not in value.shape:
        raise Nonconforming
    return np.diag(np.ravel(value))


def softmax(z):
    if _is_number(z) or z.shape[1] != 1:
        raise Nonconforming
    return np.exp(z) / np.sum(np.exp(z))


FUNCTIONS: dict[str, Callable] = {
    "sig": logistic, "sp": slope, "exp": np.exp, "log": np.log, "sin": np.sin, "cos": np.cos, "tanh": np.tanh, "sqrt": np.sqrt,
    "diag": diag, "softmax": softmax, "tr": lambda a: float(np.trace(_square(a))), "det": lambda a: float(np.linalg.det(_square(a))),
    "inv": lambda a: np.linalg.inv(_square(a)), "norm": lambda a: float(np.sqrt(np.sum(np.square(a)))),
}  # fmt: skip


@dataclass
class Setting:
    """Numbers for the names of a sheet.

    Attributes
    ----------
    values : name or (name, layer) -> number or (n, m) array.
    ranges : index -> how many values it takes; or (name, k, axis): the length of that axis of the array of layer l + k.
    definitions : (name, indices, formula) in the order of the sheet; computed from the values.
    forward : computes what a network's header defines.
    at : index or l -> its present value.
    forced : name or (name, layer) -> a value to hold instead of the computed one.
    """

    values: dict
    ranges: dict = field(default_factory=dict)
    definitions: tuple = ()
    forward: Callable | None = None
    at: dict = field(default_factory=dict)
    forced: dict = field(default_factory=dict)

    def computed(self, forced=None):
        """This setting with every definition computed, `forced` held."""
        there = Setting(dict(self.values), self.ranges, self.definitions, self.forward, dict(self.at), dict(forced or {}))
        there.values.update({k: v for k, v in there.forced.items() if k in there.values})
        if self.forward is not None:
            self.forward(there)
        for name, indices, formula in self.definitions:
            there.define(name, indices, formula)
        return there

    def define(self, name, indices, formula):
        if not indices:
            value = evaluate(formula, self)
        else:
            sizes = [self.size(i) for i in indices]
            value = np.zeros(sizes if len(sizes) == 2 else (*sizes, 1))
            for place in np.ndindex(*sizes):
                at = dict(zip(indices, place, strict=True))
                value[place if len(sizes) == 2 else (*place, 0)] = evaluate(formula, self.placed(at))
        self.values[name] = self.forced.get(name, value)

    def placed(self, at):
        """This setting with some indices or the layer fixed."""
        return Setting(self.values, self.ranges, at={**self.at, **at})

    def size(self, index):
        span = self.ranges[index]
        if isinstance(span, int):
            return span
        name, offset, axis = span
        return self.fetch(name, self.at["l"] + offset).shape[axis]

    def fetch(self, name, layer=None):
        key = name if layer is None else (name, layer)
        if key not in self.values:
            raise NoSuchLayer
        return self.values[key]


def evaluate(formula, setting):
    """The value of a formula (text or tree) in a setting."""
    node = ast.parse(formula, mode="eval").body if isinstance(formula, str) else formula
    return _EVALUATORS[type(node)](node, setting)


def _binary(node, setting):
    return BINARY[type(node.op)](evaluate(node.left, setting), evaluate(node.right, setting))


def _unary(node, setting):
    return -evaluate(node.operand, setting)


def _transpose(node, setting):
    value = evaluate(node.value, setting)
    return value if _is_number(value) else value.T


def _name(node, setting):
    if node.id in setting.at:
        return setting.at[node.id]
    if node.id in setting.ranges and node.id not in setting.values:
        raise Nonconforming  # an index that nothing binds
    return setting.fetch(node.id)


def _index(node, setting):
    return int(evaluate(node, setting))


def _call(node, setting):
    name, arguments = node.func.id, node.args
    if name == "S":
        index = arguments[0].id
        return sum(evaluate(arguments[1], setting.placed({index: i})) for i in range(setting.size(index)))
    if name == "kron":
        return float(_index(arguments[0], setting) == _index(arguments[1], setting))
    if name in FUNCTIONS:
        value = FUNCTIONS[name](evaluate(arguments[0], setting))
        return number_or_array(value)
    layered = name in {k[0] for k in setting.values if isinstance(k, tuple)}
    layer = _index(arguments[0], setting) if layered else None
    array = setting.fetch(name, layer)
    place = [_index(a, setting) for a in arguments[layered:]]
    if not place:
        return array
    place += [0] * (2 - len(place))
    if any(i >= n for i, n in zip(place, array.shape, strict=True)):
        raise Nonconforming
    return float(array[tuple(place)])


_EVALUATORS = {
    ast.BinOp: _binary, ast.UnaryOp: _unary, ast.Attribute: _transpose, ast.Name: _name, ast.Call: _call,
    ast.Constant: lambda node, setting: node.value,
}  # fmt: skip


def derivative(what, by, setting, step=1e-5):
    """What the derivative of `what` by `by` is, by central differences with everything later recomputed.

    what : a formula, a name or (name, layer).
    by : name or (name, layer).

    A number by an array has the array's shape; a column by a column is the Jacobian, a row for each entry of `what`.
    """
    base = setting.computed()
    at = base.values[by]
    columns = []
    for place in np.ndindex(np.shape(at)):
        sides = []
        for sign in (1, -1):
            moved = np.array(at, float)
            moved[place] += sign * step
            there = setting.computed({by: number_or_array(moved)})
            sides.append(np.asarray(there.values[what] if what in there.values else evaluate(what, there), float))
        columns.append((sides[0] - sides[1]) / (2 * step))
    if columns[0].ndim == 0:
        return number_or_array(np.reshape(columns, np.shape(at)))
    return number_or_array(np.concatenate([c.reshape(-1, 1) for c in columns], axis=1))
