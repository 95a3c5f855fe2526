"""Networks in TOML and parameters in .npz and .safetensors: a round trip loses nothing; a broken file is named in one sentence."""

import numpy as np
import pytest

from gradref_reference import DataError, FileError, GradrefError, Network, Parameters, ShapeError, initialize
from gradref_reference.files import load_parameters, network_from_toml, save_parameters

NETWORK = Network((5, 4, 3), ("leaky_relu(0.25)", "softmax"), "cross_entropy", l2=0.1)


def test_network_survives_a_round_trip_through_toml(tmp_path):
    NETWORK.to_toml(tmp_path / "net.toml")
    assert Network.from_toml(tmp_path / "net.toml") == NETWORK


@pytest.mark.parametrize("ending", ["npz", "safetensors"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_parameters_survive_a_round_trip_bit_for_bit(tmp_path, ending, dtype):
    p = initialize(NETWORK, np.random.default_rng(0)).astype(dtype)
    save_parameters(tmp_path / f"p.{ending}", p)
    q = load_parameters(tmp_path / f"p.{ending}", NETWORK)
    for l in (1, 2):
        assert q.W[l].dtype == q.b[l].dtype == np.dtype(dtype)
        assert np.array_equal(p.W[l], q.W[l])
        assert np.array_equal(p.b[l], q.b[l])


BROKEN_TOML = {
    "syntax": ("sizes = [2, 3\nactivations = 'relu'", r"valid TOML.*line"),
    "unknown field": ("sizes = [2, 3]\nactivations = ['relu']\ncosts = 'quadratic'", r"line 3.*Did you mean 'cost'"),
    "unknown activation": ("sizes = [2, 3]\n\nactivations = ['relo']", r"line 3.*Did you mean 'relu'"),
    "unknown cost": ("sizes = [2, 3]\nactivations = ['relu']\ncost = 'quadratik'", r"line 3.*Did you mean 'quadratic'"),
    "wrong number of activations": ("sizes = [2, 3, 1]\nactivations = ['relu']", r"line 2.*one function per layer"),
    "type": ("sizes = '2, 3'\nactivations = ['relu']", r"line 1: field 'sizes' must be a list"),
    "width": ("sizes = [2, 0]\nactivations = ['relu']", r"line 1.*whole number >= 1, got 0"),
    "missing": ("activations = ['relu']", r"field 'sizes' must be present"),
    "impossible pair": ("sizes = [2, 3]\nactivations = ['relu']\ncost = 'cross_entropy'", r"line 3.*'softmax'"),
    "penalty": ("sizes = [2, 3]\nactivations = ['relu']\nl2 = -1", r"line 3.*l2.*>= 0"),
}


@pytest.mark.parametrize(("text", "message"), BROKEN_TOML.values(), ids=BROKEN_TOML)
def test_broken_toml_is_named_by_line_and_field(tmp_path, text, message):
    path = tmp_path / "net.toml"
    path.write_text(text)
    with pytest.raises(FileError, match=message) as caught:
        network_from_toml(path)
    assert str(path) in str(caught.value)


def test_missing_file_says_so(tmp_path):
    with pytest.raises(FileError, match="existing file"):
        network_from_toml(tmp_path / "none.toml")


@pytest.mark.parametrize("ending", ["npz", "safetensors"])
@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9])
def test_truncated_parameter_file_is_refused(tmp_path, ending, kept):
    path = tmp_path / f"p.{ending}"
    save_parameters(path, initialize(NETWORK, np.random.default_rng(0)))
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(FileError, match="complete"):
        load_parameters(path)


def test_parameters_are_not_saved_into_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileError, match="existing folder"):
        save_parameters(tmp_path / "no" / "p.npz", initialize(NETWORK, np.random.default_rng(0)))


def test_foreign_array_name_is_refused(tmp_path):
    np.savez(tmp_path / "p.npz", **{"fc1.weight": np.ones((2, 2))})
    with pytest.raises(FileError, match=r"layer1\.W"):
        load_parameters(tmp_path / "p.npz")


def test_parameters_of_another_network_are_refused(tmp_path):
    save_parameters(tmp_path / "p.npz", Parameters([np.ones((2, 3))], [np.ones(2)]))
    with pytest.raises(ShapeError, match="widths must be"):
        load_parameters(tmp_path / "p.npz", NETWORK)


def test_nan_in_a_parameter_file_is_refused(tmp_path):
    np.savez(tmp_path / "p.npz", **{"layer1.W": np.array([[1.0, np.nan]]), "layer1.b": np.zeros(1)})
    with pytest.raises(DataError, match=r"W\[1\].*finite.*\(0, 1\)"):
        load_parameters(tmp_path / "p.npz")


def test_pickled_objects_are_never_loaded(tmp_path):
    np.savez(tmp_path / "p.npz", **{"layer1.W": np.array([{"a": 1}], dtype=object)})
    with pytest.raises(GradrefError):
        load_parameters(tmp_path / "p.npz")
