"""Trials: the ways a custom function is called when it is checked, beyond the call that its author had in mind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch

from ...graph import Trial

__all__ = ["repeated", "second_derivative", "trials"]

FORMATS = {"float64": torch.float64, "float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def trials(inputs: tuple[Any, ...], dtypes: tuple[str, ...]) -> Iterator[Trial]:
    """Each dtype as given; in the first one also strided, expanded and empty inputs, and each single input that needs a gradient."""
    for dtype in dtypes:
        yield Trial("as given", dtype, _made(inputs, FORMATS[dtype], _plain))
    first = FORMATS[dtypes[0]]
    tensors = [k for k, x in enumerate(inputs) if _differentiable(x)]
    yield Trial("non-contiguous inputs", dtypes[0], _made(inputs, first, _strided), optional=True)
    yield Trial("expanded inputs", dtypes[0], _made(inputs, first, _expanded), optional=True)
    if any(x.ndim for x in inputs if _differentiable(x)):
        yield Trial("empty inputs", dtypes[0], _made(inputs, first, _empty), optional=True)
    if len(tensors) > 1:
        for k in tensors:
            made = _made(inputs, first, _plain)
            chosen = tuple(x if j == k or not _differentiable(x) else x.detach() for j, x in enumerate(made))
            yield Trial(f"only input {k} needs a gradient", dtypes[0], chosen)


def _differentiable(x: Any) -> bool:
    return isinstance(x, torch.Tensor) and x.is_floating_point() and x.requires_grad


def _made(inputs: tuple[Any, ...], dtype: torch.dtype, how: Callable[[torch.Tensor], torch.Tensor]) -> tuple[Any, ...]:
    """Fresh leaves (or views of some) in another format; what is not a floating tensor is passed on."""
    made = []
    for x in inputs:
        if not (isinstance(x, torch.Tensor) and x.is_floating_point()):
            made.append(x)
            continue
        fresh = how(x.detach().to(dtype))
        made.append(fresh if fresh.requires_grad or not x.requires_grad else fresh.requires_grad_())
    return tuple(made)


def _plain(x: torch.Tensor) -> torch.Tensor:
    return x.clone()


def _strided(x: torch.Tensor) -> torch.Tensor:
    """The same numbers, every second entry of a larger array, axes reversed in memory."""
    if not x.ndim:
        return x.clone()
    wide = torch.zeros([*x.shape[::-1], 2], dtype=x.dtype)[..., 0].permute(*range(x.ndim - 1, -1, -1))
    return wide.copy_(x).detach()


def _expanded(x: torch.Tensor) -> torch.Tensor:
    """The first entry along the first axis, as often as there are entries: strides of 0."""
    return x[:1].clone().expand(x.shape) if x.ndim and x.shape[0] else x.clone()


def _empty(x: torch.Tensor) -> torch.Tensor:
    return x[:0].clone() if x.ndim else x.clone()


def repeated(function: Callable, inputs: tuple[Any, ...], seed: int) -> bool:
    """True when a second run gives the same bits, forward and backward."""
    runs = []
    for _ in range(2):
        leaves = _made(inputs, _format(inputs), _plain)
        result = function(*leaves)
        wanted = [x for x in leaves if _differentiable(x)]
        found = torch.autograd.grad(result, wanted, _cotangent(result, seed), allow_unused=True)
        runs.append([result, *found])
    return all(
        a is b if a is None or b is None else torch.equal(a.nan_to_num(7.0), b.nan_to_num(7.0))
        for a, b in zip(*runs, strict=True)
    )


def second_derivative(function: Callable, inputs: tuple[Any, ...], seed: int, step: float = 2.0**-13) -> float | None:
    """How far the derivative of the first VJP along a random direction, by autograd, is from central differences of that VJP.

    In units of what the differences themselves are uncertain by (two steps compared, and rounding); None where the function says
    that it cannot be differentiated twice.
    """
    leaves = _made(inputs, torch.float64, _plain)
    wanted = [x for x in leaves if _differentiable(x)]
    generator = torch.Generator().manual_seed(seed)
    along = [torch.randn(x.shape, generator=generator, dtype=torch.float64) for x in wanted]
    weights = [torch.randn(x.shape, generator=generator, dtype=torch.float64) for x in wanted]

    def contracted(points: list[torch.Tensor], graph: bool) -> torch.Tensor:
        chosen = iter(points)
        arguments = [next(chosen) if _differentiable(x) else x for x in leaves]
        result = function(*arguments)
        found = torch.autograd.grad(result, points, _cotangent(result, seed), create_graph=graph, allow_unused=True)
        return sum((w * g).sum() for w, g in zip(weights, found, strict=True) if g is not None) + torch.zeros(())

    try:
        value = contracted(wanted, True)
        twice = torch.autograd.grad(value, wanted, allow_unused=True) if value.requires_grad else [None] * len(wanted)
    except RuntimeError:
        return None
    exact = float(sum(((v * h).sum() for v, h in zip(along, twice, strict=True) if h is not None), torch.zeros(())))

    def difference(h: float) -> float:
        sides = []
        for sign in (1, -1):
            moved = [(x.detach() + sign * h * v).requires_grad_() for x, v in zip(wanted, along, strict=True)]
            sides.append(float(contracted(moved, False)))
        return (sides[0] - sides[1]) / (2 * h)

    coarse, fine = difference(2 * step), difference(step)
    size = abs(float(value.detach())) + abs(fine)
    uncertain = abs(coarse - fine) + 1e-12 * size / step + 1e-300
    return abs(exact - (4 * fine - coarse) / 3) / uncertain


def _cotangent(result: torch.Tensor, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(result.shape, generator=generator, dtype=torch.float64).to(result.dtype)


def _format(inputs: tuple[Any, ...]) -> torch.dtype:
    return next(x.dtype for x in inputs if isinstance(x, torch.Tensor) and x.is_floating_point())
