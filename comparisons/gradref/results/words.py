"""How numbers, names and keys are written for people; shared by every page."""

from collections.abc import Iterable
from math import isinf, isnan

__all__ = [
    "CHECKS",
    "FRAMEWORKS",
    "SHORT",
    "framework_name",
    "join",
    "moment",
    "number",
    "percent",
    "plural",
    "seconds",
    "share",
    "slug",
]

FRAMEWORKS = {"numpy": "NumPy", "torch": "PyTorch", "jax": "JAX"}
"""How a framework writes its own name; anything else is shown as it registers itself."""

SHORT = {"float64": "f64", "float32": "f32", "bfloat16": "bf16", "float16": "f16"}
"""Column heads of the matrix."""

CHECKS = {
    "LIN": "the weighted input",
    "ACT": "the activation",
    "COST": "the cost",
    "BP1": "the error of the last layer",
    "BP2": "the error carried back through the layers",
    "BP3": "the gradient of a bias",
    "BP4": "the gradient of a weight matrix",
    "REF": "the gradient as a whole",
    "ENC": "the gradient proved by ball arithmetic",
    "GOLD": "known exact numbers",
    "EXACT": "an exact gradient",
    "RUN": "the run itself",
}
"""What a check is about, in words that need no notation."""


def framework_name(name: str) -> str:
    """'torch' -> 'PyTorch'."""
    return FRAMEWORKS.get(name, name)


def number(x: object, digits: int = 3) -> str:
    """A number with `digits` significant digits; '–' where there is none.

    >>> number(0.000012345), number(float("nan")), number(-1234567.0), number(2.0), number(float("inf"))
    ('1.23e-05', '–', '-1.23e+06', '2', '∞')
    """
    if x is None or isinstance(x, str):
        return str(x) if x else "–"
    value = float(x)  # type: ignore[arg-type]
    if isnan(value):
        return "–"
    if isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == int(value) and abs(value) < 1e6:
        return f"{int(value)}"
    return f"{value:.{digits}g}"


def percent(x: float, digits: int = 2) -> str:
    """A fraction as a percentage.

    >>> percent(0.5714), percent(0.00001), percent(0.0), percent(float("nan"))
    ('57 %', '< 0.1 %', '0 %', '–')
    """
    if x is None or isnan(x):
        return "–"
    if 0 < x < 0.001:
        return "< 0.1 %"
    return f"{float(f'{100 * x:.{digits}g}'):g} %"


def share(x: float) -> str:
    """The share of an allowance: a percentage while it fits, a multiple when it does not.

    >>> share(0.57), share(3.2), share(32100), share(2.5e9), share(float("inf")), share(float("nan"))
    ('57 %', '3.2×', '32,000×', '2.5e+09×', '∞×', '–')
    """
    if x is None or isnan(x):
        return "–"
    if x <= 1:
        return percent(x)
    if x < 1e6:
        x = float(f"{x:.2g}")
        return f"{x:,.0f}×" if x >= 10 else f"{x:g}×"
    return f"{number(x, 2)}×"


def seconds(x: float) -> str:
    """A duration.

    >>> seconds(0.00032), seconds(0.25), seconds(12.3), seconds(135), seconds(float("nan"))
    ('320 µs', '250 ms', '12 s', '2 min 15 s', '–')
    """
    if x is None or isnan(x):
        return "–"
    if x >= 60:
        return f"{int(x // 60)} min {int(x % 60)} s"
    scale, unit = (1e6, "µs") if x < 1e-3 else (1e3, "ms") if x < 1 else (1, "s")
    return f"{float(f'{x * scale:.2g}'):g} {unit}"


def moment(text: str) -> str:
    """A date and time of day to the minute.

    >>> moment("2026-11-23T13:29:53+00:00"), moment("")
    ('2026-11-23 13:29', 'an unknown time')
    """
    return text[:16].replace("T", " ") or "an unknown time"


def plural(n: int, one: str, many: str | None = None) -> str:
    """'1 case', '3 cases', '12,340 checks'.

    >>> plural(1, "case"), plural(12340, "check"), plural(2, "entry", "entries")
    ('1 case', '12,340 checks', '2 entries')
    """
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def join(words: Iterable[str]) -> str:
    """'a', 'a and b', 'a, b and c'.

    >>> join(["a", "b", "c"])
    'a, b and c'
    """
    words = list(words)
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 2 else words)


def slug(*parts: object) -> str:
    """An HTML id or CSS-safe key from any words.

    >>> slug("digits 64-30-10", "torch/eager")
    'digits-64-30-10-torch-eager'
    """
    text = "-".join(str(part) for part in parts)
    return "".join(c if c.isalnum() and c.isascii() else "-" for c in text).strip("-").lower()
