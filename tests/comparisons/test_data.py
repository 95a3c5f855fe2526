"""Data of a user: .npz and .csv files are read right, or refused in one sentence that names the line."""

import numpy as np
import pytest

from gradref.data import digits, load_batch, random_batch
from gradref_reference import COSTS, GradrefError, Network

REGRESSION = Network((2, 3, 2), "tanh")
CLASSES = Network((2, 3, 3), ("tanh", "softmax"), "cross_entropy")


def test_digits_are_the_1797_of_scikit_learn_and_read_only():
    x, y = digits()
    assert x.shape == (1797, 64)
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert not x.flags.writeable


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


BAD_CSV = {
    "word": ("1,2,3,4\n1,2,three,4\n", "line 2.*numbers"),
    "too few": ("1,2,3,4\n\n1,2\n", "line 3.*2 inputs"),
    "mixed": ("1,2,3,4\n1,2,3\n", "line 2.*4 numbers"),
    "empty": ("", "at least one sample"),
    "only a header": ("a,b,c,d\n", "at least one sample"),
    "nan": ("1,2,3,nan\n", "finite"),
    "infinity": ("inf,2,3,4\n", "finite"),
}


@pytest.mark.parametrize(("text", "message"), BAD_CSV.values(), ids=BAD_CSV)
def test_bad_csv_is_refused_with_its_line(tmp_path, text, message):
    (tmp_path / "d.csv").write_text(text)
    with pytest.raises(GradrefError, match=message):
        load_batch(tmp_path / "d.csv", REGRESSION)


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
