"""A walk as Markdown, with formulas that GitHub and Jupyter show, and as a LaTeX document for lecture notes."""

from __future__ import annotations

import re

from gradref.results.words import framework_name, join, number, share

from .numbers import matrix
from .walk import Step, Walk

__all__ = ["PARTS", "summary", "to_latex", "to_markdown"]

PARTS = {"forward": "Forward pass", "cost": "Cost", "errors": "Backward pass: the errors", "gradients": "Gradients"}
"""The parts of a walk, in order; the headings of every output."""


def summary(walk: Walk) -> str:
    """What the frameworks say, in a sentence."""
    if not walk.frameworks:
        return "No other framework was run."
    bad = [f for f in walk.frameworks if f.failed]
    good = [framework_name(f.name) for f in walk.frameworks if not f.failed]
    parts = []
    if good:
        equations = f"all {len(walk.steps)} equations"
        parts.append(f"{join(good)} {'agrees' if len(good) == 1 else 'agree'} with the reference in {equations}.")
    parts += [f"{framework_name(f.name)} disagrees: {f.failed[0].message}" for f in bad]
    return " ".join(parts)


def convention(walk: Walk) -> str:
    """How to read the symbols."""
    if len(walk.batch) == 1:
        return "Vectors are columns; superscripts are layers, the input is layer 0."
    return (
        f"Each of the {len(walk.batch)} columns is a sample; superscripts are layers, the input is layer 0. The errors carry the factor "
        "of the batch, as automatic differentiation returns them: the lecture's are larger by it."
    )


def beside_words(step: Step) -> list[str]:
    """'PyTorch eager: the same numbers' for every framework."""
    lines = []
    for other in step.beside:
        gap = other.difference(step.value)
        words = "the same numbers, bit for bit" if gap == 0 else f"differs by at most {number(gap)}"
        if other.verdict == "fail":
            words += f": WRONG, {share(other.share)} what rounding allows"
        elif gap and other.share > 0:
            words += f", and uses {share(other.share)} of its allowance"
        lines.append(f"{framework_name(other.framework)} {other.mode}: {words}")
    return lines


def equation_lines(step: Step, small: bool) -> list[str]:
    """The equation with symbols, with numbers, and its result; lines of an align environment without their marks."""
    lines = [f"{step.name.latex}={step.symbols}", *(f"={line}" for line in step.numbers)]
    if small or step.value.size == 1:
        lines.append(f"={matrix(step.value)}")
    return lines


def size_words(step: Step) -> str:
    """What is said of a result too large to be written out."""
    v = step.value
    return f"{v.shape[0]} × {v.shape[1]} numbers from {number(v.min(), 4)} to {number(v.max(), 4)}, norm {number((v * v).sum() ** 0.5, 4)}"


def to_markdown(walk: Walk) -> str:
    """The walk as Markdown."""
    lines = ["# The backward pass, step by step", "", f"{walk.title}.", "", f"**{summary(walk)}** {convention(walk)}", ""]
    part = None
    for step in walk.steps:
        if step.part != part:
            part = step.part
            lines += [f"## {PARTS[part]}", ""]
        lines += [f"### {step.title}", "", f"{step.why} (lecture {step.lecture}, {step.equation})", ""]
        first, *rest = equation_lines(step, walk.small)
        lines += [
            "$$",
            r"\begin{aligned}",
            first.replace("=", "&=", 1),
            *(rf"\\ &{line}" for line in rest),
            r"\end{aligned}",
            "$$",
            "",
        ]
        if not walk.small and step.value.size > 1:
            lines += [size_words(step), ""]
        lines += [f"- {words}" for words in beside_words(step)]
        lines += [""] if step.beside else []
    return "\n".join(lines)


def to_latex(walk: Walk) -> str:
    """The walk as a LaTeX document that needs nothing but amsmath."""
    lines = [
        r"\documentclass{article}",
        r"\usepackage[utf8]{inputenc}",
        r"\usepackage[T1]{fontenc}",
        r"\usepackage{amsmath}",
        r"\setcounter{MaxMatrixCols}{64}",
        r"\begin{document}",
        r"\title{The backward pass, step by step}",
        rf"\author{{{_plain(walk.title)}}}\date{{}}\maketitle",
        f"{_plain(summary(walk))} {_plain(convention(walk))}",
    ]
    part = None
    for step in walk.steps:
        if step.part != part:
            part = step.part
            lines += ["", rf"\section*{{{PARTS[part]}}}"]
        lines += ["", rf"\paragraph{{{_plain(step.title)}}} {_plain(step.why)} (lecture {step.lecture}, {step.equation})"]
        first, *rest = equation_lines(step, walk.small)
        lines += [r"\begin{align*}", first.replace("=", "&=", 1), *(rf"\\ &{line}" for line in rest), r"\end{align*}"]
        if not walk.small and step.value.size > 1:
            lines += [_plain(size_words(step)) + "."]
        if step.beside:
            lines += [r"\noindent\small " + _plain("; ".join(beside_words(step)) + ".") + r"\normalsize"]
    return "\n".join([*lines, r"\end{document}", ""])


_SPECIAL = {"\\": r"\textbackslash{}", "×": r"$\times$", "σ": r"$\sigma$", "δ": r"$\delta$", "∂": r"$\partial$", "·": r"$\cdot$",
            "∞": r"$\infty$", "→": r"$\to$", "–": "--", "−": "$-$", "⊙": r"$\odot$", "Σ": r"$\Sigma$", "≤": r"$\le$", "ᵀ": r"$^\top$",
            "±": r"$\pm$", "∇": r"$\nabla$", "∨": r"$\vee$"}  # fmt: skip


def _plain(text: str) -> str:
    """Text with everything escaped that means something to LaTeX."""
    return re.sub(
        r"[\\&%$#_{}~^<>]|[^\x00-\x7f]", lambda c: _SPECIAL.get(c[0], "\\" + c[0] if c[0] in "&%$#_{}" else _other(c[0])), text
    )


def _other(c: str) -> str:
    return {"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": "$<$", ">": "$>$"}.get(c, c if c.isalpha() else "?")
