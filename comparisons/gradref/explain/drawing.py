"""The network as inline SVG: neurons with activation and error, edges with weights, everything else on hover."""

from __future__ import annotations

from html import escape
from itertools import pairwise

from gradref.results.words import number

from .walk import Walk

__all__ = ["drawing"]

NEURONS = (8, 5)
"""Most neurons drawn of one layer of a small network and of a large one; the rest is counted."""

LABELS = 40
"""Most edges whose weights are written out."""

_ACROSS, _DOWN, _RADIUS = 190, 84, 25


def drawing(walk: Walk) -> str:
    """The network, its first sample's numbers in it. Blue edges are positive weights, orange ones negative, thick ones large."""
    sizes = walk.network.sizes
    shown = [min(n, NEURONS[not walk.small]) for n in sizes]
    height = max(shown) * _DOWN + (46 if shown == list(sizes) else 66)
    width = len(sizes) * _ACROSS - 40

    def spot(l: int, j: int) -> tuple[float, float]:
        return 60 + l * _ACROSS, 24 + max(shown) * _DOWN / 2 + (j - (shown[l] - 1) / 2) * _DOWN + 8

    edges, labels = [], []
    written = sum(a * b for a, b in pairwise(shown)) <= LABELS
    for l in range(1, len(sizes)):
        W, dW = walk.parameters.W[l], walk.trace.dW[l]
        most = abs(W).max() or 1.0
        for j in range(shown[l]):
            for k in range(shown[l - 1]):
                (x1, y1), (x2, y2) = spot(l - 1, k), spot(l, j)
                sign = "minus" if W[j, k] < 0 else "plus"
                words = (
                    f"weight from neuron {k + 1} of layer {l - 1} to neuron {j + 1} of layer {l}: {number(W[j, k], 6)}, "
                    f"∂C/∂w = {number(dW[j, k], 6)}"
                )
                thickness = 0.7 + 3.3 * abs(W[j, k]) / most
                edges.append(
                    f'<line x1="{x1}" y1="{y1:.1f}" x2="{x2}" y2="{y2:.1f}" class="{sign}" stroke-width="{thickness:.2f}">'
                    f"<title>{escape(words)}</title></line>"
                )
                if written:
                    t = 0.3 + 0.42 * ((j + 0.5 * (k % 2)) / max(shown[l] - 0.5, 1))  # staggered, so that labels do not meet
                    x, y = x1 + t * (x2 - x1), y1 + t * (y2 - y1)
                    labels.append(f'<text x="{x:.1f}" y="{y + 3.5:.1f}" class="weight {sign}">{number(W[j, k], 3)}</text>')
    return (
        f'<svg class="network" viewBox="0 0 {width} {height}" style="max-width: {width * 1.25:.0f}px" role="img" '
        f'aria-label="Drawing of the network {"-".join(map(str, sizes))}; its numbers are in the equations below">'
        f"{''.join(edges)}{''.join(labels)}{_neurons(walk, shown, spot)}</svg>"
    )


def _neurons(walk: Walk, shown: list[int], spot) -> str:
    t, parts = walk.trace, []
    for l, n in enumerate(walk.network.sizes):
        for j in range(shown[l]):
            x, y = spot(l, j)
            a = t.a[l][0, j]
            words = f"neuron {j + 1} of layer {l}: a = {number(a, 6)}"
            below = ""
            if l:
                words += f", z = {number(t.z[l][0, j], 6)}, b = {number(walk.parameters.b[l][j], 6)}, δ = {number(t.delta[l][0, j], 6)}"
                below = f'<text x="{x}" y="{y + _RADIUS + 14:.1f}" class="error">δ {number(t.delta[l][0, j], 3)}</text>'
            parts.append(
                f'<g><title>{escape(words)}</title><circle cx="{x}" cy="{y:.1f}" r="{_RADIUS}"/>'
                f'<text x="{x}" y="{y + 4.5:.1f}" class="activation">{number(a, 3)}</text>{below}</g>'
            )
        x, y = spot(l, shown[l] - 1)
        if n > shown[l]:
            parts.append(f'<text x="{x}" y="{y + _RADIUS + (32 if l else 18):.1f}" class="more">⋮ and {n - shown[l]} more</text>')
        name = "input" if l == 0 else f"layer {l}" + (", output" if l == walk.network.L else "")
        parts.append(f'<text x="{x}" y="16" class="layer">{name}</text>')
    return "".join(parts)
