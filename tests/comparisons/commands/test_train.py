"""gradref train: digits and a user's file, the parameters it writes, and its refusals."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from gradref.commands.train import app
from gradref_reference import GradrefError, Network
from gradref_reference.files import load_parameters

DIGITS = 'sizes = [64, 20, 10]\nactivations = ["tanh", "softmax"]\ncost = "cross_entropy"\n'
SMALL = 'sizes = [3, 1]\nactivations = ["tanh"]\n'


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits.toml").write_text(DIGITS)
    (tmp_path / "small.toml").write_text(SMALL)
    (tmp_path / "data.csv").write_text("1,2,3,0.5\n2,1,0,0.1\n0,1,1,0.9\n")
    return tmp_path


def _train(*arguments):
    result = CliRunner().invoke(app, list(arguments))
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_train_learns_the_digits_and_writes_the_same_bits_for_a_seed(folder):
    arguments = ["digits.toml", "--learning-rate", "0.4", "--epochs", "1", "--json"]
    found = json.loads(_train(*arguments, "--out", "one.safetensors").stdout)
    assert found["accuracy"][-1] > 0.85
    _train(*arguments, "--out", "two.safetensors")
    network = Network.from_toml("digits.toml")
    one, two = (load_parameters(f"{name}.safetensors", network) for name in ("one", "two"))
    for l in one.W:
        np.testing.assert_array_equal(one.W[l], two.W[l])


def test_train_goes_on_from_written_parameters_and_a_users_file(folder):
    _train("small.toml", "--data", "data.csv", "--out", "p.npz", "--epochs", "2")
    result = _train("small.toml", "--data", "data.csv", "--parameters", "p.npz", "--out", "q.npz", "--epochs", "1")
    assert "epoch 1: mean cost" in result.stdout
    assert "held-out" not in result.stdout  # there is no class to be right about
    assert (folder / "q.npz").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(["small.toml"], "the bundled digits have 64 inputs, but small.toml has 3", id="no-data"),
        pytest.param(["digits.toml", "--optimizer", "adm"], "Did you mean 'adam'?", id="optimizer"),
        pytest.param(["digits.toml", "--learning-rate", "-1"], "learning rate of step 1 must be finite and > 0", id="rate"),
        pytest.param(["digits.toml", "--scheme", "xavier"], "scheme must be one of", id="scheme"),
        pytest.param(
            ["digits.toml", "--out", "no/such/p.npz"], "--out must be a .safetensors or .npz file in an existing", id="folder"
        ),
        pytest.param(["digits.toml", "--out", "p.txt"], "--out must be a .safetensors or .npz file", id="ending"),
        pytest.param(["nothing.toml"], "must be an existing file", id="file"),
    ],
)
def test_train_refuses_with_one_sentence(folder, arguments, says):
    with pytest.raises(GradrefError) as caught:
        _train(*arguments)
    assert says in str(caught.value)
