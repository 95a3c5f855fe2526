"""What every page is laid out with: the templates, style sheets, scripts and the plotting library."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING
from urllib.parse import quote

from gradref.results import words
from gradref.results.comparison import place
from gradref.verdict import RunId

from .payload import pack_bytes

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["asset", "plotly", "run_link", "templates"]


@lru_cache(maxsize=1)
def templates() -> Environment:
    """The jinja2 environment of every page: everything is escaped, a missing name is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=PackageLoader("gradref.report.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["asset"] = lambda name: Markup(asset(name))
    environment.globals["nan"] = float("nan")
    environment.filters |= {"link": run_link, "place": place}
    for name in ("moment", "number", "share", "seconds", "slug", "plural"):
        environment.filters[name] = getattr(words, name)
    environment.filters["framework"] = words.framework_name
    return environment


def run_link(run: RunId) -> str:
    """The link that shows one run on the page.

    >>> run_link(RunId("x|y z", "torch", "eager", "float32"))
    '#case=x%7Cy%20z&framework=torch&mode=eager&dtype=float32&device=cpu'
    """
    return "#" + "&".join(f"{name}={quote(value, safe='')}" for name, value in run._asdict().items())


@lru_cache
def asset(name: str) -> str:
    """A style sheet or script of the page, safe inside its element."""
    return (files("gradref.report.page") / "static" / name).read_text(encoding="utf-8").replace("</", "<\\/")


@lru_cache(maxsize=1)
def plotly() -> str:
    """plotly's library, packed from 4.8 MB to 1.9; the page unpacks it when the first chart is scrolled to."""
    return pack_bytes((files("plotly") / "package_data" / "plotly.min.js").read_bytes())
