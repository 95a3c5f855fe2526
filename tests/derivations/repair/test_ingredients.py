"""Ingredients: one atom for one value, the cheapest; nothing that raises, nothing that is not finite."""

import numpy as np
import pytest

from gradref_derivations.repair.ingredients import MOST, Ingredients
from gradref_derivations.repair.values import Atom, fingerprint


def texts(found):
    return {a.text: a.cost for a in found.atoms}


def test_of_two_expressions_with_one_value_the_cheaper_is_kept():
    a = np.random.default_rng(0).standard_normal(4)
    found = Ingredients([{"a": a, "b": a.copy()}])
    found.add("a", 0.5)
    found.add("b", 0.2)
    found.add("a + 0", 0.1)
    assert texts(found) == {"a + 0": 0.1}


def test_values_are_compared_in_every_scope():
    found = Ingredients([{"a": 1, "b": 1}, {"a": 2, "b": 3}])
    found.add("a", 0.0)
    found.add("b", 0.0)
    assert set(texts(found)) == {"a", "b"}


def test_two_formulas_that_give_one_number_by_accident_are_both_kept():
    found = Ingredients([{"a": 0.25, "b": 0.25}])
    found.add("a", 0.0)
    found.add("b", 0.0)
    assert set(texts(found)) == {"a", "b"}


@pytest.mark.parametrize("text", ["1 / 0", "missing", "a[9]", "np.log(-a)", "'text'", "a +", "np.zeros((0, 3))"])
def test_what_raises_or_is_no_finite_number_is_left_out(text):
    found = Ingredients([{"np": np, "a": np.ones(3)}])
    with np.errstate(all="ignore"):
        found.add(text, 0.0)
    assert not found.atoms


def test_no_more_are_kept_than_can_be_tried():
    found = Ingredients([{"a": np.ones(3)}])
    for i in range(MOST + 50):
        found.add(f"a * {i + 1}", 1.0 if i else 0.1)
    found.sort()
    assert len(found.atoms) == MOST
    assert found.atoms[0].text == "a * 1"


def test_fingerprints_forgive_the_last_bits_and_nothing_more():
    a = np.array([0.1 + 0.2])
    assert fingerprint([a]) == fingerprint([np.array([0.3])])
    assert fingerprint([a]) != fingerprint([a * (1 + 1e-9)])
    assert fingerprint([np.array([1])]) != fingerprint([np.array([1.0])]), "whole numbers truncate what is written into them"


def test_an_atom_knows_what_it_is():
    whole, array = Atom("n", None, 3, 0.0), Atom("a", None, np.ones((2, 3)), 0.0)
    assert (whole.is_number, whole.is_whole, whole.is_array) == (True, True, False)
    assert (array.is_array, array.is_floating, array.shape) == (True, True, (2, 3))
