"""Products in pieces are products: exact on integers, within the bound of any order of summation otherwise, on every shape."""

import os

import numpy as np
import pytest

from gradref_reference import Batch, Network, gradients, initialize, products

SHAPES = [
    (128, 784, 100),
    (100, 784, 30),
    (37, 300, 7),
    (33, 1000, 11),
    (32, 313, 1),
    (1, 20_000, 3),
    (10_000, 1, 2),
    (64, 512, 256),
]


@pytest.fixture
def cut(monkeypatch):
    monkeypatch.setattr(products, "CUT", True)


def draw(rng, shape, dtype):
    return rng.standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_pieces_keep_the_bound_of_any_order_of_summation(cut, shape, dtype):
    m, k, n = shape
    rng = np.random.default_rng(m + k + n)
    x, W, delta = draw(rng, (m, k), dtype), draw(rng, (n, k), dtype), draw(rng, (m, n), dtype)
    wide = (v.astype(np.longdouble) for v in (x, W, delta))
    X, V, D = wide
    u = np.finfo(dtype).eps / 2
    z, dW = products.by_rows(x, W.T), products.by_columns(delta.T, x)
    assert z.dtype == dW.dtype == dtype
    assert z.shape == (m, n)
    assert dW.shape == (n, k)
    assert (abs(z - X @ V.T) <= 1.01 * k * u * (abs(X) @ abs(V).T)).all()
    assert (abs(dW - D.T @ X) <= 1.01 * m * u * (abs(D).T @ abs(X))).all()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_integers_come_out_exact(cut, shape):
    m, k, n = shape
    rng = np.random.default_rng(0)
    x, W, delta = (rng.integers(-9, 10, size).astype("float32") for size in ((m, k), (n, k), (m, n)))
    as_int = [v.astype(np.int64) for v in (x, W, delta)]
    assert np.array_equal(products.by_rows(x, W.T), as_int[0] @ as_int[1].T)
    assert np.array_equal(products.by_columns(delta.T, x), as_int[2].T @ as_int[0])


def test_operands_may_lie_in_any_order_and_are_not_written_to(cut):
    rng = np.random.default_rng(1)
    x, W, delta = draw(rng, (100, 784), "float64"), draw(rng, (30, 784), "float64"), draw(rng, (100, 30), "float64")
    for order in (np.asfortranarray, lambda v: np.repeat(v, 2, axis=0)[::2], lambda v: v[::-1, ::-1]):
        X, V, D = (order(v) for v in (x, W, delta))
        for v in (X, V, D):
            v.flags.writeable = False
        np.testing.assert_allclose(products.by_rows(X, V.T), X @ V.T, rtol=0, atol=1e-12)
        np.testing.assert_allclose(products.by_columns(D.T, X), D.T @ X, rtol=0, atol=1e-12)


def test_mixed_dtypes_widen_as_dot_does(cut):
    rng = np.random.default_rng(2)
    x, W = draw(rng, (100, 784), "float32"), draw(rng, (30, 784), "float64")
    assert products.by_rows(x, W.T).dtype == np.float64
    np.testing.assert_allclose(products.by_rows(x, W.T), x.dot(W.T), rtol=0, atol=1e-11)


@pytest.mark.parametrize("whether", [True, False])
def test_the_pieces_are_taken_only_where_they_are_faster(monkeypatch, whether):
    """784-30-10 is cut, a network of 2-3-1 and a layer of 1024 x 1024 are not: seen from the calls to matmul."""
    calls = []
    matmul = np.matmul
    monkeypatch.setattr(products, "CUT", whether)
    monkeypatch.setattr(np, "matmul", lambda A, B, out: calls.append(out.shape) or matmul(A, B, out=out))
    for sizes, m in (((784, 30, 10), 100), ((2, 3, 1), 1), ((1024, 1024), 64)):
        network, rng = Network(sizes, "sigmoid", "quadratic"), np.random.default_rng(3)
        p = initialize(network, rng, "glorot")
        gradients(network, p.W, p.b, rng.random((m, sizes[0])), rng.random((m, sizes[-1])))
    assert calls == ([(12, 8, 30), (4, 30), (49, 30, 16)] if whether else [])


def test_a_cut_network_passes_its_certificate(cut):
    """The whole gradient in pieces, judged as a framework's would be: by enclosures that never saw a BLAS."""
    import gradref

    network, rng = Network((784, 30, 10), ("relu", "softmax"), "cross_entropy"), np.random.default_rng(4)
    p = initialize(network, rng, "he")
    batch = Batch(rng.random((100, 784)), rng.integers(0, 10, 100))
    for dtype in ("float64", "float32"):
        trace = gradref.backprop(network, p, batch, dtype)
        assert set(gradref.certify(network, p, batch, trace).verdict) == {"pass"}


@pytest.mark.parametrize(
    ("environment", "threads"),
    [
        ({"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "4"}, 1),
        ({"OPENBLAS_NUM_THREADS": "0", "OMP_NUM_THREADS": "3"}, 3),
        ({"OMP_NUM_THREADS": "1,2"}, None),
        ({}, None),
    ],
    ids=str,
)
def test_threads_are_counted_as_openblas_counts_them(monkeypatch, environment, threads):
    for name in ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    here = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert products._threads() == (threads or here)
