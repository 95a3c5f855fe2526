"""What surrounds a run: the clock that leaves compilation out."""

import doctest

from gradref_adapters import running


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(running).failed == 0


def test_a_first_run_is_made_twice_and_its_time_is_a_note():
    calls = []
    stopwatch = running.Stopwatch()
    for kind, expected_calls, expected_notes in [("a", 2, 1), ("a", 1, 0), ("b", 2, 1), (None, 1, 0)]:
        calls.clear()
        _, seconds, notes = stopwatch.time(lambda: calls.append(1), kind)
        assert (len(calls), len(notes)) == (expected_calls, expected_notes)
        assert 0 <= seconds < 1
    stopwatch.forget()
    assert len(stopwatch.time(lambda: None, "a")[2]) == 1
