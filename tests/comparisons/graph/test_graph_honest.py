"""Honest models raise no alarm, every parameter is reached, and the model is left as it was."""

import pytest
import torch
from tests.comparisons.graph.models import make_perceptron, make_transformer

import gradref

MODELS = {"perceptron": make_perceptron, "transformer": make_transformer}


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize("name", MODELS)
def test_honest_model_is_right(name: str, dtype: torch.dtype) -> None:
    report = gradref.certify_model(*MODELS[name](0, dtype))
    assert report.verdict == "right", str(report)
    assert report.sentence == f"right: all {len(report.judged):,} equations agree."
    assert not report.opaque
    assert not report.unjudged
    kinds = {(row.equation) for row in report.judged}
    assert kinds == {"FWD", "VJP", "SUM"}


def test_every_parameter_takes_part_in_a_vjp() -> None:
    report = gradref.certify_model(*make_transformer(1))
    named = {row.slot_name for row in report.judged if row.equation == "VJP"}
    model = make_transformer(1)[0]
    assert {name for name, _ in model.named_parameters()} <= named


def test_recording_leaves_gradients_buffers_and_random_state_alone() -> None:
    torch.manual_seed(5)
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3), torch.nn.Dropout(0.5))
    for p in model.parameters():
        p.grad = torch.randn_like(p)
    before = {k: v.clone() for k, v in model.state_dict().items()}
    gradients = [p.grad for p in model.parameters()]
    state = torch.get_rng_state()
    gradref.certify_model(model, (torch.randn(7, 4, generator=torch.Generator().manual_seed(0)),))
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())
    assert all(p.grad is g for p, g in zip(model.parameters(), gradients, strict=True))
    assert torch.equal(state, torch.get_rng_state())


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
def test_recorded_gradients_have_the_bits_of_an_unwatched_run(dtype: torch.dtype) -> None:
    model, inputs, loss = make_transformer(3, dtype)
    loss(model(*inputs)).backward()
    unwatched = {name: p.grad.double().numpy() for name, p in model.named_parameters()}
    report = gradref.certify_model(model, inputs, loss)
    for name, fetch in report.graph.final.items():
        assert (fetch() == unwatched[name]).all(), name
