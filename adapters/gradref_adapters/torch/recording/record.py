"""record: run an eager model and its backward pass once and return the graph of what was computed. The model is left as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch.nn.modules import module as hooks

from gradref_reference import DataError

from ...graph import BackwardRaised, Graph
from .building import autograd_nodes, build, observe
from .calls import fetch_of
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
        _one_number(cost)
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
        graph = build(recorder, nodes, observed, names, torch.__version__, output.value)
        _add_unseen(graph, model, recorder)
        return graph


def _add_unseen(graph: Graph, model: Any, recorder: Recorder) -> None:
    """Parameters that no recorded operator took, but that have a gradient all the same: nothing is known of it."""
    for name, parameter in model.named_parameters() if isinstance(model, torch.nn.Module) else ():
        if name not in graph.parameters and parameter.grad is not None:
            value = recorder.new_value(parameter).value
            value.name, value.parameter = name, True
            graph.parameters[name] = value
            graph.final[name] = fetch_of(parameter.grad.clone())


def contracted(result: Any, seed: int) -> torch.Tensor:
    """Σ output · random cotangent over every floating tensor of a result: a loss that leaves no entry out."""
    generator = torch.Generator().manual_seed(seed)
    terms: list[torch.Tensor] = []
    for tensor in _floating(result):
        cotangent = torch.randn(tensor.shape, generator=generator, dtype=torch.float64).to(tensor.dtype)
        terms.append((tensor * cotangent).sum())
    if not terms:
        raise DataError(
            "model: must return a floating tensor that requires a gradient, got none. Let a parameter or an input require one."
        )
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _one_number(cost: Any) -> None:
    if not isinstance(cost, torch.Tensor) or cost.numel() != 1 or cost.grad_fn is None:
        got = f"shape {tuple(cost.shape)}" if isinstance(cost, torch.Tensor) else type(cost).__name__
        raise DataError(
            f"loss: must return one number that depends on what requires a gradient, got {got}. Reduce it, or give no loss."
        )


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
