"""What comes back from a checked file is data: it can neither run code in the caller nor forge a verdict by writing to the channel."""

import json
import os
import struct
import sys
import time
from dataclasses import replace

import pytest

from gradref_derivations import check_file
from gradref_derivations.findings.report import DerivationReport, Entries, Equation
from gradref_derivations.findings.transfer import NotARecord, decoded, encoded
from gradref_derivations.isolated import check_file_isolated
from gradref_reference.errors import DataError, FileError, GradrefError
from gradref_support.process import Limits

WRONG = """import os, sys, struct, json, pickle
import numpy as np
{extra}

def make_inputs(seed):
    return {{"w": np.random.default_rng(seed).standard_normal(3)}}


def forward(i):
    return np.sum(i["w"] ** 2)


def backward(i):
    return {{"dw": i["w"]}}
"""


@pytest.fixture
def write(tmp_path):
    def function(extra=""):
        path = tmp_path / "file.py"
        path.write_text(WRONG.format(extra=extra), encoding="utf-8")
        return path

    return function


def framed(message):
    text = json.dumps(message).encode()
    return struct.pack("!II", len(text), 0) + text


FORGED = framed({"report": encoded(DerivationReport("right", judged=("w",), right=("w",)))})


def test_a_forged_report_is_refused(write):
    path = write(f"for d in range(1, 12):\n    try: os.write(d, {FORGED!r})\n    except OSError: pass")
    with pytest.raises(FileError, match="no report came back"):
        check_file_isolated(path, [0], budget=0)


def test_a_pickle_is_never_loaded(write, tmp_path):
    touched = tmp_path / "touched"
    bomb = f"class Bomb:\n    def __reduce__(self): return os.mkdir, ({str(touched)!r},)\n"
    frame = "data = pickle.dumps(Bomb())\ndata = struct.pack('!II', len(data), 0) + data\n"
    send = frame + "for d in range(1, 12):\n    try: os.write(d, data)\n    except OSError: pass"
    with pytest.raises(GradrefError):
        check_file_isolated(write(bomb + send), [0], budget=0)
    assert not touched.exists()


def test_report_arrives_as_it_was_made(write):
    there, here = check_file_isolated(write(), [0, 1]), check_file(write(), [0, 1])
    assert there.repair is not None
    same = {"seconds": 0.0, "name": ""}
    assert replace(there, **same) == replace(here, **same)


def test_errors_keep_their_class(write):
    unsteady = write()
    unsteady.write_text(unsteady.read_text().replace('np.sum(i["w"] ** 2)', 'np.sum(i["w"] ** 2) + np.random.rand()'))
    with pytest.raises(DataError, match="the same cost"):
        check_file_isolated(unsteady, [0])


def test_a_file_sees_its_own_command_line(write, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["gradref", "check", "--json"])
    extra = "assert len(sys.argv) == 1 and sys.argv[0] == __file__, sys.argv"
    assert check_file_isolated(write(extra), [0], budget=0).wrong == ("w",)
    assert check_file(write(extra), [0], budget=0).wrong == ("w",)
    assert sys.argv == ["gradref", "check", "--json"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_nothing_the_file_has_started_survives(write, tmp_path):
    note = tmp_path / "pid"
    start = (
        "import subprocess\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], env={}, start_new_session=True)\n"
        f"open({str(note)!r}, 'w').write(str(p.pid))"
    )
    check_file_isolated(write(start), [0], budget=0)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _runs(int(note.read_text())):
        time.sleep(0.05)
    assert not _runs(int(note.read_text()))


def _runs(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_memory_is_limited_where_it_is_asked_for(write):
    path = write("hoard = np.ones((10**5, 10**5))")
    with pytest.raises(FileError, match=r"MemoryError|Unable to allocate|without a result|could not be judged"):
        check_file_isolated(path, [0], budget=0, limits=Limits(seconds=20, memory=1024))


# --- records --------------------------------------------------------------------------------------------------------

REPORT = DerivationReport(
    "wrong",
    wrong=("W1",),
    entry=Equation(2, 1),
    entries=(Entries("W1", "one", 1, 4, (0, 1), float("nan"), float("inf")),),
    truth={"method": None, "digits": 3},
)


def test_records_cross_json_unchanged():
    back = decoded(DerivationReport, json.loads(json.dumps(encoded(REPORT), allow_nan=False)))
    assert back.entries[0].expected == float("inf")
    assert back.entries[0].actual != back.entries[0].actual
    assert replace(back, entries=()) == replace(REPORT, entries=())


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": ["right"]},
        {"wrong": "W1"},
        {"wrong": [1]},
        {"seconds": "1 s"},
        {"entry": {"kind": "__import__", "layer": 1, "or_cost": False}},
        {"repair": 3},
        {"more": 1},
    ],
    ids=str,
)
def test_data_of_another_type_is_no_record(change):
    with pytest.raises(NotARecord):
        decoded(DerivationReport, encoded(REPORT) | change)
