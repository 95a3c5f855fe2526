"""`gradref doctor constants`: the errors of library functions, measured against balls and compared with the error model."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from gradref.commands import doctor, measure_constants
from gradref.doctor.constants import measure, samples, truth
from gradref_adapters.functions import evaluator
from gradref_reference import FORMATS, SpecificationError, round_to


@pytest.mark.parametrize("dtype", FORMATS)
def test_samples_are_representable_finite_and_of_both_signs(dtype):
    z = samples(dtype, 200)
    assert np.array_equal(round_to(z, FORMATS[dtype]), z)
    assert np.isfinite(z).all()
    assert np.array_equal(z, -z[::-1])
    assert FORMATS[dtype].smallest in z


def test_truth_is_good_to_more_than_double_precision():
    high, low, slope, _ = truth("tanh", np.array([0.5]))
    assert high[0] == np.tanh(0.5)
    assert 0 < abs(low[0]) < 2**-54
    assert slope is not None
    assert slope[0] == pytest.approx(1 / np.cosh(0.5) ** 2, rel=1e-15)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_numpy_functions_stay_within_the_table(dtype):
    measured = list(measure("numpy", dtype, 400))
    assert {m.function for m in measured} > {"exp", "tanh", "gelu", "elu(0.5)"}
    assert [m for m in measured if m.exceeded] == []
    assert all(m.broken == 0 for m in measured)


def test_doctor_constants_flags_what_exceeds_the_table(monkeypatch):
    honest = evaluator("numpy")

    def sloppy(name, z, dtype):
        value, derivative = honest(name, z, dtype)
        return (value * (1 + 1e-5) if name == "tanh" else value), derivative

    monkeypatch.setattr("gradref.doctor.constants.evaluator", lambda library: sloppy)
    options = ["--dtype", "float32", "--samples", "100"]
    result = CliRunner().invoke(doctor.app, ["constants", "--framework", "numpy", *options, "--json"])
    assert result.exit_code == 1
    said = json.loads(result.stdout)
    assert (said["format"], said["ok"]) == (1, False)
    assert {m["function"] for m in said["measurements"] if m["exceeded"]} == {"tanh"}
    table = CliRunner().invoke(doctor.app, ["constants", "--framework", "numpy", *options])
    assert table.exit_code == 1
    assert "1 beyond the table" in table.stdout

    old = CliRunner().invoke(measure_constants.app, ["--library", "numpy", *options, "--json"])
    assert old.exit_code == 1
    assert json.loads(old.stdout) == said["measurements"]
    assert "is called doctor constants now" in old.stderr


def test_unknown_library_is_one_sentence():
    with pytest.raises(SpecificationError, match="Did you mean 'numpy'"):
        evaluator("nunpy")
