"""The tour in docs/ runs, shows what it promises, and is the one that was committed."""

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[3] / "docs"

nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed")


@pytest.fixture(scope="module")
def tour():
    pytest.importorskip("nbclient", reason="nbclient is not installed")
    specification = importlib.util.spec_from_file_location("make_tour", DOCS / "make_tour.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_committed_tour_has_the_cells_of_its_script_and_no_error(tour):
    committed = nbformat.read(DOCS / "tour.ipynb", as_version=4)
    assert [cell.source for cell in committed.cells] == tour.CELLS
    outputs = [output for cell in committed.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.output_type == "error"]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the kernel's own parts, not of ours
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # sockets of the kernel, closed late
def test_tour_runs(tour, tmp_path):
    tour.main(tmp_path / "tour.ipynb")
    made = nbformat.read(tmp_path / "tour.ipynb", as_version=4)
    outputs = [output for cell in made.cells if cell.cell_type == "code" for output in cell.outputs]
    shown = "".join(str(output.get("data", output.get("text"))) for output in outputs)
    for words in ("Trace(numpy reference float64", "all agree", "layer 2, BP4", "1 of 16 checks disagree", "W1", "-76"):
        assert words in shown
