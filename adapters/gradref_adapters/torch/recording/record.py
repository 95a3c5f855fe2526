"""record: run an eager model and its backward pass once and return the graph of what was computed. The model is left as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.modules import module as hooks

from ...graph import BackwardRaised, Graph
from .building import autograd_nodes, build, observe
from .recorder import Recorder

__all__ = ["record"]


def record(model: Callable, inputs: tuple[Any, ...], loss: Callable | None = None, seed: int = 0) -> Graph:
    """The graph of loss(model(*inputs)) and of its backward pass.

    Parameters
    ----------
    model : a `torch.nn.Module`, or any function of tensors.
    inputs : its arguments; those that require a gradient are judged like parameters.
    loss : a function of the model's output; without one the output is contracted with random cotangents from `seed`.

    Gradients, buffers, mode and random state are what they were before.
    """
    recorder = Recorder()
    names = _names(model, inputs)
    with _untouched(model, inputs, recorder):
        with _watched_modules(model, recorder), torch.enable_grad(), recorder:
            result = model(*inputs)
            cost = contracted(result, seed) if loss is None else loss(result)
        recorder.settle()
        output = recorder.lookup(cost)
        nodes = autograd_nodes(cost.grad_fn)
        observed, handles = observe(nodes)
        try:
            cost.backward(retain_graph=True)
        except Exception as error:
            raise BackwardRaised(error) from error
        finally:
            for handle in handles:
                handle.remove()
        return build(recorder, nodes, observed, names, torch.__version__, output.value)


def contracted(result: Any, seed: int) -> torch.Tensor:
    """Σ output · random cotangent over every floating tensor of a result: a loss that leaves no entry out."""
    generator = torch.Generator().manual_seed(seed)
    terms = []
    for tensor in _floating(result):
        cotangent = torch.randn(tensor.shape, generator=generator, dtype=torch.float64).to(tensor.dtype)
        terms.append((tensor * cotangent).sum())
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _floating(result: Any) -> list[torch.Tensor]:
    if isinstance(result, torch.Tensor):
        return [result] if result.is_floating_point() and result.requires_grad else []
    if isinstance(result, dict):
        return [t for item in result.values() for t in _floating(item)]
    if isinstance(result, (list, tuple)):
        return [t for item in result for t in _floating(item)]
    return []


def _names(model: Any, inputs: tuple[Any, ...]) -> dict[int, str]:
    names = {id(t): f"input{k}" for k, t in enumerate(inputs) if isinstance(t, torch.Tensor)}
    if isinstance(model, torch.nn.Module):
        names |= {id(t): name for name, t in model.named_buffers()}
        names |= {id(t): name for name, t in model.named_parameters()}
    return names


@contextmanager
def _watched_modules(model: Any, recorder: Recorder) -> Iterator[None]:
    """Keep the path of the module that is running on the recorder's stack."""
    paths = {id(m): name for name, m in model.named_modules()} if isinstance(model, torch.nn.Module) else {}

    def enter(module: torch.nn.Module, arguments: Any) -> None:
        recorder.modules.append(paths.get(id(module), recorder.modules[-1]))

    def leave(module: torch.nn.Module, arguments: Any, result: Any) -> None:
        if len(recorder.modules) > 1:
            recorder.modules.pop()

    handles = [hooks.register_module_forward_pre_hook(enter), hooks.register_module_forward_hook(leave, always_call=True)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _untouched(model: Any, inputs: tuple[Any, ...], recorder: Recorder) -> Iterator[None]:
    """Gradients, buffers and random state as they were, whatever happens in between."""
    tensors = [t for t in inputs if isinstance(t, torch.Tensor)]
    buffers: list[torch.Tensor] = []
    if isinstance(model, torch.nn.Module):
        tensors += list(model.parameters())
        buffers = list(model.buffers())
    gradients = [t.grad for t in tensors]
    kept = [b.detach().clone() for b in buffers]
    state = torch.get_rng_state()
    for t in tensors:
        t.grad = None
    try:
        yield
    finally:
        for t, gradient in zip(tensors, gradients, strict=True):
            t.grad = gradient
        torch.set_rng_state(state)
        with torch.no_grad():
            for buffer, before in zip(buffers, kept, strict=True):
                if not torch.equal(buffer, before):
                    recorder.snapshot(buffer)
                    buffer.copy_(before)
