"""The whole forward and backward pass of one network, equation by equation: with symbols, with numbers, with the frameworks beside.

`walk` collects it, `to_html`, `to_markdown` and `to_latex` write it.
"""

from .html import to_html
from .text import to_latex, to_markdown
from .walk import Step, Walk, walk

__all__ = ["Step", "Walk", "to_html", "to_latex", "to_markdown", "walk"]
