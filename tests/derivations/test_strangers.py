"""What strangers write: nothing right is refused, and every mistake is found, on plain inputs and on every condition of the file."""

from pathlib import Path

import numpy as np
import pytest

from gradref_derivations import check_file
from gradref_derivations.program.match_keys import match_keys
from gradref_studies.study.corpus import load_corpus

STRANGERS = load_corpus(Path(__file__).parents[1] / "corpus" / "strangers")
MISTAKES = [pytest.param(d, m, id=f"{d.name}-{m.name}") for d in STRANGERS for m in d.mistakes]


def namespace(text):
    import sys
    from types import ModuleType

    module = sys.modules["derivation"] = ModuleType("derivation")
    try:
        exec(compile(text, "derivation", "exec", dont_inherit=True), module.__dict__)
    finally:
        del sys.modules["derivation"]
    return module.__dict__


def gradients(space, inputs):
    returned = space["backward"]({k: np.copy(v) for k, v in inputs.items()})
    return {name: np.asarray(returned[key], float) for name, key in match_keys(returned, inputs, None).keys.items()}


@pytest.mark.parametrize("derivation", STRANGERS, ids=lambda d: d.name)
def test_right_files_agree_with_differences(derivation):
    """A judge of its own: central differences of plain float64 runs along a random direction of each parameter, at three steps."""
    space = namespace(derivation.text)
    inputs = space["make_inputs"](0)
    rng = np.random.default_rng(1)
    for name, gradient in gradients(space, inputs).items():
        direction = rng.standard_normal(np.shape(inputs[name]))
        expected, errors = float(np.sum(gradient * direction)), []
        size = float(np.max(np.abs(inputs[name]), initial=0.0)) or 1.0
        for h in (1e-4 * size, 1e-5 * size, 1e-6 * size):
            cost = [float(np.asarray(space["forward"]({**inputs, name: inputs[name] + s * h * direction}))) for s in (1, -1)]
            slack = 1e-5 * abs(expected) + 1e-14 * (abs(cost[0]) + abs(cost[1])) / h
            errors.append(abs((cost[0] - cost[1]) / (2 * h) - expected) / max(slack, 1e-12))
        assert min(errors) < 1 or np.asarray(inputs[name]).dtype == np.float32, (name, errors)


@pytest.mark.parametrize("derivation", STRANGERS, ids=lambda d: d.name)
def test_nothing_right_is_refused(derivation):
    report = check_file(derivation.path, range(2), budget=0)
    assert report.ok, str(report)


@pytest.mark.slow
@pytest.mark.parametrize(("derivation", "mistake"), MISTAKES)
def test_every_mistake_is_found(derivation, mistake, tmp_path):
    path = tmp_path / f"{derivation.name}.py"
    path.write_text(mistake.applied(derivation.text), encoding="utf-8")
    report = check_file(path, range(1), budget=0)
    assert not report.ok
    assert set(report.wrong) == set(mistake.wrong), str(report)
