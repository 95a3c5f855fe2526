"""gradref.compare: how its arguments are read, and what it says of numbers that a dtype cannot hold."""

import numpy as np
import pytest

import gradref
from gradref.suite.cases import SuiteCase
from gradref.suite.plan import out_of_range, plan
from gradref_adapters import registry
from gradref_adapters.numpy.adapter import NumpyAdapter
from gradref_reference import Batch, Case, Network, Parameters, SpecificationError, initialize

NETWORK = Network((3, 4, 2), ("tanh", "identity"))


def problem(**changes):
    """Parameters and batch of `NETWORK`; x=5.0 puts that number at x[1, 0], W=, b= and y= likewise, W and b in layer 2."""
    rng = np.random.default_rng(0)
    drawn = initialize(NETWORK, rng)
    arrays = {"x": rng.standard_normal((5, 3)), "y": rng.standard_normal((5, 2)), "W": drawn.W[2].copy(), "b": drawn.b[2].copy()}
    for name, value in changes.items():
        arrays[name][(1,) if name == "b" else (1, 0)] = value
    parameters = Parameters({1: drawn.W[1], 2: arrays["W"]}, {1: drawn.b[1], 2: arrays["b"]})
    return NETWORK, parameters, Batch(arrays["x"], arrays["y"])


@pytest.mark.parametrize(
    ("changes", "dtype", "reason"),
    [
        ({"x": 7e4}, "float16", "float16 cannot hold x[1, 0] = 70000: its largest number is 65504."),
        ({"y": -1.5e5}, "float16", "float16 cannot hold y[1, 0] = -150000: its largest number is 65504."),
        ({"W": 1e9}, "float16", "float16 cannot hold W[2][1, 0] = 1e+09: its largest number is 65504."),
        ({"b": 7e4}, "float16", "float16 cannot hold b[2][1] = 70000: its largest number is 65504."),
        ({"x": 1e39}, "float32", "float32 cannot hold x[1, 0] = 1e+39: its largest number is 3.402823e+38."),
        ({"x": 1e39}, "bfloat16", "bfloat16 cannot hold x[1, 0] = 1e+39: its largest number is 3.389531e+38."),
        ({"x": 65504.0, "y": 65519.0}, "float16", None),  # both round to the largest number
        ({"x": 3e38}, "float32", None),
    ],
)
def test_the_first_number_that_a_dtype_cannot_hold_is_the_reason(changes, dtype, reason):
    assert out_of_range(Case(*problem(**changes), dtype)) == reason


@pytest.mark.parametrize("name", ["x", "y", "W", "b"])
def test_a_number_that_one_dtype_cannot_hold_leaves_the_others_judged(name):
    frame = gradref.compare(*problem(**{name: 1e5}), frameworks=["numpy", "jax"], modes=["reference", "jit"], dtypes=None)
    judged = frame[frame.verdict == "pass"]
    assert {"float64", "float32", "bfloat16"} <= set(judged.dtype)
    assert set(frame.verdict[frame.dtype == "float16"]) == {"skip"}
    assert frame.message[frame.dtype == "float16"].str.startswith(f"float16 cannot hold {name}[").all()


def test_a_text_is_one_name():
    frame = gradref.compare(*problem(), frameworks="numpy", modes="reference", dtypes="float32")
    assert {*frame.framework, *frame["mode"], *frame.dtype} == {"numpy", "reference", "float32"}


@pytest.mark.parametrize("kind", ["framework", "mode", "dtype"])
def test_no_name_is_not_every_name(kind):
    with pytest.raises(SpecificationError, match=f"^{kind}s: must name at least one {kind}, got none. Leave it out"):
        gradref.compare(*problem(), **{f"{kind}s": []})


def test_an_unknown_name_is_told_under_its_own_argument():
    with pytest.raises(SpecificationError, match=r"^frameworks: framework must be one of .*, got 'nump'. Did you mean 'numpy'"):
        gradref.compare(*problem(), frameworks="nump")


def test_a_failure_names_the_call_that_runs_it_again(monkeypatch):
    class Sloppy(NumpyAdapter):
        def run(self, case):
            trace = super().run(case)
            trace.db[1][0] += 1.0
            return trace

    monkeypatch.setattr(registry, "get", lambda name: Sloppy())
    frame = gradref.compare(*problem(), frameworks="numpy", modes="reference", dtypes="float64", name="mine")
    (again,) = set(frame.rerun[frame.verdict == "fail"])
    called = "frameworks=['numpy'], modes=['reference'], dtypes=['float64'], name='mine'"
    assert again == f"gradref.compare(network, parameters, batch, {called})"
    network, parameters, batch = problem()
    same = eval(again, {"gradref": gradref, "network": network, "parameters": parameters, "batch": batch})
    assert same.verdict.tolist() == frame.verdict.tolist()


def test_an_interrupt_is_no_frame(monkeypatch):
    class Interrupted(NumpyAdapter):
        def run(self, case):
            if case.dtype == "float32":
                raise KeyboardInterrupt
            return super().run(case)

    monkeypatch.setattr(registry, "get", lambda name: Interrupted())
    with pytest.raises(KeyboardInterrupt):
        gradref.compare(*problem(), frameworks="numpy")


def test_the_protocol_of_adapters_is_at_the_front_door():
    assert isinstance(registry.get("numpy"), gradref.Adapter)


def test_a_plan_knows_which_frameworks_were_named():
    suite = [SuiteCase(Case(*problem()), "")]
    assert plan(suite).named == []
    assert plan(suite, "numpy").named == ["numpy"]
