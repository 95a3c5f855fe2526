"""NumPy expressions on balls give the midpoints that NumPy gives on floats."""

import math
import sys

import numpy as np
import pytest
from scipy import signal, special

from gradref_balls import NotBallable, midpoints, to_balls
from gradref_balls.convert import as_objects, precision
from gradref_balls.namespaces import user_namespaces
from gradref_balls.patch import patched

EXPRESSIONS = """
x + y; x - 2; 3 - x; x * y; x / (y + 9); -x; +x; x ** 2; x ** 3; abs(x) ** 0.5; x ** -1; 2 ** x; (x ** 2 + 1) ** y; x // 0.5
x % 0.7; np.exp(x); np.exp2(x); np.expm1(x); np.log(np.abs(x)); np.log2(x * x); np.log10(x * x); np.log1p(x * x)
np.sqrt(x * x); np.cbrt(x); np.sin(x); np.cos(x); np.tan(x); np.arcsin(x / 9); np.arccos(x / 9); np.arctan(x)
np.arctan2(x, y); np.sinh(x); np.cosh(x); np.tanh(x); np.arcsinh(x); np.arccosh(2 + x * x); np.arctanh(x / 9); np.hypot(x, y)
np.logaddexp(x, y); np.logaddexp2(x, y); np.sign(x); np.sinc(x); np.floor(x); np.ceil(x); np.trunc(x); np.fmod(x, 0.3)
np.copysign(x, y); np.heaviside(x, 0.5); np.reciprocal(x); np.square(x); np.maximum(x, y); np.minimum(x, 0); np.fmax(x, y)
np.fmin(x, y); np.clip(x, -0.5, 0.5); x.clip(min=0); np.clip(x, None, y); np.fabs(x); np.where(x > y, x, y)
np.where(x > 0, 1.0, -1); x > y; x >= 0; x < y; x <= 0; x == x; x != y; (x > 0) & (y > 0); np.logical_not(x > 0); np.isnan(x)
np.isfinite(x); np.nan_to_num(x); np.rint(x); np.round(x, 2); x.round(1); np.signbit(x); np.power(x, 2.0)
np.float_power(x * x, 1.5); x.sum(); x.sum(axis=0); x.sum(axis=(0, 1), keepdims=True); np.sum(x, 1); x.mean()
x.mean(axis=1, keepdims=True); np.mean(x, axis=(0, 1)); x.var(); x.var(axis=0, ddof=1); np.var(x, 1); x.std()
np.std(x, axis=1, keepdims=True); np.average(x, axis=0, weights=v3); np.average(x); x.prod(); np.prod(x, axis=1); np.cumsum(x)
x.cumsum(axis=0); np.cumprod(x, axis=1); x.max(); x.max(axis=0); np.max(x, axis=1, keepdims=True); x.min()
np.min(x, axis=(0, 1)); np.amax(x, 0); np.ptp(x, axis=0); x.argmax(); x.argmax(axis=1); np.argmin(x, axis=0); np.median(x)
np.median(x, axis=0); np.sort(x, axis=0); np.sort(x, axis=None); np.argsort(x, axis=1); np.quantile(x, 0.3)
np.percentile(x, 30, axis=1); np.maximum.accumulate(x, axis=0); np.maximum.reduce(x, axis=1); np.add.reduce(x)
np.multiply.reduce(x, axis=1); np.add.accumulate(x, axis=1); np.add.outer(v3, v4); np.maximum.outer(v3, v4)
np.subtract.outer(v3, v3); np.logaddexp.reduce(x, axis=1); np.sum(x, where=x > 0); np.max(x, axis=1, initial=0.0)
np.add.reduceat(v4, [0, 2]); x @ x.T; np.dot(x, v4); np.dot(v4, v4); v3 @ x; np.inner(x, x); np.outer(v3, v4); np.vdot(x, y)
np.kron(v3, v4); np.tensordot(x, y, axes=2); np.tensordot(T, x, axes=([1, 2], [0, 1])); T @ v4; T @ x.T
x @ np.swapaxes(T, 1, 2); np.matmul(T, np.transpose(T, (0, 2, 1))); np.dot(T, x.T); T.dot(v4); np.einsum('ij,ij->i', x, y)
np.einsum('ij,kj->ik', x, y); np.einsum('ij->j', x); np.einsum('ii->i', S); np.einsum('ii', S); np.einsum('tij,ij->t', T, x)
np.einsum('...j,...j->...', T, x); np.einsum('tij,tkj->tik', T, T); np.einsum('i,j,ij->', v3, v4, x)
np.einsum(x, [0, 1], v4, [1], [0]); np.einsum('ij,jk', x, x.T); np.trace(S); S.trace(); np.diag(S); np.diag(v3)
np.diagonal(S); np.tril(S); np.triu(S, 1); np.eye(3) * v3; np.identity(3) @ x; S.diagonal(); np.linalg.norm(x)
np.linalg.norm(x, axis=1); np.linalg.norm(v3, 1); np.linalg.norm(v3, np.inf); np.linalg.norm(x, 'fro')
np.linalg.norm(x, axis=0, keepdims=True); np.linalg.norm(v3, 3); np.linalg.norm(S, 1); np.linalg.norm(S, np.inf)
np.linalg.inv(S); np.linalg.solve(S, v3); np.linalg.solve(S, x); np.linalg.det(S); np.linalg.slogdet(S)[1]
np.linalg.cholesky(S @ S.T + 1 * np.eye(3)); np.linalg.matrix_power(S, 3); np.linalg.pinv(x.T)
np.linalg.multi_dot([x, x.T, S]); np.concatenate([x, y]); np.concatenate((x, y), axis=1); np.stack([x, y], axis=1)
np.vstack([x, v4]); np.hstack([x, y]); np.column_stack([v3, v3]); np.block([[x, y], [y, x]])
np.concatenate([x, np.ones((3, 1))], axis=1); np.append(x, 1.0); np.insert(v4, 1, 2.0); np.delete(v4, 1); np.split(v4, 2)[1]
np.array_split(v4, 3)[0]; np.c_[x, v3]; np.pad(x, 1); np.pad(x, ((0, 1), (2, 0)), constant_values=3.0)
np.pad(v4, 2, mode='edge'); np.pad(v4, 1, mode='reflect'); np.tile(x, (2, 1)); np.repeat(x, 2, axis=1); x.reshape(2, 6)
x.ravel(); x.flatten(); x.T; x.transpose(1, 0); np.moveaxis(T, 0, -1); x[:, None, :] * y[None]; x[::-1]; np.flip(x, 1)
np.roll(x, 1, axis=0); np.rot90(x); x[[0, 2], [1, 3]]; x[x > 0]; x[labels]; np.take(x, labels, axis=0); x.take(labels, axis=1)
np.take_along_axis(x, np.argsort(x, axis=1), axis=1); np.choose([0, 1, 0], [v3, -v3]); np.expand_dims(x, 0)
np.squeeze(x[None]); np.broadcast_to(v4, (3, 4)); np.atleast_2d(v3); np.ravel(x); np.copy(x); np.array(x)
np.asarray(x, dtype=float); np.float64(x[0, 0]); np.zeros_like(x); np.ones_like(x); np.full_like(x, 2.5); np.zeros((2, 3))
np.full(3, x[0, 0]); np.array([x[0, 0], 1.0, v3[1]]); np.array([[a, a * a] for a in v3]); np.array([v3, v3]); np.diff(v4)
np.diff(x, axis=0); np.gradient(v4); np.convolve(v4, v3); np.correlate(v4, v3, 'full'); np.trapezoid(v4); np.cross(v3, v3 + 1)
np.cov(x); np.interp(v3, [-1.0, 0.0, 2.0], [0.0, 1.0, 5.0]); np.bincount(labels, weights=v3, minlength=4)
np.searchsorted([-1.0, 0.0], v3); np.digitize(v3, [0.0]); np.unique(labels); np.nonzero(x > 0)[0]; np.argwhere(x > 0)
np.count_nonzero(x > 0); np.any(x > 0); np.all(x < 9); (x > 0).mean(); (x > 0).astype(float); (x > 0) * 1.0
x.astype(np.float64); x.astype(np.float32).shape; x.astype(int); labels.astype(float) + v3[0]; (x > 0).sum()
np.apply_along_axis(lambda r: r - r.max(), 1, x); np.apply_along_axis(np.sum, 0, x); np.vectorize(lambda t: t * t + 1)(x)
np.piecewise(x, [x < 0, x >= 0], [lambda t: -t, lambda t: t]); np.select([x < 0], [x], 7.0); np.polyval([1.0, 2.0, 3.0], x)
np.fromiter((a * 2 for a in v3), dtype=float); np.linspace(0, 1, 4) * v4; np.meshgrid(v3, v4)[0]; np.allclose(x, x)
np.array_equal(x, x); np.ndim(x); np.shape(x); np.size(x); np.lib.stride_tricks.sliding_window_view(v4, 2); np.isclose(x, y)
x.squeeze(); np.nansum(x); np.nanmax(x); np.nanmean(x); np.vander(v3, 3); np.fliplr(x); np.swapaxes(T, 0, 1)
np.finfo(x.dtype).eps; np.array_equal(x, y); math.exp(s); math.log(s * s); math.sqrt(s * s); math.tanh(s); math.erf(s)
math.pow(s * s, 1.5); math.hypot(s, 2.0); math.fsum([s, 1.0]); math.fabs(s); math.atan2(s, 2.0); math.log(s * s, 2)
math.isnan(s); math.floor(s); float(s); int(s * 10); round(s, 2); abs(s); max(s, 0.0); min(s, 0.0); sum(v3); sum([s, s])
pow(s, 2); s ** 0.5 if s > 0 else (-s) ** 0.5; f'{s:.3f}'; bool(s); divmod(s, 0.3)[1]; sorted(v3)[0]; s.item(); s.mean()
np.float64(s); v3.tolist()[0]; list(v3)[1]; [float(a) for a in v3][2]; max(v3); dict(a=v3)['a']; isinstance(s, float)
isinstance(s, np.floating) or True; np.isscalar(s); sum(a * b for a, b in zip(v3, v4)); len(x); x.shape; x.size; x.ndim
special.erf(x); special.expit(x); special.logit(x * x / 100 + 0.1); special.softmax(x, axis=1); special.logsumexp(x, axis=0)
special.log_softmax(x, axis=1); special.xlogy(x * x, y * y); special.ndtr(x); special.gammaln(x * x + 1); special.log_expit(x)
special.erfc(x); special.xlog1py(x, y * y); special.digamma(x * x + 1); special.huber(1.0, x); special.entr(x * x)
special.rel_entr(x * x, y * y); special.exprel(x); special.log_ndtr(x); special.i0(x); special.logsumexp(x)
np.corrcoef(x); signal.convolve2d(x, S[:2, :2]); signal.convolve2d(x, S, mode='same'); signal.convolve2d(x, S[:2], mode='same')
signal.correlate2d(x, S[:2, :2], mode='valid'); signal.correlate2d(x, S[:2], mode='same'); signal.correlate2d(x, S, 'same')
np.random.RandomState(0).rand(3) + v3; isinstance(np.random.default_rng(0), np.random.Generator); signal.convolve2d(x, S[:, :2], 'same')
np.random.default_rng(1).normal(size=3) * v3; signal.correlate2d(x, S[:, :2]); signal.correlate(v4, v3)
"""
TABLE = [e.strip() for e in EXPRESSIONS.replace("\n", ";").split(";") if e.strip()]

STATEMENTS = {
    "zeros then rows": "out = np.zeros((3, 4))\nfor i in range(3):\n    out[i] = x[i] * 2\nresult = out",
    "empty then entries": "out = np.empty(3)\nfor i in range(3):\n    out[i] = x[i, 0] + v3[i]\nresult = out",
    "in-place on a copy": "out = x.copy()\nout += y\nout *= 2\nout /= 3\nout -= 1\nout **= 2\nresult = out",
    "in-place on labels": "out = np.eye(4)[labels]\nout -= x\nresult = out",
    "in-place on a mask": "out = (x > 0).astype(float)\nout *= x\nresult = out",
    "scalar accumulates": "result = 0.0\nfor r in x:\n    for v in r:\n        result += v * v",
    "np.add.at": "out = np.zeros(4)\nnp.add.at(out, labels, v3)\nresult = out",
    "np.maximum.at": "out = np.zeros(4)\nnp.maximum.at(out, labels, v3)\nresult = out",
    "masked fill": "out = x.copy()\nout[out < 0] = 0\nresult = out",
    "fill": "out = np.empty_like(x)\nout.fill(3)\nresult = out",
    "out=": "out = np.empty_like(x)\nnp.multiply(x, y, out=out)\nresult = out",
    "where=": "out = np.zeros_like(x)\nnp.log(x * x, out=out, where=x > 0)\nresult = out",
    "put_along_axis": "out = np.zeros((3, 4))\nnp.put_along_axis(out, labels[:, None], v3[:, None], axis=1)\nresult = out",
    "copyto": "out = np.zeros_like(x)\nnp.copyto(out, y)\nresult = out",
    "fill_diagonal": "out = S.copy()\nnp.fill_diagonal(out, 0)\nresult = out",
    "nested lists": "result = np.array([[x[i, j] * y[i, j] for j in range(4)] for i in range(3)])",
    "enumerate": "result = np.zeros(3)\nfor i, a in enumerate(v3):\n    result[i] = math.tanh(a)",
    "nditer of indices": "result = np.zeros_like(x)\nfor at in np.ndindex(*x.shape):\n    result[at] = x[at] ** 2",
    "sort in place": "result = v4.copy()\nresult.sort()",
    "mask times a number": "out = (x > 0) * 1.0\nout[0] = x[0]\nresult = out",
    "whole numbers divided": "out = np.arange(4) / 2\nout[1:3] = v4[:2]\nresult = out",
    "random draws": "out = np.random.RandomState(3).randn(3, 4)\nout[1] = x[1]\nresult = out",
    "dropout": "rng = np.random.default_rng(0)\nmask = (rng.random(x.shape) < 0.5) / 0.5\nmask *= x\nresult = mask",
    "alias of a row": "out = np.zeros((3, 4))\nrow = out[1]\nrow += v4\nresult = out",
    "immutable scalar": "a = v3.sum()\nb = a\na += 1\nresult = b",
}


def namespace():
    rng = np.random.default_rng(7)
    shapes = {"x": (3, 4), "y": (3, 4), "v3": (3,), "v4": (4,), "S": (3, 3), "T": (2, 3, 4), "s": ()}
    values = {k: rng.standard_normal(v) for k, v in shapes.items()}
    return {**values, "s": np.float64(values["s"]), "labels": np.array([0, 2, 2])}


def both(code):
    """`result` of the code in floats, and in balls."""
    plain, balls = namespace(), to_balls(namespace(), 200)
    space = {"np": np, "math": math, "special": special, "signal": signal, "__name__": "user"}
    exec(
        f"def forward({', '.join(plain)}):\n" + "".join(f"    {line}\n" for line in code.splitlines()) + "    return result",
        space,
    )
    expected = space["forward"](**plain)
    with precision(200), patched(user_namespaces(space["forward"])):
        actual = space["forward"](**balls)
    return expected, actual


def assert_same(expected, actual):
    if isinstance(expected, (str, bool, int, tuple)):
        assert actual == expected
        return
    expected = np.asarray(expected)
    if expected.dtype.kind in "iub":
        np.testing.assert_array_equal(np.asarray(actual), expected)
        return
    assert np.shape(actual) == expected.shape
    np.testing.assert_allclose(midpoints(as_objects(actual)), expected, rtol=2e-13, atol=1e-14)


@pytest.mark.parametrize("expression", TABLE)
def test_expression_on_balls_gives_numpys_value(expression):
    assert_same(*both(f"result = {expression}"))


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_on_balls_give_numpys_value(name):
    assert_same(*both(STATEMENTS[name]))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("result = np.fft.fft(x).real", "fft"),
        ("result = np.linalg.svd(x)[1]", "svd"),
        ("result = np.array(x + 0, dtype=complex)", "complex"),
        ("result = x.astype(complex)", "complex"),
    ],
)
def test_functions_without_a_counterpart_are_refused(code, message):
    with pytest.raises(NotBallable, match=message):
        both(code)


def test_no_module_is_left_changed():
    both("result = np.exp(x)")
    assert sys.modules["numpy"] is np
    assert np.exp.__class__ is np.ufunc
