"""assert_gradients_agree: what it accepts, what it refuses, and what it says."""

import numpy as np
import pytest

import gradref
from gradref import assert_gradients_agree
from gradref_reference import SpecificationError


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


@pytest.mark.parametrize("options", [{"terms": 0}, {"terms": 1.5}, {"dtype": "float31"}], ids=str)
def test_bad_options_are_one_sentence(options):
    with pytest.raises(SpecificationError, match="must be"):
        assert_gradients_agree([1.0], [1.0], **options)


def test_what_is_not_a_number_is_refused():
    with pytest.raises(SpecificationError, match="real numbers"):
        assert_gradients_agree(np.array(["a"]), np.array(["a"]))
    with pytest.raises(SpecificationError, match="real numbers"):
        assert_gradients_agree(np.array([1j]), np.array([1j]))
