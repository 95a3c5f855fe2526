"""The suite as tests: the rows of every job are collected and written as a report when the session ends."""

from pathlib import Path

import pytest

from gradref.running import new_run, plan

REPORT = Path("reports/pytest")


@pytest.fixture(scope="session")
def suite_run():
    """The run that `test_suite.py` fills, job by job; written to reports/pytest/ when the session ends."""
    run = new_run(plan([]), seed=0)
    yield run
    if len(run.cases) > 1:
        from gradref.page import write_page
        from gradref.reporting import write_run

        write_run(run, REPORT, command="pytest tests/comparisons/test_suite.py")
        write_page(REPORT)


@pytest.fixture(scope="session")
def grounds():
    """What is known of the case whose jobs are being run."""
    return []
