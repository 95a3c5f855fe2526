"""Every public function with one argument, or one thing inside it, replaced by something strange.

It returns, or it raises an error of ours that is one sentence: never somebody else's error from deep inside.
"""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from support.strange import many, sites, strange, time_limit, with_value

import gradref
import gradref_derivations
import gradref_reference
from gradref_reference import GradrefError

SECONDS = 20
NETWORK = gradref.Network((3, 2), ("tanh",))
PARAMETERS = gradref.Parameters([[[0.5, -1.0, 0.25], [1.0, 0.0, -0.5]]], [[0.5, -0.25]])
BATCH = gradref.Batch([[1.0, 2.0, -1.0], [0.5, 0.0, 1.0]], [[0.5, 0.25], [1.0, 0.0]])
TRACE = gradref.backprop(NETWORK, PARAMETERS, BATCH)
WHOLE = {"network": NETWORK, "parameters": PARAMETERS, "batch": BATCH}


def cost(inputs):
    return 0.5 * np.sum((inputs["W"] @ inputs["x"]) ** 2)


def gradient(inputs):
    return {"dW": np.outer(inputs["W"] @ inputs["x"], inputs["x"])}


@dataclass(frozen=True)
class Door:
    """A function and arguments that it takes; `raises` are errors that it raises on purpose, beside ours."""

    function: Callable
    arguments: dict[str, Any]
    raises: tuple[type[BaseException], ...] = field(default=())


DOORS = {
    "Network": Door(gradref.Network, {"sizes": [3, 2], "activations": ["tanh"], "cost": "quadratic", "l2": 0.5}),
    "Network.from_toml": Door(gradref.Network.from_toml, {"path": "net.toml"}),
    "Parameters": Door(gradref.Parameters, {"W": [[[1.0, 2.0]], [[1.0]]], "b": {1: [0.5], 2: [1.0]}}),
    "Batch": Door(gradref.Batch, {"x": [[1.0, 2.0]], "y": [[0.5]]}),
    "Case": Door(
        gradref.Case,
        {**WHOLE, "dtype": "float64", "framework": "numpy", "mode": "reference", "device": "cpu", "name": "case", "seed": 0},
    ),
    "initialize": Door(gradref.initialize, {"network": NETWORK, "rng": np.random.default_rng(0), "scheme": "scaled"}),
    "backprop": Door(gradref.backprop, {**WHOLE, "dtype": "float64", "mode": "reference"}),
    "enclose": Door(gradref.enclose, {**WHOLE, "bits": 53, "dtype": "float64"}),
    "certify": Door(gradref.certify, {**WHOLE, "trace": TRACE}),
    "compare": Door(
        gradref.compare,
        {**WHOLE, "frameworks": ["numpy"], "modes": ["reference"], "dtypes": ["float64"], "device": "cpu", "name": "yours"},
    ),
    "arbitrate": Door(gradref.arbitrate, {**WHOLE, "traces": [TRACE], "bits": 200}),
    "assert_gradients_agree": Door(
        gradref.assert_gradients_agree,
        {"actual": {"W": np.ones((2, 3))}, "expected": {"W": np.ones((2, 3))}, "dtype": "float64", "terms": 3, "scale": 1.0},
        (AssertionError,),
    ),
    "load_parameters": Door(gradref.load_parameters, {"path": "parameters.npz", "network": NETWORK}),
    "save_parameters": Door(gradref.save_parameters, {"path": "parameters.npz", "parameters": PARAMETERS}),
    "check_derivation": Door(
        gradref.check_derivation,
        {
            "forward": cost,
            "backward": gradient,
            "inputs": {"W": np.ones((2, 3)), "x": np.ones(3)},
            "wrt": ["W"],
            "source": None,
            "frozen": [],
            "budget": 0.0,
        },
    ),
    "check_file": Door(gradref_derivations.check_file, {"path": "theirs.py", "seeds": [0], "network": None, "budget": 0.0}),
    "check_text": Door(
        gradref.check_text,
        {
            "text": "d/dx (x' x) = 2 x",
            "network": None,
            "layout": None,
            "seed": 0,
            "where": "x in R^n",
            "time_limit": 5.0,
            "repairs": False,
        },
    ),
    "check_sheet": Door(
        gradref_derivations.check_sheet,
        {"path": "sheet.txt", "network": None, "layout": None, "seed": 0, "time_limit": 5.0, "repairs": False},
    ),
    "activation": Door(gradref_reference.activation, {"name": "tanh"}),
    "cost_function": Door(gradref_reference.cost_function, {"name": "quadratic"}),
    "format_of": Door(gradref_reference.format_of, {"name": "float32"}),
}
RECORDS = "Adapter DerivationReport Enclosure FunctionReport ModelReport SheetReport Trace Verdict Activation Cost Format"
EXEMPT = {
    "records, which a function of ours fills in": RECORDS,
    "the lines of the textbook, which take arrays as they are": "bp1 bp2 bp3 bp4 forward gradients round_to",
    "models and functions of frameworks: tests/comparisons/graph": "certify_model check_function",
}
"""Why -> the public names that are not tried."""


def test_every_public_function_is_tried_or_exempt_with_a_reason():
    public = {name for package in (gradref, gradref_derivations, gradref_reference) for name in package.__all__}
    known = {name for name in DOORS if "." not in name}.union(*(names.split() for names in EXEMPT.values()))
    found = {name for name in public if callable(value := _public(name)) and not _is_error(value)}
    assert found == known


def _public(name: str) -> Any:
    return next(
        getattr(package, name) for package in (gradref, gradref_derivations, gradref_reference) if name in package.__all__
    )


def _is_error(value: Any) -> bool:
    return isinstance(value, type) and issubclass(value, Exception)


def problem(door: Door, arguments: dict[str, Any]) -> str | None:
    """What is not clear about how a call ends; None where it returns, or raises an error of ours in one sentence."""
    try:
        with time_limit(SECONDS), warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            door.function(**arguments)
    except GradrefError as error:
        said = str(error)
        if not said.strip() or "\n" in said.strip() or len(said) > 500:
            return f"{type(error).__name__} is not one sentence: {said[:600]!r}"
    except door.raises:
        return None
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


@pytest.fixture(scope="module", autouse=True)
def _folder(tmp_path_factory):
    """What the doors that read files find."""
    folder = tmp_path_factory.mktemp("doors")
    NETWORK.to_toml(folder / "net.toml")
    gradref.save_parameters(folder / "parameters.npz", PARAMETERS)
    (folder / "sheet.txt").write_text("x in R^n\n∇_x (x' x) = 2 x\n", encoding="utf-8")
    (folder / "theirs.py").write_text(
        "import numpy as np\nPARAMS = ['W']\ndef make_inputs(seed):\n    return {'W': np.ones((2, 3)), 'x': np.ones(3)}\n"
        "def forward(inputs):\n    return 0.5 * np.sum((inputs['W'] @ inputs['x']) ** 2)\n"
        "def backward(inputs):\n    return {'dW': np.outer(inputs['W'] @ inputs['x'], inputs['x'])}\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield


@pytest.mark.parametrize("name", DOORS)
def test_arguments_as_they_should_be_are_taken(name):
    assert problem(DOORS[name], DOORS[name].arguments) is None


@pytest.mark.parametrize("name", DOORS)
@many(40, 1500)
@given(data=st.data())
def test_something_strange_is_taken_or_refused_in_one_sentence(name, data):
    door = DOORS[name]
    path = data.draw(st.sampled_from(sorted(sites(door.arguments), key=repr)), label="place")
    value = data.draw(strange(), label="value").value
    found = problem(door, with_value(door.arguments, path, value))
    note(f"{name} with a strange {path}: {found}")
    assert found is None


# --- the fuzzer can fail ---------------------------------------------------------------------------------------------


def _raises(error: BaseException) -> Callable:
    def function(x):
        raise error

    return function


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (_raises(AttributeError("'str' object has no attribute 'T'")), "AttributeError: 'str' object"),
        (_raises(GradrefError("a\nb")), "not one sentence"),
        (_raises(GradrefError("")), "not one sentence"),
        (lambda x: math.sqrt(x), "ValueError: math domain error"),
    ],
    ids=["somebody else's", "two lines", "nothing said", "a ValueError that is not ours"],
)
def test_what_is_not_clear_is_found(function, said):
    found = problem(Door(function, {}), {"x": -1.0})
    assert found is not None
    assert said.replace("math domain error", "") in found
