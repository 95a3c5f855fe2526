"""Networks in TOML and parameters in .npz and .safetensors: a round trip loses nothing; a broken file is named in one sentence."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.strange import many

from gradref_reference import DataError, FileError, GradrefError, Network, Parameters, ShapeError, initialize
from gradref_reference.files import load_arrays, load_parameters, save_parameters

NETWORK = Network((5, 4, 3), ("leaky_relu(0.25)", "softmax"), "cross_entropy", l2=0.1)


def test_network_survives_a_round_trip_through_toml(tmp_path):
    NETWORK.to_toml(tmp_path / "net.toml")
    assert Network.from_toml(tmp_path / "net.toml") == NETWORK


@pytest.mark.parametrize("ending", ["npz", "safetensors", "NPZ", "SafeTensors"])
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
    "large penalty": ("sizes = [2, 3]\nactivations = ['relu']\nl2 = " + "9" * 400, r"line 3: l2.*finite number >= 0, got 999"),
    "penalty of many digits": ("sizes = [2, 3]\nactivations = ['relu']\nl2 = " + "9" * 5000, r"valid TOML.*digits"),
    "penalty in hexadecimal": ("sizes = [2, 3]\nactivations = ['relu']\nl2 = 0x" + "f" * 5000, r"line 3: l2.*4300 digits"),
    "nested brackets": ("sizes = " + "[" * 3000 + "]" * 3000, r"valid TOML.*nested too deeply"),
    "nested activations": ("sizes = [2, 3]\nactivations = [['relu']]", r"line 2: activations: must be names, got \['relu'\]"),
    "nested sizes": ("activations = ['relu']\nsizes = [[2], 3]", r"line 2: sizes\[0\]: must be a whole number >= 1, got \[2\]"),
    "parameter of an activation": ("sizes = [2, 3]\nactivations = ['elu(-1)']", r"line 2.*parameter of elu"),
    "penalty": ("sizes = [2, 3]\nactivations = ['relu']\nl2 = -1", r"line 3.*l2.*>= 0"),
}


@pytest.mark.parametrize(("text", "message"), BROKEN_TOML.values(), ids=BROKEN_TOML)
def test_broken_toml_is_named_by_line_and_field(tmp_path, text, message):
    path = tmp_path / "net.toml"
    path.write_text(text)
    with pytest.raises(FileError, match=message) as caught:
        Network.from_toml(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < len(str(path)) + 250


def test_a_byte_order_mark_is_no_part_of_a_network(tmp_path):
    (tmp_path / "net.toml").write_text(NETWORK.to_toml(), encoding="utf-8-sig")
    assert Network.from_toml(tmp_path / "net.toml") == NETWORK


def test_missing_file_says_so(tmp_path):
    with pytest.raises(FileError, match="existing file"):
        Network.from_toml(tmp_path / "none.toml")


@pytest.mark.parametrize("ending", ["npz", "safetensors"])
@pytest.mark.parametrize("kept", [0.0, 0.3, 0.9])
def test_truncated_parameter_file_is_refused(tmp_path, ending, kept):
    path = tmp_path / f"p.{ending}"
    save_parameters(path, initialize(NETWORK, np.random.default_rng(0)))
    data = path.read_bytes()
    path.write_bytes(data[: int(kept * len(data))])
    with pytest.raises(FileError, match="complete"):
        load_parameters(path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """ending -> a folder to write in, and the bytes of a file that is whole."""
    folder, found = tmp_path_factory.mktemp("damaged"), {}
    for ending in ("npz", "safetensors"):
        path = folder / f"p.{ending}"
        save_parameters(path, initialize(NETWORK, np.random.default_rng(0)))
        found[ending] = path, path.read_bytes()
    return found


@pytest.mark.parametrize("ending", ["npz", "safetensors"])
@many(60, 5000)
@given(place=st.floats(0, 1, exclude_max=True), early=st.booleans(), byte=st.integers(0, 255))
def test_damaged_parameter_file_is_read_or_refused_in_one_sentence(whole, ending, place, early, byte):
    path, data = whole[ending]
    damaged = bytearray(data)
    damaged[int(place * (300 if early else len(data)))] = byte
    path.write_bytes(damaged)
    said = ""
    try:
        load_parameters(path)
    except GradrefError as error:
        said = str(error)
    assert said == "" or (said.startswith(str(path)) and "\n" not in said)


@pytest.mark.parametrize(
    ("at", "byte"),
    [pytest.param(8, 99, id="unknown compression"), pytest.param(6, 1, id="encrypted")],
)
def test_archive_that_cannot_be_unpacked_is_refused(tmp_path, at, byte):
    path = tmp_path / "p.npz"
    np.savez(path, a=np.ones(2))
    data = bytearray(path.read_bytes())
    data[at] = data[data.index(b"PK\1\2") + at + 2] = byte  # the local header and the directory
    path.write_bytes(data)
    with pytest.raises(FileError, match=r"complete \.npz file"):
        load_arrays(path)


def _write_safetensors(path, kind, **tensors):
    """A safetensors file of arrays of whole bytes, called `kind`; see the format's README."""
    header, data = {}, b""
    for name, (shape, values) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def test_every_bfloat16_is_read_exactly(tmp_path):
    ml_dtypes = pytest.importorskip("ml_dtypes", reason="comes with JAX")
    patterns = np.arange(2**16, dtype="<u2")
    _write_safetensors(tmp_path / "p.safetensors", "BF16", a=([256, 256], patterns.tobytes()))
    found = load_arrays(tmp_path / "p.safetensors")["a"]
    assert found.dtype == np.float64
    with np.errstate(invalid="ignore"):  # signalling NaNs
        expected = patterns.view(ml_dtypes.bfloat16).astype(np.float64)
    np.testing.assert_array_equal(found, expected.reshape(256, 256))


def test_parameters_in_bfloat16_are_loaded(tmp_path):
    one_and_a_half = (0x3FC0).to_bytes(2, "little")
    tensors = {"layer1.W": ([1, 2], 2 * one_and_a_half), "layer1.b": ([1], one_and_a_half)}
    _write_safetensors(tmp_path / "p.safetensors", "BF16", **tensors)
    assert load_parameters(tmp_path / "p.safetensors").W[1].tolist() == [[1.5, 1.5]]


@pytest.mark.parametrize("kind", ["F8_E4M3", "F8_E5M2"])
def test_a_dtype_that_numpy_has_not_is_named(tmp_path, kind):
    _write_safetensors(tmp_path / "p.safetensors", kind, **{"layer1.W": ([1, 2], b"\0\0")})
    with pytest.raises(FileError, match=rf"layer1\.W must be in one of F64.*got {kind}\. Convert it to float32"):
        load_parameters(tmp_path / "p.safetensors")


def test_a_single_array_called_npz_is_refused(tmp_path):
    with (tmp_path / "p.npz").open("wb") as file:
        np.save(file, np.ones(2))
    with pytest.raises(FileError, match=r"must hold named arrays, got a single one.*np\.savez"):
        load_parameters(tmp_path / "p.npz")


@pytest.mark.parametrize("ending", ["npz", "safetensors"])
def test_a_folder_called_like_a_file_is_named(tmp_path, ending):
    (tmp_path / f"p.{ending}").mkdir()
    with pytest.raises(FileError, match="got a folder"):
        load_parameters(tmp_path / f"p.{ending}")


def test_parameters_are_not_saved_into_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileError, match="existing folder"):
        save_parameters(tmp_path / "no" / "p.npz", initialize(NETWORK, np.random.default_rng(0)))


@pytest.mark.parametrize("name", ["fc1.weight", "layer0.W", "layer" + "9" * 5000 + ".W"], ids=["torch", "input", "number"])
def test_foreign_array_name_is_refused(tmp_path, name):
    np.savez(tmp_path / "p.npz", **{name: np.ones((2, 2))})
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
