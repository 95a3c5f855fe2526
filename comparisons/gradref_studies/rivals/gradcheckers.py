"""The gradient checks people use today, on somebody's NumPy functions: what the studies compare gradref with.

Every check has the form `check(forward, gradient, values) -> bool`: `values` maps names to float64 arrays, `forward(values)` is
the cost, `gradient(values)` maps the same names to gradients; True means the check accepts. Default tolerances of each tool; where
a tool leaves the threshold to its user, the one its own examples use. An exception counts as a refusal, as it would in a test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import numpy as np

__all__ = ["CHECKERS", "available_checkers", "check_grads", "cs231n", "gradcheck", "gradcheck_fast", "scipy_check_grad"]

Values = dict[str, np.ndarray]
Forward = Callable[[Values], float]
Gradient = Callable[[Values], Values]

SCIPY_THRESHOLD = 1e-5  # scipy.optimize.check_grad returns a norm and no verdict; relative to the norm of the gradient
CS231N_STEP = 1e-5
CS231N_THRESHOLD = 1e-6  # the assignments ask for "1e-6 or less"


def gradcheck(forward: Forward, gradient: Gradient, values: Values) -> bool:
    """`torch.autograd.gradcheck`, slow mode: every entry, eps 1e-6, atol 1e-5, rtol 1e-3."""
    return _torch(forward, gradient, values, fast=False)


def gradcheck_fast(forward: Forward, gradient: Gradient, values: Values) -> bool:
    """`torch.autograd.gradcheck(fast_mode=True)`: one random projection."""
    return _torch(forward, gradient, values, fast=True)


def _torch(forward: Forward, gradient: Gradient, values: Values, fast: bool) -> bool:
    import torch

    names = list(values)

    class Cost(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, *tensors: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
            ctx.save_for_backward(*tensors)
            return torch.tensor(forward(_arrays(names, tensors)), dtype=torch.float64)

        @staticmethod
        def backward(ctx: Any, outgoing: torch.Tensor):  # type: ignore[override]
            found = gradient(_arrays(names, ctx.saved_tensors))
            return tuple(outgoing * torch.as_tensor(np.asarray(found[n], dtype=np.float64)) for n in names)

    tensors = [torch.tensor(np.asarray(values[n], np.float64), requires_grad=True) for n in names]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return bool(torch.autograd.gradcheck(Cost.apply, tensors, fast_mode=fast, raise_exception=False))


def _arrays(names: list[str], tensors: Any) -> Values:
    return {n: t.detach().numpy().copy() for n, t in zip(names, tensors, strict=True)}


def check_grads(forward: Forward, gradient: Gradient, values: Values) -> bool:
    """`jax.test_util.check_grads`, order 1, reverse mode, in float64."""
    import jax
    from jax.test_util import check_grads as jax_check_grads

    from gradref_adapters.jax.environment import users_state_kept

    names = list(values)

    def cost_of(*arrays: Any) -> np.ndarray:
        return np.asarray(forward(_numbers(names, arrays)), np.float64)

    def gradient_of(*arrays: Any) -> tuple:
        found = gradient(_numbers(names, arrays))
        return tuple(np.asarray(found[n], np.float64) for n in names)

    @jax.custom_vjp
    def cost(*arrays: Any):
        return jax.pure_callback(cost_of, jax.ShapeDtypeStruct((), np.float64), *arrays)

    def cost_forward(*arrays: Any):
        return cost(*arrays), arrays

    def cost_backward(arrays: Any, outgoing: Any):
        shapes = tuple(jax.ShapeDtypeStruct(a.shape, np.float64) for a in arrays)
        return tuple(outgoing * g for g in jax.pure_callback(gradient_of, shapes, *arrays))

    cost.defvjp(cost_forward, cost_backward)
    with users_state_kept("float64", "cpu"), _numpy_seed():
        arrays = tuple(np.asarray(values[n], np.float64) for n in names)
        try:
            jax_check_grads(cost, arrays, order=1, modes=["rev"])
        except AssertionError:
            return False
    return True


def _numbers(names: list[str], arrays: Any) -> Values:
    return {n: np.array(a, np.float64) for n, a in zip(names, arrays, strict=True)}


@contextmanager
def _numpy_seed() -> Iterator[None]:
    """`jax.test_util` draws its directions from NumPy's global generator: seed it, and put it back."""
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(0)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


def scipy_check_grad(forward: Forward, gradient: Gradient, values: Values) -> bool:
    """`scipy.optimize.check_grad`: forward differences; accepted when the norm of the difference is small against the gradient's."""
    from scipy.optimize import check_grad

    names = list(values)
    shapes = [np.shape(values[n]) for n in names]
    ends = np.cumsum([int(np.prod(s)) for s in shapes])[:-1]

    def unravel(x: np.ndarray) -> Values:
        return {n: part.reshape(s).copy() for n, s, part in zip(names, shapes, np.split(x, ends), strict=True)}

    def flat(x: np.ndarray) -> np.ndarray:
        found = gradient(unravel(x))
        return np.concatenate([np.ravel(found[n]) for n in names])

    start = np.concatenate([np.ravel(values[n]) for n in names]).astype(np.float64)
    difference = check_grad(lambda x: float(forward(unravel(x))), flat, start)
    return bool(difference <= SCIPY_THRESHOLD * max(1.0, float(np.linalg.norm(flat(start)))))


def cs231n(forward: Forward, gradient: Gradient, values: Values) -> bool:
    """The check of a well-known course: central differences, the largest |x - y| / max(1e-8, |x| + |y|) over all entries."""
    found = gradient({k: v.copy() for k, v in values.items()})
    for name, value in values.items():
        actual = np.asarray(found[name], np.float64)
        if actual.shape != np.shape(value):
            return False
        numerical = np.zeros(np.shape(value))
        for index in np.ndindex(numerical.shape):
            sides = []
            for step in (CS231N_STEP, -CS231N_STEP):
                moved = {k: np.array(v, np.float64) for k, v in values.items()}
                moved[name][index] += step
                sides.append(float(forward(moved)))
            numerical[index] = (sides[0] - sides[1]) / (2 * CS231N_STEP)
        error = np.abs(actual - numerical) / np.maximum(1e-8, np.abs(actual) + np.abs(numerical))
        if not np.max(error, initial=0.0) <= CS231N_THRESHOLD:
            return False
    return True


CHECKERS: dict[str, tuple[Callable[[Forward, Gradient, Values], bool], str]] = {
    "torch gradcheck": (gradcheck, "torch"),
    "torch gradcheck fast": (gradcheck_fast, "torch"),
    "jax check_grads": (check_grads, "jax"),
    "scipy check_grad": (scipy_check_grad, "scipy"),
    "CS231n relative error": (cs231n, "numpy"),
}
"""name -> the check and what must be installed for it."""


def available_checkers() -> dict[str, Callable[[Forward, Gradient, Values], bool]]:
    """The checks whose library is installed."""
    return {name: check for name, (check, needs) in CHECKERS.items() if find_spec(needs) is not None}
