"""PyTorch's lines of `gradref doctor`: versions and flags, each with what it means for agreement."""

from __future__ import annotations

import torch

from ..protocol import Finding
from .environment import compiler, flushes_subnormals, product_precision, why_not_compile

__all__ = ["findings"]

PRODUCTS = {
    "ieee": "float32 products keep all 24 bits, so float32 gradients are judged at full precision",
    "tf32": "float32 products may round their factors to 11 bits, an error of about 5e-4; the certificates allow for it",
    "bf16": "float32 products may round their factors to 8 bits, an error of about 4e-3; the certificates allow for it",
}


def findings() -> list[Finding]:
    """What PyTorch's state means for agreement, most general first."""
    return [
        Finding("torch", torch.__version__, "the version whose kernels are judged; the constants were measured with 2.13"),
        _threads(),
        _capability(),
        _onednn(),
        Finding("torch products on the CPU", product_precision("cpu"), PRODUCTS[product_precision("cpu")]),
        Finding("torch products on CUDA", product_precision("cuda"), PRODUCTS[product_precision("cuda")]),
        _flush(),
        _determinism(),
        _defaults(),
        _compile(),
        _cuda(),
    ]


def _threads() -> Finding:
    return Finding(
        "torch threads",
        f"{torch.get_num_threads()} within an operation, {torch.get_num_interop_threads()} between operations",
        "another number may split sums elsewhere and change last bits; the certificates hold for any",
    )


def _capability() -> Finding:
    return Finding(
        "torch CPU kernels",
        torch.backends.cpu.get_cpu_capability(),
        "another instruction set sums in other blocks and has its own exp and tanh, so last bits differ between machines",
    )


def _onednn() -> Finding:
    if not (torch.backends.mkldnn.is_available() and torch.backends.mkldnn.enabled):
        return Finding("torch oneDNN", "off", "products come from another library; in 16 bits they may be summed less exactly")
    return Finding(
        "torch oneDNN",
        "on, with bfloat16 kernels" if _has_bf16_kernels() else "on, without bfloat16 kernels",
        "16-bit products are summed in float32 and rounded once, as the contract says",
    )


def _has_bf16_kernels() -> bool:
    try:
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    except (AttributeError, RuntimeError):
        return False


def _flush() -> Finding:
    if flushes_subnormals():
        return Finding("torch subnormals", "flushed to 0", "gradients below the smallest normal number vanish; NumPy's too")
    return Finding("torch subnormals", "kept", "tiny gradients survive here and vanish in JAX on the CPU")


def _determinism() -> Finding:
    asked = torch.are_deterministic_algorithms_enabled()
    benchmark = torch.backends.cudnn.benchmark
    value = ("asked for" if asked else "not asked for") + (", cuDNN chooses by timing" if benchmark else "")
    return Finding(
        "torch determinism", value, "dense layers give the same bits twice on the CPU either way; on CUDA only if asked"
    )


def _defaults() -> Finding:
    value = f"dtype {torch.get_default_dtype()}, device {torch.get_default_device()}, gradients "
    value += "on" if torch.is_grad_enabled() else "off"
    value += ", autocast on" if torch.is_autocast_enabled("cpu") else ""
    return Finding(
        "torch defaults", value.replace("torch.", ""), "nothing: the adapter names dtype and device and sets the rest aside"
    )


def _compile() -> Finding:
    reason = why_not_compile()
    if reason:
        return Finding("torch.compile", "not here", f"mode compile is skipped: {reason.removeprefix('torch: ')}")
    return Finding("torch.compile", str(compiler()), "mode compile runs; fused kernels keep float32 between 16-bit operations")


def _cuda() -> Finding:
    if not torch.cuda.is_available():
        return Finding("torch CUDA", "none", "everything runs on the CPU; GPU arithmetic is not judged here")
    return Finding("torch CUDA", torch.cuda.get_device_name(), "device cuda may be judged; the adapter was never tested on one")
