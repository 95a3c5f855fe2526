"""Data of a user: .npz and .csv files are read right, or refused in one sentence that names the line."""

import numpy as np
import pytest

from gradref.data import digits, load_batch, load_problem, random_batch
from gradref_reference import COSTS, GradrefError, Network

REGRESSION = Network((2, 3, 2), "tanh")
CLASSES = Network((2, 3, 3), ("tanh", "softmax"), "cross_entropy")


def test_digits_are_1797_images_and_read_only():
    x, y = digits()
    assert (x.shape, x.dtype, y.dtype) == ((1797, 64), np.float64, np.int64)
    assert (x.min(), x.max()) == (0.0, 1.0)
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert not x.flags.writeable
    assert not y.flags.writeable


def test_digits_are_those_of_scikit_learn_to_the_bit():
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
    pixels, labels = datasets.load_digits(return_X_y=True)
    x, y = digits()
    assert np.array_equal(x, pixels / 16.0)
    assert np.array_equal(y, labels)


def test_csv_with_header_and_targets(tmp_path):
    (tmp_path / "d.csv").write_text("x1,x2,y1,y2\n1,2,3,4\n\n5,6,7,8\n")
    batch = load_batch(tmp_path / "d.csv", REGRESSION)
    assert batch.x.tolist() == [[1, 2], [5, 6]]
    assert batch.y.tolist() == [[3, 4], [7, 8]]


def test_csv_with_labels(tmp_path):
    (tmp_path / "d.csv").write_text("1,2,0\n5,6,2\n")
    batch = load_batch(tmp_path / "d.csv", CLASSES)
    assert batch.y.tolist() == [0, 2]
    assert batch.y.dtype == np.int64


def test_npz_with_x_and_y(tmp_path):
    np.savez(tmp_path / "d.npz", x=np.ones((4, 2)), y=np.ones((4, 2)))
    assert len(load_batch(tmp_path / "d.npz", REGRESSION)) == 4


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize(
    "head", ["", "a,b,c,d\n", '"a, the first",b,c,d\n', ",b,c,d\n"], ids=["none", "words", "quoted", "index"]
)
def test_no_sample_is_lost_to_a_header_or_a_byte_order_mark(tmp_path, head, encoding):
    (tmp_path / "d.csv").write_text(head + "1,2,3,4\n5,6,7,8\n", encoding=encoding)
    assert load_batch(tmp_path / "d.csv", REGRESSION).x.tolist() == [[1, 2], [5, 6]]


def test_quoted_numbers_are_numbers(tmp_path):
    (tmp_path / "d.csv").write_text('"1"," 2 ","3","4"\n')
    assert load_batch(tmp_path / "d.csv", REGRESSION).y.tolist() == [[3, 4]]


def test_endings_may_be_in_capitals(tmp_path):
    (tmp_path / "d.CSV").write_text("1,2,3,4\n")
    np.savez(tmp_path / "d.npz", x=np.ones((1, 2)), y=np.ones((1, 2)))
    (tmp_path / "d.npz").rename(tmp_path / "d.NPZ")
    assert len(load_batch(tmp_path / "d.CSV", REGRESSION)) == len(load_batch(tmp_path / "d.NPZ", REGRESSION)) == 1


@pytest.mark.parametrize("cost", [name for name in COSTS if name != "cross_entropy"])
def test_the_last_column_is_the_target_of_one_output(tmp_path, cost):
    network = Network((2, 1), "sigmoid", cost)
    (tmp_path / "d.csv").write_text("1,2,0\n3,4,1\n5,6,0\n")
    batch = load_batch(tmp_path / "d.csv", network)
    assert network.targets(batch).tolist() == [[0], [1], [0]]


def test_a_vector_of_targets_for_one_output_is_refused_by_file(tmp_path):
    np.savez(tmp_path / "d.npz", x=np.ones((3, 2)), y=[0, 0, 1])
    with pytest.raises(GradrefError, match=r"d\.npz: y: must have shape \(batch, 1\).*y\[:, None\]"):
        load_batch(tmp_path / "d.npz", Network((2, 1), "sigmoid", "binary_cross_entropy"))


BAD_CSV = {
    "word": ("1,2,3,4\n1,2,three,4\n", "line 2.*numbers"),
    "too few": ("1,2,3,4\n\n1,2\n", "line 3.*2 inputs"),
    "mixed": ("1,2,3,4\n1,2,3\n", "line 2.*4 numbers"),
    "empty": ("", "at least one sample"),
    "only a header": ("a,b,c,d\n", "at least one sample"),
    "first line with a gap": ("1,,3,0\n1,2,3,4\n", "line 1.*numbers.*got '' in '1,,3,0'"),
    "first line empty": (",,,\n1,2,3,4\n", "line 1.*numbers"),
    "first line with a word": ("1,2,x,4\n1,2,3,4\n", "line 1.*numbers.*got 'x'"),
    "second header": ("a,b,c,d\ne,f,g,h\n1,2,3,4\n", "line 2.*numbers"),
    "semicolons": ("1;2;3;4\n5;6;7;8\n", "line 2.*numbers separated by commas"),
    "nan": ("a,b,c,d\n1,2,3,4\n\n1,2,3,nan\n", "line 4: y: must be finite, got nan"),
    "infinity": ("1,2,3,4\ninf,2,3,4\n", "line 2: x: must be finite, got inf"),
    "beyond float64": ("1,2,3,4\n1e400,2,3,4\n", "line 2: x: must be finite, got inf"),
    "long cell": ("1,2,3," + "4" * 200_000 + "\n", "line 1.*comma-separated values"),
}


@pytest.mark.parametrize(("text", "message"), BAD_CSV.values(), ids=BAD_CSV)
def test_bad_csv_is_refused_with_its_line(tmp_path, text, message):
    (tmp_path / "d.csv").write_text(text)
    with pytest.raises(GradrefError, match=message):
        load_batch(tmp_path / "d.csv", REGRESSION)


BAD_LABELS = {
    "out of range": ("1,2,0\n1,2,3\n", r"line 2: y: labels must lie in 0\.\.2, got 3"),
    "negative": ("\n1,2,-1\n", r"line 2: y: labels must lie in 0\.\.2, got -1"),
    "beyond int64": ("a,b,c\n1,2,0\n1,2,1e30\n", r"line 3: y: labels must be class numbers counted from 0, got 1e\+30"),
    "fractional": ("1,2,0\n1,2,0.5\n", r"line 2: the label must be a whole number, got 0\.5"),
    "nan": ("1,2,0\n1,2,nan\n", "line 2: the label must be a whole number, got nan"),
}


@pytest.mark.parametrize(("text", "message"), BAD_LABELS.values(), ids=BAD_LABELS)
def test_bad_label_is_refused_with_its_file_and_line(tmp_path, text, message):
    (tmp_path / "d.csv").write_text(text)
    with pytest.raises(GradrefError, match=rf"d\.csv, {message}"):
        load_batch(tmp_path / "d.csv", CLASSES)


BAD_NPZ = {
    "label": ({"y": [0, 3]}, r"d\.npz: y: labels must lie in 0\.\.2, got 3 at index 1"),
    "label beyond int64": ({"y": np.array([0, 2**63], np.uint64)}, r"d\.npz: y: labels must be class numbers"),
    "columns of y": ({"y": np.ones((2, 2))}, r"d\.npz: y: must have 3 columns"),
    "columns of x": ({"x": np.ones((2, 3))}, r"d\.npz: x: must have 2 columns"),
    "nan": ({"x": np.full((2, 2), np.nan)}, r"d\.npz: x: must be finite, got nan at index \(0, 0\)"),
}


@pytest.mark.parametrize(("arrays", "message"), BAD_NPZ.values(), ids=BAD_NPZ)
def test_bad_npz_is_refused_by_name(tmp_path, arrays, message):
    np.savez(tmp_path / "d.npz", **({"x": np.ones((2, 2)), "y": [0, 1]} | arrays))
    with pytest.raises(GradrefError, match=message):
        load_batch(tmp_path / "d.npz", CLASSES)


def test_a_negative_seed_is_refused(tmp_path):
    path = tmp_path / "net.toml"
    CLASSES.to_toml(path)
    with pytest.raises(GradrefError, match="seed: must be a whole number >= 0, got -1"):
        load_problem(path, None, None, seed=-1)


def test_npz_without_y_is_refused(tmp_path):
    np.savez(tmp_path / "d.npz", x=np.ones((4, 2)))
    with pytest.raises(GradrefError, match="x and y"):
        load_batch(tmp_path / "d.npz", REGRESSION)


@pytest.mark.parametrize("cost", COSTS)
def test_random_batch_suits_every_cost(cost):
    output = COSTS[cost].output or "identity"
    network = Network((4, 3), output, cost)
    batch = random_batch(network, np.random.default_rng(0), 5)
    assert network.targets(batch).shape == (5, 3)
    assert np.isfinite(network.targets(batch)).all()
