"""Files are there whole or not at all: after a kill at any step, a full disk, and two writers at once."""

import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from gradref_support import atomic
from gradref_support.atomic import write_file, write_set

NAMES = ("a.txt", "b.json", "c.bin")


def a_set(mark):
    """Three files that hold the same mark."""
    return {name: (mark * 5000).encode() for name in NAMES}


def marks(folder):
    """The marks that the files of a folder hold, each file whole."""
    contents = {name: (folder / name).read_text() for name in NAMES}
    assert all(len(text) == 5000 for text in contents.values())
    return {mark for text in contents.values() for mark in text}


def leftovers(where):
    return [path.name for path in where.iterdir() if path.name.startswith(".gradref-")]


@pytest.fixture(params=["exchange", "one after another"])
def out(request, tmp_path, monkeypatch):
    """A folder that holds the old set, on a file system that can exchange folders and on one that cannot."""
    if request.param == "one after another":
        monkeypatch.setattr(atomic, "_exchange", lambda one, other: False)
    elif sys.platform not in ("linux", "darwin"):
        pytest.skip("this system cannot exchange folders")
    return write_set(tmp_path / "out", a_set("o"))


def test_a_set_takes_the_place_of_the_old_one(out):
    (out / "mine.txt").write_text("kept")
    (out / "old.txt").write_text("stale")
    assert write_set(out, a_set("n"), stale=["old.txt", "a.txt", "never.txt"]) == out
    assert marks(out) == {"n"}
    assert sorted(path.name for path in out.iterdir()) == [*NAMES, "mine.txt"]
    assert (out / "mine.txt").read_text() == "kept"
    assert leftovers(out) == leftovers(out.parent) == []


def test_folders_of_others_stay(out):
    (out / "theirs").mkdir()
    (out / "theirs" / "file").write_text("kept")
    write_set(out, {**a_set("n"), "below/d.txt": "n"})
    assert marks(out) == {"n"}
    assert ((out / "theirs" / "file").read_text(), (out / "below" / "d.txt").read_text()) == ("kept", "n")


def test_a_failing_writer_leaves_the_old_set_and_nothing_else(out):
    def fails(path):
        path.write_text("half")
        raise OSError(28, "No space left on device", str(path))

    with pytest.raises(OSError, match="No space left"):
        write_set(out, {**a_set("n"), "d.txt": fails})
    assert marks(out) == {"o"}
    assert sorted(path.name for path in out.iterdir()) == list(NAMES)
    assert leftovers(out) == leftovers(out.parent) == []


def test_the_folder_keeps_its_permissions(out):
    out.chmod(0o750)
    write_set(out, a_set("n"))
    assert out.stat().st_mode & 0o777 == 0o750


def test_a_link_to_a_folder_stays_a_link(out, tmp_path):
    (tmp_path / "link").symlink_to(out)
    write_set(tmp_path / "link", a_set("n"))
    assert (tmp_path / "link").is_symlink()
    assert marks(out) == {"n"}


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_beside_which_nothing_may_be_made_is_filled(tmp_path):
    out = write_set(tmp_path / "shut" / "out", a_set("o"))
    out.parent.chmod(0o500)
    try:
        write_set(out, a_set("n"))
        assert marks(out) == {"n"}
    finally:
        out.parent.chmod(0o700)


def test_a_file_is_replaced_whole_and_keeps_its_permissions(tmp_path):
    path = write_file(tmp_path / "f.txt", "old")
    path.chmod(0o640)
    with pytest.raises(ZeroDivisionError):
        write_file(path, lambda part: part.write_text("half") and 1 / 0)
    assert path.read_text() == "old"
    assert write_file(path, b"new") == path
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o640)
    assert [p.name for p in tmp_path.iterdir()] == ["f.txt"]


def test_a_name_of_255_characters_can_be_written(tmp_path):
    assert write_file(tmp_path / ("n" * 255), "x").read_text() == "x"
    assert (write_set(tmp_path / ("d" * 255), {"n" * 255: "x"}) / ("n" * 255)).read_text() == "x"


# --- kills and a full disk ----------------------------------------------------------------------------------------------

CHILD = """
    import os, sys
    from pathlib import Path
    from gradref_support import atomic
    out, mark, step, exchange = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4] == "exchange"
    done = 0

    def counted(call):
        def wrapped(*given, **named):
            global done
            answer = call(*given, **named)
            done += 1
            if done == step:
                os.kill(os.getpid(), 9)
            return answer
        return wrapped

    if not exchange:
        atomic._exchange = lambda one, other: False
    for name in ("fsync", "rename", "replace", "link", "mkdir"):
        setattr(os, name, counted(getattr(os, name)))
    atomic._exchange = counted(atomic._exchange)
    atomic.write_set(out, {name: mark * 5000 for name in ("a.txt", "b.json", "c.bin")}, stale=["old.txt"])
    print(done)
"""


def child(*arguments, code=CHILD, **options):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)], text=True, capture_output=True, **options
    )


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="kills and exchanges of POSIX")
@pytest.mark.parametrize("fresh", [False, True], ids=["over an old set", "where nothing was"])
def test_a_kill_after_any_step_leaves_a_whole_set(tmp_path, fresh):
    steps = int(child(tmp_path / "count", "n", -1, "exchange").stdout)
    assert steps >= 7
    for step in range(1, steps + 6):
        out = tmp_path / f"out{step}"
        if not fresh:
            write_set(out, a_set("o"))
        killed = child(out, "n", step, "exchange").returncode == -signal.SIGKILL
        if out.exists():
            assert marks(out) in ({"o"}, {"n"}), step
        else:
            assert fresh, step
        write_set(out, a_set("m"))
        assert marks(out) == {"m"}
        assert leftovers(tmp_path) == leftovers(out) == [], step
    assert not killed  # the last ones came through


@pytest.mark.skipif(sys.platform != "linux", reason="limits of Linux")
def test_a_full_disk_leaves_the_old_set(tmp_path):
    out = write_set(tmp_path / "out", a_set("o"))
    full = """
        import resource, sys
        from gradref_support.atomic import write_set
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            write_set(sys.argv[1], {name: "n" * 5000 for name in ("a.txt", "b.json", "c.bin")})
        except OSError as error:
            print(error.strerror)
    """
    assert child(out, code=full).stdout == "File too large\n"
    assert marks(out) == {"o"}
    assert leftovers(tmp_path) == []


LOOP = """
    import sys
    from itertools import cycle
    from gradref_support.atomic import write_set
    print("ready", flush=True)
    for mark in cycle(sys.argv[2]):
        write_set(sys.argv[1], {name: mark * 5000 for name in ("a.txt", "b.json", "c.bin")})
"""


def loop(out, letters):
    started = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(LOOP), str(out), letters], stdout=subprocess.PIPE, text=True
    )
    assert started.stdout.readline() == "ready\n"
    return started


@pytest.mark.skipif(sys.platform not in ("linux", "darwin"), reason="kills and exchanges of POSIX")
def test_kills_at_random_moments_and_two_writers_at_once_leave_a_whole_set(tmp_path):
    out, draw = write_set(tmp_path / "out", a_set("o")), random.Random(7)
    for _ in range(8):
        writers = [loop(out, "ab"), loop(out, "cd")]
        time.sleep(draw.uniform(0.02, 0.2))
        for writer in writers:
            writer.kill()
        for writer in writers:
            writer.wait()
            writer.stdout.close()
        assert len(marks(out)) == 1
    write_set(out, a_set("m"))
    assert leftovers(tmp_path) == leftovers(out) == []


# --- strict JSON and the bar ----------------------------------------------------------------------------------------------


def test_a_bar_draws_nothing_where_nobody_watches(capsys):
    from gradref_support.progress import Bar

    with Bar("suite", 2) as bar:
        bar.show("one")
        bar.advance()
    with Bar("check") as bar:
        bar.show("half", 0.5)
    assert not bar.shown
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("total", "shown"), [(3, "2/3"), (None, "half")])
def test_a_bar_counts_or_shows_a_share(monkeypatch, capsys, total, shown):
    from gradref_support import progress

    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(progress.sys.stderr, "isatty", lambda: True, raising=False)
    with progress.Bar("suite", total) as bar:
        if total:
            bar.advance("one")
            bar.advance("two")
        else:
            bar.show("half", 0.5)
        bar._bar.refresh()
    assert shown in capsys.readouterr().err


def test_strict_json_reads_back_to_the_same_bits():
    from gradref_support.strict_json import dumps

    values = [0.1 + 0.2, 5e-324, -0.0, float("inf"), float("-inf")]
    back = json.loads(dumps(values), parse_constant=pytest.fail)
    assert [float(x) for x in back] == values
    assert json.loads(dumps(float("nan"))) is None
