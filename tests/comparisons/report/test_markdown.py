"""report.md and the counts it shares with the other summaries: what is blind is counted apart, and no text breaks a table."""

import re

import pytest
from rich.console import Console

from gradref.report.markdown import code, plain, render
from gradref.report.page.matrix import matrix
from gradref.report.terminal import print_summary
from gradref.results import Record
from gradref.results.headline import answer, facts, headline
from gradref.results.store import to_dict
from gradref.results.tally import tally
from gradref.suite.run import SuiteRun
from gradref.verdict import RunId, Verdict, to_frame
from gradref_adapters import Finding


def row(verdict="pass", **fields):
    base = {"case": "one", "framework": "torch", "mode": "eager", "dtype": "float32", "device": "cpu", "equation": "BP4", "layer": 1,
            "parameter": "dW[1]", "entries": 10, "share": 0.2, "blind": 0.0}  # fmt: skip
    given = {**base, "verdict": verdict, **fields}
    run = RunId(*(given.pop(name) for name in RunId._fields))
    return Verdict(run, **given)


def run_of(*verdicts, **fields):
    return SuiteRun(0, ["torch"], verdicts=list(verdicts), **fields)


MIXED = (
    row(),
    row(equation="BP3", blind=0.4),
    row(equation="REF", blind=1.0, share=0.9),
    row("fail", case="two", blind=0.5, share=3.0),
)
BLIND = (row(blind=1.0), row(equation="REF", blind=1.0), row(equation="LIN"))


def test_a_tally_counts_blind_checks_and_numbers_apart():
    found = tally(to_frame(MIXED))
    assert (found.checks, found.numbers, found.fail) == (4, 40, 1)
    assert (found.blind_checks, found.blind_numbers) == (1, 14)  # what fails was seen
    assert (found.seeing_checks, found.seen_numbers) == (3, 26)
    assert found.used == 3.0  # REF has no share that compares
    assert found.sees


def test_a_tally_of_blind_gradients_sees_nothing_however_well_the_forward_pass_is_seen():
    assert not tally(to_frame(BLIND)).sees
    assert tally(to_frame([*BLIND, row(equation="EXACT", blind=float("nan"))])).sees


def test_a_tally_tells_an_overflow_from_a_kink():
    rows = (row("undecided", undecided=3, rule="kink"), row("undecided", undecided=10, rule="overflow", blind=1.0))
    found = tally(to_frame(rows))
    assert (found.kinks, found.overflows) == (3, 1)
    said = answer(Record.of(run_of(*rows), "gradref compare"))
    assert "1 check met a kink" in said
    assert "1 check met a number that leaves the range of its dtype" in said


def test_the_answer_does_not_count_what_was_not_seen():
    said = answer(Record.of(run_of(*MIXED[:3]), "gradref compare"))
    assert said.startswith("All gradients agree: 2 checks of 16 numbers in 1 run of ")
    assert "1 more check saw nothing and is not counted, nor are 14 numbers smaller than their allowance" in said


def test_the_answer_does_not_count_a_run_that_saw_nothing_of_any_gradient():
    said = answer(Record.of(run_of(row(), row(mode="func", blind=1.0)), "gradref compare"))
    assert said.startswith("All gradients agree: 1 check of 10 numbers in 1 run of ")
    assert said.endswith("1 run saw nothing of any gradient.")


@pytest.mark.parametrize("verdicts", [BLIND, BLIND[:2]], ids=["forward pass seen", "nothing seen"])
def test_a_run_that_saw_nothing_is_said_to_agree_nowhere(verdicts):
    run = run_of(*verdicts)
    assert run.exit_code == 2
    record = Record.of(run, "gradref compare")
    text = render(record)
    assert "**Nothing can be said of the gradients" in text
    assert "agree:" not in text
    assert "| one | blind |" in text
    assert to_dict(record)["runs"][0]["verdict"] == "blind"
    assert headline(record).kind == "empty"
    (line,) = matrix(record).rows
    assert (line["cells"][0].verdict, "agrees" in line["cells"][0].label) == ("blind", False)


def test_the_page_counts_blind_checks_and_numbers():
    out_of_range = row("undecided", rule="overflow", undecided=10, blind=1.0, equation="LIN", entries=0)
    record = Record.of(run_of(*MIXED[:3], out_of_range), "gradref compare")
    counted = {label: number for number, label, _ in facts(record)}
    assert counted["checks passed"] == "2"
    assert counted["checks blind"] == "2"
    assert counted["numbers compared"] == "16"
    assert counted["numbers blind"] == "14"


def test_the_table_on_the_terminal_has_every_number_whole_in_eighty_columns(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    run = run_of(*(row("fail", mode="compile", dtype="bfloat16", share=48_638_012.3) for _ in range(1234)))
    print_summary(Record.of(run, "gradref compare"), run.exit_code)
    out = capsys.readouterr().out
    (line,) = [line for line in out.splitlines() if re.match(r" ?torch +compile", line)]
    assert line.split() == ["torch", "compile", "bfloat16", "1", "1234", "0", "1234", "0", "4.9e+07×"]
    assert "…" not in out
    assert "REF, ENC, GOLD, EXACT" in out


NASTY = "x|y *z* `q` <b> [a](b) _u_ \\ leaky_relu\nnext"


def test_text_is_shown_as_it_is_in_a_table():
    cells = re.split(r"(?<!\\)\|", f"| {plain(NASTY)} | 2 |")
    assert len(cells) == 4
    assert re.sub(r"\\([^\w\s]|_)", r"\1", cells[1]).strip() == " ".join(NASTY.split())
    assert "leaky_relu" in cells[1]
    assert code("a`b") == "``a`b``"


def test_names_and_messages_break_no_table_of_the_report():
    rows = (
        row("fail", case=NASTY, finding=NASTY, rerun="gradref compare 'x|y.toml'"),
        row("skip", equation="RUN", finding=NASTY),
    )
    record = Record.of(run_of(*rows), "gradref compare 'x|y.toml'")
    record.made.environment[:] = [Finding("a|b", NASTY, "c|d")]
    lines = render(record).splitlines()
    start = [i for i, line in enumerate(lines) if line.startswith("| ---")]
    assert len(start) >= 4
    for i in start:
        columns = lines[i].count("|")
        for line in [lines[i - 1], *lines[i + 1 :]]:
            if not line.startswith("|"):
                break
            assert len(re.findall(r"(?<!\\)\|", line)) == columns, line


def test_a_narrow_terminal_is_no_reason_to_crash(monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    assert Console().width == 20
    run = run_of(*MIXED)
    print_summary(Record.of(run, "gradref compare"), run.exit_code)
