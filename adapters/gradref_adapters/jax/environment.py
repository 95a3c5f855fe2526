"""What JAX finds here: devices, the user's flags and what they do to rounding; and how to leave them alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import jax

from gradref_reference import Case
from gradref_reference.error_model.contract import Contract, of_mode

from .contract import CONTRACTS

__all__ = ["contract_here", "device_called", "product_precision", "users_state_kept", "why_not_device"]

Device = Any  # jax.Device is a variable in the eyes of a type checker


@contextmanager
def users_state_kept(dtype: str, device: str) -> Iterator[Device]:
    """x64 on for float64 and off otherwise, jit possible, NaN and infinity no error, ordinary promotion, transfers to and from the
    device allowed; for this thread and block only.

    The matmul precision stays as the user set it: it is part of what is judged.
    """
    with ExitStack() as stack:
        stack.enter_context(jax.enable_x64(dtype == "float64"))
        stack.enter_context(jax.numpy_dtype_promotion("standard"))
        stack.enter_context(jax.numpy_rank_promotion("allow"))
        stack.enter_context(jax.disable_jit(False))
        stack.enter_context(jax.debug_nans(False))
        stack.enter_context(jax.debug_infs(False))
        stack.enter_context(jax.transfer_guard("allow"))
        chosen = device_called(device)
        stack.enter_context(jax.default_device(chosen))
        yield chosen


def device_called(name: str) -> Device:
    """The JAX device of a name like "cpu", "cuda" or "cuda:1"; RuntimeError, ValueError or IndexError when there is none."""
    platform, _, index = name.partition(":")
    return jax.devices(platform)[int(index or 0)]


def why_not_device(name: str) -> str | None:
    """The reason why JAX cannot compute on `name`, or None when it can."""
    try:
        device_called(name)
    except (RuntimeError, ValueError, IndexError):
        here = ", ".join(sorted({device.platform for device in jax.devices()} | {"cpu"}))
        return f"jax: device must be one that JAX {jax.__version__} finds here ({here}), got {name!r}. Choose one of them."
    return None


def product_precision() -> str:
    """The user's matmul precision, "default" when none is set."""
    return str(jax.config.jax_default_matmul_precision or "default").lower()  # pyright: ignore[reportAttributeAccessIssue]


def contract_here(case: Case) -> Contract:
    """The accumulation contract of this case under the flags that are set now; on the CPU no precision flag changes a bit."""
    contract = of_mode(CONTRACTS, case.dtype, case.mode)
    platform = device_called(case.device).platform
    if platform == "cpu":
        return contract
    contract = contract.but(library="any", reasons=(*contract.reasons, _ACCELERATOR))
    precision = product_precision()
    if case.dtype == "float32" and precision not in ("highest", "float32"):
        unit = 2.0**-8 if platform == "tpu" or precision == "bfloat16" else 2.0**-11
        contract = contract.but(accumulator=unit, reasons=(*contract.reasons, _NARROW.format(precision)))
    return contract


_ACCELERATOR = "The library functions of this accelerator were not measured: the worst of all constants is used."
_NARROW = "Matmul precision '{}' lets float32 products round their factors to fewer bits on this accelerator."
