"""A sheet read whole: settings, declarations, definitions, claims, and what could not be read."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace

from gradref_reference.errors import FileError

from .declarations import Declaration, declarations
from .definitions import COST_NAMES, Definition, Function
from .document import Document, Piece
from .macros import Macros
from .names import ARGUMENT, compound
from .network import Plan, plan_of
from .operators import FullParser, parse
from .prescan import declare, left_of, scan, words_of
from .printing import written
from .problems import SheetError, Unreadable
from .reading import LAYOUTS
from .scope import LAYER_LETTERS, Scope
from .statements import EQUAL, Statement, cut, rows
from .tokens import Token, lex
from .tree import Node, letters_in, walk

__all__ = ["MAX_STATEMENTS", "Claim", "Problem", "Sheet", "read_sheet"]

MAX_STATEMENTS = 600
_DECLARES = re.compile(
    r"(\\in\b|∈|\bin R\b|\bin R\^)|^\s*[\w, \\{}^]+:\s*(\w+\s*(x|×|\\times)\s*\w+|\w)\b"
    r"|\b(scalars?|symmetric|one-hot|probability|logistic|invertible|positive)\b"
)


@dataclass
class Claim:
    """One equality to judge.

    Attributes
    ----------
    left, right : the two sides.
    guard : trees of conditions on the line.
    span : place of both sides; `right_span` of the right one, whose line is the claim's.
    first : for a step of a chain, the chain's first side; else None.
    approximate : whether ≈ stands between them.
    chain : number of the chain, and of the step in it.
    """

    left: Node
    right: Node
    span: tuple[int, int]
    left_span: tuple[int, int]
    right_span: tuple[int, int]
    guards: list[Node] = field(default_factory=list)
    first: Node | None = None
    approximate: bool = False
    chain: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Problem:
    """What could not be read or is not judged: `kind` is unreadable, shapes, or note."""

    kind: str
    message: str
    span: tuple[int, int]
    chain: tuple[int, int] = (0, 0)


@dataclass
class Sheet:
    """What stands on a sheet."""

    document: Document
    scope: Scope
    plan: Plan | None = None
    layout: str | None = None
    declared: dict[str, tuple[str | int, ...]] = field(default_factory=dict)
    properties: dict[str, set[str]] = field(default_factory=dict)
    steps: dict[str, tuple[int, str | int]] = field(default_factory=dict)
    definitions: dict[str, Definition] = field(default_factory=dict)
    firsts: dict[tuple[str, int], Definition] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    defined: list[tuple[tuple[int, int], str]] = field(default_factory=list)
    functionals: set[str] = field(default_factory=set)
    undefined: set[str] = field(default_factory=set)
    costs: tuple[str, ...] = ()
    remarks: list[str] = field(default_factory=list)
    uses_d: bool = False

    def source(self, node: Node) -> str:
        """What was written for a tree."""
        return written(node, self.document.text)


def read_sheet(document: Document, plan: Plan | None = None, layout: str | None = None, where: str | None = None) -> Sheet:
    """Read everything on a sheet; what is unreadable is kept with its place.

    `plan`, `layout` and `where` stand in for headers. Raises `FileError` for a sheet with too many statements.
    """
    reader = _Reader(document, plan, layout)
    if where:
        reader.sheet.remarks.append(where)
    reader.headers()
    reader.cut()
    reader.learn()
    reader.read()
    return reader.sheet


class _Reader:
    def __init__(self, document: Document, plan: Plan | None, layout: str | None) -> None:
        self.document = document
        self.scope = Scope()
        self.sheet = Sheet(document, self.scope, plan, layout)
        self.declarations: list[Declaration] = []
        self.statements: list[Statement] = []
        self.consumed: set[Piece] = set()
        self.skipping = False
        self.varied: set[str] = set()
        self.macros = Macros.of(document.text)

    # -- headers and declarations

    def headers(self) -> None:
        batch: tuple[str, bool] = ("", False)
        for piece in self.document.pieces:
            try:
                if piece.kind == "header":
                    batch = self.header(piece, batch)
                elif piece.kind in ("remark", "prose", "line") or (piece.kind == "math" and self._declares(piece)):
                    self.loose(piece)
            except SheetError as error:
                self.problem(error, (piece.start, piece.end))
        plan = self.sheet.plan
        if plan is not None:
            letter: str | int | None = batch[0] or plan.batch
            if isinstance(letter, str) and letter.isdigit():
                letter = "m"
            self.sheet.plan = plan = replace(plan, batch=letter or None, rows=batch[1] or plan.rows)
            self.scope.layers, self.scope.depth, self.scope.batch = True, plan.depth, str(plan.batch) if plan.batch else None
            if plan.cost == "cross-entropy":
                self.sheet.properties.setdefault("y", set()).add("distribution")
                self.sheet.remarks.append("The cross-entropy of the header takes y as a distribution: its entries sum to 1.")
        elif batch[0]:
            self.scope.batch = batch[0] if not batch[0].isdigit() else "m"
        declare(self.scope, self.declarations)
        self._enter()

    def _declares(self, piece: Piece) -> bool:
        text = self.document.slice((piece.start, piece.end))
        return ("\\in" in text or "∈" in text) and "=" not in text and "\\sum" not in text

    def header(self, piece: Piece, batch: tuple[str, bool]) -> tuple[str, bool]:
        text = self.document.slice((piece.start, piece.end)).strip()
        span = (piece.start, piece.end)
        if piece.name == "network":
            self.sheet.plan = plan_of(text, span)
        elif piece.name == "layout":
            word = text.lower().strip(" .`*").removesuffix(" layout")
            if word not in LAYOUTS:
                raise Unreadable(f"layout: must be numerator, denominator or mixed, got {text!r}.", span)
            self.sheet.layout = self.sheet.layout or word
        elif piece.name == "batch":
            found = re.match(r"\$?\s*([A-Za-z]|\d+)", text)
            if found is None:
                raise Unreadable("batch: a number or a letter was expected.", span)
            batch = (found[1], batch[1])
        elif piece.name == "samples":
            if text.lower().strip(" .") not in ("rows", "columns"):
                raise Unreadable(f"samples: must be rows or columns, got {text!r}.", span)
            batch = (batch[0], text.lower().strip(" .") == "rows")
        elif piece.name == "where":
            self.declarations += declarations(self.document.text, piece.start, piece.end, self.macros) or []
        self.consumed.add(piece)
        return batch

    def loose(self, piece: Piece) -> None:
        """A line that may be a declaration, or prose that states a property."""
        text = self.document.slice((piece.start, piece.end))
        if len(text) > 400:
            return
        looks = _DECLARES.search(text)
        if not looks or ("=" in text and not re.search(r"=\s*\w+\s*(\.\.|\\dots|\\ldots|,\s*\\l?dots)", text)):
            return
        if piece.kind in ("prose", "remark") and not re.match(r"^\s*[-*]?\s*[\w, \\{}^$∈ℝ×:=.']+$", text):
            return
        found = declarations(self.document.text, piece.start, piece.end, self.macros, strict=False)
        if found:
            self.declarations += found
            self.consumed.add(piece)

    def _enter(self) -> None:
        sheet = self.sheet
        for item in self.declarations:
            for name in item.names:
                texts = [t.text for t in name.below]
                key = name.base if not name.below else compound(name.base, list(name.below))
                if name.below and name.base in self.scope.families and key not in self.scope.compounds:
                    key = self.scope.family_key(name.base)
                if item.maps is not None:
                    sheet.functions[key] = Function(key, (), None, (item.shape or (), item.maps))
                    if item.shape:
                        sheet.functionals.add(key)
                elif item.shape is not None and (not texts or key != name.base or texts[0] in self.scope.steps):
                    sheet.declared[key] = item.shape
                stated = item.properties - {"scalar", "function", "generic", "real", "constant", "square"}
                if stated:
                    sheet.properties.setdefault(key, set()).update(stated)
            if item.step:
                high = int(item.step[2]) if item.step[2].isdigit() else item.step[2]
                low = int(item.step[1]) if item.step[1].isdigit() else 1
                if isinstance(high, int) and high > 12:
                    high = "T"
                sheet.steps[item.step[0]] = (low, high)

    # -- statements

    def cut(self) -> None:
        text = self.document.text
        declared = {n.base for d in self.declarations for n in d.names}
        self.scope.words |= words_of(text if self.document.form == "txt" else "", declared)
        self.scope.words |= {w for d in declared if len(d) > 1 and d.isascii() for w in [d]}
        before: Statement | None = None
        last: Piece | None = None
        for piece in self.document.pieces:
            if piece.kind not in ("math", "line") or piece in self.consumed:
                continue
            shown = self.document.slice((piece.start, piece.end))
            if not piece.display and not any(
                s in shown for s in ("=", "≈", "\\approx", "\\equiv", "\\leftarrow", "≔", "\\triangleq")
            ):
                continue
            try:
                plain = "\\" not in shown and "{" not in shown
                tokens = lex(text, piece.start, piece.end, frozenset(self.scope.words), plain)
                tokens = self.macros.expand(tokens, frozenset(self.scope.words))
                before = before if last is not None and piece.display and last.display else None
                for row in rows(tokens):
                    before = self._row(row, before, piece)
            except SheetError as error:
                self.problem(error, (piece.start, piece.end))
            except RecursionError:
                self.problem(Unreadable("the formula is nested too deeply. Name a part of it."), (piece.start, piece.end))
            last = piece
            if len(self.statements) > MAX_STATEMENTS:
                raise FileError(f"sheet: must have at most {MAX_STATEMENTS} statements. Split it.")

    def _row(self, row: list[Token], before: Statement | None, piece: Piece) -> Statement | None:
        if self.skipping and row[0].text in EQUAL:
            return None  # it goes on with a line that was refused
        self.skipping = False
        try:
            found = cut(row, before, piece.display)
        except SheetError as error:
            self.problem(error, (row[0].start, row[-1].end))
            self.skipping = True
            return None
        self.statements += found
        return found[-1] if found else before

    def learn(self) -> None:
        scan(self.scope, self.statements)
        for letter in self.scope.steps:
            self.sheet.steps.setdefault(letter, (1, "T"))

    def problem(
        self, error: SheetError, span: tuple[int, int], kind: str = "unreadable", chain: tuple[int, int] = (0, 0)
    ) -> None:
        self.sheet.problems.append(Problem(kind, error.message, error.span or span, chain))

    # -- formulas

    def read(self) -> None:
        for number, statement in enumerate(self.statements, start=1):
            try:
                self.statement(statement, number)
            except SheetError as error:
                self.problem(error, statement.span, chain=(number, 1))
            except RecursionError:
                self.problem(
                    Unreadable("the formula is nested too deeply. Name a part of it."), statement.span, chain=(number, 1)
                )
        self._functions()
        self._undefined_numerators()
        self._costs()
        self._errors()

    def statement(self, s: Statement, number: int) -> None:
        if all(r in ("?", "←") for r in s.relations):
            kind = "an update binds a new value and is not judged." if s.relations[0] == "←" else "only equalities are judged."
            self.sheet.problems.append(Problem("note", kind, s.span, (number, 1)))
            return
        if self._range(s):
            return
        if len(s.parts) == 2 and s.solved:
            self.sheet.problems.append(
                Problem("note", "an equation to be solved, or its solution, is not judged.", s.span, (number, 1))
            )
            return
        guards = self._guards(s)
        if self._define(s, number):
            parts = s.parts[1:]
            relations = s.relations[1:]
        else:
            parts, relations = s.parts, s.relations
        if len(parts) < 2:
            return
        trees: list[Node | None] = []
        for at, part in enumerate(parts):
            try:
                trees.append(parse(part, self.scope))
            except SheetError as error:
                trees.append(None)
                place = error.span or (part[0].start, part[-1].end) if part else s.span
                self.problem(Unreadable(error.message, place), s.span, chain=(number, max(at, 1)))
        for tree in trees:
            self.varied |= _varied(tree) if tree is not None else set()
        for step, (a, b) in enumerate(itertools.pairwise(trees), start=1):
            if a is None or b is None:
                continue
            if relations[step - 1] in ("?", "←"):
                self.sheet.problems.append(Problem("note", "only equalities are judged.", s.span, (number, step)))
                continue
            spans = [(p[0].start, p[-1].end) for p in (parts[step - 1], parts[step])]
            span = (spans[0][0], spans[1][1])
            first = trees[0] if step > 1 else None
            self.sheet.claims.append(
                Claim(a, b, span, spans[0], spans[1], guards, first, relations[step - 1] == "≈", (number, step))
            )

    def _guards(self, s: Statement) -> list[Node]:
        guards = []
        for tokens in s.guards:
            tokens = [t for t in tokens if t.kind != "amp"]
            if any(t.text in ("dots", "..", "in", ":", "forall") for t in tokens) or not tokens:
                continue
            try:
                node = FullParser(tokens, self.scope).condition(tokens)
            except SheetError:
                continue
            compares = [n for n in walk(node) if n.op == "compare"]
            if any(n.args[0].op == "name" and n.args[0].value in LAYER_LETTERS for n in compares):
                continue
            guards.append(node)
        return guards

    def _range(self, s: Statement) -> bool:
        """`l = 1, ..., L` and `n = 3` are no claims."""
        left = left_of(s.parts[0])
        if left is None or left.below or left.arguments or len(s.parts) != 2:
            return False
        texts = [t.text for t in s.parts[1]]
        simple = all(
            t.isdigit() or t in ("L", "T", "n", "m", "N", "K", "-", "+", "dots", "..") or (len(t) == 1 and t.isalpha())
            for t in texts
        )
        letters = LAYER_LETTERS - {"L"} | self.scope.steps if self.scope.layers or self.scope.steps else self.scope.steps
        return (
            simple and (left.base in letters or (left.base in self.scope.sizes and left.base not in self.scope.variables))
        ) or any(t in ("dots", "..") for t in texts)

    def _define(self, s: Statement, number: int) -> bool:
        """Take the left side as the definition of a name not yet known, where it is one."""
        left = left_of(s.parts[0])
        if left is None or s.relations[0] in ("?", "←", "≈"):
            return False
        scope, sheet, below = self.scope, self.sheet, list(left.below)
        texts = [t.text for t in below if t.text not in ("{", "}", ",")]
        forced = s.relations[0] == ":="
        if (
            scope.layers
            and (scope.layered(left.base) or left.base in ("x", "y", "X", "Y", "C", "L", "ŷ"))
            and left.base not in scope.variables
        ):
            return False
        if scope.layers and left.base in ("J", "E") and not below and not any(t.text in ("C", "R", "λ") for t in s.parts[1]):
            return False  # another letter for the cost of the header
        if left.base in ("δ", "Δ") and not forced and self._is_error(left.base, below):
            return False
        if left.base == "d" and below == []:
            return False
        name = compound(left.base, below) if below else left.base
        if left.squared:
            name += "^2"
            if name in sheet.definitions:
                return False
            return self._enter_definition(Definition(name, self._body(s), span=s.span), s)
        if left.arguments is not None:
            return self._define_function(name, left.arguments, s)
        if below and left.base in scope.families and name not in scope.compounds:
            return self._define_step(left.base, texts, s)
        if below and name not in scope.compounds:
            if (
                left.base in sheet.definitions
                or len(texts) > 2
                or not all(t.isalpha() for t in texts)
                or len(set(texts)) != len(texts)
            ):
                return False
            body = self._body(s)
            if left.base in {n.value for n in walk(body) if n.op == "name"}:
                return False
            return self._enter_definition(Definition(left.base, body, tuple(texts), "array", span=s.span), s)
        if name in sheet.definitions or name in sheet.functions:
            if forced:
                self.sheet.problems.append(Problem("note", "a new value of a known name is not judged.", s.span, (number, 1)))
                s.parts, s.relations = s.parts[:1], []
                return True
            return False
        if name in ("π", "I") or (name in scope.sizes and name not in sheet.declared):
            return False
        body = self._body(s)
        if name in letters_in(body) or any(n.op == "at" and n.value == name for n in walk(body)):
            if forced:
                self.sheet.problems.append(Problem("note", "an update binds a new value and is not judged.", s.span, (number, 1)))
                s.parts, s.relations = s.parts[:1], []
                return True
            return False
        if self._reaches(body, name):
            return False
        if name in self.varied and not forced:
            self.sheet.problems.append(
                Problem("note", f"{name} was varied before; what it is set to here is not judged.", s.span, (number, 1))
            )
            s.parts, s.relations = s.parts[:1], []
            return True
        return self._enter_definition(Definition(name, body, span=s.span), s)

    def _reaches(self, body: Node, name: str) -> bool:
        """Whether a definition would lead back to its own name."""
        seen: set[str] = set()
        todo = [body]
        while todo:
            for n in walk(todo.pop()):
                if n.op in ("name", "at") and n.value not in seen:
                    seen.add(n.value)
                    if n.value in self.sheet.definitions:
                        todo.append(self.sheet.definitions[n.value].body)
        return name in seen

    def _is_error(self, base: str, below: list[Token]) -> bool:
        """δ with a z of the same index is ∂C/∂z, once a cost is known."""
        match = compound("z", below) if below else "z"
        if self.scope.layers:
            return True
        known = match in self.scope.variables | self.scope.compounds | self.scope.families | self.scope.arrays
        return known and bool(self._cost_candidates())

    def _cost_candidates(self) -> list[str]:
        lefts = {
            n
            for s in self.statements
            if s.relations and (left := left_of(s.parts[0])) is not None
            for n in [left.base]
            if not left.below
        }
        return [n for n in COST_NAMES if n in lefts]

    def _body(self, s: Statement) -> Node:
        return parse(s.parts[1], self.scope)

    def _enter_definition(self, d: Definition, s: Statement) -> bool:
        self.sheet.definitions[d.name] = d
        first = s.parts[1]
        self.sheet.defined.append(((s.parts[0][0].start, first[-1].end), d.name))
        return True

    def _define_function(self, name: str, arguments: tuple[str, ...], s: Statement) -> bool:
        if name in self.sheet.functions and self.sheet.functions[name].body is not None:
            return False
        if name not in self.scope.functions or name[:2] in ("J_", "H_"):
            return False
        body = self._body(s)
        if any(n.op == "apply" and n.value[0] == name for n in walk(body)):
            return False
        self.sheet.functions[name] = Function(name, arguments, body)
        self.varied |= set(arguments)
        self.sheet.defined.append(((s.parts[0][0].start, s.parts[1][-1].end), name))
        return True

    def _define_step(self, base: str, texts: list[str], s: Statement) -> bool:
        sheet, base = self.sheet, self.scope.family_key(base)
        if len(texts) == 1 and texts[0].isdigit():
            if (base, int(texts[0])) in sheet.firsts:
                return False
            sheet.firsts[base, int(texts[0])] = Definition(base, self._body(s), kind="first", step=int(texts[0]), span=s.span)
            sheet.defined.append(((s.parts[0][0].start, s.parts[1][-1].end), f"{base}_{texts[0]}"))
            return True
        if base in sheet.definitions or len(texts) != 1 or texts[0] not in self.scope.steps:
            return False
        return self._enter_definition(Definition(base, self._body(s), (texts[0],), "family", span=s.span), s)

    # -- what follows from the whole sheet

    def _functions(self) -> None:
        sheet = self.sheet
        for name in sorted(self.scope.functions):
            outer, circle, inner = name.partition("circ")
            if circle and name[:2] not in ("J_", "H_"):
                applied = Node("apply", (Node("apply", (Node("name", (), ARGUMENT + "c"),), (inner, 0)),), (outer, 0))
                sheet.functions[name] = Function(name, (ARGUMENT + "c",), applied)
            elif name not in sheet.functions and name not in sheet.definitions:
                sheet.functions[name] = Function(name)
        trees = [t for c in sheet.claims for t in (c.left, c.right)] + [d.body for d in sheet.definitions.values()]
        for n in (n for t in trees for n in walk(t)):
            if n.op == "grad":
                body = n.args[0]
                while body.op == "paren":
                    body = body.args[0]
                sheet.functionals.update(m.value[0] for m in walk(body) if m.op == "apply" and m.value[0] in sheet.functions)
            if n.op == "deriv" and n.value == "d":
                sheet.uses_d = True
            if n.op == "apply" and n.value[0][:2] in ("H_",):
                sheet.functionals.add(n.value[0][2:])

    def _undefined_numerators(self) -> None:
        """`\\partial \\ell/\\partial y` where ℓ is never defined: any smooth function of what nothing else uses."""
        sheet = self.sheet
        if sheet.plan is not None:
            return
        trees = [t for c in sheet.claims for t in (c.left, c.right)]
        tops = {n.args[0].value for t in trees for n in walk(t) if n.op in ("deriv", "grad") and n.args[0].op == "name"}
        used = {n.value for d in sheet.definitions.values() for n in walk(d.body) if n.op == "name" or _same_step(n, d)}
        for top in sorted(tops - {ARGUMENT}):
            if top in sheet.definitions or top in sheet.functions or top in used or sheet.declared.get(top):
                continue
            sinks = [d for d in sheet.definitions.values() if d.name not in used and d.name not in tops]
            families = [d for d in sinks if d.kind == "family"]
            plain = [d for d in sinks if d.kind != "family"]
            if not sinks:
                sheet.undefined.add(top)
                continue
            arguments = [Node("name", (), d.name) for d in plain] + [Node("whole family", (), d.name) for d in families]
            sheet.definitions[top] = Definition(top, Node("any", tuple(arguments), top), span=(0, 0))
            names = ", ".join(d.name for d in sinks)
            sheet.remarks.append(f"{top} is never defined: taken as any smooth function of {names}.")

    def _costs(self) -> None:
        sheet = self.sheet
        candidates = [n for n in COST_NAMES if n in sheet.definitions]
        if not candidates:
            used = {n.value for d in sheet.definitions.values() for n in walk(d.body) if n.op in ("name", "at")}
            candidates = [n for n in sheet.definitions if n not in used]
        sheet.costs = tuple(candidates[:1] if candidates and candidates[0] in COST_NAMES else candidates)

    def _errors(self) -> None:
        """δ_2 beside a z_2 is ∂C/∂z_2."""
        sheet = self.sheet
        if sheet.plan is not None or not sheet.costs:
            return
        for key in sorted(
            {
                n.value
                for c in sheet.claims
                for t in (c.left, c.right)
                for n in walk(t)
                if n.op in ("name", "at") and str(n.value)[:1] in ("δ", "Δ")
            }
        ):
            match = "z" + key[1:] if key[0] == "δ" else "Z" + key[1:]
            if (
                key not in sheet.definitions
                and key not in sheet.declared
                and (match in sheet.definitions or match in sheet.declared)
            ):
                family = match in self.scope.families
                if not family:
                    sheet.definitions[key] = Definition(key, Node("deriv", (Node("cost"), Node("name", (), match)), "short"))


def _same_step(node: Node, d: Definition) -> bool:
    """Whether a family is used at the step that is being defined; what only the next step uses may still be the end of a step."""
    return node.op == "at" and not (d.kind == "family" and node.args[0].op in ("add", "sub"))


def _varied(tree: Node) -> set[str]:
    """The names that derivatives are taken by."""
    found = set()
    for n in walk(tree):
        for target in n.args[1:] if n.op in ("deriv", "grad") else ():
            while target.op in ("paren", "T", "prime", "entry"):
                target = target.args[0]
            if target.op == "name":
                found.add(target.value)
    return found
