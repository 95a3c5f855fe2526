"""The other tools, as the study runs them: each accepts a right gradient and refuses a plainly wrong one."""

import numpy as np
import pytest

from gradref_studies.rivals.gradcheckers import CHECKERS, available_checkers

rng = np.random.default_rng(0)
X, Y = rng.normal(size=(5, 3)), rng.normal(size=(5, 2))
VALUES = {"W": rng.normal(size=(2, 3)), "b": rng.normal(size=2)}


def forward(values):
    return 0.5 * float(np.sum((np.tanh(X @ values["W"].T + values["b"]) - Y) ** 2)) / 5


def gradient(values):
    out = np.tanh(X @ values["W"].T + values["b"])
    delta = (out - Y) * (1 - out**2) / 5
    return {"W": delta.T @ X, "b": delta.sum(axis=0)}


FAULTS = {
    "sign": lambda g: {**g, "W": -g["W"]},
    "scale": lambda g: {**g, "b": 2 * g["b"]},
    "zeros": lambda g: {**g, "W": 0 * g["W"]},
    "NaN": lambda g: {**g, "b": g["b"] * np.nan},
}


@pytest.fixture(params=CHECKERS)
def tool(request):
    """Every tool; one whose library is missing is a reported skip."""
    if request.param not in available_checkers():
        pytest.skip(f"{CHECKERS[request.param][1]} is not installed")
    return request.param


def test_tool_accepts_a_right_gradient(tool):
    assert CHECKERS[tool][0](forward, gradient, VALUES)


@pytest.mark.parametrize("fault", FAULTS)
def test_tool_refuses_a_seeded_fault(tool, fault):
    assert not CHECKERS[tool][0](forward, lambda values: FAULTS[fault](gradient(values)), VALUES)


def test_tool_leaves_the_generators_alone(tool):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    CHECKERS[tool][0](forward, gradient, VALUES)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002
