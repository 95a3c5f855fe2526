"""A wrong VJP is named at its operation and slot, and nowhere else."""

import pytest
import torch
import torch.nn.functional as F
from tests.comparisons.graph.models import corrupt, make_perceptron, make_transformer, twice_one_entry
from torch import nn

import gradref

CHANGES = {
    "sign": lambda g: -g,
    "one entry": twice_one_entry,
    "factor": lambda g: g * 1.001,
    "zeros": torch.zeros_like,
    "nan": lambda g: g * float("nan"),
}


class Faulty(nn.Module):
    """A model with one operation whose VJP to one slot is changed."""

    def __init__(self, change: str, operation: str, slot: int) -> None:
        super().__init__()
        self.norm, self.linear = nn.LayerNorm(6), nn.Linear(6, 6)
        self.change, self.operation, self.slot = CHANGES[change], operation, slot

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = x
        steps = {
            "native_layer_norm": self.norm,
            "addmm": self.linear,
            "gelu": F.gelu,
            "_softmax": lambda v: F.softmax(v, 1),
            "mul": lambda v: v * first,
        }
        for name, step in steps.items():
            x_next = step(x)
            x = corrupt(x_next, self.slot, self.change) if name == self.operation else x_next
        return x


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(
    ("operation", "slot", "name"),
    [
        ("native_layer_norm", 0, "input0"),
        ("native_layer_norm", 1, "norm.weight"),
        ("addmm", 0, "linear.bias"),
        ("addmm", 1, "a"),
        ("gelu", 0, "x"),
        ("_softmax", 0, "x"),
        ("mul", 1, "input0"),
    ],
)
def test_planted_fault_is_named_there_and_nowhere_else(
    operation: str, slot: int, name: str, change: str, dtype: torch.dtype
) -> None:
    torch.manual_seed(2)
    model = Faulty(change, operation, slot).to(dtype)
    x = torch.randn(5, 6, dtype=dtype, requires_grad=True)
    report = gradref.certify_model(model, (x,))
    assert report.verdict == "wrong"
    assert [(row.operation, row.equation, row.slot, row.slot_name) for row in report.failed] == [
        (f"aten.{operation}", "VJP", slot, name)
    ], str(report)


def test_sentence_names_module_line_and_slot() -> None:
    torch.manual_seed(0)
    model = Faulty("sign", "addmm", 0)
    report = gradref.certify_model(model, (torch.randn(5, 6),))
    row = report.failed[0]
    assert row.module == "linear"
    assert row.file.endswith("test_graph_faults.py")
    assert report.sentence == (
        f"wrong: the backward of `linear (test_graph_faults.py:{row.line})`, aten.addmm, VJP to linear.bias: "
        "6 of 6 entries; every other equation agrees."
    )


class Forgetful(torch.autograd.Function):
    """x³ whose backward forgets the factor x."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 3 * g * x


def test_custom_function_is_judged_against_its_own_forward() -> None:
    report = gradref.certify_model(Forgetful.apply, (torch.randn(4, 5, dtype=torch.float64, requires_grad=True),))
    (row,) = report.failed
    assert (row.operation, row.equation, row.slot) == ("Forgetful", "VJP", 0)


class Unknown(nn.Module):
    """A determinant, which has no rule here, between two layers."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Linear(3, 3), nn.Linear(1, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.last(torch.linalg.det(self.first(x)).reshape(1, 1))


def test_what_stands_behind_an_operation_without_a_rule_is_unjudged() -> None:
    torch.manual_seed(1)
    report = gradref.certify_model(Unknown(), (torch.randn(3, 3),))
    assert report.verdict == "unjudged"
    assert report.opaque == ["aten._linalg_det"]
    assert set(report.unjudged) == {"first.weight", "first.bias"}
    assert "aten._linalg_det" in report.sentence


def test_tensor_hook_leaves_what_is_behind_it_unjudged() -> None:
    class Hooked(nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = super().forward(x)
            y.register_hook(lambda g: 2 * g)
            return torch.tanh(y)

    torch.manual_seed(1)
    report = gradref.certify_model(Hooked(3, 2), (torch.randn(5, 3),))
    assert report.verdict == "unjudged"
    assert set(report.unjudged) == {"weight", "bias"}
    assert "hook" in report.sentence


@pytest.mark.parametrize("make", [make_perceptron, make_transformer])
def test_frame_and_json_tell_the_same(make) -> None:
    report = gradref.certify_model(*make(4))
    told = report.to_json()
    frame = report.frame()
    assert told["format"] == 1
    assert (told["verdict"], told["ok"]) == ("right", True)
    assert told["equations"] == len(frame)
    assert told["judged"] + told["skipped"] == told["equations"]
    assert told["failed"] == [] == told["not_judged"]


def test_entries_of_which_nothing_is_known_leave_what_is_behind_them_unjudged() -> None:
    """A square that overflows float32: the bound is infinite, which is no agreement."""

    class Large(nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            y = super().forward(x)
            return (y * 1e20) * (y * 1e20) * 0.0

    torch.manual_seed(1)
    report = gradref.certify_model(Large(3, 2), (torch.randn(5, 3),))
    assert report.verdict != "right"
