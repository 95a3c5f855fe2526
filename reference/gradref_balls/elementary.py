"""Elementary and special functions of one ball, where NumPy's convention at a pole or outside the domain is kept."""

from collections.abc import Callable
from functools import lru_cache

from flint import arb

__all__ = ["BINARY", "UNARY"]


@lru_cache(maxsize=1)
def _constants() -> dict[str, arb]:
    return {"-inf": arb("-inf"), "inf": arb("inf"), "nan": arb("nan"), "half": arb(0.5)}


def _log(x: arb) -> arb:
    return _constants()["-inf"] if x.is_zero() else x.log()  # numpy: log(0) = -inf


def _log1p(x: arb) -> arb:
    return _constants()["-inf"] if x == -1 else x.log1p()


def _reciprocal(x: arb) -> arb:
    return _constants()["inf"] if x.is_zero() else 1 / x


def _cbrt(x: arb) -> arb:
    return x.root(3) if not x < 0 else -((-x).root(3))


def _expit(x: arb) -> arb:
    return 1 / (1 + (-x).exp()) if not x < 0 else x.exp() / (1 + x.exp())


def _log_expit(x: arb) -> arb:
    return -(-x).exp().log1p() if not x < 0 else x - x.exp().log1p()


def _softplus(x: arb) -> arb:
    return x.exp().log1p() if not x > 0 else x + (-x).exp().log1p()


def _ndtr(x: arb) -> arb:
    return (-x / arb(2).sqrt()).erfc() / 2


def _erfcx(x: arb) -> arb:
    return (x * x).exp() * x.erfc()


def _sinc(x: arb) -> arb:
    return x.sinc_pi()


def _expm1_over_x(x: arb) -> arb:
    return arb(1) if x.is_zero() else x.expm1() / x


def _entropy(x: arb) -> arb:
    return arb(0) if x.is_zero() else -x * x.log()


def _power(x: arb, y: arb) -> arb:
    if y == 2:
        return x * x
    if y.is_integer() and x.is_zero() and y < 0:
        return _constants()["inf"]
    return x**y


def _divide(x: arb, y: arb) -> arb:
    if y.is_zero() and x.is_finite() and not x.contains(0):
        return _constants()["inf" if x > 0 else "-inf"]
    return x / y


def _hypot(x: arb, y: arb) -> arb:
    return (x * x + y * y).sqrt()


def _logaddexp(x: arb, y: arb) -> arb:
    if not (x.is_finite() and y.is_finite()):
        return y if not x.is_finite() and x < 0 else x if not y.is_finite() and y < 0 else (x.exp() + y.exp()).log()
    top, low = (x, y) if x >= y else (y, x)
    return top + (low - top).exp().log1p()


def _logaddexp2(x: arb, y: arb) -> arb:
    two = arb(2).log()
    return _logaddexp(x * two, y * two) / two


def _xlogy(x: arb, y: arb) -> arb:
    return arb(0) if x.is_zero() else x * _log(y)


def _xlog1py(x: arb, y: arb) -> arb:
    return arb(0) if x.is_zero() else x * _log1p(y)


def _rel_entr(x: arb, y: arb) -> arb:
    return arb(0) if x.is_zero() else x * (x / y).log()


def _kl_div(x: arb, y: arb) -> arb:
    return _rel_entr(x, y) - x + y


def _floor_divide(x: arb, y: arb) -> arb:
    return (x / y).floor()


def _remainder(x: arb, y: arb) -> arb:
    return x - y * (x / y).floor()


def _fmod(x: arb, y: arb) -> arb:
    q = x / y
    return x - y * (q.floor() if not q < 0 else q.ceil())


UNARY: dict[str, Callable[[arb], arb]] = {
    "exp": arb.exp,
    "exp2": lambda x: (x * arb(2).log()).exp(),
    "expm1": arb.expm1,
    "log": _log,
    "log2": lambda x: _log(x) / arb(2).log(),
    "log10": lambda x: _log(x) / arb(10).log(),
    "log1p": _log1p,
    "sqrt": arb.sqrt,
    "cbrt": _cbrt,
    "square": lambda x: x * x,
    "reciprocal": _reciprocal,
    "sin": arb.sin,
    "cos": arb.cos,
    "tan": arb.tan,
    "arcsin": arb.asin,
    "arccos": arb.acos,
    "arctan": arb.atan,
    "sinh": arb.sinh,
    "cosh": arb.cosh,
    "tanh": arb.tanh,
    "arcsinh": arb.asinh,
    "arccosh": arb.acosh,
    "arctanh": arb.atanh,
    "deg2rad": lambda x: x * arb.pi() / 180,
    "radians": lambda x: x * arb.pi() / 180,
    "rad2deg": lambda x: x * 180 / arb.pi(),
    "degrees": lambda x: x * 180 / arb.pi(),
    "negative": lambda x: -x,
    "positive": lambda x: x,
    "conjugate": lambda x: x,
    "floor": arb.floor,
    "ceil": arb.ceil,
    "trunc": lambda x: x.floor() if not x < 0 else x.ceil(),
    "rint": lambda x: (x + 0.5).floor(),
    # scipy.special
    "erf": arb.erf,
    "erfc": arb.erfc,
    "erfcx": _erfcx,
    "erfinv": arb.erfinv,
    "erfcinv": arb.erfcinv,
    "expit": _expit,
    "logit": lambda x: _log(x / (1 - x)),
    "log_expit": _log_expit,
    "softplus": _softplus,
    "ndtr": _ndtr,
    "log_ndtr": lambda x: _ndtr(x).log(),
    "gamma": arb.gamma,
    "gammaln": arb.lgamma,
    "psi": arb.digamma,
    "sinc": _sinc,
    "exprel": _expm1_over_x,
    "entr": _entropy,
    "i0": lambda x: x.bessel_i(0),
    "i1": lambda x: x.bessel_i(1),
    "j0": lambda x: x.bessel_j(0),
    "j1": lambda x: x.bessel_j(1),
}
"""ufunc name (NumPy's or SciPy's) -> function of one ball."""

BINARY: dict[str, Callable[[arb, arb], arb]] = {
    "power": _power,
    "float_power": _power,
    "divide": _divide,
    "arctan2": lambda y, x: arb.atan2(y, x),
    "hypot": _hypot,
    "logaddexp": _logaddexp,
    "logaddexp2": _logaddexp2,
    "floor_divide": _floor_divide,
    "remainder": _remainder,
    "fmod": _fmod,
    "xlogy": _xlogy,
    "xlog1py": _xlog1py,
    "rel_entr": _rel_entr,
    "kl_div": _kl_div,
    "huber": lambda d, r: r * r / 2 if abs(r) <= d else d * (abs(r) - d / 2),
    "pseudo_huber": lambda d, r: d * d * ((1 + (r / d) * (r / d)).sqrt() - 1),
}
"""ufunc name -> function of two balls."""
