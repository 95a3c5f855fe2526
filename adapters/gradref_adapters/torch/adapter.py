"""PyTorch: autograd on `torch.nn` modules, `torch.func.grad` and `torch.compile`.

CUDA paths are written but have never been run on a GPU: placement follows `case.device`, TF32 stays as the user set it.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from gradref_reference import Case, Trace
from gradref_reference.error_model.contract import Contract
from gradref_reference.trace import Layers

from ..protocol import Finding
from ..running import Result, Stopwatch, refuse_unsupported, trace_of, unknown_mode
from .environment import contract_here, users_state_kept, why_not_compile, why_not_device
from .findings import findings
from .modes import MODES, Problem, forget_compiled
from .network import DTYPES, FeedForward

__all__ = ["TorchAdapter"]


class TorchAdapter:
    """PyTorch in float64, float32, bfloat16 and float16 on any of its devices."""

    name = "torch"

    def __init__(self) -> None:
        self._stopwatch = Stopwatch()

    def version(self) -> str:
        return torch.__version__

    def modes(self) -> tuple[str, ...]:
        return tuple(MODES)

    def supports(self, case: Case) -> str | None:
        if reason := unknown_mode(self, case):
            return reason
        if case.dtype not in DTYPES:
            return f"torch: dtype must be one of {', '.join(DTYPES)}, got {case.dtype!r}. Choose one of them."
        return why_not_device(case.device) or (why_not_compile(case.device) if case.mode == "compile" else None)

    def run(self, case: Case) -> Trace:
        refuse_unsupported(self, case)
        with users_state_kept(case.device):
            problem = _given(case)
            graph = (problem.network, case.dtype, problem.x.shape, problem.y.ndim) if case.mode == "compile" else None
            kind = (case.mode, case.device, graph)
            result, seconds, notes = self._stopwatch.time(lambda: _finished(MODES[case.mode](problem), case.device), kind)
            if case.network.fused:
                result.a[case.network.L] = problem.model.output(result.z[case.network.L])
            return trace_of(self, case, result, _copies, seconds, notes)

    def uninstrumented(self, case: Case) -> tuple[Layers, Layers]:
        """dW and db as a user computes them who looks at no z, a or δ."""
        refuse_unsupported(self, case)
        with users_state_kept(case.device):
            result = MODES[case.mode](_given(case), look=False)
            return _copies(result.dW), _copies(result.db)

    def contract(self, case: Case) -> Contract:
        return contract_here(case)

    def findings(self) -> list[Finding]:
        return findings()

    def forget_compiled(self) -> None:
        """Drop every compiled graph, e.g. after hundreds of different shapes."""
        forget_compiled()
        self._stopwatch.forget()


def _given(case: Case) -> Problem:
    """The rounded numbers of a case in a fresh module and fresh tensors; labels stay integers where the loss takes them."""
    W, b, x, y = case.rounded()
    if y.ndim == 1 and case.network.cost != "cross_entropy":
        y = case.network.targets(case.batch)
    dtype, device = DTYPES[case.dtype], torch.device(case.device)

    def tensor(value: np.ndarray) -> Tensor:
        return torch.tensor(value, dtype=dtype if value.dtype.kind == "f" else torch.int64, device=device)

    model = FeedForward(case.network, dtype, device).load(
        {l: tensor(value) for l, value in W.items()}, {l: tensor(value) for l, value in b.items()}
    )
    return Problem(case.network, model, tensor(x), tensor(y))


def _finished(result: Result[Tensor], device: str) -> Result[Tensor]:
    """Wait for a device that computes in the background, so that the clock is right."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)
    return result


def _copies(tensors: dict[int, Tensor]) -> Layers:
    return {l: tensor.detach().to("cpu", torch.float64).numpy().copy() for l, tensor in tensors.items()}
