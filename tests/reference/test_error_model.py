"""The error model: contracts, sums and products against exact arithmetic, functions against balls, the propagated bound."""

from fractions import Fraction

import numpy as np
import pytest

from gradref_reference import ACTIVATIONS, COSTS, FORMATS, Batch, Network, Parameters, activation, backprop, initialize
from gradref_reference.error_model import Contract, contract_for, propagated_bound
from gradref_reference.error_model import equations as eq
from gradref_reference.error_model.constants import CONSTANTS
from gradref_reference.error_model.functions import derivative_error, kink_slopes
from gradref_reference.error_model.rounding import Tensor, constant_error, gamma, matrix_product, repetitions
from gradref_reference.formats import round_to

F32 = contract_for("numpy", "float32")


def test_every_activation_has_constants():
    assert {activation(name).kind for name in ACTIVATIONS} == set(CONSTANTS)


@pytest.mark.parametrize("n", [1, 2, 7, 100, 3000])
@pytest.mark.parametrize("spread", [0, 20], ids=["alike", "wide"])
def test_product_bound_holds_for_any_order_and_fma_free_sums(n, spread):
    rng = np.random.default_rng(n)
    A = (rng.standard_normal((3, n)) * 2.0 ** rng.uniform(-spread, spread, (3, n))).astype(np.float32)
    B = rng.standard_normal((4, n)).astype(np.float32)
    b = rng.standard_normal(4).astype(np.float32)
    estimate = eq.lin(Tensor(A.astype(float)), Tensor(B.astype(float)), b.astype(float), F32, given=True)
    exact = [[sum((Fraction(float(x)) * Fraction(float(w)) for x, w in zip(r, c, strict=True)), Fraction(float(bias)))
              for c, bias in zip(B, b, strict=True)] for r in A]  # fmt: skip
    for order in (slice(None), slice(None, None, -1)):
        got = np.empty((3, 4), np.float32)
        for i in range(3):
            for j in range(4):
                total = np.float32(0)
                for x, w in zip(A[i, order], B[j, order], strict=True):
                    total = np.float32(total + np.float32(x * w))
                got[i, j] = np.float32(total + b[j])
        error = np.array([[abs(float(Fraction(float(got[i, j])) - exact[i][j])) for j in range(4)] for i in range(3)])
        assert (error <= estimate.bound).all()
        assert (error <= 12 * estimate.spread).all()


def test_product_bound_is_zero_but_for_underflow_where_every_term_is():
    zero = eq.bp4(Tensor(np.zeros((2, 5))), Tensor(np.ones((5, 3))), contract_for("numpy", "float64"))
    assert (zero.bound == zero.floor).all()
    assert zero.floor < 1e-320


def test_gamma_stays_finite_when_nu_is_large():
    assert gamma(10, 2.0**-8) == pytest.approx(10 / 246)
    assert gamma(1000, 2.0**-8) == 1000 / 256


def test_repetitions_counts_equal_numbers_in_each_column():
    x = np.array([[1.0, 1.0], [2.0, 1.0 + 1e-9], [1.0, 1.0], [3.0, 5.0]])
    assert repetitions(x, 2.0**-24).tolist() == [2, 3]
    assert repetitions(x, 2.0**-53).tolist() == [2, 2]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", [n for n in ACTIVATIONS if n != "softmax"])
def test_activation_and_derivative_bounds_hold_against_balls(name, dtype):
    from gradref.doctor.constants import truth

    contract, sigma = contract_for("numpy", dtype), activation(name)
    rng = np.random.default_rng(0)
    z = np.concatenate([rng.uniform(-30, 30, 100), rng.standard_normal(50) * 1e-3, [1e-30, -1e-30, 1.0, -1.0]])
    z = z.astype(dtype).astype(np.float64)
    high, low, slope, slope_low = truth(name, z)
    narrow = z.astype(dtype)
    a = sigma.value(narrow)
    estimate = eq.act(sigma, z, contract)
    assert (np.abs(a.astype(float) - high - low) <= estimate.bound).all()
    d, e = derivative_error(sigma, z, sigma.value(z), contract)
    slack = 4 * contract.u * np.abs(slope) + contract.form.smallest
    assert (np.abs(np.asarray(sigma.derivative(narrow, a), float) - slope - slope_low) <= e + slack).all()
    assert (np.abs(d - slope) <= e + slack).all()


def test_relu_must_be_exact():
    estimate = eq.act(activation("relu"), np.array([[-1.0, 0.0, 2.0]]), F32)
    assert (estimate.bound == 0).all()


def test_kink_is_seen_at_exactly_zero_and_at_flushed_numbers():
    z = np.array([0.0, 1e-40, 1.0])
    relu = activation("relu")
    plain, flushed = kink_slopes(relu, z, F32), kink_slopes(relu, z, contract_for("jax", "float32"))
    assert plain is not None
    assert flushed is not None
    assert plain[0].tolist() == [True, False, False]
    assert flushed[0].tolist() == [True, True, False]
    assert kink_slopes(activation("tanh"), z, F32) is None


def random_case(seed, activations="tanh", cost="quadratic", sizes=(5, 4, 3), batch=7):
    rng = np.random.default_rng(seed)
    network = Network(sizes, activations, cost, l2=0.01)
    parameters = initialize(network, rng).astype(np.float32)
    K = sizes[-1]
    y = rng.integers(0, K, batch) if cost == "cross_entropy" else rng.uniform(0, 1, (batch, K)).astype(np.float32)
    return network, parameters, Batch(rng.standard_normal((batch, sizes[0])).astype(np.float32), y)


@pytest.mark.parametrize(
    ("hidden", "cost"),
    [
        (hidden, cost) for i, hidden in enumerate(ACTIVATIONS) for j, cost in enumerate(COSTS) if (i + j) % 3 == 0
    ],  # every pair in turn
)
def test_propagated_bound_holds_for_float32_against_float64(hidden, cost):
    output = COSTS[cost].output or "tanh"
    network, parameters, batch = random_case(1, (hidden, output), cost)
    narrow, wide = backprop(network, parameters, batch, "float32"), backprop(network, parameters, batch, "float64")
    arguments = (network, wide_layers(parameters.W), wide_layers(parameters.b), batch.x.astype(float), network.targets(batch))
    theirs, ours = propagated_bound(*arguments, F32), propagated_bound(*arguments, contract_for("numpy", "float64"))
    for l in narrow.dW:
        for name in ("dW", "db", "z", "a", "delta"):
            error = np.abs(getattr(narrow, name)[l] - getattr(wide, name)[l])
            assert (error <= getattr(theirs, name)[l] + getattr(ours, name)[l]).all(), (name, l)
    assert theirs.undecidable == 0


def wide_layers(layers):
    return {l: v.astype(np.float64) for l, v in layers.items()}


def test_propagated_bound_carries_kinks_apart():
    network = Network((2, 3, 1), ("relu", "identity"))
    parameters = Parameters([np.ones((3, 2)), np.ones((1, 3))], [np.array([-2.0, 0.5, 1.0]), np.zeros(1)])
    x, y = np.array([[1.0, 1.0], [0.3, 0.2]]), np.array([[1.0], [0.0]])
    bound = propagated_bound(network, parameters.W, parameters.b, x, y, F32)
    assert bound.kinks[1].tolist() == [[True, False, False], [False, False, False]]
    assert (bound.kink_dW[1][0] > 0).all()
    assert (bound.kink_dW[1][1:] == 0).all()
    assert bound.undecidable == 3  # two weights and one bias


def test_wider_accumulator_gives_a_tighter_bound():
    a, W, b = Tensor(np.ones((1, 50))), Tensor(np.ones((1, 50))), np.zeros(1)
    storage_sums = Contract("bfloat16", 2.0**-8, 2.0**-8)
    assert eq.lin(a, W, b, contract_for("torch", "bfloat16")).bound < eq.lin(a, W, b, storage_sums).bound


def test_constant_is_exact_below_u_or_rounded_to_a_subnormal_or_infinite():
    half = contract_for("torch", "float16")
    assert constant_error(0.01, half) == 0
    assert constant_error(1e-6, half) == FORMATS["float16"].smallest / 2
    assert constant_error(1e-9, half) == FORMATS["float16"].smallest / 2
    assert constant_error(1e-40, contract_for("jax", "float32")) == FORMATS["float32"].tiny
    assert constant_error(1e5, half) == np.inf
    assert constant_error(1e5, F32) == constant_error(0.0, F32) == 0


@pytest.mark.parametrize("n", [1, 3])
def test_infinite_operand_gives_an_infinite_bound_and_no_nan(n):
    x = Tensor(np.array([[np.inf] + [1.0] * (n - 1)]))
    with np.errstate(all="ignore"):
        estimates = [
            eq.bp3(Tensor(x.value.T), F32),
            eq.bp4(x, Tensor(np.ones((n, 2))), F32),
            eq.lin(x, Tensor(np.ones((2, n))), np.zeros(2), F32),
        ]
    for estimate in estimates:
        assert np.isposinf(estimate.bound).all()


def test_bound_of_a_negative_cost_is_no_smaller():
    """A penalty of nothing changes nothing but the last rounding, which is as large for a negative cost as for a positive one."""
    z, W = np.full((1, 2), 30.0), {1: np.zeros((2, 1))}
    y = np.full((1, 2), 3.0)
    with_penalty = Network((1, 2), "sigmoid", "binary_cross_entropy", l2=1.0)
    plain = Network((1, 2), "sigmoid", "binary_cross_entropy")
    one, other = (eq.cost(network, z, z, y, W, F32) for network in (with_penalty, plain))
    assert one.value[0] < 0
    assert one.bound[0] - other.bound[0] == pytest.approx(2 * F32.u * abs(one.value[0]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_propagated_bound_is_infinite_where_anything_on_the_way_overflows(dtype):
    network = Network((1, 1, 1), "identity")
    one, zero = np.ones((1, 1)), np.zeros((1, 1))
    arguments = (network, {1: one, 2: 1e20 * one}, {1: zero[0], 2: zero[0]}, one, zero)
    bound = propagated_bound(*arguments, contract_for("numpy", dtype))
    assert np.isinf(bound.dW[1]).all() == np.isinf(bound.delta[1]).all() == (dtype == "float32")
    assert np.isfinite(bound.delta[2]).all()
    assert np.isfinite(bound.z[2]).all()


def test_spread_grows_where_rounded_terms_repeat():
    """Per-example gradients of two samples, 125 times each: in bfloat16 each term is rounded on its own, and always the same way."""
    contract, form = contract_for("jax", "bfloat16", "vmap"), FORMATS["bfloat16"]
    rng = np.random.default_rng(0)
    one, other = rng.standard_normal((2, 1, 7))
    delta = np.repeat(round_to(rng.standard_normal((1, 6)) * [[1.0], [-1.0]], form), 125, axis=0)
    a = np.repeat(round_to(np.concatenate([one, one + 0.02 * other]), form), 125, axis=0)  # the two nearly cancel
    terms = round_to(delta[:, :, None] * a[:, None, :], form)
    got = round_to(terms.sum(axis=0), form)
    left, right = Tensor(delta.T), Tensor(a)
    plain = eq.bp4(left, right, contract)
    careful = eq.bp4(left, right, contract, p=matrix_product(left, right, contract.accumulator))
    rms = [float(np.sqrt(np.mean(np.square((got - e.value) / e.spread)))) for e in (plain, careful)]
    assert rms[0] > 3 > rms[1]
    assert (np.abs(got - careful.value) <= careful.bound).all()


def test_flushed_product_may_be_enlarged_by_the_derivative_of_gelu_tanh():
    """v (1 - tanh²) is flushed to zero before the slope of the inner cubic multiplies it by up to 80."""
    contract, rng = contract_for("jax", "float32"), np.random.default_rng(0)
    z, v = rng.uniform(-6, -1, (5000, 1)), 10.0 ** rng.uniform(-37, -31, (5000, 1))

    def stored(x):
        return np.where(np.abs(x) < FORMATS["float32"].tiny, 0.0, x)

    c = np.sqrt(2 / np.pi)
    t = np.tanh(c * (z + 0.044715 * z**3))
    inner = stored(stored(0.5 * v * (1 - t * t)) * z) * c * (1 + 3 * 0.044715 * z * z)
    got = stored(stored(0.5 * v * (1 + t)) + stored(inner))
    estimate = eq.bp2(Tensor(v), Tensor(np.ones((1, 1))), activation("gelu_tanh"), z, z, contract)
    assert (np.abs(got - estimate.value) <= estimate.bound).all()
    assert (np.abs(got - estimate.value) > 8 * contract.flushed).any()  # more than the flushed numbers themselves
