"""Repairs one would accept: the line the author would change, written as the author would, holding at other sizes too."""

from pathlib import Path

import pytest

from gradref_derivations import check_file

CASES = Path(__file__).parents[1] / "corpus" / "cases"

# file, the line, the edits that one would accept; each is the text of the line, or of the lines, without indentation
ACCEPTED = [
    (
        "cost_of_shape_one",
        'd1 = (d2 @ i["W2"].T) * sigma(a1) * (1 - sigma(z1))',
        ['d1 = (d2 @ i["W2"].T) * sigma(z1) * (1 - sigma(z1))'],
    ),
    (
        "factor_two_and_three_classes",
        None,
        [
            'd = (a - i["y"]) * 2 / i["y"].shape[0]',
            'd = (a - i["y"]) / i["y"].shape[0] * 2',
            'return {"dw": i["x"].T @ (d * (1 - a**2)) * 2}',
            'return {"dw": 2 * i["x"].T @ (d * (1 - a**2))}',
        ],
    ),
    (
        "written_through_a_view",
        'view[top : top + 2, top : top + 2] += i["k"] * i["up"][n, h, w]',
        ['view[top:top + 2, left:left + 2] += i["k"] * i["up"][n, h, w]'],
    ),
    ("two_versions_of_one_loss", "dW += reg * W", ["dW += 2 * reg * W", "dW += reg * W * 2", "dW += reg * 2 * W"]),
    (
        "indices_exchanged",
        'dz[2 * i + j2, 2 * j + i2, f] = p["up"][i, j, f]',
        ['dz[2 * i + i2, 2 * j + j2, f] = p["up"][i, j, f]'],
    ),
    ("product_of_a_class", "other.grad += other.data * out.grad", ["other.grad += self.data * out.grad"]),
    (
        "log_softmax_backward",
        "return np.exp(self.output) + gy",
        [
            "return gy - np.exp(self.output) * gy.sum(axis=-1, keepdims=True)",
            "return gy - np.exp(self.output) * gy.sum(axis=1, keepdims=True)",
        ],
    ),
    ("squared_for_absolute", "error = (out - y) / len(y)", ["error = np.sign(out - y) / len(y)"]),
    ("whole_number_buffer", "dw = np.array([0] * len(w))", ["dw = np.array([0.0] * len(w))"]),
    ("mask_without_its_switch", "p = np.where(MASK, p, 0.0)", ["if CAUSAL: p = np.where(MASK, p, 0.0)"]),
]


def check(name):
    return check_file(CASES / f"{name}.py", range(3), budget=150)


def plain(text):
    return " ".join(text.split())


@pytest.mark.parametrize(("name", "wrong", "accepted"), ACCEPTED, ids=[a[0] for a in ACCEPTED])
def test_the_repair_is_one_that_the_author_would_make(name, wrong, accepted):
    repair = check(name).repair
    assert repair is not None
    if wrong is not None:
        assert plain(repair.before) == plain(wrong)
    assert plain(repair.after) in accepted
    assert not repair.rests_on, "it holds at other sizes"


def test_the_same_slip_in_two_lines_is_fixed_in_both():
    repair = check("same_slip_twice").repair
    assert "(1 - h2**2) * dh2" in repair.after
    assert "(1 - h1**2) * dh1" in repair.after
    assert not repair.rests_on


def test_two_slips_in_one_layer_are_fixed_together():
    repair = check("two_slips_in_one_layer").repair
    assert "dvar = -" in repair.after
    assert "(dzhat * inv).mean(axis=0)" in repair.after
    assert not repair.rests_on


@pytest.mark.parametrize(
    ("name", "line"), [("averaged_over_time", "g[name] /= T"), ("zeroed_in_the_loop", "trainer.zero_grad()")]
)
def test_a_line_too_many_goes(name, line):
    repair = check(name).repair
    assert line in repair.before
    assert line not in repair.after or repair.after.index(line) < repair.after.index("for ")
    assert not repair.rests_on


def test_a_factor_forgotten_everywhere_is_one_edit():
    repair = check("sum_for_mean_everywhere").repair
    assert repair.after.count(".shape[0]") == 4
    assert not repair.rests_on


def test_a_length_is_written_as_one():
    repair = check("mean_over_every_number").repair
    assert repair.before.strip() == "delta2 = 2 * (a2 - y) / len(y)"
    assert "y.s" in repair.after or ".shape[" in repair.after, "y.size, or the length of an axis; never 3"
    assert not repair.rests_on


def test_a_clip_has_its_mask():
    repair = check("clip_without_its_mask").repair
    assert repair.before.strip() == "dz = (p - y) / len(y)"
    assert "> TINY" in repair.after
    assert "< 1 - TINY" in repair.after


def test_what_overflows_is_said_to_and_fixed_where_it_does():
    report = check("overflow_in_a_derivative")
    assert set(report.wrong) == {"W"}
    assert report.repair.line in (39, 40)
