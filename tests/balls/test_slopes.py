"""Slopes by definition: exact goldens, kinks, poles, code that rounds, and the conduct of a run."""

import pickle
from math import inf, isnan, log

import numpy as np
import pytest
from flint import arb, ctx

from gradref_balls import BallArray, BallFunction, NotBallable, Place, evaluate, slope_along, slopes, to_balls
from gradref_balls.convert import precision

OUTSIDE = np.random.default_rng(3)
NOISE = {"array": np.zeros(3)}  # reached through a dict, so no stand-in sees it


def squares(inputs):
    return float(np.sum(inputs["x"] ** 2))


def test_slopes_of_a_polynomial_are_exact():
    x = np.array([[1.0, -2.0], [0.5, 3.0]])
    result = slopes(squares, {"x": x}, "x")
    assert [s.central for s in result] == [2.0, -4.0, 1.0, 6.0]
    assert all(s.smooth and s.digits > 35 for s in result)


def test_single_neuron_golden_of_the_lecture_holds():
    inputs = {
        "x": np.array([[1.0, 2.0], [3.0, -1.0], [5.0, 1.0]]),
        "w": np.array([1.0, 0.5]),
        "b": 0.25,
        "y": np.array([1.0, 2.0, 0.0]),
    }

    def forward(i):
        return np.mean((i["y"] - (i["x"] @ i["w"] + i["b"])) ** 2) / 2

    error = inputs["x"] @ inputs["w"] + inputs["b"] - inputs["y"]
    expected = error @ inputs["x"] / 3
    np.testing.assert_allclose([s.central for s in slopes(forward, inputs, "w")], expected, rtol=1e-15)
    assert slope_along(forward, inputs, {"b": 1.0}).central == pytest.approx(error.mean(), rel=1e-15)


def test_softmax_golden_is_right_to_every_digit():
    inputs = {"z": np.zeros(3), "y": np.array([1])}

    def forward(i):
        z = i["z"]
        return -np.log(np.exp(z[i["y"]]) / np.exp(z).sum()).sum()

    with precision(300):
        third = arb(1) / 3
        for s, truth in zip(slopes(forward, inputs, "z"), (third, third - 1, third), strict=True):
            assert abs(float(s.ball - truth)) < 1e-33


@pytest.mark.parametrize(
    ("forward", "at", "left", "right"),
    [
        (lambda i: np.maximum(i["x"], 0).sum(), 0.0, 0.0, 1.0),
        (lambda i: np.abs(i["x"]).sum(), 0.0, -1.0, 1.0),
        (lambda i: np.where(i["x"] > 0, i["x"], 0.25 * i["x"]).sum(), 0.0, 0.25, 1.0),
        (lambda i: np.where(i["x"] >= 0, i["x"], 0.25 * i["x"]).sum(), 0.0, 0.25, 1.0),
        (lambda i: np.clip(i["x"], 0, 1).sum(), 1.0, 1.0, 0.0),
        (lambda i: np.max(np.append(i["x"], 2.0)), 2.0, 0.0, 1.0),
        (lambda i: np.linalg.norm(i["x"]), 0.0, -1.0, 1.0),
        (lambda i: 0.1 + i["x"][0] if i["x"][0] > 0 else 0.1, 0.0, 0.0, 1.0),
    ],
    ids=["relu", "abs", "leaky", "leaky-ge", "clip", "max-tie", "norm", "branch"],
)
def test_one_sided_limits_are_seen_at_a_kink(forward, at, left, right):
    s = slope_along(forward, {"x": np.array([at])}, {"x": np.ones(1)})
    assert (s.left, s.right, s.smooth, s.finite) == (left, right, False, True)
    assert len(s.kinks) >= 1
    assert s.contains((left + right) / 2)
    assert not s.contains(max(left, right) + 0.01)
    assert not s.contains(min(left, right) - 0.01)
    assert not s.contains(float("nan"))


def test_kinks_name_the_line():
    def forward(i):
        z = i["x"] - 1
        return np.maximum(z, 0).sum()

    s = slope_along(forward, {"x": np.ones(3)}, {"x": np.ones(3)})
    ((file, line, operation),) = s.kinks.ties
    assert file == __file__
    assert line == forward.__code__.co_firstlineno + 2
    assert (operation, len(s.kinks)) == ("maximum", 3)


def test_smooth_point_beside_a_kink_is_smooth():
    s = slope_along(lambda i: np.maximum(i["x"], 0).sum(), {"x": np.array([1e-30, -1e-30])}, {"x": np.ones(2)})
    assert s.smooth
    assert s.central == 1.0


def test_vertical_tangent_is_not_finite():
    s = slope_along(lambda i: np.sqrt(np.abs(i["x"])).sum(), {"x": np.zeros(1)}, {"x": np.ones(1)})
    assert not s.finite
    assert not s.smooth


def test_slope_outside_the_domain_is_nan():
    s = slope_along(lambda i: np.log(i["x"]).sum(), {"x": np.array([-1.0])}, {"x": np.ones(1)})
    assert isnan(s.central)
    assert not s.finite


def test_zero_slope_is_exact():
    s = slope_along(lambda i: (i["x"] * 0 + 1).sum(), {"x": np.ones(2)}, {"x": np.ones(2)})
    assert (s.central, s.radius, s.digits) == (0.0, 0.0, inf)


def test_saturated_units_raise_the_precision_by_themselves():
    def forward(i):
        a = 1 / (1 + np.exp(-i["x"]))
        return -np.log(1 - a).sum()  # infinite in float64 at x = 800

    s = slope_along(forward, {"x": np.array([800.0])}, {"x": np.ones(1)})
    assert s.central == 1.0
    assert s.digits > 30


def test_naive_variance_of_shifted_data_is_exact():
    x = 1e8 + np.array([1.0, 2.0, 4.0])
    s = slopes(lambda i: np.mean(i["x"] ** 2) - np.mean(i["x"]) ** 2, {"x": x}, "x")
    np.testing.assert_allclose([v.central for v in s], 2 / 3 * np.array([-4 / 3, -1 / 3, 5 / 3]), rtol=1e-15)


def rounds_by_item_assignment(i):
    NOISE["array"][:] = i["x"]
    return (NOISE["array"] ** 2).sum()


def reads_bytes(i):
    return np.sum(np.frombuffer(np.array(i["x"].view(np.ndarray), dtype="f8").tobytes()) ** 2)


@pytest.mark.parametrize("forward", [rounds_by_item_assignment, reads_bytes])
@pytest.mark.parametrize("x", [np.array([1.0, 2.0, 3.0]), np.array([0.1, 0.2, 0.3])], ids=["integers", "fractions"])
def test_code_that_rounds_to_float64_is_refused(forward, x):
    with pytest.raises(NotBallable, match="float64"):
        slope_along(forward, {"x": x}, {"x": np.ones(3)})
    with pytest.raises(NotBallable, match="float64"):
        BallFunction(forward, {"x": x}).slope({"x": np.ones(3)})


def test_message_names_line_and_reason():
    def forward(i):
        _u, s, _v = np.linalg.svd(i["x"])
        return s.sum()

    with pytest.raises(NotBallable) as caught:
        evaluate(forward, {"x": np.eye(2)})
    line = forward.__code__.co_firstlineno + 1
    assert caught.value.place == Place("forward", line, '_u, s, _v = np.linalg.svd(i["x"])')
    assert "svd" in caught.value.reason
    assert str(caught.value) == f"{caught.value.place}: {caught.value.reason}"
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.place, again.reason) == (caught.value.place, caught.value.reason)


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        (lambda i: i["x"], r"one number, got shape \(2,\)"),
        (lambda i: None, "one number, got NoneType"),
        (lambda i: i["x"].sum() + "a", "TypeError"),
        (lambda i: complex(i["x"].sum()), "complex"),
    ],
)
def test_wrong_result_is_refused(forward, message):
    with pytest.raises(NotBallable, match=message):
        evaluate(forward, {"x": np.ones(2)})


@pytest.mark.parametrize(
    ("directions", "message"),
    [({"q": np.ones(2)}, "must name inputs, got 'q'"), ({"x": np.ones(3)}, r"shape \(2,\), got \(3,\)")],
)
def test_wrong_direction_is_refused(directions, message):
    with pytest.raises(NotBallable, match=message):
        slope_along(squares, {"x": np.ones(2)}, directions)


def test_inputs_are_exact_and_labels_stay():
    balls = to_balls(
        {"x": np.array([0.1]), "y": np.array([1, 2]), "name": "n", "layers": [np.ones(2)], "rate": 0.5, "f": np.float32([0.1])}
    )
    assert isinstance(balls["x"], BallArray)
    assert balls["x"].view(np.ndarray)[0].is_exact()
    assert balls["x"].view(np.ndarray)[0] == arb(0.1)
    assert balls["f"].view(np.ndarray)[0] == arb(float(np.float32(0.1)))
    assert balls["y"].dtype.kind == "i"
    assert balls["name"] == "n"
    assert balls["rate"] == 0.5
    assert isinstance(balls["layers"][0], BallArray)
    with pytest.raises(NotBallable, match="real"):
        to_balls({"x": np.array([1j])})


def test_inputs_changed_by_forward_stay_as_they_were():
    def forward(i):
        i["x"] *= 2
        i["extra"] = 1
        return i["x"].sum()

    inputs = {"x": np.ones(2)}
    function = BallFunction(forward, inputs)
    assert [s.central for s in function.slopes("x", [0, 1])] == [2.0, 2.0]
    assert list(inputs) == ["x"]
    assert inputs["x"].tolist() == [1.0, 1.0]


def test_precision_and_globals_are_put_back_after_an_error():
    before = ctx.prec
    with pytest.raises(NotBallable):
        slope_along(lambda i: np.linalg.svd(i["x"])[1].sum(), {"x": np.eye(2)}, {"x": np.eye(2)})
    assert ctx.prec == before
    assert type(np).__name__ == "module"


def test_value_is_enclosed():
    value = evaluate(lambda i: np.log(i["x"]).sum(), {"x": np.array([2.0, 3.0])}, bits=300)
    with precision(400):
        assert value.contains(arb(6).log())
        assert float(value.rad()) < 1e-85
    assert float(value) == pytest.approx(log(6), rel=1e-15)


def test_slope_that_is_exactly_zero_has_digits_all_the_same():
    """Softmax does not change when all logits move together."""
    s = slope_along(lambda i: np.exp(i["z"])[0] / np.exp(i["z"]).sum(), {"z": np.array([0.1, 0.7, 0.3])}, {"z": np.ones(3)})
    assert s.smooth
    assert abs(s.central) <= s.radius
    assert s.digits > 30
