"""What an engineer would not accept is known as such, and what one would is not."""

import ast

import pytest

from gradref_derivations.program.editable import Editable
from gradref_derivations.program.program import Program
from gradref_derivations.repair.edit_locations import sites_of
from gradref_derivations.repair.taste import (
    Change,
    brings_a_number,
    calls_another_version,
    compensates,
    differing,
    distaste,
    fits_the_data,
    leaves_something_unused,
    negates_twice,
    neutralises,
    uses_a_leftover,
    writes_a_size,
)

FILE = """
def naive(w):
    total = 0.0
    for v in w:
        total += v
        total += v * v
        total -= v
    return total


def vectorised(w):
    return w.sum()


def backward(i):
    a, y, T = i["a"], i["y"], 6
    ones = np.ones(3)
    for t in range(3):
        a = a + t
    g = a * y
    g = {line}
    g /= T
    return {{"dw": g}}
"""


def change(old, new):
    program = Program(FILE.replace("{line}", old).replace("{{", "{").replace("}}", "}"), "file.py")
    function = next(n for n in program.tree.body if isinstance(n, ast.FunctionDef) and n.name == "backward")
    site = next(s for s in sites_of(Editable(function)) if ast.unparse(s.statement) == f"g = {ast.unparse(ast.parse(old))}")
    return Change(program, site, [site.statement], ast.parse(f"g = {new}").body, lengths={7})


@pytest.mark.parametrize(
    ("habit", "old", "new"),
    [
        (neutralises, "a * y", "a * 0"),
        (neutralises, "a * (1 - 1 / y)", "a * (1 - 1)"),
        (neutralises, "a", "a + 0"),
        (neutralises, "a", "g"),
        (neutralises, "a", "1 - ones"),
        (neutralises, "np.add(a, y)", "np.add(a, y, out=a)"),
        (fits_the_data, "a - y", "1 - y - y"),
        (brings_a_number, "a / 2", "a / 17"),
        (writes_a_size, "a / y", "a / 7"),
        (negates_twice, "-a * y", "-(-a * y)"),
        (calls_another_version, "naive(a)", "vectorised(a)"),
        (leaves_something_unused, "ones * y", "a * y"),
        (compensates, "a", "a * T"),
        (uses_a_leftover, "a", "a + t"),
    ],
)
def test_a_habit_is_recognised_and_costs(habit, old, new):
    seen = change(old, new)
    assert habit(seen)
    assert distaste(seen) > 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a / (1 - y**2)", "a * (1 - y**2)"),
        ("a - y", "a + y"),
        ("a * y", "a * (1 - y)"),
        ("a", "a * 2"),
        ("-a", "a"),
        ("a / y", "a / len(y)"),
    ],
)
def test_what_one_would_write_has_no_bad_habit(old, new):
    assert distaste(change(old, new)) <= 0.3, "no more than a call that the file does not have"


def test_the_piece_that_differs_is_found_between_whole_words():
    assert differing("dz = da * relu(z1)", "dz = da * relu(z2)") == "z2"
    assert differing("a", "a") == ""
