"""Everything that is checked on one trace: certificates, agreement with the reference, golden numbers, exact probes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from gradref.certificate import certify_case, reference_verdicts
from gradref.suite.golden import Golden
from gradref.verdict import FAIL, PASS, SKIP, Verdict
from gradref_reference import Case, GradrefError, Trace, backprop, format_of
from gradref_reference.arrays import Batch, Parameters
from gradref_reference.error_model import Contract, propagated_bound
from gradref_reference.formats import ulp

__all__ = ["Judgement", "judge", "reference_trace", "run_verdict"]

Extra = Callable[[Case, Trace], list[Verdict]]


@dataclass(frozen=True, eq=False)
class Judgement:
    """The verdicts on one run and, per equation and layer, the share of the allowance each entry used."""

    verdicts: list[Verdict]
    shares: dict[tuple[str, int], np.ndarray] = field(default_factory=dict)
    trace: Trace | None = None


def reference_trace(case: Case) -> Trace:
    """The reference in float64 on the numbers the case's implementation really gets (its inputs rounded to its dtype)."""
    W, b, x, y = case.rounded()
    return backprop(case.network, Parameters(W, b), Batch(x, y))


def run_verdict(case: Case, verdict: str, message: str, seconds: float = 0.0) -> Verdict:
    """A row that says whether an implementation ran at all; for skips and crashes."""
    return Verdict(
        case.name,
        case.framework,
        case.mode,
        case.dtype,
        case.device,
        "RUN",
        0,
        "",
        verdict,  # type: ignore[arg-type]  # one of the four constants
        rule="none" if verdict in (PASS, SKIP) else "structure",
        message=message,
        seconds=seconds,
    )


def judge(
    case: Case, trace: Trace, contract: Contract, reference: Trace, golden: Golden | None = None, extra: Extra | None = None
) -> Judgement:
    """Certificates of every equation, every dW and db against the reference, and whatever is known about the case beforehand."""
    certificates = certify_case(case, trace, contract)
    verdicts = list(certificates.verdicts)
    if not any(v.rule in ("structure", "finite") for v in verdicts):  # otherwise there is nothing to compare
        verdicts += reference_verdicts(case, trace, reference, contract)
        if golden is not None and _inputs_are_golden(case):
            verdicts += _golden_verdicts(case, trace, golden, contract)
        if extra is not None:
            verdicts += extra(case, trace)
    return Judgement([replace(v, seconds=trace.seconds) for v in verdicts], certificates.shares, trace)


def run_and_judge(case: Case, adapter, reference: Trace, golden: Golden | None = None, extra: Extra | None = None) -> Judgement:
    """Run a case on an adapter and judge the trace; what cannot run is a skip with its reason, what crashes a failure."""
    reason = adapter.supports(case)
    if reason is not None:
        return Judgement([run_verdict(case, SKIP, reason)])
    try:
        trace = adapter.run(case)
    except GradrefError:
        raise
    except Exception as error:
        first = (str(error).strip() or "no message").splitlines()[0][:200]
        sentence = f"{case.label}: must run, got {type(error).__name__}: {first}. Run this case alone to see the whole message."
        return Judgement([run_verdict(case, FAIL, sentence)])
    return judge(case, trace, adapter.contract(case), reference, golden, extra)


def _inputs_are_golden(case: Case) -> bool:
    """True where rounding to the case's dtype left every input as it was: only then are the golden numbers the truth."""
    if case.dtype == "float64":
        return True
    W, b, x, y = case.rounded()
    given, p = case.batch, case.parameters
    same = all(np.array_equal(W[l], p.W[l]) and np.array_equal(b[l], p.b[l]) for l in W)
    return same and np.array_equal(x, given.x) and np.array_equal(y, given.y)


def _golden_verdicts(case: Case, trace: Trace, golden: Golden, contract: Contract) -> list[Verdict]:
    """dW and db against the known exact numbers; the allowance is the propagated bound plus what rounding the biases did."""
    W, b, x, y = case.rounded()
    bound = propagated_bound(case.network, W, b, x, case.network.targets(Batch(x, y)), contract)
    moved = _effect_of_rounded_biases(golden)
    form, out = format_of(case.dtype), []
    for (kind, l), expected in golden.arrays().items():
        actual = (trace.dW if kind == "W" else trace.db)[l]
        allowance = (bound.dW if kind == "W" else bound.db)[l] + moved[kind, l] + format_of("float64").u * np.abs(expected)
        residual = np.abs(actual - expected)
        bad = ~(residual <= allowance)
        share = np.divide(residual, allowance, out=np.where(residual == 0, 0.0, np.inf), where=allowance > 0)
        worst = np.unravel_index(np.argmax(share), share.shape)
        message = ""
        if bad.any():
            message = (
                f"{case.label}: layer{l}.{kind} must equal the exact numbers of {golden.name}; {int(bad.sum())} of {bad.size} "
                f"entries differ, worst at {tuple(int(i) for i in worst)}: {actual[worst]:.17g} instead of {expected[worst]:.17g}, "
                f"{share[worst]:.3g} times the allowance."
            )
        out.append(
            Verdict(
                case.name, case.framework, case.mode, case.dtype, case.device, "GOLD", l, f"layer{l}.{kind}",
                FAIL if bad.any() else PASS,
                entries=actual.size, failing=int(bad.sum()),
                worst_index=str(tuple(int(i) for i in worst)),
                actual=float(actual[worst]), expected=float(expected[worst]), allowance=float(allowance[worst]),
                max_abs=float(residual.max()),
                max_rel=float(np.max(residual / np.where(expected == 0, 1, np.abs(expected)))),
                max_ulp=float(np.max(residual / ulp(expected, form))),
                share=float(share[worst]),
                blind=float(np.mean(np.abs(expected) <= allowance)),
                rule="bound" if bad.any() else "none", message=message,
            )
        )  # fmt: skip
    return out


def _effect_of_rounded_biases(golden: Golden) -> dict[tuple[str, int], np.ndarray]:
    """First-order change of each gradient when every bias moves by half an ulp; zero where the biases are whole numbers.

    GS has biases ln(r) - W a, which no binary format holds exactly, so its gradients are exact for slightly different biases.
    """
    p, step = golden.parameters, 2.0**-26
    base = backprop(golden.network, p, golden.batch)
    moved = {("W", l): np.zeros_like(v) for l, v in base.dW.items()} | {("b", l): np.zeros_like(v) for l, v in base.db.items()}
    for l, bias in p.b.items():
        for j in np.flatnonzero(bias != np.rint(bias)):
            shifted = {k: v.copy() for k, v in p.b.items()}
            shifted[l][j] += step
            other = backprop(golden.network, Parameters(p.W, shifted), golden.batch)
            half_ulp = 3 * 0.5 * np.spacing(abs(bias[j]))  # the logarithm and the subtraction round too
            for k in base.dW:
                moved["W", k] += np.abs(other.dW[k] - base.dW[k]) / step * half_ulp
                moved["b", k] += np.abs(other.db[k] - base.db[k]) / step * half_ulp
    return moved
