"""Formulas as people write them: LaTeX, a course's brackets, plain text, Unicode."""

import ast
from dataclasses import dataclass

from .terms import FUNCTIONS

GREEK = {"delta": "δ", "Delta": "Δ", "gamma": "γ", "beta": "β", "mu": "μ", "eps": "ε", "lam": "λ", "sig": "σ", "sp": "σ'"}
LATEX = {"eps": r"\epsilon", "lam": r"\lambda", "sig": r"\sigma", "sp": r"\sigma'", "xh": r"\hat x", "ones": r"\mathbf 1"}
LATEX |= {name: "\\" + name for name in ("delta", "Delta", "gamma", "beta", "mu")}
PLAIN = {"sig": "sigma", "sp": "sigma'", "xh": "xhat", "ones": "ones", "eps": "epsilon", "lam": "lambda"}
RAISED = str.maketrans("0123456789+-lL", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ˡᴸ")
SUM, HADAMARD, PRODUCT, POWER, ATOM = range(5)


@dataclass(frozen=True)
class Style:
    """How the signs look: `names`, and a template for each construction."""

    key: str
    names: dict
    times: str
    entrywise: str
    dot: str
    transpose: str

    @property
    def latex(self):
        return self.key in ("latex", "course")

    def name(self, name):
        if self.key == "unicode":
            return {"xh": "x̂", "ones": r"\mathbf 1"}.get(name, GREEK.get(name, name))
        return self.names.get(name, name)

    def layer(self, name, at):
        if self.key == "unicode":
            return name + at.translate(RAISED)
        if self.key == "course":
            return f"{name}^{{[{at}]}}"
        if self.key == "plain" and at.isdigit():
            return name + at
        return f"{name}^{at}" if len(at) == 1 else f"{name}^{{{at}}}"

    def entry(self, name, indices):
        return f"{name}_{indices}" if len(indices) == 1 else f"{name}_{{{indices}}}"

    def call(self, name, inside):
        if name == "norm":
            return rf"\lVert {inside} \rVert" if self.latex else f"||{inside}||"
        if self.latex and name in ("diag", "tr", "softmax"):
            return rf"\operatorname{{{name}}}({inside})"
        if self.latex and name in ("exp", "log", "sin", "cos", "tanh", "det"):
            return rf"\{name}({inside})"
        if name == "sqrt":
            return rf"\sqrt{{{inside}}}" if self.latex else f"sqrt({inside})"
        return f"{self.name(name)}({inside})"

    def fraction(self, above, below):
        return rf"\frac{{{above}}}{{{below}}}" if self.latex else f"{above}/{below}"

    def derivative(self, what, by, simple):
        if self.latex:
            return rf"\frac{{\partial {what}}}{{\partial {by}}}" if simple else rf"\frac{{\partial}}{{\partial {by}}} ({what})"
        d = "∂" if self.key == "unicode" else "d"
        return f"{d}{what}/{d}{by}" if simple else f"{d}/{d}{by} ({what})"


STYLES = {
    "latex": Style("latex", LATEX, " ", r" \odot ", r" \cdot ", "^T"),
    "course": Style("course", LATEX, " ", r" \circ ", r" \cdot ", r"^\top"),
    "plain": Style("plain", PLAIN, " ", " .* ", " . ", "^T"),
    "unicode": Style("unicode", {}, " ", " ⊙ ", " · ", "ᵀ"),
}


class Writer:
    """Writes formulas in one style; `layered` are the names whose first argument is a layer."""

    def __init__(self, style, layered=()):
        self.style, self.layered = STYLES[style], layered

    def equation(self, left, right):
        return f"{self.text(left)} = {self.text(right)}"

    def text(self, formula):
        node = ast.parse(formula, mode="eval").body if isinstance(formula, str) else formula
        return self._write(node)[0]

    def _inside(self, node, least):
        text, level = self._write(node)
        return f"({text})" if level < least else text

    def _write(self, node):
        """(text, how strongly it binds)."""
        return getattr(self, f"_{type(node).__name__.lower()}")(node)

    def _constant(self, node):
        return f"{node.value:g}", ATOM

    def _name(self, node):
        return self.style.name(node.id), ATOM

    def _unaryop(self, node):
        return "-" + self._inside(node.operand, HADAMARD), SUM

    def _attribute(self, node):
        text, level = self._write(node.value)
        simple = level == ATOM and "^" not in text and not any(c in text for c in "ˡᴸ⁺⁻¹²³(")
        return (text if simple else f"({text})") + self.style.transpose, POWER

    def _binop(self, node):
        kind = type(node.op)
        style = self.style
        if kind in (ast.Add, ast.Sub):
            sign = " + " if kind is ast.Add else " - "
            right = self._inside(node.right, HADAMARD)
            return self._inside(node.left, SUM) + sign + right, SUM
        if kind is ast.Mod:
            return self._inside(node.left, HADAMARD) + style.entrywise + self._inside(node.right, PRODUCT), HADAMARD
        if kind is ast.Div:
            if style.latex:
                return style.fraction(self.text(node.left), self.text(node.right)), POWER
            return f"({self._inside(node.left, PRODUCT)}/{self._inside(node.right, ATOM)})", ATOM
        if kind is ast.Pow:
            power = self.text(node.right)
            return self._inside(node.left, ATOM) + (f"^{power}" if len(power) == 1 else f"^{{{power}}}"), POWER
        between = style.dot if kind is ast.FloorDiv else style.times
        left = self._inside(node.left, PRODUCT)
        if "S(" in ast.unparse(node.left):
            left = self._inside(node.left, ATOM)
        right = self._inside(node.right, PRODUCT if isinstance(node.right, ast.Call) else POWER)
        number = right.lstrip("(")[:1].isdigit() and not right.startswith("(")
        return left + (style.dot if number and style.key != "plain" else " * " if number else between) + right, PRODUCT

    def _call(self, node):
        name, arguments = node.func.id, node.args
        style = self.style
        if name == "S":
            body = self._inside(arguments[1], PRODUCT)
            sign = r"\sum" if style.latex else "Σ" if style.key == "unicode" else "sum"
            return f"{sign}_{arguments[0].id} {body}", PRODUCT
        if name == "D":
            what, by = arguments
            simple = isinstance(what, ast.Name) or (isinstance(what, ast.Call) and what.func.id not in FUNCTIONS)
            return style.derivative(self.text(what), self.text(by), simple), PRODUCT
        if name == "inv":
            text = self._inside(arguments[0], ATOM)
            return text + ("⁻¹" if style.key == "unicode" else "^{-1}"), POWER
        if name == "kron":
            return style.entry(style.name("delta"), "".join(self.text(a) for a in arguments)), ATOM
        if name in FUNCTIONS:
            return style.call(name, self.text(arguments[0])), ATOM
        layered = name in self.layered
        indices = "".join(self.text(a) for a in arguments[layered:])
        written = style.name(name)
        if indices and name in ("W", "A") and layered:
            written = name.lower()
        if layered:
            written = style.layer(written, self.text(arguments[0]).replace(" ", ""))
        return style.entry(written, indices) if indices else written, ATOM
