"""Every operator with a rule: honest at float64 and float32, and a wrong VJP to each of its inputs is named."""

from collections.abc import Callable

import pytest
import torch
from tests.comparisons.graph.models import twice_one_entry
from tests.comparisons.graph.operators import CASES, FLAT, Case, draw

import gradref
from gradref.graph import ModelReport
from gradref_adapters.torch.recording.aten import OPERATORS

DTYPES = [torch.float64, torch.float32]
AND_AT_NIGHT = [torch.float64, pytest.param(torch.float32, marks=pytest.mark.nightly)]


def certified(
    case: Case, dtype: torch.dtype, seed: int, change: Callable | None = None, slot: int = 0
) -> tuple[ModelReport, str]:
    """The report of one call, whose node hands on a changed contribution; and the name of the input it goes to."""
    generator = torch.Generator().manual_seed(seed)
    inputs = tuple(draw(what, generator, dtype) for what in case.inputs)
    found = {"name": ""}

    def model(*xs: torch.Tensor) -> torch.Tensor:
        result = case.call(*xs)
        result = result if isinstance(result, torch.Tensor) else result[0]
        if change is not None:
            node = result.grad_fn
            assert node is not None
            variable = node.next_functions[slot][0].variable
            found["name"] = next(f"input{k}" for k, x in enumerate(xs) if x is variable)
            node.register_hook(lambda gi, go: tuple(change(g) if k == slot else g for k, g in enumerate(gi)))
        return result

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return gradref.certify_model(model, inputs, seed=seed + 1), found["name"]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", CASES)
def test_honest_operator_raises_no_alarm(name: str, dtype: torch.dtype) -> None:
    report, _ = certified(CASES[name], dtype, 3)
    assert report.verdict == "right", str(report)
    assert not report.opaque
    assert any(row.operation == f"aten.{name}" and row.equation == "VJP" for row in report.judged)


@pytest.mark.parametrize("dtype", AND_AT_NIGHT, ids=str)
@pytest.mark.parametrize(("name", "slot"), [(name, k) for name, case in CASES.items() for k in range(len(case.inputs))])
def test_wrong_vjp_is_named_at_operator_and_slot(name: str, slot: int, dtype: torch.dtype) -> None:
    change = (lambda g: g + 1) if name in FLAT else twice_one_entry
    report, wanted = certified(CASES[name], dtype, 5, change, slot)
    assert [(row.operation, row.equation, row.slot_name) for row in report.failed] == [(f"aten.{name}", "VJP", wanted)], str(
        report
    )


def test_enough_operators_have_a_case() -> None:
    assert set(CASES) <= set(OPERATORS)
    assert len(CASES) >= 90
