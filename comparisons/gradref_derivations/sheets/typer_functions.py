"""Shapes of norms, functions, conditions and sums."""

from __future__ import annotations

from contextlib import contextmanager

from .problems import Mismatch, Unreadable
from .shapes import ONE, Dim, Shape, is_column, is_row, is_scalar
from .tree import Node, letters_in, number, substitute
from .typer import Scalar, Typed, Typer
from .vocabulary import ELEMENTWISE

__all__ = ["FunctionTyper"]


class FunctionTyper(Typer):
    """What a `Typer` knows of functions of arrays."""

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
        if dim.known is None and node.value in self.indices and node.value not in letters_in(body):
            dim = self.indices[node.value]
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
