"""JAX's lines of `gradref doctor`: versions and flags, each with what it means for agreement."""

from __future__ import annotations

import os

import jax
import numpy as np
from jaxlib.version import __version__ as jaxlib_version

from ..protocol import Finding
from .environment import product_precision

__all__ = ["findings"]


def findings() -> list[Finding]:
    """What JAX's state means for agreement, most general first."""
    return [
        Finding(
            "jax",
            f"{jax.__version__}, jaxlib {jaxlib_version}",
            "the version whose kernels are judged; the constants were measured with 0.10",
        ),
        _devices(),
        _x64(),
        _precision(),
        _flush(),
        _jit(),
        _nans(),
        _determinism(),
        _flags(),
    ]


def _devices() -> Finding:
    devices = jax.devices()
    value = f"{jax.default_backend()}, {len(devices)} device{'s' * (len(devices) > 1)}"
    if all(device.platform == "cpu" for device in devices):
        return Finding("jax devices", value, "everything runs on the CPU; GPU arithmetic is not judged here")
    return Finding("jax devices", value, "device cuda may be judged; the adapter was never tested on one")


def _x64() -> Finding:
    if jax.config.jax_enable_x64:  # pyright: ignore[reportAttributeAccessIssue]
        return Finding("jax x64", "on", "your own code computes in float64; the adapter chooses for itself")
    return Finding(
        "jax x64", "off", "your own code silently computes in float32; the adapter switches x64 on around float64 cases"
    )


def _precision() -> Finding:
    cpu = jax.default_backend() == "cpu"
    meaning = (
        "on the CPU the flag changes nothing"
        if cpu
        else "float32 products may round their factors to 11 bits or fewer unless it is 'highest'; the certificates allow for it"
    )
    return Finding("jax matmul precision", product_precision(), meaning)


def _flush() -> Finding:
    with jax.transfer_guard("allow"):
        small = jax.device_put(np.float32(2.0**-130), jax.devices("cpu")[0])
        kept = np.asarray(jax.jit(lambda x: x + x)(small)) > 0
    if kept:
        return Finding("jax subnormals", "kept", "tiny gradients survive as in NumPy and PyTorch")
    return Finding(
        "jax subnormals", "flushed to 0", "gradients below the smallest normal number vanish; the certificates allow for it"
    )


def _jit() -> Finding:
    if jax.config.jax_disable_jit:  # pyright: ignore[reportAttributeAccessIssue]
        meaning = "your own code runs operation by operation; the adapter sets this aside and judges compiled programs"
        return Finding("jax jit", "disabled by you", meaning)
    return Finding(
        "jax jit", "on", "XLA may fuse operations, contract x*y+z and reorder sums, so jit and no jit differ in last bits"
    )


def _nans() -> Finding:
    on = jax.config.jax_debug_nans  # pyright: ignore[reportAttributeAccessIssue]
    return Finding(
        "jax debug_nans", "on" if on else "off", "nothing: the adapter lets a NaN through, and the certificates refuse it"
    )


def _determinism() -> Finding:
    asked = "xla_gpu_deterministic_ops=true" in os.environ.get("XLA_FLAGS", "")
    meaning = (
        "dense layers give the same bits twice on the CPU either way; on a GPU only if --xla_gpu_deterministic_ops=true is set"
    )
    return Finding("jax determinism", "asked for" if asked else "not asked for", meaning)


def _flags() -> Finding:
    flags = os.environ.get("XLA_FLAGS", "")
    if "fast_math" in flags:
        return Finding("XLA_FLAGS", flags, "fast-math rules void every contract on rounding; expect failures")
    return Finding(
        "XLA_FLAGS", flags or "none", "XLA rounds as its contract says" if not flags else "check that none relaxes rounding"
    )
