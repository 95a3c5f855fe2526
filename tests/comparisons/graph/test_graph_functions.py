"""Custom functions: honest ones pass; forty wrong backwards of twelve kinds are named at their function and slot, nowhere else."""

import numpy as np
import pytest
import torch
from tests.comparisons.graph.custom_functions import BASES, MUTANTS, InBlock, Mutant, function_of, inputs_of

import gradref
from gradref.graph import ModelReport


def judged(name: str, base: str, backward, dtype: torch.dtype, seed: int) -> ModelReport:
    function = function_of(name, BASES[base].forward, backward)
    model = InBlock(function, inputs_of(base, seed, dtype))
    return gradref.certify_model(model, (torch.tensor(0.9, dtype=dtype),))


def named(mutant: Mutant, dtype: torch.dtype) -> bool:
    """True when exactly the wrong slots of this function fail."""
    report = judged("Custom", mutant.base, mutant.backward, dtype, 7)
    return [(r.operation, r.equation, r.slot) for r in report.failed] == [("Custom", "VJP", slot) for slot in mutant.slots]


@pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float32, torch.bfloat16, pytest.param(torch.float16, marks=pytest.mark.slow)], ids=str
)
@pytest.mark.parametrize("base", BASES)
def test_honest_function_raises_no_alarm(base: str, dtype: torch.dtype) -> None:
    report = judged(base, base, BASES[base].backward, dtype, 1)
    assert report.verdict == "right", str(report)
    assert any(row.operation == base and row.equation == "VJP" for row in report.judged)


def test_corpus_has_forty_mutants_of_twelve_kinds() -> None:
    assert (len(MUTANTS), len({m.kind for m in MUTANTS})) == (40, 12)


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("number", range(len(MUTANTS)), ids=[f"{k}-{m.base}-{m.kind}" for k, m in enumerate(MUTANTS)])
def test_wrong_function_is_named_and_nothing_else(number: int, dtype: torch.dtype) -> None:
    assert named(MUTANTS[number], dtype)


def test_bfloat16_names_most_of_them() -> None:
    assert sum(named(mutant, torch.bfloat16) for mutant in MUTANTS) >= 30


def test_check_function_tries_every_way_of_calling() -> None:
    function = function_of("Gated", BASES["gated"].forward, BASES["gated"].backward)
    report = gradref.check_function(function.apply, inputs_of("gated", 1, torch.float64))
    assert report
    assert [c.name for c in report.checks] == [
        "as given",
        "as given",
        "non-contiguous inputs",
        "expanded inputs",
        "empty inputs",
        "only input 0 needs a gradient",
        "only input 1 needs a gradient",
        "run twice",
    ]
    assert report.to_json()["verdict"] == "right"


def test_check_function_takes_the_call_of_gradcheck() -> None:
    function = function_of("Swish", BASES["swish"].forward, BASES["swish"].backward)
    inputs = inputs_of("swish", 1, torch.float64)
    arguments = {"eps": 1e-6, "atol": 1e-4, "rtol": 1e-3, "raise_exception": True, "nondet_tol": 0.0, "fast_mode": False}
    assert torch.autograd.gradcheck(function.apply, inputs, **arguments)
    assert gradref.check_function(function.apply, inputs, **arguments)


def test_check_function_names_function_input_and_entry() -> None:
    mutant = next(m for m in MUTANTS if (m.base, m.kind) == ("gated", "sign"))
    function = function_of("Gated", BASES["gated"].forward, mutant.backward)
    inputs = inputs_of("gated", 1, torch.float64)
    report = gradref.check_function(function.apply, inputs)
    assert not report
    assert report.sentence.startswith("wrong: Gated, as given, float64: the backward of `Gated")
    assert "VJP to input1: 30 of 30 entries; worst at [" in report.sentence
    with pytest.raises(AssertionError, match="VJP to input1"):
        gradref.check_function(function.apply, inputs, raise_exception=True)


class Exponential(torch.autograd.Function):
    """eˣ by NumPy, which no recorder sees."""

    @staticmethod
    def forward(ctx, x):
        y = torch.from_numpy(np.exp(x.detach().numpy()))
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y


def test_forward_in_numpy_is_unjudged_without_a_reference() -> None:
    x = torch.randn(3, 4, dtype=torch.float64, requires_grad=True)
    assert gradref.check_function(Exponential.apply, x).verdict == "unjudged"
    assert gradref.check_function(Exponential.apply, x, reference=torch.exp).verdict == "right"
    assert gradref.check_function(Exponential.apply, x, reference=torch.sinh).verdict == "wrong"


def test_backward_that_raises_is_wrong_and_nothing_is_called_judged() -> None:
    def raising(saved, g):
        raise ValueError("not today")

    function = function_of("Raising", BASES["swish"].forward, raising)
    report = gradref.check_function(function.apply, inputs_of("swish", 1, torch.float64), dtypes=("float64",))
    assert report.verdict == "wrong"
    assert "the backward raised ValueError: not today; no gradient was judged" in report.sentence


def test_backward_that_needs_contiguous_inputs_is_found() -> None:
    def strides(saved, g):
        x, s = saved
        return (BASES["swish"].backward((x.as_strided(x.shape, (x.shape[1], 1)), s), g)[0],)

    function = function_of("Strides", BASES["swish"].forward, strides)
    inputs = inputs_of("swish", 1, torch.float64)
    assert torch.autograd.gradcheck(function.apply, inputs)
    report = gradref.check_function(function.apply, inputs, dtypes=("float64",))
    assert [c.name for c in report.checks if c.verdict == "wrong"] == ["non-contiguous inputs", "expanded inputs"]


def test_backward_that_draws_random_numbers_is_found() -> None:
    def noisy(saved, g):
        (y,) = BASES["swish"].backward(saved, g)
        return (torch.where(torch.rand_like(y) < 0.5, y, y * (1 + 2.0**-52)),)

    function = function_of("Noisy", BASES["swish"].forward, noisy)
    report = gradref.check_function(function.apply, inputs_of("swish", 1, torch.float64), dtypes=("float64",))
    assert [c.name for c in report.checks if c.verdict == "wrong"] == ["run twice"]


def test_intermediate_saved_for_backward_spoils_the_second_derivative() -> None:
    inputs = inputs_of("swish", 1, torch.float64)
    stored = function_of("Stored", BASES["swish"].forward, BASES["swish"].backward)
    assert gradref.check_function(stored.apply, inputs).verdict == "right"
    assert gradref.check_function(stored.apply, inputs, double=True).verdict == "wrong"
    again = function_of(
        "Again", lambda x: (x * torch.sigmoid(x), (x,)), lambda s, g: BASES["swish"].backward((s[0], torch.sigmoid(s[0])), g)
    )
    assert gradref.check_function(again.apply, inputs, double=True).verdict == "right"


@pytest.mark.parametrize("argument", [{"check_forward_ad": True}, {"tolerance": 1e-3}])
def test_argument_that_cannot_be_honoured_is_refused(argument: dict) -> None:
    with pytest.raises(gradref.GradrefError, match=next(iter(argument))):
        gradref.check_function(torch.exp, torch.ones(3, requires_grad=True), **argument)


def test_input_without_a_gradient_is_refused() -> None:
    with pytest.raises(gradref.GradrefError, match="must require a gradient"):
        gradref.check_function(torch.exp, torch.ones(3))
