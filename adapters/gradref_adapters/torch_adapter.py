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

from .protocol import Finding
from .running import Stopwatch, refuse_unsupported, unknown_mode
from .torch_environment import torch_contract, users_state_kept, why_not_compile, why_not_device
from .torch_findings import torch_findings
from .torch_modes import MODES, Problem, Result, forget_compiled
from .torch_network import DTYPES, FeedForward

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
            problem = _problem(case)
            graph = (problem.network, case.dtype, problem.x.shape, problem.y.ndim) if case.mode == "compile" else None
            kind = (case.mode, case.device, graph)
            result, seconds, notes = self._stopwatch.time(lambda: _finished(MODES[case.mode](problem), case.device), kind)
            a = {0: problem.x, **result.a}
            if case.network.fused:
                a[case.network.L] = problem.model.output(result.z[case.network.L])
        return Trace(
            a=_copies(a),
            z=_copies(result.z),
            delta=_copies(result.delta),
            dW=_copies(result.dW),
            db=_copies(result.db),
            cost=result.cost.item(),
            dtype=case.dtype,
            framework=self.name,
            mode=case.mode,
            version=self.version(),
            seconds=seconds,
            notes=notes,
        )

    def uninstrumented(self, case: Case) -> tuple[Layers, Layers]:
        """dW and db as a user computes them who looks at no z, a or δ."""
        refuse_unsupported(self, case)
        with users_state_kept(case.device):
            result = MODES[case.mode](_problem(case), look=False)
        return _copies(result.dW), _copies(result.db)

    def contract(self, case: Case) -> Contract:
        return torch_contract(case)

    def findings(self) -> list[Finding]:
        return torch_findings()

    def forget_compiled(self) -> None:
        """Drop every compiled graph, e.g. after hundreds of different shapes."""
        forget_compiled()
        self._stopwatch.forget()


def _problem(case: Case) -> Problem:
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


def _finished(result: Result, device: str) -> Result:
    """Wait for a device that computes in the background, so that the clock is right."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)
    return result


def _copies(tensors: dict[int, Tensor]) -> Layers:
    return {l: tensor.detach().to("cpu", torch.float64).numpy().copy() for l, tensor in tensors.items()}
