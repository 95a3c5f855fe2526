"""Three ways to differentiate in PyTorch: autograd on a module, `torch.func.grad`, and a compiled forward and backward pass.

Siblings: each takes a `Problem` and returns its tensors. The last argument says whether z, a and δ are looked at; without it
the function does what a user does, and the gradients must come out the same, bit for bit.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from gradref_reference import Network

from ..running import Result
from .network import FeedForward, cost, penalty

__all__ = ["MODES", "Problem", "forget_compiled"]

Tensors = dict[int, Tensor]


@dataclass(frozen=True, eq=False)
class Problem:
    """A module that holds its parameters, with a batch: x (m, n[0]), y (m, n[L]) or integer labels (m,)."""

    network: Network
    model: FeedForward
    x: Tensor
    y: Tensor

    @property
    def parameters(self) -> dict[str, Tensor]:
        """The parameters as plain tensors under the names that the module gives them, "linear.0.weight" first."""
        return {name: parameter.detach() for name, parameter in self.model.named_parameters()}


def eager(problem: Problem, look: bool = True) -> Result[Tensor]:
    """`loss.backward()` on a module; δ[l] is the gradient that autograd retains on z[l]."""
    network, model = problem.network, problem.model
    model.zero_grad()
    seen: dict[str, Tensors] = {"z": {}, "a": {}}

    def see(name: str, l: int, tensor: Tensor) -> Tensor:
        if look:
            if name == "z":
                tensor.retain_grad()
            seen[name][l] = tensor
        return tensor

    parameters: dict[str, Tensor] = dict(model.named_parameters())
    C = cost(network, model(problem.x, see), problem.y)
    if network.l2:
        C = C + penalty(network, parameters)
    C.backward()
    d = {name: _grad(parameter) for name, parameter in parameters.items()}
    return _result(problem, d, {l: _grad(z) for l, z in seen["z"].items()}, C, seen["z"], seen["a"])


def func(problem: Problem, look: bool = True) -> Result[Tensor]:
    """`torch.func.grad` of a pure function; δ[l] is the gradient with respect to a zero added to z[l]."""
    objective = _objective(problem.network, problem.model, look)
    e = _zeros(problem) if look else {}
    gradients = torch.func.grad(objective, argnums=(0, 1), has_aux=True)
    (d, delta), (C, z, a) = gradients(problem.parameters, e, problem.x, problem.y)
    return _result(problem, d, delta, C, z, a)


def compiled(problem: Problem, look: bool = True) -> Result[Tensor]:
    """`torch.compile` of network and cost, then autograd through the compiled graph."""
    step = _compiled_objective(problem.network, problem.x.dtype, problem.x.device, problem.y.dtype, len(problem.x), look)
    parameters = {name: tensor.clone().requires_grad_() for name, tensor in problem.parameters.items()}
    e = {l: zero.requires_grad_() for l, zero in _zeros(problem).items()} if look else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # PyTorch's compiler imports parts that PyTorch has deprecated
        C, (_, z, a) = step(parameters, e, problem.x, problem.y)
        gradients = torch.autograd.grad(C, [*parameters.values(), *e.values()])
    d = dict(zip(parameters, gradients, strict=False))
    delta = dict(zip(e, gradients[len(parameters) :], strict=True))
    return _result(problem, d, delta, C, z, a)


MODES: dict[str, Callable[..., Result[Tensor]]] = {"eager": eager, "func": func, "compile": compiled}


def _objective(network: Network, model: FeedForward, look: bool) -> Callable[..., tuple[Tensor, tuple]]:
    """(parameters, e, x, y) -> C and what was seen on the way. The parameters are arguments: nothing of a case is baked in."""

    def objective(parameters: dict[str, Tensor], e: Tensors, x: Tensor, y: Tensor) -> tuple[Tensor, tuple]:
        seen: dict[str, Tensors] = {"z": {}, "a": {}}

        def see(name: str, l: int, tensor: Tensor) -> Tensor:
            if look:
                tensor = tensor + e[l] if name == "z" else tensor
                seen[name][l] = tensor
            return tensor

        C = cost(network, torch.func.functional_call(model, parameters, (x, see)), y)
        if network.l2:
            C = C + penalty(network, parameters)
        return C, (C, seen["z"], seen["a"])

    return objective


@lru_cache(maxsize=512)
def _compiled_objective(
    network: Network, dtype: torch.dtype, device: torch.device, labels: torch.dtype, m: int, look: bool
) -> Callable[..., tuple[Tensor, tuple]]:
    """One compiled graph for all cases of the same structure, format and shapes; sizes are not made symbolic."""
    objective = _objective(network, FeedForward(network, dtype, device), look)
    return torch.compile(objective, fullgraph=True, dynamic=False, isolate_recompiles=True)  # pyright: ignore[reportCallIssue]


def forget_compiled() -> None:
    """Drop every compiled graph of this process."""
    _compiled_objective.cache_clear()
    torch.compiler.reset()


def _zeros(problem: Problem) -> Tensors:
    return {l: problem.x.new_zeros(len(problem.x), n) for l, n in enumerate(problem.network.sizes) if l}


def _grad(tensor: Tensor) -> Tensor:
    assert tensor.grad is not None
    return tensor.grad


def _result(problem: Problem, d: dict[str, Tensor], delta: Tensors, C: Tensor, z: Tensors, a: Tensors) -> Result[Tensor]:
    layers = range(1, problem.network.L + 1)
    dW, db = ({l: d[f"linear.{l - 1}.{kind}"] for l in layers} for kind in ("weight", "bias"))
    return Result(dW, db, delta, C.detach(), z, {0: problem.x, **a} if z else {})
