"""`gradref lecture`: every item agrees with every judge, every known mistake is rejected, and the command says so."""

import json

import pytest
from typer.testing import CliRunner

from gradref import cli
from gradref.commands.lecture import app
from gradref.lecture import judge_item, judge_mistakes
from gradref.lecture.judges import JUDGES, RANDOM, random_inputs, sizes
from gradref_reference.lecture.item import Item
from gradref_reference.lecture.items import ITEMS


@pytest.mark.parametrize("one", ITEMS.values(), ids=lambda one: one.id)
def test_item_agrees_with_every_judge(one: Item):
    verdict = judge_item(one)
    assert verdict.ok, verdict.to_dict()["reasons"]
    assert all(o.ok for o in verdict.judges.values()), "five judges must apply to every item"
    assert all(o.looked >= RANDOM for name, o in verdict.judges.items() if name != "golden")


@pytest.mark.parametrize("one", ITEMS.values(), ids=lambda one: one.id)
def test_every_known_mistake_is_rejected_outside_its_declared_blind_spots(one: Item):
    for m in judge_mistakes(one):
        assert m.ok, (m.mistake.name, m.surprises)
        if not m.blind_spot:
            assert any(m.rejected(name) for name in JUDGES)


def test_sizes_are_pairwise_different_within_and_between_inputs():
    table = [sizes(i) for i in range(RANDOM)]
    assert all(len(set(widths)) == 6 for widths in table)
    assert len({widths[:2] for widths in table}) == RANDOM
    assert len({widths[-1] for widths in table}) == RANDOM


def test_random_inputs_are_read_only_and_reproducible():
    draw = ITEMS["3.2.2"].claims[0].draw
    one, two = random_inputs(draw, 3), random_inputs.__wrapped__(draw, 3)
    assert all((a == b).all() for first, second in zip(one, two, strict=True) for a, b in zip(first, second, strict=True))
    with pytest.raises(ValueError, match="read-only"):
        one[0][0][0] = 1.0


# --- the command -------------------------------------------------------------------------------------------------------


def test_command_shows_one_item_with_formula_numbers_code_and_mistakes():
    result = CliRunner().invoke(app, ["3.2.2"])
    assert result.exit_code == 0, result.output
    for part in (
        "Derivative of a Hadamard product",
        "gradref_reference.lecture.c3_2_2_hadamard.hadamard_vjp",
        "(4, 14, 2)",
        "outer product",
    ):
        assert part in result.output


def test_command_gives_an_item_as_data():
    result = CliRunner().invoke(app, ["4.2.4", "--json"])
    (data,) = json.loads(result.output)
    assert (data["id"], data["title"], data["ok"]) == ("4.2.4", "Equation 4: any weight", True)
    assert data["judges"] == dict.fromkeys(JUDGES, True)
    assert data["examples"][0]["computed"]["∂C/∂W²"] == [[-6, -24, -54], [-16, -64, -144]]
    assert data["examples"][0]["computed"] == data["examples"][0]["expected"]


def test_command_lists_all_items(monkeypatch):
    monkeypatch.setattr("gradref_reference.lecture.items.ITEMS", {id: ITEMS[id] for id in ("1.5.1", "2.2")})
    result = CliRunner().invoke(app, [])
    assert result.exit_code == 0
    assert "2 of 2 items agree with every judge" in result.output


def test_command_counts_the_mistakes_each_judge_rejects():
    result = CliRunner().invoke(app, ["3.3", "--mistakes"])
    assert result.exit_code == 0
    printed = " ".join(result.output.split())  # rich wraps long lines
    assert "7 of 7 mistakes are rejected; 1 more are declared blind spots." in printed
    assert "ReLU cannot reveal σ'(a) for σ'(z)" in printed
    found = json.loads(CliRunner().invoke(app, ["3.3", "--mistakes", "--json"]).output)
    assert [m["mistake"] for m in found if "all" in m["blind_to"]] == ["σ'(a) for σ'(z), relu"]


def test_command_names_the_nearest_item_and_exits_2(monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["gradref", "lecture", "3.2.9"])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 2
    assert "got '3.2.9'. Did you mean '3.2." in capsys.readouterr().err
