"""The runner of other people's code: limits, the channel, the end of every descendant, and systems that cannot limit."""

import subprocess
import sys
import time

import psutil
import pytest

from gradref_derivations.grade import grade_folder
from gradref_reference.errors import SpecificationError
from gradref_support.family import Family, adopting
from gradref_support.messages import Closed, Nonsense, read_message, write_message
from gradref_support.process import Child, Limits


def echo(tmp_path, body):
    """A module that answers requests."""
    (tmp_path / "echo_child.py").write_text(
        "import os, sys, time, subprocess\nfrom gradref_support.process import open_channel\nreply, request = open_channel()\n"
        + body
    )
    return "echo_child"


@pytest.fixture
def run(tmp_path, monkeypatch):
    def function(body, **options):
        monkeypatch.syspath_prepend(str(tmp_path))
        return Child(echo(tmp_path, body), **options)

    return function


def test_messages_go_both_ways_and_prints_are_kept_apart(run):
    body = "print('noise')\nheader, payload = request()\nreply({'got': header['n'] + 1}, payload * 2)\ntime.sleep(60)\n"
    with run(body) as child:
        child.send({"n": 1}, b"ab")
        assert child.receive(time.monotonic() + 20) == ({"got": 2}, b"abab")
        assert child.ended_how() is None
    assert child.printed.strip() == b"noise" or child.printed == b""
    assert not psutil.pid_exists(child.process.pid)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("os._exit(3)", Closed),
        ("os.write(4, b'x' * 64)\ntime.sleep(60)", Nonsense),
        ("import json, struct\nt = b'{}'\nos.write(4, struct.pack('!II', 2, 0) + t)\ntime.sleep(60)", Nonsense),
        ("time.sleep(60)", TimeoutError),
    ],
    ids=["ends", "talks nonsense", "has no key", "hangs"],
)
def test_what_is_no_reply_is_told_apart(body, error, run):
    with run(body) as child, pytest.raises(error):
        child.receive(time.monotonic() + (3 if error is TimeoutError else 20))
    if error is Closed:
        assert child.ended_how() == "ended its process with exit code 3"


def test_nan_is_no_message():
    with pytest.raises(ValueError, match="JSON"):
        write_message(1, {"x": float("nan")})


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux hands orphans to their ancestor")
def test_orphans_without_mark_or_session_are_found():
    script = (
        "import os, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    os.fork() and os._exit(0)\n"
        "    os.execve('/bin/sleep', ['sleep', '600'], {})\n"
        "os.wait()\n"
    )
    with adopting():
        process = subprocess.Popen([sys.executable, "-c", script], start_new_session=True, env={})
        family = Family(process.pid, "mark")
        process.wait()
        deadline = time.monotonic() + 5
        while not (found := [p for p in family.look() if p.pid != process.pid]) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert [p.name() for p in found] == ["sleep"]
        family.end()
        family.forget()
    assert not found[0].is_running()


def test_reading_a_closed_channel_says_so():
    import os

    read, write = os.pipe()
    os.close(write)
    with pytest.raises(Closed):
        read_message(read)
    os.close(read)


def test_a_system_without_limits_is_told_in_one_sentence(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "resource", None)  # as on Windows
    assert not Limits.supported()
    with pytest.raises(SpecificationError, match="needs a system that can limit processes") as caught:
        grade_folder(tmp_path, tmp_path / "task.py", tmp_path / "out")
    assert "\n" not in str(caught.value)
