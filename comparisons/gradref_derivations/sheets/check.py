"""Check a sheet: read, judge, report."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gradref_reference import Network
from gradref_reference.checks import chosen, expect, number, whole_number
from gradref_reference.paths import as_path

from .document import Document, document_of, read_document
from .judge import Judge
from .network import ACTIVATIONS, COSTS, Plan
from .opinions import SecondOpinion, opinions_on
from .problems import Unreadable
from .reader import read_sheet
from .reading import LAYOUTS
from .report import SheetReport, make_report

__all__ = ["check_sheet", "check_text"]


def check_text(
    text: str,
    network: Network | None = None,
    layout: str | None = None,
    seed: int = 0,
    where: str | None = None,
    time_limit: float = 60.0,
    repairs: bool = True,
    second_opinion: Mapping[str, SecondOpinion] | None = None,
) -> SheetReport:
    r"""Judge the equations in a text.

    Parameters
    ----------
    text : formulas in Markdown or LaTeX, or one on each line.
    network : what `network:` would say in a header.
    layout : numerator, denominator or mixed; found when not given.
    seed : from which every trial point follows.
    where : declarations, such as "x, w in R^n; y scalar".
    time_limit : seconds for all claims.
    repairs : whether to look for a repair of what is wrong.
    second_opinion : name -> (network, parameters, batch) -> Trace: other implementations to hold a network's gradients against.

    Raises
    ------
    FileError : for a text that is too long.

    >>> check_text("x in R^n\n∇_x (x' x) = 2 x").verdict
    'right'
    """
    for name, value in (("text", text), ("where", "" if where is None else where)):
        expect(name, value, str, "Write it in quotes.")
    if where:
        text = f"{text}\nwhere: {where}\n"
    return _check(document_of(text), network, layout, seed, time_limit, repairs, second_opinion)


def check_sheet(
    path: str | Path,
    network: Network | None = None,
    layout: str | None = None,
    seed: int = 0,
    time_limit: float = 60.0,
    repairs: bool = True,
    second_opinion: Mapping[str, SecondOpinion] | None = None,
) -> SheetReport:
    """Judge the equations in a file: .md, .tex, .txt, or the Markdown of an .ipynb.

    Raises `FileError` for a file that cannot be read; see `check_text` for the parameters.
    """
    return _check(read_document(as_path(path)), network, layout, seed, time_limit, repairs, second_opinion)


def _check(
    document: Document,
    network: Network | None,
    layout: str | None,
    seed: int,
    time_limit: float,
    repairs: bool,
    second_opinion: Mapping[str, SecondOpinion] | None,
) -> SheetReport:
    if network is not None:
        expect("network", network, Network, "Write Network((2, 3, 1), 'tanh').")
    if layout is not None:
        chosen("layout", "layout", layout, dict.fromkeys(LAYOUTS))
    seed = whole_number("seed", seed, 0, "Use 0.")
    time_limit = number("time_limit", time_limit, "Use 60.")
    sheet = read_sheet(document, _plan(network) if network is not None else None, layout)
    judge = Judge(sheet, seed, time_limit, repairs)
    report = make_report(sheet, judge, judge.all())
    if second_opinion and sheet.plan is not None:
        report.opinions = opinions_on(sheet.plan, judge.models.of(judge.reading(), True), second_opinion, seed)
    return report


def _plan(network: Network) -> Plan:
    """A network of the reference as a plan. Raises `Unreadable` for one that a sheet cannot speak of."""
    names = []
    for name in network.activations:
        if name not in ACTIVATIONS:
            raise Unreadable(
                f"network: the activation {name!r} is not known on sheets. Use one of {', '.join(list(ACTIVATIONS)[:8])}."
            )
        names.append(ACTIVATIONS[name])
    return Plan(network.sizes, tuple(names), COSTS[network.cost])
