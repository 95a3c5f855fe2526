"""Custom functions: honest ones pass; forty wrong backwards of twelve kinds are named at their function and slot, nowhere else."""

import pytest
import torch

import gradref
from gradref.graph import ModelReport
from tests.comparisons.graph.custom_functions import BASES, MUTANTS, InBlock, Mutant, function_of, inputs_of


def judged(name: str, base: str, backward, dtype: torch.dtype, seed: int) -> ModelReport:
    function = function_of(name, BASES[base].forward, backward)
    model = InBlock(function, inputs_of(base, seed, dtype))
    return gradref.certify_model(model, (torch.tensor(0.9, dtype=dtype),))


def named(mutant: Mutant, dtype: torch.dtype) -> bool:
    """True when exactly the wrong slots of this function fail."""
    report = judged("Custom", mutant.base, mutant.backward, dtype, 7)
    return [(r.operation, r.equation, r.slot) for r in report.failed] == [("Custom", "VJP", slot) for slot in mutant.slots]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16], ids=str)
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
