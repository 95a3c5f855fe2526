"""No sentence is data: nothing branches on, splits or parses a message, a label or a joined key. Words are made at the last door."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("reference", "adapters", "comparisons")

WORDS = {"message", "label", "reason", "title", "hint", "sentence", "finding", "explanation"}
"""What a text for people is called."""

PARSING = {
    "startswith", "endswith", "split", "rsplit", "partition", "rpartition", "find", "rfind", "index", "rindex", "removeprefix",
    "removesuffix", "splitlines",
}  # fmt: skip
"""Methods of a text that take it apart."""

JOINTS = {"|", " · ", ": ", ". "}
"""What keys and sentences are joined with."""

STILL = {
    "adapters/gradref_adapters/torch/findings.py": 1,
    "comparisons/gradref/graph/functions.py": 1,
    "comparisons/gradref_derivations/grade/feedback.py": 1,
    "comparisons/gradref_derivations/sheets/trials.py": 1,
}
"""Files that are still to be cleaned: path -> how many places."""

DICTS = {"comparisons/gradref_derivations/isolated.py"}
"""Where a message is a dict that one process sends another."""


def named(node):
    """The name of a text for people that an expression reads: message, row.message, row["message"], str(row.message)."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.Subscript(slice=ast.Constant(value=str(name))):
            return name if name in WORDS else None
        case ast.Call(func=ast.Name(id="str"), args=[inner]):
            return named(inner)
        case ast.Call(func=ast.Attribute(value=inner, attr="lower" | "strip" | "rstrip" | "lstrip" | "casefold")):
            return named(inner)
    return None


def literal(node):
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value != ""


def places(source):
    """(line, what) for every place where a text is read as data."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in PARSING and named(inner):
                yield node.lineno, f"{named(inner)}.{method}"
            case ast.Call(
                func=ast.Attribute(attr="split" | "rsplit" | "partition" | "rpartition"), args=[ast.Constant(value=joint), *_]
            ) if joint in JOINTS:
                yield node.lineno, f"a key or sentence taken apart at {joint!r}"
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                if isinstance(op, ast.In | ast.NotIn) and literal(left) and named(right):
                    yield node.lineno, f"{left.value!r} in {named(right)}"
                if isinstance(op, ast.Eq | ast.NotEq) and ((literal(left) and named(right)) or (named(left) and literal(right))):
                    yield node.lineno, f"{named(left) or named(right)} compared with a text"
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="re"), attr="match" | "search" | "fullmatch" | "findall"),
                args=[_, inner, *_],
            ):
                if named(inner):
                    yield node.lineno, f"a pattern in {named(inner)}"


def sources():
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


def test_no_sentence_is_data():
    found = {}
    for path in sources():
        if str(path.relative_to(ROOT)) in DICTS:
            continue
        here = [f"{path.relative_to(ROOT)}:{line}: {what}" for line, what in places(path.read_text(encoding="utf-8"))]
        if here:
            found[str(path.relative_to(ROOT))] = here
    new = [place for path, here in found.items() for place in here if len(here) > STILL.get(path, 0)]
    assert not new, "A typed value travels better than a sentence:\n" + "\n".join(new)
    clean = [path for path, allowed in STILL.items() if len(found.get(path, [])) < allowed]
    assert not clean, f"cleaned by now, so take them out of STILL: {clean}"


@pytest.mark.parametrize(
    "source",
    [
        'if v.message.startswith("torch"): pass',
        'hint = row["message"].partition(". ")[2]',
        'bad = "not installed" in reason',
        'bad = "made of it" not in str(self.reason).lower()',
        'if label == "torch eager": pass',
        'case, mode = key.rsplit("|", 1)',
        're.search(r"BP(\\d)", report.sentence)',
        "lines = error.message.splitlines()",
    ],
)
def test_each_form_of_the_habit_is_seen(source):
    assert len(list(places(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        'message = f"{place}: {finding}"',
        "if not reason: pass",
        "if reason is not None: pass",
        'name.startswith("layer")',
        "words = text.split()",
        'if verdict == "fail": pass',
        "messages[label] = reason",
    ],
)
def test_making_words_and_passing_them_on_is_no_habit(source):
    assert list(places(source)) == []
