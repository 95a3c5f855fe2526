"""The frameworks beside the reference: what each has in the place of a step, and whether its equation holds there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradref.judges import certify_case
from gradref.suite.ask import ask
from gradref.suite.plan import REFERENCE
from gradref.verdict import Verdict
from gradref_adapters import registry
from gradref_adapters.protocol import Adapter
from gradref_reference import Batch, Case, Network, Parameters, Trace

__all__ = ["Beside", "Framework", "run_frameworks"]

Array = np.ndarray


@dataclass(frozen=True, eq=False)
class Beside:
    """One framework's numbers for one step (samples as columns), with the verdict of its certificate."""

    framework: str
    mode: str
    value: Array
    verdict: str
    share: float
    message: str

    def difference(self, reference: Array) -> float:
        """Largest absolute difference from the reference's numbers."""
        with np.errstate(invalid="ignore"):
            return float(np.max(np.abs(self.value - reference)))


@dataclass(frozen=True, eq=False)
class Framework:
    """One framework's trace and its certificates by (equation, layer)."""

    name: str
    mode: str
    version: str
    trace: Trace
    verdicts: dict[tuple[str, int], Verdict]

    @property
    def failed(self) -> list[Verdict]:
        """The equations that do not hold, causes first."""
        return [v for v in self.verdicts.values() if v.verdict == "fail"]

    def beside(self, equation: str, layer: int) -> Beside:
        """The numbers of one step."""
        t = self.trace
        value = {
            "LIN": lambda: t.z[layer].T,
            "ACT": lambda: t.a[layer].T,
            "COST": lambda: np.array([[t.cost]]),
            "BP1": lambda: t.delta[layer].T,
            "BP2": lambda: t.delta[layer].T,
            "BP3": lambda: t.db[layer][:, None],
            "BP4": lambda: t.dW[layer],
        }[equation]()
        verdict = self.verdicts[equation, layer]
        return Beside(self.name, self.mode, value, verdict.verdict, verdict.share, verdict.message)


def _run(name: str, adapter: Adapter, network: Network, parameters: Parameters, batch: Batch) -> Framework | str:
    """One framework in its plainest mode, or the reason why it cannot run."""
    mode, version = adapter.modes()[0], adapter.version()
    case = Case(network, parameters, batch, "float64", name, mode, name="yours")
    answer = ask(case, adapter)
    if isinstance(answer, Verdict):
        return answer.finding
    trace, contract = answer
    found = certify_case(case, trace, contract)
    malformed = next((v for v in found.verdicts if v.rule == "structure"), None)
    if malformed is not None:
        return malformed.finding
    return Framework(name, mode, version, trace, {(v.equation, v.layer): v for v in found.verdicts})


def run_frameworks(network: Network, parameters: Parameters, batch: Batch) -> tuple[tuple[Framework, ...], dict[str, str]]:
    """Every framework but the reference, in float64 and in its plainest mode; and the reasons of those that could not run."""
    found, missing = [], dict(registry.missing())
    for name, adapter in registry.available().items():
        if name == REFERENCE:
            continue
        try:
            framework = _run(name, adapter, network, parameters, batch)
        except (Exception, SystemExit) as error:  # a third party's adapter may do anything; the explanation stands without it
            framework = f"{name}: raised {type(error).__name__}: {error}"
        if isinstance(framework, str):
            missing[name] = framework
        else:
            found.append(framework)
    return tuple(found), missing
