"""Every optimiser against golden fractions, torch.optim and optax, step by step."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from gradref_adapters.optimizers import LIBRARIES, optimizer_from_defaults
from gradref_reference import Batch, Network, SpecificationError, initialize, training
from gradref_reference.training import (
    Adam,
    AdamW,
    Momentum,
    Nesterov,
    RMSprop,
    Sgd,
    add_weight_decay,
    clip_by_global_norm,
    global_norm,
    train,
)

U = 2.0**-53
W0 = np.array([0.7, -1.3, 0.0, 2.5, 1e-3, -40.0])
# gradients: ordinary, tiny in every entry (ε matters), huge, zero, mixed; the learning rate changes on the way
GRADIENTS = np.array(
    [
        [0.3, -0.8, 1.1, -2.0, 0.01, 4.0],
        [1e-6, -1e-6, 2e-6, 3e-6, -1e-6, 5e-7],
        [1e-6, 2e-6, -3e-6, 1e-6, 1e-7, -1e-6],
        [250.0, -30.0, 1e3, 4.0, -2.0, 0.1],
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [1e-6, 0.5, -1e-9, 7.0, 1e-4, -3.0],
        [-0.2, 0.1, 0.4, -0.3, 0.2, 0.9],
    ]
)
TINY = np.array([[1e-6, -1e-6, 3e-6, 1e-7, -2e-6, 1e-6]] * 7) * np.arange(1, 8)[:, None]
RATES = [0.1, 0.1, 0.05, 0.01, 0.01, 0.2, 0.003]


def _path(optimizer, gradients, rates=RATES, start=W0):
    """The parameter after each step, (steps, n)."""
    w, state, path = start, optimizer.start(start), []
    for k, (g, eta) in enumerate(zip(gradients, rates, strict=True), start=1):
        w, state = optimizer.step(w, g, state, k, eta)
        path.append(w)
    return np.array(path)


def _assert_equal_up_to_rounding(actual, expected, start=W0):
    """Every step within 16 roundings a step of the length of the way so far; a wrong formula is 1e6 times further off."""
    before = np.vstack([start, expected[:-1]])
    travelled = np.abs(start) + np.cumsum(np.abs(expected - before) + np.abs(before) * U, axis=0)
    steps = np.arange(1, len(expected) + 1)[:, None]
    residual, allowance = np.abs(actual - expected), 16 * U * steps * travelled
    assert (residual <= allowance).all(), f"worst {np.max(residual / allowance)} of the allowance"


# --- goldens of mathematics 6.5 and 6.4 ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        pytest.param(Momentum(momentum=0.5), "-1 -5/2 -17/4 -49/8", id="momentum"),
        pytest.param(Nesterov(momentum=0.5), "-3/2 -13/4 -41/8 -113/16", id="nesterov"),
    ],
)
def test_momentum_gives_the_golden_fractions_exactly(optimizer, expected):
    path = _path(optimizer, np.ones((4, 1)), [1.0] * 4, np.zeros(1))
    assert [Fraction(v) for v in path[:, 0]] == [Fraction(v) for v in expected.split()]


def test_momentum_multiplies_by_the_rate_of_the_step_not_of_the_past():
    path = _path(Momentum(momentum=0.9), np.ones((2, 1)), [0.1, 0.01], np.zeros(1))
    assert path[1, 0] == pytest.approx(-0.119, abs=1e-15)  # Sutskever's form gives -0.2


def test_dampening_leaves_the_first_step_alone():
    path = _path(Momentum(momentum=0.5, dampening=0.25), np.ones((3, 1)), [1.0] * 3, np.zeros(1))
    assert path[:, 0].tolist() == [-1.0, -2.25, -3.625]


def test_adam_walks_three_golden_steps():
    path = _path(Adam(), np.ones((3, 1)), [0.1] * 3, np.zeros(1))
    assert abs(path[-1, 0] - -0.2999999969999995) <= 8 * U


def test_adams_first_step_is_the_sign_of_the_gradient():
    path = _path(Adam(), np.array([[4.0, -0.5, 0.0]]), [0.1], np.zeros(3))
    np.testing.assert_allclose(path[0], [-0.1, 0.1, 0.0], rtol=1e-7)


def test_weight_decay_gives_the_golden_step():
    w = Sgd(weight_decay=0.5).step(np.array([2.0, -4.0]), np.array([1.0, 3.0]), (), 1, 0.1)[0]
    np.testing.assert_allclose(w, [1.8, -4.1], rtol=4 * U)


# --- step by step against the libraries -----------------------------------------------------------------------------------


def _torch_path(make, gradients, rates=RATES, start=W0):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    w = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
    optimizer, path = make(torch.optim, [w]), []
    for g, eta in zip(gradients, rates, strict=True):
        optimizer.param_groups[0]["lr"] = eta
        w.grad = torch.tensor(g, dtype=torch.float64)
        optimizer.step()
        path.append(w.detach().numpy().copy())
    return np.array(path)


TORCH = {
    "sgd": lambda o, p: o.SGD(p),
    "momentum": lambda o, p: o.SGD(p, momentum=0.9),
    "nesterov": lambda o, p: o.SGD(p, momentum=0.9, nesterov=True),
    "adagrad": lambda o, p: o.Adagrad(p),
    "rmsprop": lambda o, p: o.RMSprop(p),
    "adam": lambda o, p: o.Adam(p),
    "adamw": lambda o, p: o.AdamW(p),
}


@pytest.mark.parametrize("gradients", [GRADIENTS, TINY], ids=["mixed", "tiny"])
@pytest.mark.parametrize("name", TORCH)
def test_optimizer_with_torch_defaults_walks_torchs_path(name, gradients):
    ours = _path(optimizer_from_defaults(name, "torch", 0.1), gradients)
    _assert_equal_up_to_rounding(ours, _torch_path(TORCH[name], gradients))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        pytest.param(Sgd(weight_decay=0.3), lambda o, p: o.SGD(p, weight_decay=0.3), id="sgd-decay"),
        pytest.param(Momentum(momentum=0.8, dampening=0.3), lambda o, p: o.SGD(p, momentum=0.8, dampening=0.3), id="dampening"),
        pytest.param(Adam(weight_decay=0.3), lambda o, p: o.Adam(p, weight_decay=0.3), id="adam-l2"),
        pytest.param(AdamW(weight_decay=0.3), lambda o, p: o.AdamW(p, weight_decay=0.3), id="adamw-decay"),
        pytest.param(RMSprop(weight_decay=0.3), lambda o, p: o.RMSprop(p, weight_decay=0.3), id="rmsprop-decay"),
    ],
)
def test_optimizer_with_options_walks_torchs_path(ours, theirs):
    _assert_equal_up_to_rounding(_path(ours, GRADIENTS), _torch_path(theirs, GRADIENTS))


def _optax_path(make, gradients, rates=RATES, start=W0):
    jax = pytest.importorskip("jax", reason="jax is not installed")
    optax = pytest.importorskip("optax", reason="optax is not installed")
    with jax.enable_x64(True):
        table = jax.numpy.asarray(rates)
        optimizer = make(optax, lambda count: table[count])
        w, path = jax.numpy.asarray(start), []
        state = optimizer.init(w)
        for g in gradients:
            updates, state = optimizer.update(jax.numpy.asarray(g), state, w)
            w = optax.apply_updates(w, updates)
            path.append(np.array(w))
    return np.array(path)


OPTAX = {
    "sgd": lambda o, eta: o.sgd(eta),
    "momentum": lambda o, eta: o.sgd(eta, momentum=0.9),
    "nesterov": lambda o, eta: o.sgd(eta, momentum=0.9, nesterov=True),
    "adagrad": lambda o, eta: o.adagrad(eta),
    "rmsprop": lambda o, eta: o.rmsprop(eta),
    "adam": lambda o, eta: o.adam(eta),
    "adamw": lambda o, eta: o.adamw(eta),
}


@pytest.mark.parametrize("gradients", [GRADIENTS, TINY], ids=["mixed", "tiny"])
@pytest.mark.parametrize("name", OPTAX)
def test_optimizer_with_optax_defaults_walks_optaxs_path(name, gradients):
    ours = _path(optimizer_from_defaults(name, "optax", 0.1), gradients)
    _assert_equal_up_to_rounding(ours, _optax_path(OPTAX[name], gradients))


# --- what must be told apart ------------------------------------------------------------------------------------------------


def test_the_libraries_defaults_differ_where_the_tables_say():
    differing = {name for name, numbers in LIBRARIES["torch"].items() if numbers != LIBRARIES["optax"][name]}
    assert differing == {"adagrad", "rmsprop", "adamw"}
    for name in differing:
        torchs, optaxs = (_path(optimizer_from_defaults(name, library, 0.1), GRADIENTS) for library in ("torch", "optax"))
        assert np.abs(torchs - optaxs).max() > 1e-4


def _adam_mutant(fault):
    """Adam with one mistake people make; a path from W0 over the tiny or mixed gradients."""

    def path(gradients):
        w, m, v, out = W0, 0.0, 0.0, []
        b1, b2, eps = (0.999, 0.9, 1e-8) if fault == "betas" else (0.9, 0.999, 1e-8)
        for k, (g, eta) in enumerate(zip(gradients, RATES, strict=True), start=1):
            m = b1 * m + (1 if fault == "no 1-beta1" else 1 - b1) * g
            v = b2 * v + (1 - b2) * (np.abs(g) if fault == "v from g" else g * g)
            m_hat, v_hat = (m, v) if fault == "no correction" else (m / (1 - b1**k), v / (1 - b2**k))
            w = w - eta * m_hat / (np.sqrt(v_hat + eps) if fault == "eps inside" else np.sqrt(v_hat) + eps)
            out.append(w)
        return np.array(out)

    return path


@pytest.mark.parametrize("fault", ["eps inside", "betas", "no 1-beta1", "v from g", "no correction"])
def test_adam_mutants_are_rejected(fault):
    expected = _path(Adam(), TINY)
    _assert_equal_up_to_rounding(_adam_mutant("none")(TINY), expected)
    with pytest.raises(AssertionError, match="of the allowance"):
        _assert_equal_up_to_rounding(_adam_mutant(fault)(TINY), expected)


def test_coupled_and_decoupled_decay_part():
    coupled, decoupled = (_path(kind(weight_decay=0.3), GRADIENTS) for kind in (Adam, AdamW))
    assert np.abs(coupled - decoupled).max() > 0.01


# --- clipping ------------------------------------------------------------------------------------------------------------------


def test_clipping_uses_one_norm_over_all_arrays():
    g = {"W": np.array([[3.0, 0.0]]), "b": np.array([4.0])}
    assert global_norm(g) == 5.0
    clipped = clip_by_global_norm(g, 1.0)
    np.testing.assert_allclose(clipped["W"], [[0.6, 0.0]], rtol=4 * U)
    np.testing.assert_allclose(clipped["b"], [0.8], rtol=4 * U)
    for name, value in clip_by_global_norm(g, 6.0).items():
        np.testing.assert_array_equal(value, g[name])


def test_global_norm_neither_overflows_nor_underflows():
    assert global_norm({"W": np.array([3e200, 4e200])}) == pytest.approx(5e200)
    assert global_norm({"W": np.array([3e-200, 4e-200])}) == pytest.approx(5e-200)
    assert global_norm({"W": np.zeros(3)}) == 0.0


@pytest.mark.parametrize("limit", [0.0, -1.0, np.nan])
def test_clipping_refuses_a_limit_that_is_not_positive(limit):
    with pytest.raises(SpecificationError, match="limit must be > 0"):
        clip_by_global_norm({"W": np.ones(2)}, limit)


@pytest.mark.parametrize("limit", [0.5, 50.0])
def test_clipping_agrees_with_torch_and_optax(limit):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    optax = pytest.importorskip("optax", reason="optax is not installed")
    jax = pytest.importorskip("jax", reason="jax is not installed")
    rng = np.random.default_rng(0)
    g = {"W": rng.normal(size=(3, 5)), "b": rng.normal(size=3)}
    tensors = [torch.zeros(v.shape, dtype=torch.float64) for v in g.values()]
    for tensor, value in zip(tensors, g.values(), strict=True):
        tensor.grad = torch.tensor(value)
    torch.nn.utils.clip_grad_norm_(tensors, limit)
    with jax.enable_x64(True):
        clip = optax.clip_by_global_norm(limit)
        by_optax, _ = clip.update({k: jax.numpy.asarray(v) for k, v in g.items()}, clip.init(None))
        by_optax = {k: np.array(v) for k, v in by_optax.items()}
    for tensor, ours, name in zip(tensors, clip_by_global_norm(g, limit, 1e-6).values(), g, strict=True):
        np.testing.assert_allclose(ours, tensor.grad.numpy(), rtol=16 * U)
        np.testing.assert_allclose(clip_by_global_norm(g, limit)[name], by_optax[name], rtol=16 * U)


# --- the whole loop ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sgd", "nesterov", "adam", "adamw"])
def test_train_follows_a_torch_training_loop(name):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    network = Network((5, 4, 3), ("tanh", "softmax"), "cross_entropy")
    rng = np.random.default_rng(4)
    start = initialize(network, rng)
    batch = Batch(rng.normal(size=(11, 5)), rng.integers(0, 3, 11))
    rate = 0.1
    after, history = train(
        network, start, batch, optimizer_from_defaults(name, "torch", rate), 2, 4, None, clip_norm=1.0, clip_eps=1e-6
    )

    model = torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.Tanh(), torch.nn.Linear(4, 3)).double()
    with torch.no_grad():
        for l, layer in ((1, model[0]), (2, model[2])):
            layer.weight.copy_(torch.tensor(start.W[l]))
            layer.bias.copy_(torch.tensor(start.b[l]))
    optimizer = TORCH[name](torch.optim, model.parameters())
    optimizer.param_groups[0]["lr"] = rate
    costs = []
    for _ in range(2):
        for rows in (slice(0, 4), slice(4, 8), slice(8, 11)):
            optimizer.zero_grad()
            cost = torch.nn.functional.cross_entropy(model(torch.tensor(batch.x[rows])), torch.tensor(batch.y[rows]))
            cost.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            costs.append(cost.item())
    np.testing.assert_allclose(history.cost, costs, rtol=1e-12)  # six steps amplify rounding by far less than 1e3
    for l, layer in ((1, model[0]), (2, model[2])):
        np.testing.assert_allclose(after.W[l], layer.weight.detach().numpy(), rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(after.b[l], layer.bias.detach().numpy(), rtol=1e-11, atol=1e-13)


# --- refusals ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        pytest.param(("adamm", "torch", 0.1), "Did you mean 'adam'?", id="optimizer"),
        pytest.param(("adam", "touch", 0.1), "Did you mean 'torch'?", id="library"),
    ],
)
def test_an_unknown_optimizer_or_library_is_refused_with_the_nearest_name(arguments, says):
    with pytest.raises(SpecificationError) as caught:
        optimizer_from_defaults(*arguments)
    assert says in str(caught.value)


@pytest.mark.parametrize("name", ["OPTAX_DEFAULTS", "TORCH_DEFAULTS", "optimizer_from_defaults"])
def test_a_name_that_moved_works_with_a_warning(name):
    with pytest.warns(DeprecationWarning, match=f"{name} has moved: import .* from gradref_adapters"):
        assert getattr(training, name) in (*LIBRARIES.values(), optimizer_from_defaults)


def test_optimizers_write_to_nothing():
    w, g = W0.copy(), GRADIENTS[0].copy()
    w.flags.writeable = g.flags.writeable = False
    for name in LIBRARIES["torch"]:
        optimizer = optimizer_from_defaults(name, "torch", 0.1)
        state = optimizer.start(w)
        for array in state:
            array.flags.writeable = False
        optimizer.step(w, g, state, 1, 0.1)
    add_weight_decay(w, g, 0.1)
