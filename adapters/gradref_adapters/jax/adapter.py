"""JAX: `jax.grad` without and with `jit`, and per-example gradients by `vmap`.

GPU paths are written but have never been run on a GPU: placement follows `case.device`, the matmul precision stays as the user
set it.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from gradref_reference import FORMATS, Case, Trace
from gradref_reference.error_model.contract import Contract
from gradref_reference.trace import Layers

from ..protocol import Finding
from ..running import Stopwatch, refuse_unsupported, trace_of, unknown_mode
from .environment import contract_here, users_state_kept, why_not_device
from .findings import findings
from .modes import MODES, forget_compiled
from .network import ACTIVATIONS

__all__ = ["JaxAdapter"]

PER_EXAMPLE_BYTES = 2**29  # vmap may hold a gradient of every sample at once; half a GiB fits any machine that runs JAX


class JaxAdapter:
    """JAX in float64, float32, bfloat16 and float16 on any of its devices."""

    name = "jax"

    def __init__(self) -> None:
        self._stopwatch = Stopwatch()

    def version(self) -> str:
        return jax.__version__

    def modes(self) -> tuple[str, ...]:
        return tuple(MODES)

    def supports(self, case: Case) -> str | None:
        if reason := unknown_mode(self, case):
            return reason
        if case.dtype not in FORMATS:
            return f"jax: dtype must be one of {', '.join(FORMATS)}, got {case.dtype!r}. Choose one of them."
        if case.mode == "vmap":
            needed = len(case.batch) * case.network.parameter_count * jnp.dtype(case.dtype).itemsize
            if needed > PER_EXAMPLE_BYTES:
                limit = f"must fit in {PER_EXAMPLE_BYTES >> 20} MiB, got {needed >> 20}"
                return f"jax: per-example gradients {limit}. Use mode jit or a smaller batch."
        return why_not_device(case.device)

    def run(self, case: Case) -> Trace:
        refuse_unsupported(self, case)
        W, b, x, y = _given(case)
        kind = (case.mode, case.network, case.dtype, case.device, x.shape, y.ndim)
        with users_state_kept(case.dtype, case.device) as device:
            arguments = jax.device_put((W, b, x, y), device, may_alias=False)
            result, seconds, notes = self._stopwatch.time(
                lambda: jax.block_until_ready(MODES[case.mode](case.network, *arguments)), kind
            )
            if case.network.fused:
                result.a[case.network.L] = ACTIVATIONS[case.network.activations[-1]](result.z[case.network.L], 0.0)
            return trace_of(self, case, result, _copies, seconds, notes)

    def uninstrumented(self, case: Case) -> tuple[Layers, Layers]:
        """dW and db as a user computes them who looks at no z, a or δ."""
        refuse_unsupported(self, case)
        with users_state_kept(case.dtype, case.device) as device:
            arguments = jax.device_put(_given(case), device, may_alias=False)
            result = MODES[case.mode](case.network, *arguments, look=False)
            return _copies(result.dW), _copies(result.db)

    def contract(self, case: Case) -> Contract:
        return contract_here(case)

    def findings(self) -> list[Finding]:
        return findings()

    def forget_compiled(self) -> None:
        """Drop every compiled program, e.g. after hundreds of different shapes."""
        forget_compiled()
        self._stopwatch.forget()


def _given(case: Case) -> tuple[Layers, Layers, np.ndarray, np.ndarray]:
    """The rounded numbers in the case's own dtype, still NumPy arrays; labels stay integers where the cost takes them."""
    W, b, x, y = case.rounded()
    if y.ndim == 1 and case.network.cost != "cross_entropy":
        y = case.network.targets(case.batch)
    dtype = jnp.dtype(case.dtype)
    y = y.astype(np.int32) if y.dtype.kind == "i" else y.astype(dtype)
    return {l: v.astype(dtype) for l, v in W.items()}, {l: v.astype(dtype) for l, v in b.items()}, x.astype(dtype), y


def _copies(arrays: dict[int, Array]) -> Layers:
    return {l: np.array(value).astype(np.float64) for l, value in arrays.items()}
