"""The normal distribution function Φ(z), which NumPy lacks, from one Chebyshev series.

erfc(x) = exp(-x²) erfcx(x) for x >= 0, and (1 + 2x) erfcx(x) is smooth in t = (x - k)/(x + k) on the whole half line
(the substitution is Schonfelder's, Math. Comp. 32, 1978). The coefficients were computed with python-flint at 200 bits;
`tests/reference/test_special.py` computes them again and measures the error: a few ulp, the far tail included.
"""

from math import pi, sqrt

import numpy as np

__all__ = ["CHEBYSHEV", "SHIFT", "normal", "normal_cdf"]

SHIFT = 3.75
CHEBYSHEV = (
    1.1775789345674017,
    -0.004590054580646478,
    -0.08424913336651792,
    0.05920993999819189,
    -0.026658668435305753,
    0.009074997670705265,
    -0.002413163540417608,
    0.0004907758365258086,
    -6.916973302501207e-05,
    4.13902798607301e-06,
    7.74038306619849e-07,
    -2.1886401049234397e-07,
    1.076499946567091e-08,
    4.521959811218287e-09,
    -7.754400208831351e-10,
    -6.318088340886684e-11,
    2.86879501093067e-11,
    1.9455868545777347e-13,
    -9.65469674843344e-13,
    3.25254814814874e-14,
    3.3478119482868056e-14,
    -1.864562880419313e-15,
    -1.2507950530688648e-15,
    7.418235256624044e-17,
    5.068148904796111e-17,
)


def normal(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Φ(z) and its density φ(z) = exp(-z²/2)/√(2π), which share the exponential; same shape and dtype as z.

    Small values keep their relative accuracy. float32 is computed in float64 with the terms that float32 can see.
    """
    x = np.minimum(np.abs(z), 40).astype(np.float64)  # Φ(-40) and φ(40) are zero in float64
    bell = _bell(x)
    terms = CHEBYSHEV if z.dtype == np.float64 else CHEBYSHEV[:15]
    tail = 0.5 * bell * _erfcx(x * sqrt(0.5), terms)
    cdf = np.where(z < 0, tail, 1 - tail)
    return cdf.astype(z.dtype, copy=False), (bell / sqrt(2 * pi)).astype(z.dtype, copy=False)


def normal_cdf(z: np.ndarray) -> np.ndarray:
    """Φ(z) = erfc(-z/√2)/2; same shape and dtype as z."""
    return normal(z)[0]


def _erfcx(x: np.ndarray, terms: tuple[float, ...]) -> np.ndarray:
    """exp(x²) erfc(x) for x >= 0 by Clenshaw's recurrence; same shape as x."""
    t2 = 2 * (x - SHIFT) / (x + SHIFT)
    b1 = b2 = np.zeros_like(x)
    for c in reversed(terms[1:]):
        b1, b2 = t2 * b1 - b2 + c, b1
    return (0.5 * t2 * b1 - b2 + terms[0]) / (1 + 2 * x)


def _bell(x: np.ndarray) -> np.ndarray:
    """exp(-x²/2) for 0 <= x <= 40, same shape: x² = h² + (x - h)(x + h), where h has so few bits that h² is exact.

    The plain formula rounds x² and loses a digit for every factor of ten in x².
    """
    h = np.rint(16 * x) / 16
    return np.exp(-0.5 * h * h) * np.exp(-0.5 * (x - h) * (x + h))
