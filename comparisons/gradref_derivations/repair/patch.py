"""From an edited tree back to the source: only the piece that changes is rewritten, everything else keeps its spelling."""

from __future__ import annotations

import ast
from dataclasses import dataclass

__all__ = ["Spliced", "splice_expression", "splice_statement"]

_OPERATORS = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.BoolOp, ast.IfExp, ast.Lambda)


@dataclass(frozen=True)
class Spliced:
    """The new file, the first changed line, that line before and after, and the piece that differs."""

    text: str
    line: int
    before: str
    after: str
    old: str
    new: str


def _offset(lines: list[str], line: int, column: int) -> int:
    """Position in the text of a tree's (line, UTF-8 column)."""
    start = sum(len(l) for l in lines[: line - 1])
    return start + len(lines[line - 1].encode()[:column].decode())


def _segment(text: str, lines: list[str], node: ast.expr) -> tuple[int, int]:
    return _offset(lines, node.lineno, node.col_offset), _offset(lines, node.end_lineno or 0, node.end_col_offset or 0)


def _originals(new: ast.AST, tree_nodes: set[int]) -> list[ast.expr]:
    """The topmost nodes inside `new` that come from the file as they are."""
    if id(new) in tree_nodes and isinstance(new, ast.expr) and not isinstance(new, ast.Slice):
        return [new]
    return [node for child in ast.iter_child_nodes(new) for node in _originals(child, tree_nodes)]


def written(new: ast.expr, text: str, tree: ast.AST, brackets: bool) -> str:
    """Source of a new expression; parts that come from the file are copied letter by letter."""
    lines = text.splitlines(keepends=True)
    known = {id(n) for n in ast.walk(tree)}
    parts = _originals(new, known)
    if parts == [new]:
        low, high = _segment(text, lines, new)
        return text[low:high]
    names = {id(p): f"_gradref_{i}_" for i, p in enumerate(parts)}

    class Swap(ast.NodeTransformer):
        def visit(self, node):
            if id(node) in names:
                return ast.Name(names[id(node)], ast.Load())
            copied = type(node)(**{k: v for k, v in ast.iter_fields(node)})
            for field_name, value in ast.iter_fields(copied):
                if isinstance(value, ast.AST):
                    setattr(copied, field_name, self.visit(value))
                elif isinstance(value, list):
                    setattr(copied, field_name, [self.visit(v) if isinstance(v, ast.AST) else v for v in value])
            return copied

    out = ast.unparse(Swap().visit(new))
    if text.count('"') > text.count("'"):
        out = out.replace("'", '"')
    for part in parts:
        low, high = _segment(text, lines, part)
        piece = " ".join(text[low:high].split()) if "\n" in text[low:high] else text[low:high]
        if brackets and isinstance(part, _OPERATORS):
            piece = f"({piece})"
        out = out.replace(names[id(part)], piece)
    return out


def splice_expression(text: str, tree: ast.Module, old: ast.expr, new: ast.expr, wanted: str) -> Spliced | None:
    """Put `new` in the place of `old`; `wanted` is the dump of the tree that must come out. None if no spelling gives it."""
    lines = text.splitlines(keepends=True)
    if isinstance(old, ast.Slice) and not hasattr(old, "lineno"):
        return None
    low, high = _segment(text, lines, old)
    for brackets in (False, True):
        piece = written(new, text, tree, brackets)
        for option in (piece, f"({piece})"):
            changed = text[:low] + option + text[high:]
            try:
                if ast.dump(ast.parse(changed)) == wanted:
                    return _describe(text, changed, old.lineno, old.end_lineno or old.lineno, text[low:high], option)
            except SyntaxError:
                continue
    return None


def splice_statement(text: str, statement: ast.stmt, replacement: list[ast.stmt], wanted: str) -> Spliced | None:
    """Put other statements in the place of one."""
    lines = text.splitlines(keepends=True)
    first, last = statement.lineno, statement.end_lineno or statement.lineno
    indent = lines[first - 1][: len(lines[first - 1]) - len(lines[first - 1].lstrip())]
    source = "\n".join(ast.unparse(ast.fix_missing_locations(s)) for s in replacement)
    if text.count('"') > text.count("'"):
        source = source.replace("'", '"')
    block = "".join(f"{indent}{row}\n" for row in source.splitlines())
    changed = "".join(lines[: first - 1]) + block + "".join(lines[last:])
    try:
        if ast.dump(ast.parse(changed)) != wanted:
            return None
    except SyntaxError:
        return None
    before = "".join(lines[first - 1 : last]).rstrip("\n")
    after = block.rstrip("\n")
    return Spliced(changed, first, before, after, before.strip(), after.strip())


def _describe(text: str, changed: str, first: int, last: int, old: str, new: str) -> Spliced:
    lines, after = text.splitlines(), changed.splitlines()
    extra = len(after) - len(lines)
    return Spliced(changed, first, "\n".join(lines[first - 1 : last]), "\n".join(after[first - 1 : last + extra]), old, new)
