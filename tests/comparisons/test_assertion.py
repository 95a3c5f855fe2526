"""assert_gradients_agree: what it accepts, what it refuses, and what it says."""

import numpy as np
import pytest

import gradref
from gradref import assert_gradients_agree
from gradref_adapters import registry
from gradref_reference import Case, DataError, SpecificationError


def gradients(dtype="float64", seed=0):
    """The gradients of a small network by the reference, as a nesting."""
    rng = np.random.default_rng(seed)
    network = gradref.Network((7, 5, 3), ("tanh", "softmax"), "cross_entropy")
    parameters = gradref.initialize(network, rng)
    trace = gradref.backprop(network, parameters, gradref.Batch(rng.standard_normal((11, 7)), rng.integers(0, 3, 11)), dtype)
    return {f"layer{l}": {"W": trace.dW[l], "b": trace.db[l]} for l in trace.dW}


@pytest.mark.parametrize("seed", range(20))
def test_honest_float32_agrees_with_float64(seed):
    assert_gradients_agree(gradients("float32", seed), gradients("float64", seed), dtype="float32")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda g: -g, "Every entry is -1 times"),
        (lambda g: 11 * g, "Every entry is 11 times"),
        (lambda g: 0 * g, "All of it is zero"),
        (lambda g: np.where(np.arange(g.size).reshape(g.shape) == 7, np.nan, g), "worst at [1, 0]"),
        (lambda g: np.where(g == g.max(), np.inf, g), "NaN and infinity never agree"),
        (lambda g: np.where(g == g.max(), g * (1 + 1e-11), g), "1 of 35 entries"),
        (lambda g: g[:, ::-1], "times the allowance"),
        (lambda g: g.T, "must have shape (5, 7), got (7, 5). It is transposed."),
    ],
    ids=["sign", "sum for mean", "zeros", "NaN", "infinity", "one entry 1e-11", "reversed", "transposed"],
)
def test_fault_is_refused_and_described(spoil, words):
    right, wrong = gradients(), gradients()
    wrong["layer1"]["W"] = spoil(wrong["layer1"]["W"])
    with pytest.raises(AssertionError) as caught:
        assert_gradients_agree(wrong, right)
    assert words in str(caught.value)
    assert "layer1.W" in str(caught.value)


def test_nan_on_both_sides_is_refused():
    with pytest.raises(AssertionError, match="NaN"):
        assert_gradients_agree([np.nan], [np.nan])


def test_same_infinity_agrees_and_the_opposite_does_not():
    assert_gradients_agree([np.inf, 1.0], [np.inf, 1.0])
    with pytest.raises(AssertionError):
        assert_gradients_agree([np.inf, 1.0], [-np.inf, 1.0])


def test_missing_and_surplus_arrays_are_named():
    with pytest.raises(AssertionError) as caught:
        assert_gradients_agree({"W": [1.0], "c": [1.0]}, {"W": [1.0], "b": [1.0]})
    assert "b: must be present" in str(caught.value)
    assert "c: must not be there" in str(caught.value)


def test_at_most_ten_mismatches_are_shown_with_the_total():
    with pytest.raises(AssertionError) as caught:
        assert_gradients_agree({f"w{i}": [1.0, 2.0] for i in range(25)}, {f"w{i}": [1.0, 3.0] for i in range(25)})
    message = str(caught.value)
    assert "25 of 50 entries in 25 of 25 arrays" in message
    assert message.count("worst at") == 10
    assert "and 15 more, 25 in all" in message


def test_allowance_follows_the_format():
    e = np.array([1.0, 0.5])
    assert_gradients_agree(e * (1 + 1e-6), e, dtype="float32")
    assert_gradients_agree((e * (1 + 1e-6)).astype(np.float32), e)
    with pytest.raises(AssertionError):
        assert_gradients_agree(e * (1 + 1e-6), e)


def test_known_terms_and_scale_tighten_the_allowance():
    e = np.array([1.0, 1e-6])
    a = e + np.array([0.0, 1e-12])
    assert_gradients_agree(a, e, dtype="float32")
    with pytest.raises(AssertionError):
        assert_gradients_agree(a, e, dtype="float32", terms=4, scale=e)


def test_zero_gradient_must_be_zero():
    assert_gradients_agree(np.zeros(3), np.zeros(3))
    with pytest.raises(AssertionError):
        assert_gradients_agree([0.0, 1e-300, 0.0], np.zeros(3))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_framework_tensors_are_taken_with_their_format(dtype):
    torch, jnp = pytest.importorskip("torch"), pytest.importorskip("jax.numpy")
    e = np.linspace(-1, 1, 7)
    assert_gradients_agree([torch.tensor(e, dtype=getattr(torch, dtype), requires_grad=True)], [e])
    assert_gradients_agree((jnp.asarray(e, dtype),), (e,))
    with pytest.raises(AssertionError):
        assert_gradients_agree([torch.tensor(-e, dtype=getattr(torch, dtype))], [e])


def as_format(values, dtype):
    """An array in a format, bfloat16 included."""
    torch = pytest.importorskip("torch")
    return torch.tensor(values, dtype=getattr(torch, dtype))


@pytest.mark.parametrize("shape", [(30, 784), (1024, 1024), (200_000,)], ids=str)
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
@pytest.mark.parametrize("factor", [0.0, -1.0, 2.0], ids=["zeros", "sign", "twice"])
def test_wrong_gradient_of_any_shape_is_refused_in_every_format(factor, dtype, shape):
    e = np.random.default_rng(0).standard_normal(shape)
    assert_gradients_agree(as_format(e, dtype), e)
    with pytest.raises(AssertionError, match="outside the allowance"):
        assert_gradients_agree(as_format(factor * e, dtype), e)


@pytest.mark.parametrize("size", [1, 1000, 10**7])
def test_one_per_cent_in_float32_is_refused_at_any_size(size):
    e = np.ones(size)
    with pytest.raises(AssertionError, match="outside the allowance"):
        assert_gradients_agree(np.full(size, 1.01, np.float32), e)


@pytest.mark.parametrize("framework", ["torch", "jax"])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
@pytest.mark.parametrize(
    ("network", "size"),
    [
        (gradref.Network((64, 30, 10), "sigmoid", "quadratic"), 10),
        (gradref.Network((64, 30, 10), ("relu", "softmax"), "cross_entropy"), 100),
        (gradref.Network((784, 30, 10), ("gelu", "softmax"), "cross_entropy"), 32),
        (gradref.Network((16,) * 11 + (5,), ("tanh",) * 10 + ("softmax",), "cross_entropy"), 64),
    ],
    ids=["sigmoid", "relu", "wide", "deep"],
)
def test_honest_framework_agrees_with_float64(network, size, dtype, framework):
    pytest.importorskip(framework)
    rng, adapter = np.random.default_rng(3), registry.get(framework)
    K = network.sizes[-1]
    y = rng.integers(0, K, size) if network.cost == "cross_entropy" else np.eye(K)[rng.integers(0, K, size)]
    batch = gradref.Batch(rng.standard_normal((size, network.sizes[0])), y)
    case = Case(network, gradref.initialize(network, rng, "glorot"), batch, dtype, framework, adapter.modes()[0])
    trace, exact = adapter.run(case), gradref.backprop(network, case.parameters, batch)
    assert_gradients_agree([trace.dW, trace.db], [exact.dW, exact.db], dtype=dtype)
    with pytest.raises(AssertionError):
        assert_gradients_agree([{l: -v for l, v in trace.dW.items()}, trace.db], [exact.dW, exact.db], dtype=dtype)


def test_blind_check_is_refused_and_not_passed():
    e = np.random.default_rng(0).standard_normal((5, 7))
    with pytest.raises(SpecificationError, match=r"cannot be judged, because the allowance of .* more exact expected"):
        assert_gradients_agree(as_format(0 * e, "bfloat16"), as_format(e, "bfloat16"))
    with pytest.raises(SpecificationError, match="cannot be judged"):
        assert_gradients_agree(0 * e, e, scale=1e16)
    with pytest.raises(SpecificationError, match="below the smallest number"):
        assert_gradients_agree(np.zeros(3), np.full(3, 1e-9), dtype="float16")


@pytest.mark.parametrize("nothing", [{}, [], (), {"W": []}, np.zeros((0, 3))], ids=str)
def test_empty_gradients_are_refused(nothing):
    with pytest.raises(DataError, match="at least one number"):
        assert_gradients_agree(nothing, nothing)


@pytest.mark.parametrize("scale", [-1.0, np.inf, np.nan, [1.0, -1.0]], ids=str)
def test_scale_that_is_no_size_is_refused(scale):
    with pytest.raises(SpecificationError, match="scale: must be finite numbers >= 0"):
        assert_gradients_agree([1.0, 2.0], [1.0, -2.0], scale=scale)


@pytest.mark.parametrize("options", [{"terms": 0}, {"terms": 1.5}, {"dtype": "float31"}], ids=str)
def test_bad_options_are_one_sentence(options):
    with pytest.raises(SpecificationError, match="must be"):
        assert_gradients_agree([1.0], [1.0], **options)


def test_what_is_not_a_number_is_refused():
    with pytest.raises(SpecificationError, match="real numbers"):
        assert_gradients_agree(np.array(["a"]), np.array(["a"]))
    with pytest.raises(SpecificationError, match="real numbers"):
        assert_gradients_agree(np.array([1j]), np.array([1j]))
