"""PyTorch's contestants in `gradref bench gradients`: autograd on a module, and `torch.func`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from gradref_reference import Network

from .network import DTYPES, FeedForward, cost

__all__ = ["contestants"]

Layers = dict[int, np.ndarray]
Contestant = tuple[Callable[[], Any], Callable[[Any], tuple[float, Layers, Layers]]]


def contestants(network: Network, W: Layers, b: Layers, x: np.ndarray, y: np.ndarray) -> dict[str, Contestant]:
    """name -> (the call to time, a reader of its result as C, dW, db). Sets PyTorch to one thread: only for a process of its own."""
    torch.set_num_threads(1)
    X, Y = torch.from_numpy(x.copy()), torch.from_numpy(y.copy())
    model = FeedForward(network, DTYPES[str(x.dtype)], torch.device("cpu"))
    tensors = {f"linear.{l - 1}.{kind}": torch.from_numpy(v[l].copy()) for kind, v in (("weight", W), ("bias", b)) for l in v}
    model.load_state_dict(tensors)
    parameters = dict(model.named_parameters())

    def eager() -> tuple[torch.Tensor, dict[str, Any]]:
        model.zero_grad()
        C = cost(network, model(X), Y)
        C.backward()
        return C, {name: parameter.grad for name, parameter in parameters.items()}

    def objective(given: dict[str, torch.Tensor], X: torch.Tensor, Y: torch.Tensor) -> torch.Tensor:
        return cost(network, torch.func.functional_call(model, given, (X,)), Y)

    gradient = torch.func.grad_and_value(objective)

    def func() -> tuple[torch.Tensor, dict[str, Any]]:
        d, C = gradient(tensors, X, Y)
        return C, d

    def read(result: tuple[torch.Tensor, dict[str, Any]]) -> tuple[float, Layers, Layers]:
        C, d = result
        layers = range(1, network.L + 1)
        dW, db = ({l: d[f"linear.{l - 1}.{kind}"].detach().numpy() for l in layers} for kind in ("weight", "bias"))
        return C.item(), dW, db

    return {"torch eager": (eager, read), "torch func": (func, read)}
