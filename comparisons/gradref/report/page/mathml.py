"""LaTeX formulas as MathML, so that a page needs neither a network nor a font."""

from __future__ import annotations

from html import unescape
from xml.etree.ElementTree import Element, SubElement, tostring

from latex2mathml.converter import convert_to_element

__all__ = ["mathml"]


def mathml(latex: str, display: bool = False) -> str:
    """A LaTeX formula as a <math> element; one that cannot be read is shown as it was written.

    >>> mathml(r"a^2")
    '<math display="inline"><mrow><msup><mi>a</mi><mn>2</mn></msup></mrow></math>'
    """
    try:
        root = convert_to_element(latex, display="block" if display else "inline")
    except Exception:  # the library has an error class of its own for each way to be malformed, and IndexError for others
        root = Element("math")
        SubElement(root, "mtext").text = latex
    root.attrib.pop("xmlns", None)  # HTML knows where it is
    for node in root.iter():
        node.text = (
            unescape(node.text) if node.text else node.text
        )  # the library writes numbered entities: as text they are escaped once more
    for row in list(root.iter("mrow")):
        _brackets(row)
    return tostring(root, encoding="unicode")


def _brackets(row: Element) -> None:
    """Let CSS draw the brackets of a table: tall ones need a mathematical font, which not every machine has."""
    parts = list(row)
    table = next((part for part in parts if part.tag == "mtable"), None)
    signs = [part for part in parts if part.tag == "mo"]
    if table is None or len(parts) != 1 + len(signs):
        return
    before = parts.index(table)
    sides = ["open"] * (before > 0) + ["close"] * (before < len(signs))
    for sign in signs:
        row.remove(sign)
    row.set("class", " ".join(["fence", *sides]))
