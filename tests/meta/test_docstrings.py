"""Every public name of the rooms that nobody else could explain says what it is."""

import ast
from pathlib import Path

import pytest

import gradref_balls
import gradref_derivations
import gradref_support

ROOMS = {
    "gradref_balls": Path(str(gradref_balls.__file__)).parent,
    "gradref_support": Path(str(gradref_support.__file__)).parent,
    "gradref_derivations/repair": Path(str(gradref_derivations.__file__)).parent / "repair",
}


def undocumented(source: str) -> list[str]:
    """Public modules, classes, functions and methods without a docstring, as 'Class.method' or 'function'."""
    missing = []

    def visit(node: ast.AST, path: tuple[str, ...]) -> None:
        if ast.get_docstring(node) is None:
            missing.append(".".join(path) or "the module")
        for child in node.body if isinstance(node, ast.ClassDef | ast.Module) else ():
            if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and _public(child):
                visit(child, (*path, child.name))

    visit(ast.parse(source), ())
    return missing


def _public(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """A name of the interface; the setter of a property is explained by its getter."""
    setter = any(isinstance(d, ast.Attribute) and d.attr == "setter" for d in node.decorator_list)
    return not node.name.startswith("_") and not setter


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_name_has_a_docstring(room):
    missing = [
        f"{path.relative_to(ROOMS[room])}: {name}"
        for path in sorted(ROOMS[room].rglob("*.py"))
        for name in undocumented(path.read_text(encoding="utf-8"))
    ]
    assert not missing, f"{len(missing)} without a docstring:\n" + "\n".join(missing)


def test_what_has_no_docstring_is_found():
    source = '"""Module."""\nclass A:\n    """A."""\n    def f(self): pass\n    def _g(self): pass\ndef h():\n    """H."""\n'
    assert undocumented(source) == ["A.f"]
    assert undocumented("x = 1") == ["the module"]
