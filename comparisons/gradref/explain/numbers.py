"""Numbers and matrices as LaTeX, the form that all three kinds of output are made from."""

import numpy as np

from gradref.results.words import number

__all__ = ["DIGITS", "matrix", "scalar", "signed"]

DIGITS = 4
"""Significant digits in an equation; every digit of a result stands below it."""


def scalar(x: float, digits: int = DIGITS) -> str:
    """A number in LaTeX.

    >>> scalar(-0.000012345), scalar(3.0), scalar(float("inf"))
    ('-1.234\\\\cdot10^{-5}', '3', '\\\\infty')
    """
    text = number(float(x), digits)
    if "e" in text:
        mantissa, _, exponent = text.partition("e")
        return rf"{mantissa}\cdot10^{{{int(exponent)}}}"
    return {"∞": r"\infty", "−∞": r"-\infty", "–": r"\text{NaN}"}.get(text, text)


def signed(x: float, digits: int = DIGITS) -> str:
    """A number that follows an operator: negative ones in brackets."""
    text = scalar(x, digits)
    return rf"\left({text}\right)" if text.startswith("-") else text


def matrix(array: np.ndarray, digits: int = DIGITS) -> str:
    """A matrix in LaTeX; one by one is just its number.

    >>> matrix(np.array([[1.0, -2.0]]))
    '\\\\begin{pmatrix}1&-2\\\\end{pmatrix}'
    """
    array = np.atleast_2d(array)
    if array.size == 1:
        return signed(array.item(), digits)
    rows = r"\\".join("&".join(scalar(x, digits) for x in row) for row in array)
    return rf"\begin{{pmatrix}}{rows}\end{{pmatrix}}"
