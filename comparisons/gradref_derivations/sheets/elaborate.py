"""Shapes before values: every expression gets its shape, and every product the one reading that conforms.

The result is a tree of definite operations, which `evaluate` computes without asking again.
"""

from __future__ import annotations

from .differentiate import derivative, gradient
from .problems import Mismatch, Unreadable
from .shapes import ONE, Dim, Shape, describe, is_column, is_row, is_scalar, same
from .tree import Node
from .typer import Scalar, Typed
from .typer_functions import FunctionTyper

__all__ = ["Elaborator"]


class Elaborator(FunctionTyper):
    """Gives shapes within one statement, products and derivatives included; see `Typer`."""

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
        one = node.args[1].op == "num" and node.args[1].value == (1, None) and not is_scalar(a) and kind == "juxt"
        if one and self.decide(node, ["number", "ones"]) == "ones":
            b, right = (a[1], ONE), Node("full", (), a[1], node.args[1].span)
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
        if node.value == "tight":
            return self._tight(node)
        (a, left), (b, right) = self.type(node.args[0]), self.type(node.args[1])
        return self._divided(node, a, left, b, right)

    def _divided(self, node: Node, a: Shape, left: Node, b: Shape, right: Node) -> Typed:
        if not is_scalar(b) and (is_scalar(a) or not self.trail.unify_shapes(a, b) or not is_column(a)):
            raise Mismatch(
                f"{self.tells(node.args[1], b)}: nothing is divided by {'a matrix' if not is_column(b) else 'a column'}. "
                "Write entries, or ⊙.",
                node.span,
            )
        return a, Node("quotient", (left, right), None, node.span)

    def _tight(self, node: Node) -> Typed:
        """a/bc is a/(bc); where bc is no number, (a/b)c is the one reading that conforms."""
        top, bottom = node.args
        mark = self.trail.mark()
        try:
            shape, right = self.type(bottom)
            error: Mismatch | None = None
        except Mismatch as problem:
            self.trail.undo(mark)
            shape, right, error = None, None, problem
        if shape is not None and right is not None and is_scalar(shape):
            a, left = self.type(top)
            return self._divided(node, a, left, shape, right)
        factors = [bottom]
        while factors[0].op == "mul" and factors[0].value == "juxt":
            factors[:1] = factors[0].args
        product = Node("div", (top, factors[0]), None, None)
        for f in factors[1:]:
            product = Node("mul", (product, f), "juxt", None)
        try:
            return self.type(product)
        except Mismatch:
            raise error or Mismatch(f"{self.source(bottom)} is no number: nothing is divided by it.", node.span) from None

    def _T(self, node: Node) -> Typed:
        if node.args[0].op == "num" and node.args[0].value == (1, None):
            dim = Dim()  # a 1 that is transposed is the vector of ones
            return (ONE, dim), Node("T", (Node("full", (), dim, node.span),), None, node.span)
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
