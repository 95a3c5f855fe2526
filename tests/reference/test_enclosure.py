"""The enclosure contains the exact gradient: judged by the definition of the derivative, by fractions, and by torch."""

from fractions import Fraction
from time import perf_counter

import numpy as np
import pytest
from flint import arb
from scipy.special import ndtr

from gradref_balls import BallFunction
from gradref_balls.convert import precision
from gradref_reference import COSTS as COSTS_BY_NAME
from gradref_reference import Batch, Case, Network, Parameters, ShapeError, backprop, initialize
from gradref_reference.enclosure import Enclosed, Spread, enclose

ACTIVATIONS = "identity square sigmoid tanh relu leaky_relu(0.25) elu(0.5) elu(1) softplus silu gelu gelu_tanh softmax".split()  # noqa: SIM905
COSTS = [
    ("quadratic", "tanh"),
    ("quadratic", "softmax"),
    ("mse_samples", "sigmoid"),
    ("mse_elements", "identity"),
    ("cross_entropy", "softmax"),
    ("binary_cross_entropy", "sigmoid"),
    ("nielsen_cross_entropy", "sigmoid"),
]


def problem(network, m=4, seed=0, labels=False):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, network.sizes[-1], m) if labels else rng.uniform(0.1, 0.9, (m, network.sizes[-1]))
    return initialize(network, rng), Batch(rng.standard_normal((m, network.sizes[0])), y)


def sigma(name, z):
    """Activations written out once more, for the run in balls."""
    alpha = float(name.partition("(")[2].rstrip(")") or 0)
    match name.partition("(")[0]:
        case "identity":
            return z
        case "square":
            return z * z
        case "sigmoid":
            return 1 / (1 + np.exp(-z))
        case "tanh":
            return np.tanh(z)
        case "relu":
            return np.maximum(z, 0)
        case "leaky_relu":
            return np.where(z > 0, z, alpha * z)
        case "elu":
            return np.where(z > 0, z, alpha * (np.exp(z) - 1))
        case "softplus":
            return np.log(1 + np.exp(z))
        case "silu":
            return z / (1 + np.exp(-z))
        case "gelu":
            return z * ndtr(z)
        case "gelu_tanh":
            return 0.5 * z * (1 + np.tanh(ROOT * (z + 0.044715 * z**3)))
        case "softmax":
            e = np.exp(z)
            return e / e.sum(axis=1, keepdims=True)


ROOT = (2 / np.pi) ** 0.5


def cost(network, i):
    a, m = i["x"], len(i["x"])
    for l, name in enumerate(network.activations, start=1):
        z = a @ i[f"W{l}"].T + i[f"b{l}"]
        a = sigma(name, z)
    y = i["y"]
    C = {
        "quadratic": lambda: ((a - y) ** 2).sum() / (2 * m),
        "mse_samples": lambda: ((a - y) ** 2).sum() / m,
        "mse_elements": lambda: ((a - y) ** 2).mean(),
        "cross_entropy": lambda: -(y * np.log(a)).sum() / m,
        "binary_cross_entropy": lambda: -(y * np.log(a) + (1 - y) * np.log(1 - a)).mean(),
        "nielsen_cross_entropy": lambda: -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum() / m,
    }[network.cost]()
    return C + network.l2 / 2 * sum((i[f"W{l}"] ** 2).sum() for l in range(1, network.L + 1))


NETWORKS = [Network((3, 4, 2), (name, "tanh"), "quadratic") for name in ACTIVATIONS] + [
    Network((3, 4, 2), ("tanh", output), c, l2=0.125) for c, output in COSTS
]


@pytest.mark.parametrize("network", NETWORKS, ids=lambda n: f"{n.activations}-{n.cost}")
def test_enclosure_agrees_with_the_definition_of_the_derivative(network):
    parameters, batch = problem(network)
    inputs = {"x": batch.x, "y": batch.y}
    inputs |= {f"W{l}": v for l, v in parameters.W.items()} | {f"b{l}": v for l, v in parameters.b.items()}
    exact = enclose(network, parameters, batch, bits=160)
    function = BallFunction(lambda i: cost(network, i), inputs)
    assert abs(exact.cost.error(np.float64(float(function.value())))) <= 2.0**-52 * abs(float(function.value()))
    # gelu_tanh: √(2/π) is a rounded constant in the NumPy code, exact in the enclosure; the others agree to the last digit.
    constant = 4 * 2.0**-53 if "gelu_tanh" in network.activations else 0.0
    for l in (1, 2):
        for name, mine in ((f"W{l}", exact.dW[l]), (f"b{l}", exact.db[l])):
            for index in np.ndindex(mine.midpoint.shape):
                s = function.slope(
                    {
                        name: np.eye(1, mine.midpoint.size, np.ravel_multi_index(index, mine.midpoint.shape)).reshape(
                            mine.midpoint.shape
                        )
                    }
                )
                assert s.smooth
                tail = float(s.ball - float(s.ball))
                allowance = (
                    mine.radius[index] + s.radius + 2.0**-105 * abs(s.central) + constant
                )  # the test's own two-part numbers
                assert abs(mine.error(s.central)[index] + tail) <= allowance


@pytest.mark.parametrize("network", NETWORKS, ids=lambda n: f"{n.activations}-{n.cost}")
def test_narrow_enclosure_lies_inside_the_wide_one(network):
    parameters, batch = problem(network, seed=1)
    wide, narrow = enclose(network, parameters, batch, 53), enclose(network, parameters, batch, 200)
    for (name, l, w), (_, _, n) in zip(wide.tensors(), narrow.tensors(), strict=True):
        distance = np.abs(w.error(n.midpoint) + n.tail)
        assert (distance <= w.radius + n.radius).all(), (name, l)
    assert abs(wide.cost.error(narrow.cost.midpoint)) <= wide.cost.radius + narrow.cost.radius


@pytest.mark.parametrize("network", NETWORKS, ids=lambda n: f"{n.activations}-{n.cost}")
def test_reference_in_float64_is_a_few_hundred_ulps_from_the_truth(network):
    parameters, batch = problem(network, seed=2)
    exact, trace = enclose(network, parameters, batch, 120), backprop(network, parameters, batch)
    for (name, l), distance in exact.ulps(trace).items():
        worst = getattr(trace, name)[l].ravel()[distance.argmax()]
        assert distance.max() <= 2000 or abs(worst) < 1e-3, (name, l)
        error = getattr(exact, name)[l].error(getattr(trace, name)[l])
        assert np.abs(error).max() <= 64 * 2.0**-53 * max(1.0, np.abs(getattr(trace, name)[l]).max())


def test_quadratic_cost_of_integers_equals_the_fractions():
    network = Network((2, 3, 1), ("relu", "identity"), "quadratic")
    W = {1: np.array([[1.0, -2.0], [3.0, 1.0], [-1.0, -1.0]]), 2: np.array([[2.0, -1.0, 4.0]])}
    b = {1: np.array([1.0, 0.0, 2.0]), 2: np.array([-3.0])}
    x, y = np.array([[3.0, 1.0], [1.0, 2.0], [-1.0, -2.0]]), np.array([[1.0], [0.0], [2.0]])
    exact = enclose(network, Parameters(W, b), Batch(x, y), 80)
    z = x @ W[1].T + b[1]
    error = [[Fraction(int(v)) / 3 for v in row] for row in (np.maximum(z, 0) @ W[2].T + b[2] - y)]
    for j in range(3):
        for k in range(2):
            truth = sum(error[i][0] * int(W[2][0, j]) * int(z[i, j] > 0) * int(x[i, k]) for i in range(3))
            centre, tail, radius = (
                Fraction(float(v[j, k])) for v in (exact.dW[1].midpoint, exact.dW[1].tail, exact.dW[1].radius)
            )
            assert abs(truth - centre - tail) <= radius
            assert radius < Fraction(1, 10**20)


def test_interval_at_a_kink_holds_every_convention():
    network = Network((2, 3, 1), ("relu", "identity"), "quadratic")
    parameters = Parameters({1: [[1.0, -1.0], [2.0, 1.0], [1.0, 1.0]], 2: [[1.0, 2.0, -1.0]]}, {1: [0.0, 0.0, 0.0], 2: [0.0]})
    batch = Batch([[1.0, 1.0], [2.0, 1.0]], [[1.0], [3.0]])  # z[0, 0] is exactly 0
    exact = enclose(network, parameters, batch, 53)
    assert exact.undecided[1].tolist() == [[True, False, False], [False, False, False]]
    assert exact.undecided_count == 1
    assert not exact.undecided[2].any()
    trace = backprop(network, parameters, batch)
    upstream = trace.delta[2] @ parameters.W[2]
    for slope in (0.0, 0.5, 1.0):
        delta = upstream * np.where(trace.z[1] > 0, 1.0, np.where(trace.z[1] == 0, slope, 0.0))
        assert exact.contains({1: delta.T @ batch.x}, {1: delta.sum(axis=0)})
    delta = upstream * np.where(trace.z[1] > 0, 1.0, np.where(trace.z[1] == 0, 1.25, 0.0))
    assert not exact.contains({1: delta.T @ batch.x})


def test_more_bits_decide_a_near_kink():
    network = Network((2, 1), ("relu",), "quadratic")
    parameters = Parameters({1: [[0.1, 1.0]]}, {1: [-0.3]})
    batch = Batch([[3.0, -(2.0**-70)], [3.0, 2.0**-70]], [[1.0], [1.0]])
    # 0.1 * 3 - 0.3 is 2.8e-17 in exact arithmetic, of either sign only after x[1]
    assert enclose(network, parameters, batch, 24).undecided_count == 2
    assert enclose(network, parameters, batch, 200).undecided_count == 0


@pytest.mark.parametrize(("name", "left"), [("relu", 0.0), ("leaky_relu(0.25)", 0.25), ("elu(0.5)", 0.5)])
def test_near_kinks_are_enclosed_with_both_sides(name, left):
    network = Network((1, 2, 1), (name, "identity"), "quadratic")
    parameters = Parameters({1: [[1.0], [1.0]], 2: [[1.0, 2.0]]}, {1: [0.0, 0.0], 2: [0.0]})
    batch = Batch([[2.0**-60]], [[5.0]])
    here = enclose(network, parameters, batch, 113)
    nothing = {1: np.zeros((1, 2)), 2: np.zeros((1, 1))}
    across = Spread(nothing | {1: np.array([[2.0**-59, 0.0]])}, nothing, nothing)
    both = enclose(network, parameters, batch, 113, spread=across)
    assert (here.undecided_count, both.undecided[1].tolist(), both.undecided[2].tolist()) == (0, [[True, False]], [[False]])
    upstream = both.delta[2].midpoint[0, 0]

    def holds(enclosure, slope):
        return enclosure.delta[1].contains(np.full((1, 2), upstream * slope))[0, 0]

    assert all(holds(both, slope) for slope in (left, (1 + left) / 2, 1.0))
    assert not any(holds(both, slope) for slope in (left - 0.001, 1.001))
    assert not holds(here, left)
    assert both.delta[1].radius[0, 1] == here.delta[1].radius[0, 1]  # the other unit is decided


@pytest.mark.parametrize("name", ["relu", "leaky_relu(0.25)", "elu(0.5)", "tanh"])
def test_spread_encloses_every_backward_pass_within_it(name):
    network = Network((3, 4, 2), (name, "identity"), l2=0.125)
    parameters, batch = problem(network, seed=5)
    trace, sizes, rng = backprop(network, parameters, batch), {1: (4, 4), 2: (4, 2)}, np.random.default_rng(1)
    by = {l: np.full(shape, 0.1) for l, shape in sizes.items()}
    hull = enclose(network, parameters, batch, 113, spread=Spread(by, by, by))
    for _ in range(50):
        moved = {l: rng.uniform(-0.1, 0.1, (3, *shape)) for l, shape in sizes.items()}
        delta = {2: (trace.a[2] + moved[2][1] - batch.y) / 4 * (1 + moved[2][2])}
        z = trace.z[1] + moved[1][0]
        slope = network.sigma[1].derivative(z, network.sigma[1].value(z)) + moved[1][2]
        delta[1] = delta[2] @ parameters.W[2] * slope
        before = {1: batch.x, 2: trace.a[1] + moved[1][1]}
        for l, d in delta.items():
            assert hull.dW[l].contains(d.T @ before[l] + 0.125 * parameters.W[l]).all()
            assert hull.db[l].contains(d.sum(axis=0)).all()
    assert not hull.db[2].contains(trace.db[2] + 0.1 * (1 + np.abs(trace.delta[2]).sum(axis=0)) + 0.2).any()
    assert hull.db[2].radius.max() < 0.5


def test_enclosure_starts_from_the_rounded_numbers():
    network = Network((5, 4, 3), ("tanh", "softmax"), "cross_entropy")
    parameters, batch = problem(network, labels=True)
    W, b, x, y = Case(network, parameters, batch, "bfloat16").rounded()
    given = enclose(network, Parameters(W, b), Batch(x, y), 100)
    rounded = enclose(network, parameters, batch, 100, dtype="bfloat16")
    np.testing.assert_array_equal(given.dW[1].midpoint, rounded.dW[1].midpoint)
    assert rounded.dtype == "bfloat16"
    assert not enclose(network, parameters, batch, 100).contains(db={1: rounded.db[1].midpoint})


def test_every_gradient_of_784_30_10_is_enclosed_in_under_a_second():
    network = Network((784, 30, 10), ("sigmoid", "softmax"), "cross_entropy")
    parameters, batch = problem(network, m=10, labels=True)
    start = perf_counter()
    exact = enclose(network, parameters, batch, bits=53)
    assert perf_counter() - start < 1.0
    assert exact.radius < 1e-14 * exact.largest
    assert enclose(network, parameters, batch, bits=200).radius < 1e-32 * exact.largest


@pytest.mark.parametrize("x", [2000.0, 745.5, 740.0, 709.0, 20.0])
def test_numbers_below_the_smallest_subnormal_are_still_enclosed(x):
    network = Network((1, 1, 1), ("sigmoid", "identity"))
    exact = enclose(network, Parameters([[[1.0]], [[1.0]]], [[0.0], [0.0]]), Batch([[x]], [[5.0]]), bits=113)
    with precision(4000):  # 1 - a is as small as 2^-2885
        a = 1 / (1 + arb(-x).exp())
        truth = {"a": a, "delta": (a - 5) * (1 - a) * a, "db": (a - 5) * (1 - a) * a, "dW": (a - 5) * (1 - a) * a * arb(x)}
        for name, value in truth.items():
            mine = getattr(exact, name)[1]
            left_out = value - mine.midpoint.item() - mine.tail.item()
            assert left_out != 0
            assert abs(left_out) < mine.radius.item()
    assert (exact.delta[1].radius <= 5e-324 + 2.0**-105 * np.abs(exact.delta[1].midpoint)).all()


def test_only_exact_numbers_have_radius_zero():
    with precision(113):
        v = Enclosed.of([arb(3), 1 / arb(3), arb(2) ** -1080, arb(0, 2.0**-1060) / 2**100, arb(2) ** 2000, arb("nan")], (6,))
    assert v.radius[0] == 0
    assert (v.radius[1:4] > 0).all()
    assert v.radius[2] == v.radius[3] == 5e-324
    assert np.isinf(v.radius[4:]).all()


@pytest.mark.parametrize("name", COSTS_BY_NAME)
@pytest.mark.parametrize("factor", [arb, Fraction])
def test_factor_of_every_cost_can_be_taken_exactly(name, factor):
    exact = COSTS_BY_NAME[name].factor(factor(7), factor(3))
    assert type(exact) is factor
    assert float(exact) == pytest.approx(COSTS_BY_NAME[name].factor(7, 3), rel=1e-15)


def test_nan_is_never_contained():
    v = Enclosed(np.zeros(2), np.zeros(2), np.array([np.inf, 1.0]))
    assert not v.contains(np.full(2, np.nan)).any()
    assert np.isinf(v.ulps(np.full(2, np.nan), "float32")).all()


def test_ulps_count_units_of_the_given_format():
    v = Enclosed(np.array([1.0]), np.zeros(1), np.zeros(1))
    assert v.ulps(np.array([1 + 2.0**-23]), "float32") == [1.0]
    assert v.ulps(np.array([1 + 2.0**-23]), "float64") == [2.0**29]
    assert v.ulps(np.array([1 + 2.0**-7]), "bfloat16") == [1.0]


def test_enclosure_refuses_what_does_not_fit():
    network = Network((2, 1))
    with pytest.raises(ShapeError, match="widths"):
        enclose(network, Parameters([[[1.0]]], [[0.0]]), Batch([[1.0]], [[1.0]]))


@pytest.mark.parametrize("seed", range(3))
def test_torch_agrees_to_rounding_on_a_deep_network(seed):
    torch = pytest.importorskip("torch")
    network = Network((7, 5, 6, 5, 3), ("gelu", "silu", "elu(0.5)", "softmax"), "cross_entropy")
    parameters, batch = problem(network, m=11, seed=seed, labels=True)
    F = torch.nn.functional
    functions = [F.gelu, F.silu, lambda z: F.elu(z, 0.5), lambda z: z]
    W = [torch.tensor(v, requires_grad=True) for v in parameters.W.values()]
    b = [torch.tensor(v, requires_grad=True) for v in parameters.b.values()]
    a = torch.tensor(batch.x)
    for w, c, f in zip(W, b, functions, strict=True):
        a = f(a @ w.T + c)
    F.cross_entropy(a, torch.tensor(batch.y)).backward()
    exact = enclose(network, parameters, batch, 120)
    for l in range(1, 5):
        for mine, theirs in ((exact.dW[l], W[l - 1].grad), (exact.db[l], b[l - 1].grad)):
            assert np.abs(mine.error(theirs.numpy())).max() <= 64 * 2.0**-53 * exact.largest
