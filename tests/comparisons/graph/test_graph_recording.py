"""What the recorder must not be fooled by: writes in place and through views, checkpoints, autocast, shared parameters, no_grad."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.modules import module as hooks
from torch.utils.checkpoint import checkpoint

import gradref
from gradref_adapters.torch.recording import record


def view_written(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """A row of a result is written through a view; an older view of the same storage is read afterwards."""
    y = x * 2.0
    column = y[:, 1]
    y[0].mul_(w)
    y[1:, 2:].add_(1.5)
    return torch.sin(y) + column.exp().unsqueeze(1)


def view_of_view(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    y = x.t() * 1.0
    y.t()[1:3].view(2, -1).copy_(w.expand(2, -1).tanh())
    return (y * y).cumsum(0)


def in_place_chain(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    y = (x * w).sigmoid_()
    z = y.clone()
    z += x
    z.mul_(0.5).relu_()
    return z * y


def assigned(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """y[i] = ... in a loop, as recurrent code is written."""
    y = torch.zeros(x.shape[0], x.shape[1], dtype=x.dtype)
    for i in range(x.shape[0]):
        y[i] = torch.tanh(x[i] * w + (y[i - 1] if i else 0.0))
    return y


def branched(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    """A value with several consumers, a detached one and one under no_grad."""
    y = x @ torch.diag_embed(w)
    with torch.no_grad():
        scale = y.abs().amax()
    return (y / scale + y.detach() * y).sum(1) + y.mean(1)


def data_dependent(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    while x.norm() > 1.0:
        x = x * 0.5
    return x[x > 0] * w[0]


def tensors_of_same_kind(x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
    return x * x * w + torch.stack([x, x, x * w], 0).sum(0) + torch.cat([w, w])[:5] * w


PROGRAMS = [view_written, view_of_view, in_place_chain, assigned, branched, data_dependent, tensors_of_same_kind]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_program_is_right_and_its_gradients_are_those_of_an_unwatched_run(program: Callable, dtype: torch.dtype) -> None:
    generator = torch.Generator().manual_seed(4)
    x = torch.randn(4, 5, generator=generator, dtype=torch.float64).to(dtype).requires_grad_()
    w = torch.randn(5, generator=generator, dtype=torch.float64).to(dtype).requires_grad_()
    report = gradref.certify_model(program, (x, w))
    assert report.verdict == "right", str(report)
    program_report = record(program, (x, w), lambda out: out.sum())
    expected = torch.autograd.grad(program(x, w).sum(), (x, w))
    for k, g in enumerate(expected):
        fetch = program_report.final[f"input{k}"]
        assert fetch is not None
        assert (fetch() == g.double().numpy()).all()


class Checkpointed(nn.Module):
    def __init__(self, reentrant: bool) -> None:
        super().__init__()
        self.first, self.second, self.reentrant = nn.Linear(5, 6), nn.Linear(6, 3), reentrant

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.second(checkpoint(lambda v: torch.tanh(self.first(v)), x, use_reentrant=self.reentrant))


def test_checkpoint_that_recomputes_is_right() -> None:
    torch.manual_seed(0)
    report = gradref.certify_model(Checkpointed(False), (torch.randn(4, 5, requires_grad=True),))
    assert report.verdict == "right", str(report)


def test_reentrant_checkpoint_hides_its_parameters_and_they_are_never_called_right() -> None:
    torch.manual_seed(0)
    report = gradref.certify_model(Checkpointed(True), (torch.randn(4, 5, requires_grad=True),))
    assert report.verdict == "unjudged", str(report)
    assert {"first.weight", "first.bias"} <= set(report.unjudged)


def test_autocast_is_recorded_with_its_casts() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(5, 6), nn.GELU(), nn.Linear(6, 3))

    def run(x: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return model(x).float()

    report = gradref.certify_model(run, (torch.randn(4, 5, requires_grad=True),))
    assert report.verdict == "right", str(report)
    assert {row.dtype for row in report.judged} >= {"bfloat16", "float32"}
    assert any(row.operation == "aten._to_copy" and row.equation == "VJP" for row in report.judged)


def test_shared_parameter_has_one_sum_of_all_its_contributions() -> None:
    torch.manual_seed(0)

    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.randn(7, 4))

        def forward(self, index: torch.Tensor) -> torch.Tensor:
            return F.embedding(index, self.weight) @ self.weight.T

    report = gradref.certify_model(Tied(), (torch.tensor([1, 3, 1]),))
    assert report.verdict == "right"
    users = [row for row in report.judged if row.equation == "VJP" and row.slot_name == "weight"]
    assert {row.operation for row in users} == {"aten.embedding", "aten.permute"}


def test_nothing_stays_hooked() -> None:
    before = (len(hooks._global_forward_hooks), len(hooks._global_forward_pre_hooks))
    gradref.certify_model(nn.Linear(3, 2), (torch.randn(2, 3),))
    assert (len(hooks._global_forward_hooks), len(hooks._global_forward_pre_hooks)) == before


def test_model_that_raises_leaves_nothing_behind() -> None:
    class Broken(nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            raise ValueError("not today")

    model = Broken(3, 2)
    before = len(hooks._global_forward_hooks)
    with pytest.raises(ValueError, match="not today"):
        gradref.certify_model(model, (torch.randn(2, 3),))
    assert len(hooks._global_forward_hooks) == before
    assert torch.tanh(torch.ones(2)).shape == (2,)
