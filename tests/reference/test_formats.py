"""Rounding into the four formats against exact fractions, PyTorch and ml_dtypes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from gradref_reference import FORMATS, SpecificationError, format_of, round_to
from gradref_reference.formats import ulp

# name -> (u, smallest normal, smallest subnormal, largest)
IEEE = {
    "float64": (2.0**-53, 2.0**-1022, 2.0**-1074, (2 - 2.0**-52) * 2.0**1023),
    "float32": (2.0**-24, 2.0**-126, 2.0**-149, (2 - 2.0**-23) * 2.0**127),
    "bfloat16": (2.0**-8, 2.0**-126, 2.0**-133, (2 - 2.0**-7) * 2.0**127),
    "float16": (2.0**-11, 2.0**-14, 2.0**-24, 65504.0),
}


@pytest.mark.parametrize("name", FORMATS)
def test_format_has_the_constants_of_ieee_754(name):
    form = format_of(name)
    assert (form.u, form.tiny, form.smallest, form.largest) == IEEE[name]


def _points(name):
    rng = np.random.default_rng(3)
    form = format_of(name)
    low, high = np.log2(form.smallest) - 3, np.log2(min(form.largest, 1e300)) + 2
    z = rng.choice([-1, 1], 800) * 2.0 ** rng.uniform(max(low, -1070), high, 800)
    halves = (rng.integers(2**6, 2**7, 100) + 0.5) * form.tiny  # many ties
    ties = (1 + np.arange(64) * form.u) * 1.0
    edges = [0.0, -0.0, form.smallest / 2, form.smallest * 1.5, form.largest, form.largest * (1 + form.u), -form.largest * 2]
    return np.concatenate([z, halves, ties, edges]) if name != "float64" else z


def _nearest_even(x: float, form) -> float:
    """Round to nearest even by exact fractions; a number past the midpoint above `largest` becomes infinite."""
    if x == 0:
        return x
    f = abs(Fraction(x))
    exponent = max(int(np.frexp(x)[1]) - 1, 1 - form.emax)
    spacing = Fraction(2) ** (exponent - form.precision + 1)
    rounded = float(round(f / spacing) * spacing)  # Python rounds halves to even
    return float(np.copysign(np.inf if rounded > form.largest else rounded, x))


@pytest.mark.parametrize("name", [n for n in FORMATS if n != "float64"])
def test_round_to_is_nearest_even_in_exact_arithmetic(name):
    form, x = format_of(name), _points(name)
    np.testing.assert_array_equal(round_to(x, form), [_nearest_even(float(v), form) for v in x])


@pytest.mark.parametrize("name", ["float32", "float16"])
def test_round_to_agrees_with_numpys_own_conversion(name):
    x = _points(name)
    with np.errstate(over="ignore"):
        expected = x.astype(name).astype(np.float64)
    np.testing.assert_array_equal(round_to(x, format_of(name)), expected)


def test_round_to_bfloat16_agrees_with_ml_dtypes():
    ml_dtypes = pytest.importorskip("ml_dtypes", reason="ml_dtypes comes with jax, which is not installed")
    with np.errstate(over="ignore"):
        x = _points("bfloat16").astype(np.float32)  # from float32, so that ml_dtypes rounds once too
    expected = x.astype(ml_dtypes.bfloat16).astype(np.float64)
    np.testing.assert_array_equal(round_to(x.astype(np.float64), format_of("bfloat16")), expected)


def test_rounding_twice_changes_nothing_and_writes_to_nothing():
    x = _points("bfloat16")
    x.flags.writeable = False
    for form in FORMATS.values():
        once = round_to(x, form)
        np.testing.assert_array_equal(round_to(once, form), once)


def test_round_to_keeps_infinity_and_nan():
    np.testing.assert_array_equal(round_to(np.array([np.inf, -np.inf, np.nan]), format_of("float16")), [np.inf, -np.inf, np.nan])


def test_ulp_is_the_spacing_of_the_format():
    x = np.array([1.0, 1.5, 2.0, 0.75, 3e38])
    np.testing.assert_array_equal(ulp(x, format_of("float32")), np.spacing(x.astype(np.float32)).astype(np.float64))
    assert ulp(np.array([0.0]), format_of("float16"))[0] == 2.0**-24


def test_an_unknown_format_is_refused_with_the_nearest_name():
    with pytest.raises(SpecificationError, match="Did you mean 'bfloat16'"):
        format_of("bfloat")
