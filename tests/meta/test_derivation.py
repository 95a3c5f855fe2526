"""Every kind of mistake must be found, named and, where one edit mends it, mended; with the right words."""

import pytest
from support.programs import MLP

from gradref_derivations import check_file

# name -> (right text, wrong text, wrong parameters, root, equation, word of an explanation)
FAULTS = {
    "sign": ('(z2 - inputs["y"]) / n', '(inputs["y"] - z2) / n', "W2 b2 W1 b1", "W2", "BP1", "minus"),
    "no mean": ('(z2 - inputs["y"]) / n', '(z2 - inputs["y"])', "W2 b2 W1 b1", "W2", "BP1", "7 times"),
    "factor two": ('(z2 - inputs["y"]) / n', '2 * (z2 - inputs["y"]) / n', "W2 b2 W1 b1", "W2", "BP1", "twice"),
    "derivative of the wrong thing": ("(1 - a1**2)", "(1 - z1**2)", "W1 b1", "W1", "BP2", ""),
    "derivative missing": (" * (1 - a1**2)", "", "W1 b1", "W1", "BP2", ""),
    "mean for sum": ("delta1.sum(axis=0)", "delta1.mean(axis=0)", "b1", "b1", "BP3", "1/7"),
    "activation of the wrong layer": ("delta2.T @ a1", "delta2.T @ z1", "W2", "W2", "BP4", ""),
    "float32": ("delta2.T @ a1", "delta2.T.astype(np.float32) @ a1", "W2", "W2", "BP4", "digits"),
    "transposed": ("delta2.T @ a1", "a1.T @ delta2", "W2", "W2", "BP4", "transposed"),
    "not summed": ("delta1.sum(axis=0)", "delta1", "b1", "b1", "BP3", "not summed"),
    "column for vector": ("delta1.sum(axis=0)", "delta1.sum(axis=0)[:, None]", "b1", "b1", "BP3", "(5, 1)"),
    "zero": ("db1 = delta1.sum(axis=0)", "db1 = 0 * delta1.sum(axis=0)", "b1", "b1", "BP3", "zero"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_fault_is_named_and_mended(name, tmp_path):
    right, wrong, parameters, root, equation, word = FAULTS[name]
    assert MLP.count(right) == 1
    path = tmp_path / "derivation.py"
    path.write_text(MLP.replace(right, wrong))
    report = check_file(path, seeds=[0, 1])
    assert not report.ok
    assert set(report.wrong) == set(parameters.split())
    assert report.root == root
    assert equation in (report.equation or "")
    assert word in str(report)
    assert all(not s.ok for s in report.seeds)
    assert report.repair is not None
    assert report.repair.line == MLP[: MLP.index(right)].count("\n") + 1
    assert report.repair.after is not None, str(report)
    assert "verified on 3 fresh seeds" in str(report)
    mended = path.read_text().splitlines()
    mended[report.repair.line - 1] = report.repair.after
    path.write_text("\n".join(mended) + "\n")
    assert check_file(path, seeds=[5, 6]).ok


def test_smallest_fault_above_rounding_is_found(tmp_path):
    path = tmp_path / "derivation.py"
    path.write_text(MLP.replace('delta1.T @ inputs["x"]', '(1 + 1e-11) * delta1.T @ inputs["x"]'))
    assert check_file(path, seeds=[0], budget=0).wrong == ("W1",)


def test_one_flipped_entry_is_found_and_located(tmp_path):
    path = tmp_path / "derivation.py"
    path.write_text(MLP.replace('    return {"dW1"', '    dW1[2, 1] *= -1\n    return {"dW1"'))
    report = check_file(path, seeds=[0], budget=0)
    assert report.wrong == ("W1",)
    assert report.entries[0].pattern == "one"
    assert report.entries[0].index == (2, 1)


CONDUCT = {
    "inputs changed": (
        "    n = len(",
        '    inputs["W2"] *= 0.5; inputs["W2"] *= 2; inputs["b2"] += 1; inputs["b2"] -= 0\n    n = len(',
    ),
    "state": (
        '    return {"dW1"',
        '    STORE["dW1"] = STORE.get("dW1", 0) + dW1\n    dW1 = STORE["dW1"]\n    return {"dW1"',
    ),
    "extra": ('"db2": db2}', '"db2": db2, "loss": 1.0}'),
}


@pytest.mark.parametrize("kind", CONDUCT)
def test_conduct_is_named(kind, tmp_path):
    old, new = CONDUCT[kind]
    text = MLP.replace("PARAMS", "STORE = {}\nPARAMS", 1)
    head, tail = text.split("def backward", 1)
    path = tmp_path / "derivation.py"
    path.write_text(head + "def backward" + tail.replace(old, new, 1))
    report = check_file(path, seeds=[0, 1], budget=0)
    found = [c for c in report.conduct if c.kind == kind]
    assert found, str(report)
    assert report.ok is (kind == "extra")


def test_missing_gradient_is_named(tmp_path):
    path = tmp_path / "derivation.py"
    path.write_text(MLP.replace(', "db1": db1', ""))
    report = check_file(path, seeds=[0], budget=0)
    assert report.wrong == ("b1",)
    assert report.explanations[0].kind == "missing"


def test_failure_on_a_batch_of_one_is_named(tmp_path):
    path = tmp_path / "derivation.py"
    path.write_text(MLP.replace("delta2.T @ a1", "np.squeeze(delta2).T @ a1"))
    report = check_file(path, seeds=[0], budget=0)
    assert [c.kind for c in report.conduct] == ["batch of one"]
    assert not report.ok


def test_stale_cache_is_named(tmp_path):
    cached = MLP.replace("PARAMS", "CACHE = {}\nPARAMS", 1)
    head, tail = cached.split("def backward", 1)
    tail = tail.replace("    a1 = np.tanh(z1)", "    if not CACHE:\n        CACHE[0] = np.tanh(z1)\n    a1 = CACHE[0]")
    path = tmp_path / "derivation.py"
    path.write_text(head + "def backward" + tail)
    report = check_file(path, seeds=[0, 1], budget=0)
    assert not report.ok
    assert report.conduct[0].kind == "state"
    assert "remembers" in report.conduct[0].text


def test_nan_never_passes(tmp_path):
    path = tmp_path / "derivation.py"
    path.write_text(MLP.replace("db2 = delta2.sum(axis=0)", "db2 = delta2.sum(axis=0) * np.nan"))
    report = check_file(path, seeds=[0], budget=0)
    assert report.wrong == ("b2",)
    assert "NaN" in report.explanations[0].text
