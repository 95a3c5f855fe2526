"""Each judge of the lecture can fail, says why, and admits where it does not apply."""

import re
from dataclasses import replace

import flint
import numpy as np
import pytest

from gradref.lecture import judges, verdicts
from gradref.lecture.judges import JUDGES, judge
from gradref_reference.lecture import c3_2_2_hadamard as hadamard
from gradref_reference.lecture.item import Mistake
from gradref_reference.lecture.items import ITEMS

ITEM = ITEMS["3.2.2"]
CLAIM = ITEM.claims[0]  # y = w ⊙ x: two Jacobians, two VJPs


def _right(w, x, v):
    return (*hadamard.hadamard_jacobians(w, x), *hadamard.hadamard_vjp(w, x, v))


def _third(change):
    """The right results with one fault in vᵀ∂y/∂w."""

    def faulty(w, x, v):
        a, b, c, d = _right(w, x, v)
        return a, b, change(c), d

    return faulty


def _one_entry_off(c):
    c = c.copy()
    c[-1] = c[-1] + c[-1] / 2**20
    return c


FAULTS = {
    "sign": (_third(lambda c: -c), r"vᵀ∂y/∂w\[0\] must be"),
    "all zeros": (_third(lambda c: 0 * c), r"vᵀ∂y/∂w\[0\] must be"),
    "reversed": (_third(lambda c: c[::-1]), r"vᵀ∂y/∂w\[0\] must be"),
    "one entry off by a millionth": (_third(_one_entry_off), r"vᵀ∂y/∂w\[\d+\] must be"),
    "a matrix for a vector": (_third(lambda c: c[:, None]), r"vᵀ∂y/∂w must have shape \(\d+,\), got \(\d+, 1\)"),
    "one result missing": (lambda w, x, v: _right(w, x, v)[:3], r"4 results expected, got 3"),
    "does not fit": (lambda w, x, v: _right(w, x[:-1], v), "the formula does not fit"),
}


# a golden example may leave results out, so it cannot count them
PAIRS = [(name, fault) for name in JUDGES for fault in FAULTS if (name, fault) != ("golden", "one result missing")]


@pytest.mark.parametrize(("name", "fault"), PAIRS)
def test_judge_rejects_a_seeded_fault_and_says_where(name, fault):
    code, message = FAULTS[fault]
    opinion = judge(name, CLAIM, code)
    assert opinion.ok is False
    assert re.search(message, opinion.reason), opinion.reason
    assert judge(name, CLAIM).ok is True


@pytest.mark.parametrize("name", ["complex step", "torch", "jax"])
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_judge_rejects_what_is_not_a_number(name, bad):
    assert judge(name, CLAIM, _third(lambda c: c + bad)).ok is False


def test_golden_and_balls_reject_nan():
    assert judge("balls", CLAIM, _third(lambda c: c + flint.arb("nan"))).ok is False
    assert judge("golden", CLAIM, _third(lambda c: c * float("nan"))).ok is False


def test_balls_see_what_float64_cannot():
    tiny = 2.0**-70
    code = _third(lambda c: c * (1 + tiny) if c.dtype != object else c + c * tiny)
    assert judge("complex step", CLAIM, code).ok is True
    assert judge("balls", CLAIM, code).ok is False


def test_an_error_of_ours_is_not_taken_for_a_rejected_mistake():
    def broken(w, x, v):
        raise TypeError("not a matter of shapes")

    with pytest.raises(TypeError, match="not a matter of shapes"):
        judge("complex step", CLAIM, broken)


def test_judge_that_does_not_apply_says_why():
    value = ITEMS["2.3"].claims[0]
    assert judge("complex step", value).verdict == "skip"
    assert "nothing to differentiate" in judge("complex step", value).reason
    assert "known from paper" in judge("golden", replace(CLAIM, goldens=())).reason


@pytest.mark.parametrize("framework", ["torch", "jax"])
def test_missing_framework_is_a_reported_skip_and_the_item_still_passes(framework, monkeypatch):
    real = judges.find_spec
    monkeypatch.setattr(judges, "find_spec", lambda name: None if name == framework else real(name))
    verdict = verdicts.judge_item(ITEM)
    assert verdict.judges[framework].reason == f"{framework} is not installed"
    assert verdict.ok
    assert verdict.to_dict()["judges"][framework] is None


# --- declarations ------------------------------------------------------------------------------------------------------


def test_right_formula_declared_a_mistake_is_a_surprise():
    found = verdicts.judge_mistake(ITEM, Mistake("none at all", CLAIM.name, _right))
    assert not found.ok
    assert set(found.surprises) == set(JUDGES)
    assert "no blind spot is declared" in found.surprises["torch"]


def test_rejected_mistake_declared_a_blind_spot_is_a_surprise():
    mistake = Mistake("sign", CLAIM.name, FAULTS["sign"][0], blind_to={"jax": "it is not"})
    found = verdicts.judge_mistake(ITEM, mistake)
    assert not found.ok
    assert found.surprises == {"jax": "rejected, but declared a blind spot (it is not)"}


def test_item_with_one_wrong_formula_fails_and_names_it():
    wrong = replace(ITEM, claims=(replace(CLAIM, code=FAULTS["sign"][0]), *ITEM.claims[1:]))
    verdict = verdicts.judge_item(wrong)
    assert not verdict.ok
    assert verdict.judge("balls").reason.startswith("y = w ⊙ x: random input 1: vᵀ∂y/∂w[0] must be")
