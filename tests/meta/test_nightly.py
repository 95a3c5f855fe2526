"""The night's summary tells a step that passed from one that failed, one that hung, and one for which no time was left."""

import nightly
import pytest
from nightly import STEPS, Step, main, run, summary

PASSES = Step("passes", ("-c", "print('12 passed in {date}')"), 1)
FAILS = Step("fails", ("-c", "import sys; print('3 failed | 1 passed'); sys.exit(1)"), 1)
HANGS = Step("hangs", ("-c", "import time; print('working', flush=True); time.sleep(60)"), 1)


def test_a_step_that_passes_fails_or_hangs_is_told_apart(tmp_path):
    outcomes = [run(PASSES, tmp_path, "20260102", 1), run(FAILS, tmp_path, "20260102", 1), run(HANGS, tmp_path, "20260102", 0.02)]
    assert [outcome.code for outcome in outcomes] == [0, 1, None]
    page = summary(outcomes, "20260102")
    assert page.startswith("# Night of 2026-01-02: 2 of 3 steps failed\n")
    assert "| passes | passed | 0.0 | 12 passed in 20260102 |" in page
    assert "| fails | failed, exit code 1 | 0.0 | 3 failed / 1 passed |" in page
    assert "| hangs | out of time | 0.0 | working |" in page
    assert "## fails\n" in page
    assert "## passes\n" not in page


@pytest.mark.parametrize(("step", "code", "headline"), [(PASSES, 0, "all passed"), (FAILS, 1, "1 of 1 steps failed")])
def test_the_night_ends_with_an_exit_code_and_a_dated_summary(step, code, headline, tmp_path, monkeypatch):
    monkeypatch.setattr(nightly, "STEPS", (step,))
    monkeypatch.setattr(nightly, "SUMMARY", tmp_path)
    assert main([]) == code
    (page,) = tmp_path.glob("*.md")
    assert headline in page.read_text(encoding="utf-8")


def test_no_step_starts_after_the_night_is_over(tmp_path, monkeypatch):
    monkeypatch.setattr(nightly, "STEPS", (PASSES,))
    monkeypatch.setattr(nightly, "SUMMARY", tmp_path)
    monkeypatch.setattr(nightly, "MINUTES", -1.0)
    assert main([]) == 1
    assert list(tmp_path.rglob("*.log")) == []


def test_unknown_step_is_refused(capsys):
    assert main(["fuz"]) == 2
    assert "got fuz" in capsys.readouterr().err


def test_all_steps_have_time():
    assert len({step.name for step in STEPS}) == len(STEPS)
    assert sum(step.minutes for step in STEPS) <= nightly.MINUTES
