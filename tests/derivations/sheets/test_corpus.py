"""The corpus of sheets: no right line is refused, every single slip is, and most slips are repaired.

A sample of the slips runs always; `--nightly` runs them all.
"""

from collections import Counter
from pathlib import Path

import pytest
from support.slips.corpus import SUFFIX, made, read, sheet_of
from support.slips.families import FAMILIES
from support.slips.oracle import distance, is_right

from gradref_derivations.sheets import check_sheet, check_text

RIGHT = sorted((Path(__file__).parents[2] / "corpus" / "sheets" / "right").iterdir())
SLIPS = read()
EVERY, PARTS = 50, 8  # the sample takes each fiftieth; a night takes all of them in parts that run side by side
SHEETS = [(family, style) for family in FAMILIES for style in family.styles]


def test_there_are_enough_claims_and_slips():
    assert len(SLIPS) >= 300
    assert len(RIGHT) >= 25


@pytest.mark.parametrize("path", RIGHT, ids=lambda p: p.stem)
def test_no_right_line_is_refused(path):
    report = check_sheet(path)
    assert [(c.line, c.text, c.message) for c in report.claims if not c.counts_as_right] == []
    assert report.claims


@pytest.mark.parametrize(("family", "style"), SHEETS, ids=lambda v: getattr(v, "name", v))
def test_no_line_of_the_sheets_that_are_edited_is_refused(family, style):
    report = check_text(sheet_of(family, style))
    assert [(c.line, c.text, c.message) for c in report.claims if not c.counts_as_right] == []
    assert len(report.claims) >= len(family.claims)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.name)
def test_numbers_say_that_the_claims_are_right_and_the_slips_wrong(family):
    for left, right, free, _ in family.claims:
        assert distance(family, left, right, free) <= 1e-6, (left, right)
        assert is_right(family, left, f"2 * ({right})", free) is False
    for style in family.styles:
        file = f"{family.name}_{style}"
        assert [(s.kind, s.wrong, s.right) for s in SLIPS if s.file == file] == list(made(family, style)), SUFFIX[style]


def _judge(slips):
    """Judge slips; (accepted ones, single slips, repaired ones, repairs that are not right)."""
    accepted, single, repaired, bad = [], Counter(), Counter(), []
    for slip in slips:
        claims = [c for c in check_text(slip.text).claims if c.line == slip.line]
        if not claims or any(c.counts_as_right for c in claims):
            accepted.append((slip.file, slip.wrong))
            continue
        if not slip.single:
            continue
        single[slip.kind] += 1
        if claims[0].repair is None:
            continue
        repaired[slip.kind] += 1
        lines = slip.text.splitlines()
        lines[slip.line - 1] = lines[slip.line - 1].replace(slip.wrong, claims[0].repair)
        again = [c for c in check_text("\n".join(lines), repairs=False).claims if c.line == slip.line]
        if not again or not all(c.counts_as_right for c in again):
            bad.append((slip.file, slip.wrong, claims[0].repair))
    return accepted, single, repaired, bad


def _part(number):
    return pytest.param(number, PARTS, id=f"part-{number + 1}", marks=[pytest.mark.nightly, pytest.mark.slow])


@pytest.mark.parametrize(("first", "every"), [pytest.param(0, EVERY, id="sample"), *map(_part, range(PARTS))])
def test_every_slip_is_refused_and_most_are_repaired(first, every):
    chosen = SLIPS[first::every]
    accepted, single, repaired, bad = _judge(chosen)
    print(f"{len(chosen)} slips, {len(chosen) - len(accepted)} refused; repaired {repaired.total()} of {single.total()}:")
    for kind, count in single.most_common():
        print(f"  {kind}: {repaired[kind]} of {count}")
    assert accepted == []
    assert bad == []
    assert repaired.total() >= 0.8 * single.total()
