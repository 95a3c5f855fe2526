"""What cannot be run in ball arithmetic: one typed refusal, with its place and its reason."""

from dataclasses import dataclass

__all__ = ["NotBallable", "Place", "refuse_float", "refuse_storing"]


@dataclass(frozen=True)
class Place:
    """A line of somebody's code.

    Attributes
    ----------
    function : name of the function that the line stands in.
    line : its number in the file, or None where the code has no lines.
    text : the line as written, without its indentation; empty where the source is not at hand.
    """

    function: str
    line: int | None = None
    text: str = ""

    def __str__(self) -> str:
        if self.line is None:
            return self.function
        return f"{self.function}, line {self.line}" + (f", `{self.text}`" if self.text else "")


class NotBallable(TypeError):
    """Code that cannot be run in ball arithmetic; another way of differentiating it must be used.

    Attributes
    ----------
    reason : what could not be followed, and what to do, as a sentence.
    place : the user's line, or None where the refusal is about an argument and not about code that ran.
    """

    def __init__(self, reason: str, place: Place | None = None):
        self.reason, self.place = reason, place
        super().__init__(reason if place is None else f"{place}: {reason}")

    def __reduce__(self):
        return type(self), (self.reason, self.place)


def refuse_float(where: str) -> NotBallable:
    """The refusal of a line that would round a ball to float64."""
    return NotBallable(
        f"{where}: this line rounds a ball to float64, which loses the derivative. Keep the value an array, or use float64 differences."
    )


def refuse_storing(where: str, dtype: object = "float64") -> NotBallable:
    """The refusal to write a ball into an array that cannot hold it."""
    return NotBallable(
        f"{where}: a ball cannot be stored in a {dtype} array made outside forward. Make the array inside it, with np.zeros or .copy()."
    )
