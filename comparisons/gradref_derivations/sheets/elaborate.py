"""Shapes before values: every expression gets its shape, and every product the one reading that conforms.

The result is a tree of definite operations, which `evaluate` computes without asking again.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from .differentiate import derivative, gradient
from .problems import Mismatch, Unreadable
from .shapes import ONE, Dim, Shape, Trail, describe, is_column, is_row, is_scalar, same
from .tree import Node, number, substitute
from .vocabulary import ELEMENTWISE

__all__ = ["Elaborator", "Scalar"]

Scalar: Shape = (ONE, ONE)
Typed = tuple[Shape, Node]


@dataclass
class Elaborator:
    """Gives shapes within one statement.

    Attributes
    ----------
    model : a `Model`: the names of the sheet with their shapes, and the reading (layout and the like) in force.
    indices : letters that stand for a position -> size they run over.
    bindings : arguments of a function being looked into -> shape.
    source : tree -> the text that was written, for messages.
    """

    model: Any
    source: Callable[[Node], str]
    indices: dict[str, Dim] = field(default_factory=dict)
    bindings: dict[str, Shape] = field(default_factory=dict)
    bound: list[str] = field(default_factory=list)
    least: dict[Dim, int] = field(default_factory=dict)
    depth: int = 0
    decisions: dict[Node, int] = field(default_factory=dict)
    asked: dict[Node, tuple[str, ...]] = field(default_factory=dict)
    conflicts: list[tuple[Dim, Dim, Mismatch]] = field(default_factory=list)

    @property
    def trail(self) -> Trail:
        return self.model.trail

    def type(self, node: Node) -> Typed:
        """Shape and definite tree of `node`. Raises `Mismatch` or `Unreadable`."""
        handler = getattr(self, "_" + node.op.replace(" ", "_"), None)
        if handler is None:
            raise Unreadable(f"{node.op} cannot stand here.", node.span)
        self.depth += 1
        if self.depth > 400:
            raise Unreadable("definitions must be nested less deeply.", node.span)
        try:
            return handler(node)
        finally:
            self.depth -= 1

    def decide(self, node: Node, options: list[str]) -> str:
        """The reading of a node that has several; see `alternatives`."""
        if len(options) > 1:
            self.asked[node] = tuple(options)
        return options[min(self.decisions.get(node, 0), len(options) - 1)]

    def scalar(self, node: Node, what: str) -> Node:
        shape, new = self.type(node)
        if not is_scalar(shape):
            raise Mismatch(f"{what} must be a number, and {self.source(node)} is {describe(shape)}.", node.span)
        return new

    # -- leaves

    def _num(self, node: Node) -> Typed:
        return Scalar, node

    def _paren(self, node: Node) -> Typed:
        return self.type(node.args[0])

    def _name(self, node: Node) -> Typed:
        name = node.value
        if name in self.bindings:
            return self.bindings[name], Node("local", (), name, node.span)
        if name in self.indices and name not in self.model.shapes:
            return Scalar, Node("index", (), name, node.span)
        if name in self.model.families and name not in self.model.sizes:
            raise Unreadable(f"{name} must say its step, as in {name}_t.", node.span)
        return self.model.name(node, self)

    def _index(self, node: Node) -> Typed:
        return Scalar, node

    def _at(self, node: Node) -> Typed:
        return self.model.at(node, self)

    def _column(self, node: Node) -> Typed:
        return self.model.column(node, self)

    def _width(self, node: Node) -> Typed:
        return self.model.width(node, self)

    def _sample_cost(self, node: Node) -> Typed:
        return self.model.sample_cost(node, self)

    def _cost(self, node: Node) -> Typed:
        return self.model.cost(node, self)

    def _ones(self, node: Node) -> Typed:
        dim = self._size_of(node)
        return (dim, ONE), Node("full", (), dim, node.span)

    def _eye(self, node: Node) -> Typed:
        dim = self._size_of(node)
        return (dim, dim), Node("eye", (), dim, node.span)

    def _size_of(self, node: Node) -> Dim:
        if not node.args:
            return Dim()
        given = node.args[0]
        if given.op == "name" and given.value in self.model.sizes:
            return Dim(given.value)
        if given.op == "num" and isinstance(given.value[0], int) and given.value[0] >= 1:
            return Dim(given.value[0]) if given.value[0] > 1 else ONE
        if given.op == "width":
            _, new = self.type(given)
            return Dim(new.value)
        if given.op == "name" and given.value not in self.model.shapes:
            self.model.sizes.add(given.value)
            return Dim(given.value)
        raise Unreadable("a size must be a letter or a number.", given.span)

    def _basis(self, node: Node) -> Typed:
        dim = Dim()
        return (dim, ONE), Node("basis", (self.position(node.args[0], dim),), dim, node.span)

    def _matrix(self, node: Node) -> Typed:
        rows, columns = node.value
        entries = tuple(self.scalar(a, "an entry of a matrix") for a in node.args)
        return (Dim(rows) if rows > 1 else ONE, Dim(columns) if columns > 1 else ONE), Node(
            "matrix", entries, node.value, node.span
        )

    # -- entries

    def position(self, node: Node, dim: Dim) -> Node:
        """An index that runs over `dim`."""
        letters = [n for n in ([node] if node.op == "name" else node.args) if n.op == "name"]
        if node.op == "num":
            if not isinstance(node.value[0], int) or node.value[0] < 1:
                raise Unreadable("an entry must be numbered 1, 2, ...", node.span)
            known = dim.known
            if isinstance(known, int) and node.value[0] > known:
                raise Mismatch(f"entry {node.value[0]} does not exist: there are {known}.", node.span)
            if node.value[0] > 6:
                raise Unreadable("an entry must be numbered 1 to 6, or by a letter.", node.span)
            self.least[dim.find()] = max(self.least.get(dim.find(), 1), node.value[0])
            return Node("num", (), node.value, node.span)
        if node.op not in ("name", "add", "sub") or not letters or any(a.op not in ("name", "num") for a in node.args):
            raise Unreadable("an index must be a letter, a number or a sum of these.", node.span)
        for letter in letters:
            if letter.value in self.model.sizes and letter.value not in self.indices:
                if not self.trail.unify(dim, Dim(letter.value)):
                    raise Mismatch(f"index {letter.value} does not run over {dim} entries.", letter.span)
                return Node("size", (), Dim(letter.value), node.span)
            here = self.indices.setdefault(letter.value, Dim())
            if node.op == "name" and not self.trail.unify(here, dim):
                error = Mismatch(f"index {letter.value} runs over {here} and over {dim} entries.", node.span)
                if 1 in (here.known, dim.known):
                    raise error
                self.conflicts.append((here, dim, error))  # still judged, where the two sizes are equal
        return self._index_tree(node)

    def _index_tree(self, node: Node) -> Node:
        if node.op == "name":
            return Node("index", (), node.value, node.span)
        if node.op == "num":
            return node
        return Node(node.op, tuple(self._index_tree(a) for a in node.args), node.value, node.span)

    def _entry(self, node: Node) -> Typed:
        shape, base = self.type(node.args[0])
        places = node.args[1:]
        if is_scalar(shape):
            raise Mismatch(f"{self.source(node.args[0])} is a number and has no entries.", node.span)
        if len(places) == 1 and is_column(shape):
            return Scalar, Node("entry", (base, self.position(places[0], shape[0]), number(1)), None, node.span)
        if len(places) == 1 and is_row(shape):
            return Scalar, Node("entry", (base, number(1), self.position(places[0], shape[1])), None, node.span)
        if len(places) == 2:
            if is_column(shape) or is_row(shape):
                raise Mismatch(f"{self.source(node.args[0])} is {describe(shape)} and takes one index.", node.span)
            return Scalar, Node(
                "entry", (base, self.position(places[0], shape[0]), self.position(places[1], shape[1])), None, node.span
            )
        raise Mismatch(f"{self.source(node.args[0])} is {describe(shape)} and takes two indices.", node.span)

    def _kron(self, node: Node) -> Typed:
        for a in node.args:
            if a.op == "name":
                self.indices.setdefault(a.value, Dim())
        first, second = node.args
        if first.op == second.op == "name":
            self.trail.unify(self.indices[first.value], self.indices[second.value])
        return Scalar, Node("kron", tuple(self._index_tree(a) for a in node.args), None, node.span)

    # -- operators

    def _neg(self, node: Node) -> Typed:
        shape, new = self.type(node.args[0])
        return shape, Node("neg", (new,), None, node.span)

    def _add(self, node: Node) -> Typed:
        (a, left), (b, right) = self.type(node.args[0]), self.type(node.args[1])
        new = Node(node.op, (left, right), None, node.span)
        if is_scalar(a) or is_scalar(b):
            return (b if is_scalar(a) else a), new
        if self.trail.unify_shapes(a, b):
            return a, new
        wide = self.model.broadcast(a, b)
        if wide is not None:
            return wide[0], Node(
                node.op,
                tuple(Node("T", (n,)) if flip else n for n, flip in zip((left, right), wide[1], strict=True)),
                None,
                node.span,
            )
        sign = "+" if node.op == "add" else "-"
        raise Mismatch(
            f"{self.tells(node.args[0], a)} and {self.tells(node.args[1], b)}: "
            f"{self.source(node.args[0])} {sign} {self.source(node.args[1])} does not add up.",
            node.span,
        )

    _sub = _add

    def tells(self, node: Node, shape: Shape) -> str:
        return f"{self.source(node)} is {describe(shape)}"

    def _any(self, node: Node) -> Typed:
        """Any smooth number of what nothing else on the sheet uses."""
        return Scalar, Node("generic", tuple(self.type(a)[1] for a in node.args), node.value, node.span)

    def _whole_family(self, node: Node) -> Typed:
        shape = self.model.family(node.value)
        high = next(iter(self.model.steps.values()), (1, "T"))[1]
        return shape, Node("whole family", (Node("size", (), Dim(high)),), node.value, node.span)

    def _mul(self, node: Node) -> Typed:
        (a, left), (b, right) = self.type(node.args[0]), self.type(node.args[1])
        kind = node.value
        if is_scalar(a) or is_scalar(b):
            return (b if is_scalar(a) else a), Node("scale", (left, right), None, node.span)
        if kind in ("odot", "oslash"):
            if self.trail.unify_shapes(a, b):
                return a, Node("hadamard" if kind == "odot" else "quotient", (left, right), None, node.span)
            raise Mismatch(
                f"{self.tells(node.args[0], a)} and {self.tells(node.args[1], b)}: ⊙ needs two of one shape.", node.span
            )
        if kind == "inner":
            if self.trail.unify_shapes(a, b):
                return Scalar, Node("inner", (left, right), None, node.span)
            raise Mismatch(
                f"{self.tells(node.args[0], a)} and {self.tells(node.args[1], b)}: ⟨ , ⟩ needs two of one shape.", node.span
            )
        if kind == "otimes":
            return self._outer(node, a, b, left, right)
        readings = self._readings(kind, a, b)
        if not readings:
            return self._no_product(node, a, b)
        name = self.decide(node, readings)
        if name == "matmul":
            self.trail.unify(a[1], b[0])
            return (a[0], b[1]), Node("matmul", (left, right), None, node.span)
        self.trail.unify_shapes(a, b)
        return (Scalar if name == "inner" else a), Node(name, (left, right), None, node.span)

    def _readings(self, kind: str, a: Shape, b: Shape) -> list[str]:
        """The products that conform."""
        mark = self.trail.mark()
        found = []
        if self.trail.unify(a[1], b[0]):
            found.append("matmul")
        self.trail.undo(mark)
        alike = self.trail.unify_shapes(a, b)
        self.trail.undo(mark)
        if alike and kind == "cdot" and not is_row(a) and (is_column(a) or (same(a, b) and a[0].known is not None)):
            found.append("inner")
        if alike and kind == "star":
            found.append("hadamard")
            if is_column(a):
                found.append("inner")
        return found

    def _outer(self, node: Node, a: Shape, b: Shape, left: Node, right: Node) -> Typed:
        if is_column(a) and is_column(b):
            return (a[0], b[0]), Node("matmul", (left, Node("T", (right,))), None, node.span)
        raise Unreadable(
            "⊗ of matrices (Kronecker) is outside the language of sheets; of two columns it is the outer product.", node.span
        )

    def _no_product(self, node: Node, a: Shape, b: Shape) -> Typed:
        first, second = node.args
        left, right = self.source(first), self.source(second)
        fits = []
        flipped = (a[1], a[0])
        if _fits(flipped[1], b[0]):
            fits.append(f"({left})ᵀ {right}" if len(left) > 1 else f"{left}ᵀ {right}")
        if _fits(a[1], b[1]):
            fits.append(f"{left} ({right})ᵀ" if len(right) > 1 else f"{left} {right}ᵀ")
        if same(a, b):
            fits.append(f"{left} ⊙ {right}")
        hint = f"; {fits[0]} does" if len(fits) == 1 else f"; {', '.join(fits[:-1])} and {fits[-1]} do" if fits else ""
        raise Mismatch(
            f"{self.tells(first, a)} and {self.tells(second, b)}: {left} times {right} does not multiply{hint}.", node.span
        )

    def _scale(self, node: Node) -> Typed:
        (a, left), (b, right) = self.type(node.args[0]), self.type(node.args[1])
        return (b if is_scalar(a) else a), Node("scale", (left, right), None, node.span)

    def _div(self, node: Node) -> Typed:
        (a, left), (b, right) = self.type(node.args[0]), self.type(node.args[1])
        if not is_scalar(b) and (is_scalar(a) or not self.trail.unify_shapes(a, b) or not is_column(a)):
            raise Mismatch(
                f"{self.tells(node.args[1], b)}: nothing is divided by {'a matrix' if not is_column(b) else 'a column'}. "
                "Write entries, or ⊙.",
                node.span,
            )
        return a, Node("quotient", (left, right), None, node.span)

    def _T(self, node: Node) -> Typed:
        shape, new = self.type(node.args[0])
        return (shape[1], shape[0]), Node("T", (new,), None, node.span)

    def _prime(self, node: Node) -> Typed:
        inner = node.args[0]
        if inner.op == "name" and inner.value in self.model.functions:
            return self.type(Node("apply", (Node("name", (), "·"),), (inner.value, 1), node.span))
        found = self.model.prime(node, self)
        return found if found is not None else self._T(node)

    def _pow(self, node: Node) -> Typed:
        shape, base = self.type(node.args[0])
        power = node.args[1]
        exponent = self.scalar(power, "an exponent")
        whole = _whole(power)
        if is_scalar(shape):
            if whole is not None and abs(whole) > 1000:
                raise Unreadable("an exponent must be at most 1000.", power.span)
            return shape, Node("power", (base, exponent), whole, node.span)
        if whole is not None and (is_column(shape) or is_row(shape)) and (node.value == "entries" or whole == 2):
            options = ["entries"] if node.value == "entries" else ["entries", "norm"]
            if self.decide(node, options) == "norm":
                return Scalar, Node("inner", (base, base), None, node.span)
            return shape, Node("powers", (base,), whole, node.span)
        if not self.trail.unify(shape[0], shape[1]):
            said = self.source(node.args[0])
            raise Mismatch(
                f"{said} is {describe(shape)} and has no powers. Write ‖{said}‖² or {said} ⊙ {said}, whichever is meant.",
                node.span,
            )
        if whole is None or not -8 <= whole <= 8:
            raise Unreadable("the power of a matrix must be a whole number from -8 to 8.", power.span)
        return shape, Node("matpower", (base,), whole, node.span)

    # -- norms, functions

    def _norm(self, node: Node) -> Typed:
        shape, inner = self.type(node.args[0])
        kind = node.value
        if kind == "2" and not (is_column(shape) or is_row(shape) or is_scalar(shape)):
            kind = "F"
        return Scalar, Node("norm", (inner,), kind, node.span)

    def _abs(self, node: Node) -> Typed:
        shape, inner = self.type(node.args[0])
        if is_scalar(shape):
            return shape, Node("call", (inner,), ("abs", 0), node.span)
        if is_column(shape) or is_row(shape):
            return Scalar, Node("norm", (inner,), "2", node.span)
        if self.trail.unify(shape[0], shape[1]):
            return Scalar, Node("det", (inner,), None, node.span)
        raise Mismatch(f"{self.tells(node.args[0], shape)}: |·| needs a number, a column or a square matrix.", node.span)

    def _apply(self, node: Node) -> Typed:
        name, order = node.value
        if name in self.model.functions:
            return self.model.apply(node, self)
        if name in ELEMENTWISE:
            if len(node.args) != 1:
                raise Unreadable(f"{name} takes one argument.", node.span)
            shape, inner = self.type(node.args[0])
            return shape, Node("call", (inner,), ({"ln": "log", "logistic": "sigmoid"}.get(name, name), order), node.span)
        if order:
            raise Unreadable(f"the derivative of {name} must be written with ∂.", node.span)
        handler = getattr(self, f"_function_{name}", None)
        if handler is None:
            raise Unreadable(f"the function {name} is not known. Define it: {name}(x) = ...", node.span)
        return handler(node)

    def _act(self, node: Node) -> Typed:
        return self.model.activation(node, self)

    def _function_softmax(self, node: Node) -> Typed:
        shape, inner = self._vector(node)
        return shape, Node("softmax", (inner,), None, node.span)

    def _function_logsumexp(self, node: Node) -> Typed:
        _, inner = self._vector(node)
        return Scalar, Node("logsumexp", (inner,), None, node.span)

    def _vector(self, node: Node) -> Typed:
        if len(node.args) != 1:
            raise Unreadable(f"{node.value[0]} takes one argument.", node.span)
        shape, inner = self.type(node.args[0])
        if not (is_column(shape) or is_row(shape)):
            raise Mismatch(f"{self.tells(node.args[0], shape)}: {node.value[0]} takes a column.", node.span)
        return shape, inner

    def _square(self, node: Node) -> Typed:
        if len(node.args) != 1:
            raise Unreadable(f"{node.value[0]} takes one argument.", node.span)
        shape, inner = self.type(node.args[0])
        if not self.trail.unify(shape[0], shape[1]):
            raise Mismatch(f"{self.tells(node.args[0], shape)}: {node.value[0]} takes a square matrix.", node.span)
        return shape, inner

    def _function_tr(self, node: Node) -> Typed:
        return Scalar, Node("tr", (self._square(node)[1],), None, node.span)

    _function_trace = _function_tr

    def _function_det(self, node: Node) -> Typed:
        return Scalar, Node("det", (self._square(node)[1],), None, node.span)

    def _function_diag(self, node: Node) -> Typed:
        shape, inner = self.type(node.args[0])
        if is_column(shape):
            return (shape[0], shape[0]), Node("diag", (inner,), None, node.span)
        if is_row(shape):
            return (shape[1], shape[1]), Node("diag", (Node("T", (inner,)),), None, node.span)
        if is_scalar(shape) or not self.trail.unify(shape[0], shape[1]):
            raise Mismatch(f"{self.tells(node.args[0], shape)}: diag takes a column or a square matrix.", node.span)
        return (shape[0], ONE), Node("diagonal", (inner,), None, node.span)

    def _function_vec(self, node: Node) -> Typed:
        shape, inner = self.type(node.args[0])
        name = f"{shape[0]}·{shape[1]}"
        known = shape[0].known if shape[1].known == 1 else shape[1].known if shape[0].known == 1 else name
        return (Dim(known), ONE), Node("vec", (inner,), None, node.span)

    def _function_sum(self, node: Node) -> Typed:
        return Scalar, Node("total", (self.type(node.args[0])[1],), None, node.span)

    def _function_mean(self, node: Node) -> Typed:
        return Scalar, Node("mean", (self.type(node.args[0])[1],), None, node.span)

    def _function_norm(self, node: Node) -> Typed:
        return self._norm(Node("norm", node.args, "2", node.span))

    def _function_max(self, node: Node) -> Typed:
        if len(node.args) != 2:
            raise Unreadable(f"{node.value[0]} takes two arguments, as in {node.value[0]}(0, z).", node.span)
        (a, left), (b, right) = self.type(node.args[0]), self.type(node.args[1])
        if not (is_scalar(a) or is_scalar(b) or self.trail.unify_shapes(a, b)):
            raise Mismatch(f"{self.tells(node.args[0], a)} and {self.tells(node.args[1], b)}.", node.span)
        return (b if is_scalar(a) else a), Node("extremum", (left, right), node.value[0], node.span)

    _function_min = _function_max

    # -- conditions

    def _iverson(self, node: Node) -> Typed:
        shape, inner = self.condition(node.args[0])
        return shape, Node("iverson", (inner,), None, node.span)

    def condition(self, node: Node) -> Typed:
        if node.op == "otherwise":
            return Scalar, node
        if node.op == "and":
            (a, left), (b, right) = self.condition(node.args[0]), self.condition(node.args[1])
            return (b if is_scalar(a) else a), Node("and", (left, right), None, node.span)
        letters = [n.value for n in node.args if n.op == "name"]
        if len(letters) == 2 and any(n in self.indices for n in letters) and not any(n in self.model.shapes for n in letters):
            first, second = (self.indices.setdefault(n, Dim()) for n in letters)
            self.trail.unify(first, second)
        (a, left), (b, right) = self.type(node.args[0]), self.type(node.args[1])
        if not (is_scalar(a) or is_scalar(b) or self.trail.unify_shapes(a, b)):
            raise Mismatch(
                f"{self.tells(node.args[0], a)} and {self.tells(node.args[1], b)}: they cannot be compared.", node.span
            )
        return (b if is_scalar(a) else a), Node("compare", (left, right), node.value, node.span)

    def _cases(self, node: Node) -> Typed:
        shape: Shape = Scalar
        branches = []
        for branch in node.args:
            (a, value), (b, guard) = self.type(branch.args[0]), self.condition(branch.args[1])
            for other in (a, b):
                if is_scalar(shape):
                    shape = other
                elif not is_scalar(other) and not self.trail.unify_shapes(shape, other):
                    raise Mismatch("the rows of cases must have one shape.", branch.span)
            branches.append(Node("branch", (value, guard), None, branch.span))
        return shape, Node("cases", tuple(branches), None, node.span)

    # -- sums

    @contextmanager
    def binding(self, letter: str, dim: Dim):
        """`letter` as an index of its own while a sum is looked into."""
        saved = self.indices.get(letter)
        self.indices[letter] = dim
        self.bound.append(letter)
        yield
        self.bound.pop()
        if saved is None:
            del self.indices[letter]
        else:
            self.indices[letter] = saved

    def _sum(self, node: Node) -> Typed:
        body, low, high, guard = node.args
        layers = self.model.layer_range(node)
        if layers is not None:
            parts = [substitute(body, node.value, number(l)) for l in layers]
            total = parts[0]
            for p in parts[1:]:
                total = Node("add" if node.op == "sum" else "mul", (total, p), None if node.op == "sum" else "juxt", node.span)
            return self.type(total)
        dim = self.model.range_of(node)
        with self.binding(node.value, dim):
            shape, inner = self.type(body)
            condition = self.condition(guard)[1] if guard.op != "none" else guard
            start = self.scalar(low, "the first index") if low.op != "none" else number(1)
            stop = self.scalar(high, "the last index") if high.op not in ("none", "name") else Node("size", (), dim)
        if dim.known is None:
            self.model.open_range(node, dim)
        if node.op == "prod" and not is_scalar(shape):
            raise Mismatch("a product over an index needs numbers.", node.span)
        return shape, Node(node.op, (inner, start, stop, condition), node.value, node.span)

    _prod = _sum

    # -- derivatives

    def _deriv(self, node: Node) -> Typed:
        return derivative(node, self)

    def _grad(self, node: Node) -> Typed:
        return gradient(node, self)


def _whole(node: Node) -> int | None:
    if node.op == "num" and isinstance(node.value[0], int):
        return node.value[0]
    if node.op == "neg" and node.args[0].op == "num" and isinstance(node.args[0].value[0], int):
        return -node.args[0].value[0]
    return _whole(node.args[0]) if node.op == "paren" else None


def _fits(a: Dim, b: Dim) -> bool:
    return a.known is not None and a.known == b.known
