"""Right derivations, in many notations: no line may be refused."""

from pathlib import Path

import pytest

from gradref_derivations.sheets import check_sheet

SHEETS = sorted((Path(__file__).parent / "right").iterdir())


def test_there_are_enough_right_claims():
    assert len(SHEETS) >= 40


@pytest.mark.parametrize("path", SHEETS, ids=lambda p: p.stem)
def test_every_line_counts_as_right(path):
    report = check_sheet(path)
    refused = [(c.line, c.text, c.message) for c in report.claims if not c.counts_as_right]
    assert not refused
    assert report.claims
    assert report.exit_code == 0
    for claim in report.claims:
        if claim.verdict == "right" and "." not in claim.text:  # a decimal is right within its rounding
            assert claim.digits >= 30
            assert claim.points >= 5
