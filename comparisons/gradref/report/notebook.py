"""Verdict frames in a notebook: disagreements first and in red, the share of the allowance as a bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradref.results.words import number, share
from gradref_reference import DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "style"]

COLUMNS = (
    "verdict",
    "case",
    "framework",
    "mode",
    "dtype",
    "equation",
    "layer",
    "parameter",
    "share",
    "max_ulp",
    "max_abs",
    "failing",
    "entries",
    "message",
)
"""What is shown of the columns of `Verdict`, in this order; the message only where there is one."""

_COLOURS = {"fail": "#b3261e", "undecided": "#7a5200", "skip": "#57606a", "pass": "#1a7040"}
_SIGNS = {"fail": "✗", "undecided": "≈", "skip": "·", "pass": "✓"}
_ORDER = ("fail", "undecided", "pass", "skip")


def style(frame: pd.DataFrame, rows: int = 60) -> Any:
    """A verdict frame as a pandas `Styler`: show it as the last line of a notebook cell.

    Parameters
    ----------
    frame : what `gradref.compare` or `gradref.certify` returns.
    rows : most rows shown; failing ones go first, and the caption counts the rest.

    Raises `DataError` for a frame without verdicts.

    >>> import numpy as np, gradref
    >>> network = gradref.Network((2, 3, 1), "tanh")
    >>> parameters = gradref.initialize(network, np.random.default_rng(0))
    >>> batch = gradref.Batch(np.ones((4, 2)), np.zeros((4, 1)))
    >>> trace = gradref.backprop(network, parameters, batch)
    >>> "all agree" in style(gradref.certify(network, parameters, batch, trace)).to_html()
    True
    """
    if "verdict" not in frame or "share" not in frame:
        raise DataError(
            "style: must be given a frame of verdicts, got one without the columns verdict and share. Use gradref.compare."
        )
    table: Any = frame  # pandas' own types are too loose to be checked against
    order = table["verdict"].map({name: place for place, name in enumerate(_ORDER)}).fillna(len(_ORDER))
    table = table.assign(order=order).sort_values(["order", "share"], ascending=[True, False], kind="stable")
    shown = table[[c for c in COLUMNS if c in table]].head(rows)
    if "message" in shown and (shown["message"].astype(str) == "").all():
        shown = shown.drop(columns="message")
    fails = int((table["verdict"] == "fail").sum())
    blind = int((table["blind"] >= 1).sum()) if "blind" in table else 0
    caption = f"{fails:,} of {len(frame):,} checks disagree" if fails else f"{len(frame):,} checks, all agree"
    if blind and not fails:
        caption = f"{len(frame):,} checks, none disagrees; {blind:,} of them could see nothing (blind)"
    if len(frame) > rows:
        caption += f"; {len(frame) - rows:,} more are not shown"
    numbers = {c: number for c in ("max_ulp", "max_abs") if c in shown}
    return (
        shown.style.hide(axis="index")
        .format({"verdict": lambda v: f"{_SIGNS.get(v, '')} {v}", "share": share, **numbers}, escape="html")
        .map(lambda v: f"color: {_COLOURS.get(v, 'inherit')}; font-weight: 600", subset=["verdict"])
        .apply(_bars, subset=["share"])
        .set_caption(caption)
        .set_table_styles([{"selector": "caption", "props": "text-align: left; font-weight: 600; padding: .3em 0"}])
    )


def _bars(shares: pd.Series) -> list[str]:
    """A background that is as wide as the share, red beyond the allowance."""
    styles = []
    for x in shares:
        if x != x or x == 0:
            styles.append("")
            continue
        colour, width = ("#f4b8b3", 100) if x > 1 else ("#bcd9ee", 100 * x)
        styles.append(f"background: linear-gradient(90deg, {colour} {width:.0f}%, transparent {width:.0f}%)")
    return styles
