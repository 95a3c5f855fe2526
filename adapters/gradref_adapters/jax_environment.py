"""What JAX finds on this machine: devices and the user's flags; and how to leave those flags alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import jax
from jaxlib.xla_client import Device

from gradref_reference import Case
from gradref_reference.error_model.contract import Contract, contract_for

from .protocol import Finding

__all__ = ["device_called", "jax_contract", "jax_findings", "users_state_kept", "why_not_device"]


@contextmanager
def users_state_kept(dtype: str, device: str) -> Iterator[Device]:
    """x64 on for float64 and off otherwise, and ordinary promotion rules, for this thread and this block only.

    The matmul precision stays as the user set it: it is part of what is judged.
    """
    with ExitStack() as stack:
        stack.enter_context(jax.enable_x64(dtype == "float64"))
        stack.enter_context(jax.numpy_dtype_promotion("standard"))
        stack.enter_context(jax.numpy_rank_promotion("allow"))
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


def jax_contract(case: Case) -> Contract:
    """The accumulation contract of this case under the flags that are set now."""
    return contract_for("jax", case.dtype, case.mode)


def jax_findings() -> list[Finding]:
    return []
