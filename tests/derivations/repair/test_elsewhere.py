"""An edit that fits one size or one constant is known to: by other numbers in make_inputs, in the module, in the whole file."""

import numpy as np
import pytest

from gradref_derivations import check_derivation
from gradref_derivations.findings.report import RestsOn
from gradref_derivations.findings.trial import Trial
from gradref_derivations.program.program import Program
from gradref_derivations.program.resized import resized
from gradref_derivations.repair.elsewhere import Elsewhere, Variation, variations_of

FILE = """
import numpy as np

LAM = 0.5
K, USE = 3, True


def make_inputs(seed):
    r = np.random.default_rng(seed)
    return {"x": r.standard_normal((6, 4)), "w": r.standard_normal((4, K))}


def forward(i):
    return np.sum((i["x"] @ i["w"]) ** 2) / len(i["x"]) + LAM * np.sum(i["w"] ** 2) * USE


def backward(i):
    d = 2 * (i["x"] @ i["w"]) / len(i["x"])
    return {"dw": i["x"].T @ d + 2 * LAM * i["w"] * USE}
"""


def rests_on(edited):
    program = Program(FILE, "file.py")
    trial = Trial(program, program.namespace["make_inputs"](0))
    trial.evaluate_forward()
    trial.run()
    return Elsewhere(program, trial, ["w"]).rests_on(edited)


def test_what_is_right_rests_on_nothing():
    assert rests_on(FILE) == ()


@pytest.mark.parametrize(
    ("right", "fitted", "found"),
    [
        ('2 * (i["x"] @ i["w"]) / len(i["x"])', '(i["x"] @ i["w"]) / 3', RestsOn("size", "", 6)),
        ('2 * LAM * i["w"] * USE', 'i["w"] * USE', RestsOn("constant", "LAM", 0.5)),
        ('2 * LAM * i["w"] * USE', '2 * LAM * i["w"]', RestsOn("constant", "USE", True)),
        ("d = 2 * ", "d = (K - 1) * ", RestsOn("constant", "K", 3)),
    ],
)
def test_what_fits_one_number_is_known_to_rest_on_it(right, fitted, found):
    assert found in rests_on(FILE.replace(right, fitted))


def test_an_edit_that_changes_the_cost_holds_nowhere():
    assert rests_on(FILE.replace('/ len(i["x"]) + LAM', '/ len(i["x"]) + 2 * LAM').replace("2 * LAM * i", "4 * LAM * i"))


def test_numbers_are_changed_where_they_are_set_and_nowhere_else():
    text = Variation(0.5, 0.65, "LAM").applied(FILE)
    assert "LAM = 0.65" in text
    assert text.count("0.65") == 1
    assert "(7, 4)" in Variation(6, 7).applied(FILE)
    assert [v.name for v, *_ in variations_of(Program(FILE, "file.py"))][:3] == ["LAM", "K", "USE"]


def test_longer_inputs_keep_what_goes_together():
    made = resized({"x": np.ones((5, 3)), "y": np.eye(5), "n": 4}, 5, 7)
    assert made["x"].shape == (7, 3)
    assert made["y"].shape == (7, 7)
    assert set(np.unique(made["y"])) <= {0.0, 1.0}
    assert made["n"] == 4


def test_functions_are_tried_at_other_sizes_too():
    rng = np.random.default_rng(0)
    inputs = {"x": rng.standard_normal((6, 4)), "w": rng.standard_normal((4, 3))}
    space = {"np": np}
    exec(compile(FILE, "given.py", "exec"), space)
    source = FILE.replace('2 * (i["x"]', '(i["x"]')
    exec(compile(source, "given.py", "exec"), space)
    report = check_derivation(space["forward"], space["backward"], inputs, source=source)
    assert report.repair.after is not None
    assert not report.repair.rests_on
