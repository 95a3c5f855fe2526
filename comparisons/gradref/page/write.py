"""From a run's folder to index.html."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from gradref.verdict import EQUATIONS

from . import figures, headline, payload, tables, words
from .cards import cards
from .formulas import formula
from .matrix import STEPS, matrix
from .run import Run, read_run
from .studies import study_figures

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["asset", "page_of", "templates", "write_page"]


def write_page(run_dir: str | Path) -> Path:
    """Write `run_dir`/index.html from results.csv or .parquet, run.json and maps.npz; the path of the page.

    Raises `FileError` when there is no readable run. The page needs no network and no other file.
    """
    path = Path(run_dir) / "index.html"
    path.write_text(page_of(read_run(run_dir)), encoding="utf-8")
    return path


def page_of(run: Run) -> str:
    """The page of a run as text."""
    from markupsafe import Markup

    from gradref.history.comparison import read_comparison
    from gradref.history.snapshot import read_history, snapshot
    from gradref.history.trend import comparable, trend_svg

    table = matrix(run)
    made, more = cards(run)
    charts = figures.figures(run) + study_figures(run.folder.resolve().parent)
    index, entries = payload.maps(run)
    return templates().get_template("report.html.j2").render(
        made=_made(run),
        answer=headline.headline(run),
        facts=headline.facts(run),
        matrix=table,
        steps=STEPS,
        cards=made,
        more_cards=more,
        figures=charts,
        undecided=tables.undecided(run),
        skips=tables.skips(run),
        blind=tables.blind_spots(run),
        timings=tables.timings(run),
        environment=tables.environment(run),
        comparison=read_comparison(run.folder, str(run.info.get("created", ""))),
        trend=Markup(trend_svg(comparable(read_history(run.folder.resolve().parent / "history"), snapshot(run.folder)))),
        studies=run.studies,
        equations={name: (text, formula(name, 0)) for name, text in EQUATIONS.items()},
        rows=payload.pack(payload.rows(run)),
        maps=payload.pack(index),
        entries=payload.pack_bytes(entries),
        charts=payload.pack([{"id": f.id, "data": f.data, "layout": f.layout} for f in charts]),
        plotly=plotly() if charts else "",
    )  # fmt: skip


def _made(run: Run) -> dict[str, str]:
    """When, how and of what the run was made; "" for what it does not say."""
    command, git = run.info.get("command") or "", run.info.get("git") or ""
    seed = run.info.get("seed")
    return {
        "created": words.moment(str(run.info["created"])) if run.info.get("created") else "",
        "command": command if isinstance(command, str) else " ".join(map(str, command)),
        "git": str(git.get("revision", "")) if isinstance(git, dict) else str(git),
        "seed": "" if seed is None else str(seed),
        "interrupted": "yes" if run.info.get("interrupted") else "",
    }


@lru_cache(maxsize=1)
def templates() -> Environment:
    """The jinja2 environment of every page: everything is escaped, a missing name is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("gradref.page"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals["asset"] = lambda name: Markup(asset(name))
    environment.globals["nan"] = float("nan")
    environment.filters["moment"] = words.moment
    environment.filters["number"] = words.number
    environment.filters["share"] = words.share
    environment.filters["seconds"] = words.seconds
    environment.filters["slug"] = words.slug
    environment.filters["plural"] = words.plural
    environment.filters["framework"] = words.framework_name
    return environment


@lru_cache
def asset(name: str) -> str:
    """A style sheet or script of the page, safe inside its element."""
    return (files("gradref.page") / "static" / name).read_text(encoding="utf-8").replace("</", "<\\/")


@lru_cache(maxsize=1)
def plotly() -> str:
    """plotly's library, packed from 4.8 MB to 1.9; the page unpacks it when the first chart is scrolled to."""
    return payload.pack_bytes((files("plotly") / "package_data" / "plotly.min.js").read_bytes())
