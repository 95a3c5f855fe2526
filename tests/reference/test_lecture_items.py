"""The registry of the lecture: complete, well formed, and in agreement with the numbers of the specification."""

import importlib
import inspect
import pkgutil
import re
from dataclasses import replace
from fractions import Fraction
from types import ModuleType

import numpy as np
import pytest

import gradref_reference.lecture as lecture
from gradref_reference.errors import SpecificationError
from gradref_reference.lecture.item import Item, Mistake, exact
from gradref_reference.lecture.items import ITEMS, item

IDS = [
    "1.3",
    "1.5.1",
    "1.5.2",
    "1.5.3",
    "1.5.4",
    "2.1",
    "2.2",
    "2.3",
    "3.1",
    "3.2.1",
    "3.2.2",
    "3.2.3",
    "3.2.4",
    "3.3",
    "3.4",
    "3.5",
    "3.6",
    "3.7",
    "3.8",
    "3.9",
    "4.1",
    "4.2.1",
    "4.2.2",
    "4.2.3",
    "4.2.4",
    "4.2.5",
    "4.3",
    "4.4",
]
MISTAKES = [pytest.param(i, m, id=f"{i.id} {m.name}") for i in ITEMS.values() for m in i.mistakes]


def test_registry_holds_the_28_items_in_order():
    assert list(ITEMS) == IDS


@pytest.mark.parametrize("one", ITEMS.values(), ids=lambda one: one.id)
def test_item_is_complete(one: Item):
    assert one.title
    assert one.timestamp.count(":") == 2
    assert one.statement
    assert one.shapes
    assert one.conditions
    assert one.claims
    assert len(one.mistakes) >= 3
    assert len({c.name for c in one.claims}) == len(one.claims)
    assert len({m.name for m in one.mistakes}) == len(one.mistakes)
    assert {m.claim for m in one.mistakes} <= {c.name for c in one.claims}
    assert any(c.goldens for c in one.claims)


def _module(one: Item) -> ModuleType:
    """The module whose name begins with the number of the item."""
    number = "c" + one.id.replace(".", "_") + "_"
    names = [m.name for m in pkgutil.iter_modules(lecture.__path__) if re.fullmatch(rf"{number}[a-z]\w*", m.name)]
    assert len(names) == 1, f"{one.id}: there must be one module {number}*, got {names}"
    return importlib.import_module(f"{lecture.__name__}.{names[0]}")


@pytest.mark.parametrize("one", ITEMS.values(), ids=lambda one: one.id)
def test_item_stands_in_the_file_of_its_number_beside_its_documented_functions(one: Item):
    module = _module(one)
    assert module.ITEM.claims is one.claims
    for function in one.functions:
        assert function.__module__ == module.__name__
        doc = inspect.getdoc(function) or ""
        assert re.search(rf"Lecture [\d., ]*{re.escape(one.id)}(?!\.?\d)", doc), (
            f"{function} must name its source 'Lecture {one.id}'"
        )
        assert ">>>" in doc, f"{function} must have a doctest"


@pytest.mark.parametrize("one", ITEMS.values(), ids=lambda one: one.id)
def test_every_function_that_cites_the_lecture_belongs_to_its_item(one: Item):
    module = _module(one)
    cited = [f for n in module.__all__ if inspect.isfunction(f := getattr(module, n)) and "Lecture" in (inspect.getdoc(f) or "")]
    assert [f.__name__ for f in cited if f not in one.functions] == []


def test_an_item_without_its_file_is_seen():
    with pytest.raises(AssertionError, match=r"9.9: there must be one module c9_9_\*, got \[\]"):
        _module(replace(ITEMS["1.3"], id="9.9"))


def test_unknown_id_names_the_nearest():
    with pytest.raises(SpecificationError, match=r"28 items from 1\.3 to 4\.4, got '3\.2\.9'\. Did you mean '3\.2\.\d'\?"):
        item("3.2.9")


def test_there_are_more_than_a_hundred_known_mistakes():
    assert len(MISTAKES) > 110


# --- what the specification says a mistake gives -----------------------------------------------------------------------

STATED = [p for p in MISTAKES if p.values[1].wrong is not None]


def _results(value):
    return list(value) if isinstance(value, tuple) else [value]


@pytest.mark.parametrize(("one", "mistake"), STATED)
def test_mistake_gives_the_wrong_numbers_of_the_specification(one: Item, mistake: Mistake):
    assert mistake.wrong is not None
    index, stated = mistake.wrong
    golden = one.claim(mistake.claim).goldens[index]
    found = [
        (r, e) for r, e in zip(_results(mistake.mutant(*golden.inputs)), _results(exact(stated)), strict=True) if e is not None
    ]
    assert found
    for result, expected in found:
        assert np.shape(result) == np.shape(expected)
        if golden.exact:
            assert np.all(np.asarray(result) == np.asarray(expected))
        else:  # printed to four decimals
            assert np.all(np.abs(np.asarray(result, float) - np.asarray(expected, float)) <= 5e-5)


def test_many_mistakes_have_stated_numbers():
    assert len(STATED) >= 50


def test_blind_spots_name_a_judge_and_a_reason():
    for one in ITEMS.values():
        for mistake in one.mistakes:
            assert set(mistake.blind_to) <= {"golden", "random", "all"}, f"{one.id} {mistake.name}"
            assert all(mistake.blind_to.values()), f"{one.id} {mistake.name}"


# --- the 32 mutations of mathematics 9.1 -------------------------------------------------------------------------------

MUTATIONS = {
    "sigma'(a) for sigma'(z)": ("4.2.1", "σ'(a) for σ'(z)"),
    "no sigma' at output": ("4.4", "no σ' at the output"),
    "no sigma' at hidden": ("4.2.2", "no σ' in the hidden layer"),
    "sigma' of next layer": ("4.2.2", "σ'(z^{l+1})"),
    "hidden act at output": ("4.2.1", "the hidden activation's derivative at the output"),
    "relu'(0)=1": ("4.4", "relu'(0) = 1"),
    "W not transposed": ("4.2.2", "W not transposed"),
    "wrong layer W[l]": ("4.2.2", "W^l for W^{l+1}"),
    "abs weights": ("4.2.2", "|W|"),
    "stop one layer early": ("4.2.2", "stopped one layer early: δ¹ never set"),
    "a^l for a^(l-1)": ("4.2.4", "a^l for a^{l-1}"),
    "z^(l-1) for a^(l-1)": ("4.2.4", "z^{l-1} for a^{l-1}"),
    "dW transposed": ("4.2.5", "transposed result"),
    "dW reshape for transpose": ("4.2.5", "reshape for transpose"),
    "D * A.T": ("4.2.5", "D * A.T for D @ A.T"),
    "first sample only": ("4.2.5", "first sample only"),
    "mean a, mean d": ("4.2.5", "outer product of the means"),
    "sum not mean (dW,db)": ("4.4", "sum for mean in ∂W and ∂b"),
    "sum not mean (dW only)": ("4.4", "sum for mean in ∂W only"),
    "sum not mean (db only)": ("4.4", "sum for mean in ∂b only"),
    "double 1/m": ("4.4", "1/m in the error and again in the gradients"),
    "factor 2 (no 1/2)": ("4.2.1", "factor 2: no ½ in the cost"),
    "divide by K too": ("4.2.1", "divided by K too"),
    "sign y-a": ("4.2.1", "sign y - a"),
    "db scalar total": ("4.2.3", "one scalar for all units"),
    "db wrong axis": ("4.2.3", "wrong axis"),
    "db not summed": ("4.2.3", "not summed over the batch"),
    "db dropped": ("4.2.3", "dropped: the bias never moves"),
    "db = mean over units": ("4.2.3", "mean over the units"),
    "db = sum of dW row": ("4.2.3", "row sums of ∂C/∂W"),
    "updated weights in backward": ("4.4", "updated weights in the backward pass"),
    "stale cache": ("4.4", "stale cache from an earlier forward pass"),
}


def test_all_32_mutations_are_known_mistakes():
    assert len(MUTATIONS) == 32
    for id, name in MUTATIONS.values():
        assert name in {m.name for m in ITEMS[id].mistakes}


def test_exact_reads_fractions_decimals_and_nested_lists():
    assert exact({1: ["1/2", 3, "1.76"]})[1].tolist() == [Fraction(1, 2), 3, Fraction(44, 25)]
