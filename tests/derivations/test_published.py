"""The table of published implementations is made from a folder of checkouts, and says of each what the check says."""

from gradref_studies.study import published
from gradref_studies.study.published import PUBLISHED, Published, rows, table

LAYER = """
import numpy as np

class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW, self.db = self.x.T @ dout, {sum}
        return dout @ self.W.T
"""


def test_every_repository_is_named_as_on_its_host():
    assert all(one.repository.count("/") == 1 and one.file.endswith((".py", ".ipynb")) for one in PUBLISHED)
    assert len({(one.repository, one.file, one.names) for one in PUBLISHED}) == len(PUBLISHED)


def test_rows_say_what_the_check_says(tmp_path, monkeypatch):
    for name, total in (("a+right", "dout.sum(axis=0)"), ("a+wrong", "dout.mean(axis=0)"), ("a+other", None)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "layers.py").write_text(LAYER.replace("{sum}", total) if total else "x = 1\n")
    listed = tuple(Published(f"a/{name}", "layers.py", "Affine") for name in ("right", "wrong", "other", "absent"))
    monkeypatch.setattr(published, "PUBLISHED", listed)
    found = list(rows(tmp_path, budget=0))
    assert [row["verdict"] for row in found] == ["right", "wrong", "not taken"]
    text = table(found)
    assert text.startswith("3 implementations from 3 repositories: 1 right, 1 wrong, 1 not taken.")
    assert "must define Affine" in text
    assert str(tmp_path) not in text
