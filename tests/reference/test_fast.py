"""The fast forms: bit-near to the plain loop, products in pieces exact on integers and within the bound of any order of summation."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from gradref_reference import ACTIVATIONS, COSTS, Batch, Network, activation, backprop, fast, forward, gradients, initialize
from gradref_reference.backpropagation import textbook
from gradref_reference.equations import bp3

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
    monkeypatch.setattr(fast, "pieces_pay", lambda: True)


def draw(rng, shape, dtype):
    return rng.standard_normal(shape).astype(dtype)


# --- the plain loop is the specification ----------------------------------------------------------------------------------

U = 2.0**-53
LOOPS = [((7, 5, 3), name, "quadratic", "tanh") for name in ACTIVATIONS]
LOOPS += [((7, 5, 3), "tanh", cost, COSTS[cost].output or "softmax") for cost in COSTS]
LOOPS += [((300, 20, 4), "sigmoid", "cross_entropy", "softmax"), ((3, 4, 5, 6, 2), "softmax", "mse_samples", "relu")]


def _problem(sizes, hidden, cost, output, l2=0.1, m=64):
    network, rng = Network(sizes, [*[hidden] * (len(sizes) - 2), output], cost, l2), np.random.default_rng(7)
    K = sizes[-1]
    y = rng.integers(0, K, m) if cost == "cross_entropy" else rng.random((m, K))
    return network, initialize(network, rng), Batch(rng.normal(size=(m, sizes[0])), y)


def _apart(p, q):
    """The largest difference of two traces, in units of u times the largest entry of each tensor."""
    pairs = [(getattr(p, name)[l], getattr(q, name)[l]) for name in ("a", "z", "delta", "dW", "db") for l in getattr(p, name)]
    pairs.append((np.array(p.cost), np.array(q.cost)))
    return max(float(np.abs(a - b).max() / (U * (np.abs(b).max() or 1))) for a, b in pairs)


@pytest.mark.parametrize("loop", LOOPS, ids=lambda loop: "-".join(map(str, loop)))
def test_the_fast_loop_is_bit_near_to_the_plain_one(cut, loop):
    network, parameters, batch = _problem(*loop)
    plain = backprop(network, parameters, batch, mode="textbook")
    assert plain.mode == "textbook"
    trace = backprop(network, parameters, batch)
    assert _apart(trace, plain) <= NEAR
    a, z = forward(network, parameters.W, parameters.b, batch.x)
    for l in z:
        np.testing.assert_array_equal(z[l], trace.z[l])
        np.testing.assert_array_equal(a[l], trace.a[l])


NEAR = 32
"""Units of u between the two loops; the largest seen is 6, and the smallest of the faults below 346: sums of at most 300 terms."""


FAULTS = {
    "column_sums": lambda right: lambda delta: right(delta[1:]),
    "by_columns": lambda right: lambda A, B: right(A, B) * (1 + 1e-13),
    "by_rows": lambda right: lambda A, B: right(A, np.abs(B)),
    "value_and_derivative": lambda right: lambda sigma, z: (sigma.value(z), sigma.derivative(sigma.value(z), z)),
    "times_softmax_jacobian": lambda right: lambda v, a: right(v, a) - 1e-12,
}


@pytest.mark.parametrize("form", FAULTS)
def test_a_fault_in_a_fast_form_is_seen(form, monkeypatch):
    network, parameters, batch = _problem((7, 5, 3), "sigmoid", "quadratic", "softmax")
    monkeypatch.setattr(fast, form, FAULTS[form](getattr(fast, form)))
    assert _apart(backprop(network, parameters, batch), backprop(network, parameters, batch, mode="textbook")) > NEAR


def test_integers_give_the_same_bits_in_both_loops(cut):
    network, rng = Network((784, 30, 10), "square", "quadratic"), np.random.default_rng(5)
    W = {l: rng.integers(-1, 2, (n, k)).astype(float) for l, (n, k) in enumerate([(30, 784), (10, 30)], 1)}
    b = {l: rng.integers(-3, 4, len(W[l])).astype(float) for l in W}
    x, y = rng.integers(0, 2, (128, 784)).astype(float), rng.integers(-9, 10, (128, 10)).astype(float)
    fast_one, plain = gradients(network, W, b, x, y), textbook(network, W, b, x, y)
    for ours, theirs in zip(fast_one[:-1], plain[:-1], strict=True):
        for l in theirs:
            np.testing.assert_array_equal(ours[l], theirs[l])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", [*ACTIVATIONS, "leaky_relu(0.25)", "elu(0.5)"])
def test_value_and_derivative_together_are_the_same_bits(name, dtype):
    rng = np.random.default_rng(8)
    sigma, z = activation(name), (rng.normal(size=(400, 5)) * 10.0 ** rng.uniform(-6, 4, (400, 5))).astype(dtype)
    z.flags.writeable = False
    a, d = fast.value_and_derivative(sigma, z)
    np.testing.assert_array_equal(a, sigma.value(z))
    np.testing.assert_array_equal(d, sigma.derivative(z, a))


def test_a_replaced_activation_is_not_taken_for_the_one_whose_name_it_has():
    faulty, z = replace(activation("sigmoid"), derivative=lambda z, a: 2 * a), np.ones((1, 1))
    assert fast.value_and_derivative(faulty, z)[1] == 2 * faulty.value(z)


def test_column_sums_add_a_million_rows_in_blocks():
    delta = np.full((1_000_000, 3), 0.1, np.float32)
    exact = 1_000_000 * float(np.float32(0.1))
    row_after_row = np.abs(bp3(delta) - exact).max() / exact
    assert row_after_row > 8e-3  # what is avoided, and why mode "textbook" is float64 only: one per cent
    # How long the blocks are is the BLAS's choice: 3.5e-3 on one thread without AVX-512, less on several.
    assert np.abs(fast.column_sums(delta) - exact).max() / exact < row_after_row / 2


# --- products in pieces --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_pieces_keep_the_bound_of_any_order_of_summation(cut, shape, dtype):
    m, k, n = shape
    rng = np.random.default_rng(m + k + n)
    x, W, delta = draw(rng, (m, k), dtype), draw(rng, (n, k), dtype), draw(rng, (m, n), dtype)
    wide = (v.astype(np.longdouble) for v in (x, W, delta))
    X, V, D = wide
    u = np.finfo(dtype).eps / 2
    z, dW = fast.by_rows(x, W.T), fast.by_columns(delta.T, x)
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
    assert np.array_equal(fast.by_rows(x, W.T), as_int[0] @ as_int[1].T)
    assert np.array_equal(fast.by_columns(delta.T, x), as_int[2].T @ as_int[0])


def test_operands_may_lie_in_any_order_and_are_not_written_to(cut):
    rng = np.random.default_rng(1)
    x, W, delta = draw(rng, (100, 784), "float64"), draw(rng, (30, 784), "float64"), draw(rng, (100, 30), "float64")
    for order in (np.asfortranarray, lambda v: np.repeat(v, 2, axis=0)[::2], lambda v: v[::-1, ::-1]):
        X, V, D = (order(v) for v in (x, W, delta))
        for v in (X, V, D):
            v.flags.writeable = False
        np.testing.assert_allclose(fast.by_rows(X, V.T), X @ V.T, rtol=0, atol=1e-12)
        np.testing.assert_allclose(fast.by_columns(D.T, X), D.T @ X, rtol=0, atol=1e-12)


def test_mixed_dtypes_widen_as_dot_does(cut):
    rng = np.random.default_rng(2)
    x, W = draw(rng, (100, 784), "float32"), draw(rng, (30, 784), "float64")
    assert fast.by_rows(x, W.T).dtype == np.float64
    np.testing.assert_allclose(fast.by_rows(x, W.T), x.dot(W.T), rtol=0, atol=1e-11)


@pytest.mark.parametrize("whether", [True, False])
def test_the_pieces_are_taken_only_where_they_are_faster(monkeypatch, whether):
    """784-30-10 is cut, a network of 2-3-1 and a layer of 1024 x 1024 are not: seen from the calls to matmul."""
    calls = []
    matmul = np.matmul
    monkeypatch.setattr(fast, "pieces_pay", lambda: whether)
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
    assert fast._threads() == (threads or here)


@pytest.mark.parametrize(("kernels", "threads", "pays"), [(True, 1, True), (True, 2, False), (False, 1, False)])
def test_pieces_pay_with_small_kernels_and_one_thread(monkeypatch, kernels, threads, pays):
    monkeypatch.setattr(fast, "_small_kernels", lambda: kernels)
    monkeypatch.setattr(fast, "_threads", lambda: threads)
    assert fast.pieces_pay.__wrapped__() is pays


def test_nothing_is_decided_at_import():
    code = "import os, gradref_reference.fast as f; assert f.pieces_pay.cache_info().currsize == 0"
    subprocess.run([sys.executable, "-c", code], check=True)
