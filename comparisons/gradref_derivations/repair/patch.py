"""From an edited tree back to the source: only the piece that changes is rewritten, everything else keeps its spelling."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Spliced", "splice_expression", "splice_statements"]

_OPERATORS = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Lambda)


@dataclass(frozen=True)
class Spliced:
    """The new file, the first changed line, the lines before and after, and the piece that differs."""

    text: str
    line: int
    before: str
    after: str
    old: str
    new: str


def splice_expression(text: str, tree: ast.Module, old: ast.expr, new: ast.expr, wanted: str) -> Spliced | None:
    """Put `new` in the place of `old`; `wanted` is the dump of the tree that must come out. None if no spelling gives it."""
    if isinstance(old, ast.Slice) and not hasattr(old, "lineno"):
        return None
    low, high = _segment(text, old)
    places = [(low, high)]
    if text[low - 1 : low] == "(" and text[high : high + 1] == ")":  # brackets that only held the old piece together
        places.insert(0, (low - 1, high + 1))
    for piece in _spellings(new, text, tree):
        for start, end in places:
            for option in (piece, f"({piece})"):
                changed = text[:start] + option + text[end:]
                if _is(changed, wanted):
                    return _described(text, changed, old.lineno, old.end_lineno or old.lineno, text[start:end], option)
    return None


def splice_statements(text: str, tree: ast.Module, old: list[ast.stmt], new: list[ast.stmt], wanted: str) -> Spliced | None:
    """Put other statements in the place of some that follow each other; with none of them the lines go."""
    lines = text.splitlines(keepends=True)
    first, last = old[0].lineno, old[-1].end_lineno or old[-1].lineno
    indent = lines[first - 1][: len(lines[first - 1]) - len(lines[first - 1].lstrip())]
    known = {id(n) for n in ast.walk(tree)}
    rows = [row for statement in new for row in _rows(statement, text, tree, known)]
    block = "".join(f"{indent}{row}\n" if row.strip() else "\n" for row in rows)
    changed = "".join(lines[: first - 1]) + block + "".join(lines[last:])
    if not _is(changed, wanted):
        return None
    before, after = "".join(lines[first - 1 : last]).rstrip("\n"), block.rstrip("\n")
    return Spliced(changed, first, before, after, before.strip(), after.strip())


def _rows(statement: ast.stmt, text: str, tree: ast.Module, known: set[int]) -> list[str]:
    """The lines of a statement without its indentation: those of the file where it comes from there."""
    if id(statement) in known and hasattr(statement, "end_lineno"):
        lines = text.splitlines()[statement.lineno - 1 : statement.end_lineno]
        own = len(lines[0]) - len(lines[0].lstrip())
        return [line[own:] if not line[:own].strip() else line.lstrip() for line in lines]
    ast.fix_missing_locations(statement)
    wanted = ast.dump(ast.parse(ast.unparse(statement)))
    fitting = (s for s in _spellings(statement, text, tree) if _is(s, wanted))
    return next(fitting, ast.unparse(statement)).splitlines()


def _is(text: str, wanted: str) -> bool:
    try:
        return ast.dump(ast.parse(text)) == wanted
    except (SyntaxError, ValueError):
        return False


def _offset(lines: list[str], line: int, column: int) -> int:
    """Position in the text of a tree's (line, UTF-8 column)."""
    return sum(len(row) for row in lines[: line - 1]) + len(lines[line - 1].encode()[:column].decode())


def _segment(text: str, node: ast.expr) -> tuple[int, int]:
    lines = text.splitlines(keepends=True)
    return _offset(lines, node.lineno, node.col_offset), _offset(lines, node.end_lineno or 0, node.end_col_offset or 0)


def _originals(new: ast.AST, known: set[int]) -> list[ast.expr]:
    """The topmost expressions inside `new` that come from the file as they are."""
    if id(new) in known and isinstance(new, ast.expr) and not isinstance(new, ast.Slice) and hasattr(new, "end_lineno"):
        return [new]
    return [node for child in ast.iter_child_nodes(new) for node in _originals(child, known)]


def _spellings(new: ast.AST, text: str, tree: ast.AST) -> Iterator[str]:
    """Ways to write a new piece of code, those with the fewest brackets first; what comes from the file is copied letter by letter."""
    parts = _originals(new, {id(n) for n in ast.walk(tree)})
    names = {id(p): f"_gradref_{i}_" for i, p in enumerate(parts)}
    outline = ast.unparse(_Swap(names).visit(new))
    if text.count('"') > text.count("'"):
        outline = outline.replace("'", '"')
    pieces = [text[slice(*_segment(text, p))] for p in parts]
    pieces = [" ".join(piece.split()) if "\n" in piece else piece for piece in pieces]
    bracketed = [i for i, p in enumerate(parts) if isinstance(p, _OPERATORS)]
    for chosen in ([], *([i] for i in bracketed), bracketed if len(bracketed) > 1 else []):
        written = outline
        for i, piece in enumerate(pieces):
            written = written.replace(f"_gradref_{i}_", f"({piece})" if i in chosen else piece)
        yield written


class _Swap(ast.NodeTransformer):
    """A copy of a tree with some nodes given a name instead."""

    def __init__(self, names: dict[int, str]):
        self.names = names

    def visit(self, node: ast.AST) -> Any:
        """The copy of one node."""
        if id(node) in self.names:
            return ast.Name(self.names[id(node)], ast.Load())
        copied = type(node)(**dict(ast.iter_fields(node)))
        for name, value in ast.iter_fields(copied):
            if isinstance(value, ast.AST):
                setattr(copied, name, self.visit(value))
            elif isinstance(value, list):
                setattr(copied, name, [self.visit(v) if isinstance(v, ast.AST) else v for v in value])
        return ast.copy_location(copied, node) if hasattr(node, "lineno") else copied


def _described(text: str, changed: str, first: int, last: int, old: str, new: str) -> Spliced:
    lines, after = text.splitlines(), changed.splitlines()
    extra = len(after) - len(lines)
    return Spliced(changed, first, "\n".join(lines[first - 1 : last]), "\n".join(after[first - 1 : last + extra]), old, new)
