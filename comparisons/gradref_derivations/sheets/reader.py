"""A document read whole: its formulas cut into statements, and each told to be a definition or a claim."""

from __future__ import annotations

import itertools

from gradref_reference.errors import FileError

from .conclusions import conclude
from .definitions import COST_NAMES, Definition, Function
from .document import Document, Piece
from .headers import HeaderReader
from .network import Plan
from .operators import FullParser, parse
from .prescan import left_of, scan, words_of
from .problems import SheetError, Unreadable
from .scope import LAYER_LETTERS
from .scripts import compound
from .sheet import Claim, Problem, Sheet
from .statements import EQUAL, Statement, cut, rows
from .tokens import Token, lex
from .tree import Node, letters_in, walk

__all__ = ["MAX_STATEMENTS", "read_sheet"]

MAX_STATEMENTS = 600


def read_sheet(document: Document, plan: Plan | None = None, layout: str | None = None, where: str | None = None) -> Sheet:
    """Read everything on a sheet; what is unreadable is kept with its place.

    `plan`, `layout` and `where` stand in for headers. Raises `FileError` for a sheet with too many statements.
    """
    reader = SheetReader(document, plan, layout)
    if where:
        reader.sheet.remarks.append(where)
    reader.headers()
    reader.cut()
    reader.learn()
    reader.read()
    return reader.sheet


class SheetReader(HeaderReader):
    """Reads statements."""

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
        conclude(self.sheet, self.scope)

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
