"""The trend over earlier runs as inline SVG: the largest share of the allowance of each framework."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from gradref.page.figures import colour
from gradref.page.words import framework_name, share

from .snapshot import Snapshot

__all__ = ["LEAST", "trend_svg"]

LEAST = 3
"""Runs that make a trend."""

_WIDTH, _HEIGHT, _LEFT, _TOP = 640, 200, 44, 14


def comparable(history: Sequence[Snapshot], present: Snapshot) -> list[Snapshot]:
    """The whole runs that cover at least half of the present one's cells, oldest first, the present one last; none for one cut short."""
    if present.interrupted:
        return []
    others = [
        s
        for s in history
        if not s.interrupted
        and s.created != present.created
        and 2 * len(s.cells.keys() & present.cells.keys()) >= len(present.cells)
    ]
    return [*sorted(others, key=lambda s: s.created), present]


def trend_svg(runs: Sequence[Snapshot]) -> str:
    """A drawing of the largest share by run, one line for each framework; "" for fewer than three runs.

    A disagreement is drawn at the top edge, as a cross, whatever its share.
    """
    if len(runs) < LEAST:
        return ""
    names = list(dict.fromkeys(name for run in runs for name in run.frameworks))
    right, bottom = _WIDTH - 110, _HEIGHT - 26
    x = [_LEFT + (right - _LEFT) * i / (len(runs) - 1) for i in range(len(runs))]

    def y(value: float) -> float:
        return bottom - (bottom - _TOP) * min(value, 1.0)

    parts = []
    for level in (0, 0.5, 1):
        parts.append(f'<line x1="{_LEFT}" x2="{right}" y1="{y(level):.1f}" y2="{y(level):.1f}" class="grid"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y(level) + 4:.1f}" text-anchor="end">{100 * level:.0f} %</text>')
    for place in sorted({0, len(runs) - 1}):
        anchor = "start" if place == 0 else "end"
        parts.append(
            f'<text x="{x[place]:.1f}" y="{_HEIGHT - 6}" text-anchor="{anchor}">{escape(runs[place].created[:10])}</text>'
        )
    label_at = -1e9
    for name in sorted(names, key=lambda n: -min(runs[-1].worst(n), 1.0)):
        ink = colour(name, names)
        points = [(x[i], y(run.worst(name))) for i, run in enumerate(runs) if name in run.frameworks]
        path = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{ink}" stroke-width="2"/>')
        for i, run in enumerate(runs):
            if name not in run.frameworks:
                continue
            fails = run.fails(name)
            words = f"{framework_name(name)}, {run.created[:16]}: {plural_fails(fails)}, largest share {share(run.worst(name))}"
            at = y(1.0 if fails else run.worst(name))
            mark = (
                f'<text x="{x[i]:.1f}" y="{at + 5:.1f}" text-anchor="middle" class="cross">✗'
                if fails
                else f'<circle cx="{x[i]:.1f}" cy="{at:.1f}" r="3.5" fill="{ink}">'
            )
            parts.append(f"{mark}<title>{escape(words)}</title></{'text' if fails else 'circle'}>")
        if points:
            label_at = max(points[-1][1] + 4, label_at + 14)
            parts.append(
                f'<text x="{right + 10}" y="{label_at:.1f}" fill="{ink}" class="name">{escape(framework_name(name))}</text>'
            )
    words = f"Largest share of the allowance over {len(runs)} runs"
    return f'<svg class="trend" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{words}">{"".join(parts)}</svg>'


def plural_fails(n: int) -> str:
    """'agrees' or '3 runs disagree'."""
    return "agrees" if n == 0 else f"{n} run{'' if n == 1 else 's'} {'disagrees' if n == 1 else 'disagree'}"
