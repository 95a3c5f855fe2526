"""PyTorch's elementary functions and activations, one by one, so that their errors can be measured."""

from __future__ import annotations

import numpy as np
import torch

from gradref_reference import activation

from ..functions import Evaluator
from .network import ACTIVATIONS, DTYPES

__all__ = ["evaluator"]

Array = np.ndarray


def evaluator() -> Evaluator:
    """(name, z, dtype) -> the value and the derivative that PyTorch returns for z, as float64 copies."""
    plain = {"exp": torch.exp, "log": torch.log, "erf": torch.erf}

    def evaluate(name: str, z: Array, dtype: str) -> tuple[Array, Array | None]:
        t = torch.tensor(z, dtype=DTYPES[dtype], requires_grad=name not in plain)
        if name in plain:
            return plain[name](t).double().numpy(), None
        sigma = activation(name)
        a = ACTIVATIONS[sigma.kind](sigma.parameter)(t)
        (d,) = torch.autograd.grad(a, t, torch.ones_like(a))
        return a.detach().double().numpy(), d.double().numpy()

    return evaluate
