"""The corpus of hand derivations is what it says: right files right by two independent judges, wrong ones wrong at every seed."""

import ast
import random
from pathlib import Path

import numpy as np
import pytest

from gradref_derivations import check_file
from gradref_derivations.program.match_keys import match_keys
from gradref_studies.study.corpus import load_corpus

CORPUS = load_corpus(Path(__file__).parents[1] / "corpus" / "derivations")
BY_NAME = {d.name: d for d in CORPUS}
SEEDS = range(5)
IMAGINARY = 1e-30
# A complex step has one side only; where a unit sits at exactly 0 these conditions need a convention instead.
KINKS = {("relu_weight_decay", "kinks"), ("huber_leaky", "edges"), ("columns_and_dicts", "zero_start")}
SAMPLE = 30


class ComplexNumpy:
    """NumPy whose new arrays hold complex numbers and whose kinked functions look at the real part."""

    def __getattr__(self, name):
        return getattr(np, name)

    def zeros(self, shape, dtype=complex):
        return np.zeros(shape, dtype)

    def vectorize(self, function, otypes):
        from scipy.special import erf

        return erf

    def maximum(self, a, b):
        a, b = np.broadcast_arrays(a, b)
        return np.where(a.real > b.real, a, b)

    def minimum(self, a, b):
        return -self.maximum(-np.asarray(a), -np.asarray(b))

    def abs(self, a):
        return np.where(np.real(a) < 0, -a, a)


def namespace(text, stand_in=None):
    space = {"__name__": "derivation"}
    if stand_in is not None:
        text = text.replace("import numpy as np", "", 1)
        space["np"] = stand_in
    exec(compile(text, "derivation", "exec"), space)
    return space


def conditions(space):
    return list(space.get("CONDITIONS") or [None])


def make_inputs(space, seed, condition):
    return space["make_inputs"](seed) if condition is None else space["make_inputs"](seed, condition)


def gradients(space, inputs):
    """name of the parameter -> gradient."""
    returned = space["backward"]({k: np.copy(v) for k, v in inputs.items()})
    keys = match_keys(returned, inputs, None).keys
    assert len(keys) == len(returned), f"every key must belong to an input: {sorted(returned)}"
    return {name: np.asarray(returned[key]) for name, key in keys.items()}


def complex_step(space, inputs, name):
    """The gradient by Im C(x + ih)/h, entry by entry."""
    lifted = {k: np.asarray(v, complex) if np.asarray(v).dtype.kind == "f" else v for k, v in inputs.items()}
    found = np.zeros(np.shape(inputs[name]))
    for index in np.ndindex(found.shape):
        moved = lifted[name].copy()
        moved[index] += 1j * IMAGINARY
        found[index] = np.imag(space["forward"]({**lifted, name: moved})) / IMAGINARY
    return found


def runs(seeds):
    for d in CORPUS:
        for condition in conditions(namespace(d.text)):
            for seed in seeds:
                yield pytest.param(d, seed, condition, id=f"{d.name}-{condition or 'plain'}-{seed}")


@pytest.mark.parametrize(("derivation", "seed", "condition"), list(runs([0])))
def test_right_files_agree_with_the_complex_step(derivation, seed, condition):
    space, lifted = namespace(derivation.text), namespace(derivation.text, ComplexNumpy())
    inputs = make_inputs(space, seed, condition)
    found = gradients(space, inputs)
    assert set(space.get("PARAMS", found)) == set(found)
    for name, gradient in found.items():
        assert gradient.shape == np.shape(inputs[name])
        if (derivation.name, condition) in KINKS:
            continue
        expected = complex_step(lifted, inputs, name)
        # A tiny variance amplifies the rounding of its inputs by 1e6; everything else agrees to 12 digits.
        allowed = 1e-8 if condition == "tiny_variance" else 1e-12
        assert np.max(np.abs(gradient - expected)) <= allowed * max(np.max(np.abs(expected)), 1e-12), name


@pytest.mark.parametrize(("name", "condition"), sorted(KINKS))
def test_right_files_lie_between_the_one_sided_derivatives_at_a_kink(name, condition):
    space = namespace(BY_NAME[name].text)
    inputs = make_inputs(space, 0, condition)
    h = 1e-7
    for parameter, gradient in gradients(space, inputs).items():
        for index in np.ndindex(gradient.shape):
            sides = []
            for step in (h, -h):
                moved = inputs[parameter].copy()
                moved[index] += step
                sides.append(float((space["forward"]({**inputs, parameter: moved}) - space["forward"](inputs)) / step))
            slack = 1e-5 * (1 + abs(sides[0]) + abs(sides[1]))
            # Several units may share a parameter: the convention 0 at each gives a value between the sums of the sides.
            assert min(*sides, 0) - slack <= gradient[index] <= max(*sides, 0) + slack, (parameter, index)


@pytest.mark.slow
@pytest.mark.parametrize("derivation", CORPUS, ids=lambda d: d.name)
def test_right_files_agree_with_jax(derivation):
    jax = pytest.importorskip("jax")
    import jax.numpy as jnp

    class JaxNumpy:
        """jax.numpy in the place of NumPy; what is filled in place stays NumPy's."""

        def __getattr__(self, name):
            return getattr(jnp, name)

        def zeros(self, shape):
            return np.zeros(shape)

        def vectorize(self, function, otypes):
            return jax.scipy.special.erf

        def maximum(self, a, b):
            return jnp.where(jnp.asarray(a) > b, a, b)

    space = namespace(derivation.text)
    with jax.enable_x64(True):
        lifted = namespace(derivation.text, JaxNumpy())  # inside: constants of a module are made at import
        inputs = make_inputs(space, 1, conditions(space)[0])
        found = gradients(space, inputs)
        names = list(found)

        def cost(values):
            fixed = {k: v if np.asarray(v).dtype.kind in "ib" else jnp.asarray(v) for k, v in inputs.items()}
            return lifted["forward"]({**fixed, **values})

        expected = jax.grad(cost)({n: jnp.asarray(inputs[n], jnp.float64) for n in names})
        for name in names:
            want = np.asarray(expected[name])
            assert np.max(np.abs(found[name] - want)) <= 1e-11 * max(np.max(np.abs(want)), 1e-12), name


@pytest.mark.parametrize("derivation", CORPUS, ids=lambda d: d.name)
def test_mistakes_change_exactly_the_gradients_they_name(derivation):
    right = namespace(derivation.text)
    condition = conditions(right)[0]
    inputs = [make_inputs(right, seed, condition) for seed in SEEDS]
    truth = [gradients(right, i) for i in inputs]
    assert len({m.name for m in derivation.mistakes}) == len(derivation.mistakes)
    for mistake in derivation.mistakes:
        text = mistake.applied(derivation.text)
        ast.parse(text)
        assert text != derivation.text
        wrong = namespace(text)
        changed = []
        for seed in SEEDS:
            with np.errstate(all="ignore"):
                found = gradients(wrong, inputs[seed])
            assert wrong["forward"](inputs[seed]) == right["forward"](inputs[seed]), f"{mistake.name} changes forward"
            changed.append({n for n, g in truth[seed].items() if differs(found.get(n), g)})
        assert set.intersection(*changed) == set(mistake.wrong), mistake.name
        assert set(mistake.root) <= set(mistake.wrong), mistake.name


def differs(actual, expected):
    if actual is None or actual.shape != expected.shape:
        return True
    return not np.max(np.abs(actual - expected)) <= 1e-10 * np.max(np.abs(expected))


def test_corpus_is_large_and_partly_held_out():
    mistakes = [(d.held_out, m) for d in CORPUS for m in d.mistakes]
    assert len(CORPUS) >= 20
    assert len(mistakes) >= 200
    assert 0.2 <= sum(held_out for held_out, _ in mistakes) / len(mistakes) <= 0.35


@pytest.mark.parametrize("derivation", CORPUS, ids=lambda d: d.name)
def test_check_accepts_every_right_file(derivation):
    report = check_file(derivation.path, [0], budget=0)
    assert report.ok, str(report)


def sampled():
    everything = [(d, m) for d in CORPUS for m in d.mistakes]
    for d, m in random.Random(1).sample(everything, SAMPLE):
        yield pytest.param(d, m, id=f"{d.name}-{m.name}")


@pytest.mark.parametrize(("derivation", "mistake"), list(sampled()))
def test_check_finds_a_mistake(derivation, mistake, tmp_path):
    path = tmp_path / f"{derivation.name}.py"
    path.write_text(mistake.applied(derivation.text), encoding="utf-8")
    report = check_file(path, [0], budget=0)
    assert not report.ok
    assert set(mistake.wrong) & set(report.wrong)
