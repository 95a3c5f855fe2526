"""Strange values: wrong types, shapes, dtypes and subclasses, numbers at the edges, and objects that misbehave."""

import fractions
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

__all__ = ["many", "sites", "strange", "time_limit", "with_value"]


class BadRepr:
    """Cannot say what it is."""

    def __repr__(self):
        raise RuntimeError("no repr")


class BadArray:
    """Cannot become an array."""

    def __array__(self, *args, **kwargs):
        raise RuntimeError("no array")


class BadLength:
    """Has items, but no length that makes sense."""

    def __len__(self):
        raise RuntimeError("no length")

    def __getitem__(self, index):
        raise RuntimeError("no item")


class BadEquality:
    """Cannot be compared."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other):
        raise RuntimeError("no comparison")


class Subclassed(np.ndarray):
    """Somebody's kind of array."""


NUMBERS = st.one_of(
    st.integers(-3, 12),
    st.sampled_from([2**31, 2**63, -(2**63) - 1, 10**30, 10**400]),
    st.sampled_from([0.0, -0.0, 0.5, 1e-320, 1e308, float("nan"), float("inf"), float("-inf")]),
    st.sampled_from(
        [1j, True, Decimal("0.5"), fractions.Fraction(1, 3), np.float16(2), np.int8(-1), np.float64("nan"), np.True_]
    ),
)
ODD = {
    "None": lambda: None, "an object": object, "no repr": BadRepr, "no array": BadArray, "no length": BadLength,
    "no comparison": BadEquality, "a function": lambda: len, "a lambda": lambda: lambda *a: a, "a type": lambda: int,
    "a range": lambda: range(3), "...": lambda: Ellipsis, "a path": lambda: Path("nothing"), "a slice": lambda: slice(1),
    "a date": lambda: np.datetime64("2020-01-01"), "NumPy's text": lambda: np.str_("x"), "an iterator": lambda: iter([1, 2]),
}  # fmt: skip
OBJECTS = st.sampled_from(sorted(ODD)).map(lambda name: ODD[name]())
TEXTS = st.one_of(
    st.text(max_size=5),
    st.binary(max_size=5),
    st.sampled_from(["sigmoid", "float64", "bfloat16", "relu(nan)", "elu(-1)", "numpy", "\0", "../x", "\ud800", "x" * 500]),
)
DTYPES = st.sampled_from(["f8", "f4", "f2", "g", ">f8", "c16", "i8", "i1", "u8", "?", "O", "U3", "S3", "M8[D]", "m8[s]", "V4"])
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4)


@st.composite
def _arrays(draw) -> Any:
    shape, dtype = draw(SHAPES), draw(DTYPES)
    values = np.asarray(np.arange(np.prod(shape, dtype=int)).reshape(shape) % 3)
    array = np.zeros(shape, dtype) if dtype in ("V4", "O") else np.asarray(values.astype(dtype))
    if array.dtype.kind in "fc" and array.size and draw(st.booleans()):
        array.flat[draw(st.integers(0, array.size - 1))] = draw(st.sampled_from([np.nan, np.inf, -np.inf, 6e4]))
    kind = draw(st.sampled_from(["plain", "plain", "matrix", "masked", "subclass", "fortran", "reversed", "scalar"]))
    if kind == "matrix" and array.ndim == 2:
        return array.view(np.matrix)
    if kind == "masked":
        return np.ma.masked_array(array, mask=values == 1)
    if kind == "subclass":
        return array.view(Subclassed)
    if kind == "fortran":
        return np.asfortranarray(array)
    if kind == "reversed":
        return array[::-1] if array.ndim else array
    return array[()] if kind == "scalar" and not array.ndim else array


class Shown:
    """A value with a repr that never fails, for hypothesis to show."""

    def __init__(self, value: Any):
        self.value = value

    def __repr__(self):
        try:
            return repr(self.value)
        except Exception:
            return f"<{type(self.value).__name__}>"


def strange() -> st.SearchStrategy[Shown]:
    """Anything that somebody may pass by mistake, as the `value` of a `Shown`."""
    leaf = st.one_of(OBJECTS, NUMBERS, TEXTS, _arrays())
    nested = st.one_of(
        st.lists(leaf, max_size=3),
        st.lists(leaf, max_size=3).map(tuple),
        st.dictionaries(st.one_of(st.integers(-1, 3), st.text(max_size=2), st.none()), leaf, max_size=3),
        st.sets(st.integers(0, 3), max_size=2),
    )
    return st.one_of(leaf, leaf, nested).map(Shown)


def sites(value: Any, depth: int = 2) -> Iterator[tuple]:
    """The places in nested dicts, lists and tuples, as paths of keys; the whole is no place."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, (list, tuple)) else ()
    for key, inner in items:
        yield (key,)
        if depth > 1:
            yield from ((key, *rest) for rest in sites(inner, depth - 1))


def with_value(whole: Any, path: tuple, value: Any) -> Any:
    """A copy with `value` at `path`."""
    if not path:
        return value
    key, *rest = path
    if isinstance(whole, dict):
        return {**whole, key: with_value(whole[key], tuple(rest), value)}
    changed = [with_value(v, tuple(rest), value) if i == key else v for i, v in enumerate(whole)]
    return tuple(changed) if isinstance(whole, tuple) else changed


def many(few: int, nightly: int) -> settings:
    """How many inputs a fuzzer tries: a few in CI, always the same ones, so that it passes for everybody; at night new ones."""
    if settings.get_current_profile_name() == "nightly":
        return settings(max_examples=nightly)
    checks = list(HealthCheck)
    return settings(max_examples=few, derandomize=True, deadline=None, database=None, suppress_health_check=checks)


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
    """Raise TimeoutError inside the block after `seconds` (in the main thread)."""

    def late(*_):
        raise TimeoutError(f"not done after {seconds} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
