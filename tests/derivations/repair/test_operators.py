"""The table of operators: every row explains itself, proposes only what can stand in its place, and does so at its price."""

import ast
import doctest
import inspect

import numpy as np
import pytest

from gradref_derivations.repair.edits import expression_edits
from gradref_derivations.repair.ingredients import Ingredients
from gradref_derivations.repair.nodes import parsed, put
from gradref_derivations.repair.operators import axes, calls, costs, factors
from gradref_derivations.repair.operators.statements import STATEMENTS, StatementPlace
from gradref_derivations.repair.operators.table import TABLE, Kind, operator, proposals
from gradref_derivations.repair.place import Context, Place

ROWS = [pytest.param(row, id=row.name) for row in (*TABLE, *STATEMENTS)]
NEED_A_FILE = {  # what these propose comes out of a file: see the tests below
    "sibling's factor",
    "last two factors replaced",
    "another slice of the file",
    "another function of the file",
    "function handed on",
    "another method",
    "in a call of the file",
    "in a function of the file",
    "constant of the file",
}


@pytest.mark.parametrize("row", ROWS)
def test_every_operator_says_what_it_does_and_shows_it(row):
    text = row.propose.__doc__
    assert text
    examples = doctest.DocTestParser().get_examples(text)
    assert examples or row.name in NEED_A_FILE


@pytest.mark.parametrize("row", ROWS)
def test_every_operator_stands_once_in_the_table_and_has_a_price(row):
    assert sum(other.name == row.name for other in (*TABLE, *STATEMENTS)) == 1
    assert row.cost >= 0


def test_costs_are_the_only_numbers_of_their_kind():
    """A price in an operator would be one that costs.py does not explain."""
    for module in (axes, calls, factors):
        tree = ast.parse(inspect.getsource(module))
        floats = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, float)]
        assert not floats, module.__name__


def edits(expression, at=None, functions=(), slices=(), calls_=(), **variables):
    """Text of the edited expression -> price."""
    holder = ast.Expr(parsed(expression))
    found = Ingredients([{"np": np, **variables}])
    for name, value in variables.items():
        if not callable(value):
            found.add(name, 0.0)
    found.functions = list(functions)
    found.calls = [parsed(c) for c in calls_]
    out = {}
    for edit in expression_edits(holder.value, (holder, "value", None), found, [], list(slices)):
        if at is not None and ast.unparse(edit.old) != at:
            continue
        put(edit.slot, edit.new)
        out.setdefault(ast.unparse(ast.fix_missing_locations(holder)), edit.cost)
        put(edit.slot, edit.old)
    return out


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("d @ W", "d @ W.T"),
        ("d * a", "d * (1 - a)"),
        ("d.sum(axis=0)", "d.sum(axis=0, keepdims=True)"),
        ("d.sum(axis=1)", "d.sum(axis=0)"),
        ("d + a", "d - a"),
        ("d / n", "d * n"),
        ("np.maximum(d, 0)", "np.minimum(d, 0)"),
        ("d[1:]", "d[:-1]"),
        ("(d - a) ** 2", "d - a ** 2"),
    ],
)
def test_what_people_get_wrong_is_proposed(wrong, right):
    rng = np.random.default_rng(3)
    d, a, W = rng.standard_normal((4, 3)), rng.standard_normal((4, 3)), rng.standard_normal((5, 3))
    assert right in edits(wrong, d=d, a=a, W=W, n=4)


def test_a_function_of_the_file_is_called_instead_handed_on_or_put_around():
    def relu(z):
        return z

    def step(z):
        return z

    z = np.ones(3)
    assert "step(z)" in edits("relu(z)", functions=["relu", "step"], relu=relu, step=step, z=z)
    assert "apply(z, step)" in edits("apply(z, relu)", functions=["relu", "step"], relu=relu, step=step, apply=relu, z=z)
    assert "step(z)" in edits("z", functions=["step"], step=step, z=z)


def test_another_method_of_the_object_is_called():
    class Layer:
        def forward(self, x):
            return x

        def backward(self, x):
            return x

    assert "layer.backward(x)" in edits("layer.forward(x)", layer=Layer(), x=np.ones(3))


def test_a_slice_and_a_call_of_the_file_are_tried_elsewhere():
    x = np.arange(6.0)
    assert "x[2:]" in edits("x[1:]", slices=[parsed("y[2:]").slice], x=x)
    assert "np.tril(x, -1)" in edits("x", calls_=["np.tril(y, -1)"], x=np.ones((2, 2)))


def test_what_says_how_often_is_no_large_number():
    found = edits("np.repeat(x, n)", at="n", x=np.ones(3), n=3, huge=10**9, m=5)
    assert "np.repeat(x, m)" in found
    assert "np.repeat(x, huge)" not in found


def test_nearer_names_are_cheaper():
    z1, z2, mask = np.ones(3), np.ones(3) * 2, np.zeros(3)
    found = edits("z1 * 2", at="z1", z1=z1, z2=z2, mask=mask)
    assert found["z2 * 2"] < found["mask * 2"]


def test_the_same_edit_is_tried_at_every_place_of_a_line():
    assert "d * (1 - b) * b" in edits("d * (1 - a) * a", a=np.ones(3), b=np.zeros(3), d=np.ones(3) * 3)


def test_two_variables_change_places():
    assert "b - a" in edits("a - b", a=np.ones(3), b=np.zeros(3))


def test_a_row_that_is_put_into_the_table_is_used_and_priced():
    """A seeded operator arrives; without it nothing proposes a dagger."""
    place = Place(parsed("W"), ast.Expr(parsed("W")), Context(parsed("W"), Ingredients([{"W": np.ones((2, 2))}]), [], []))

    def proposed():
        return {ast.unparse(ast.fix_missing_locations(new)): cost for cost, new, _ in proposals(place)}

    assert "dagger(W)" not in proposed()

    @operator("seeded", on=ast.expr, cost=0.7, kind=Kind.OTHER)
    def seeded(p):
        yield 0.1, parsed("dagger(W)")

    try:
        assert proposed()["dagger(W)"] == pytest.approx(0.8)
    finally:
        TABLE.pop()
        operator.__globals__["operators_for"].cache_clear()
    assert "dagger(W)" not in proposed()


def test_statements_without_ingredients_get_the_edits_that_need_none():
    block = ast.parse("d += v\ne = d").body
    place = StatementPlace(block[0], block, None)
    made = [new for row in STATEMENTS if isinstance(block[0], row.on) for _, new, *_ in row.propose(place)]
    texts = {"; ".join(ast.unparse(ast.fix_missing_locations(s)) for s in new) for new in made}
    assert {"d = v", "d -= v", ""} <= texts


def test_prices_follow_their_meaning():
    assert costs.NAME < costs.ARRAY_FACTOR < costs.MATRIX_FACTOR, "another name is nearer than one more factor"
