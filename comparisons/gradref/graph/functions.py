"""check_function: is this custom function's backward right? It takes the arguments of `torch.autograd.gradcheck`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from gradref_adapters.graph import BackwardRaised, Graph, Node, Pullback, Trial, Where
from gradref_adapters.registry import recorder
from gradref_reference import SpecificationError

from .certifying import certify_graph
from .model_report import ModelReport, described, detail

__all__ = ["FunctionCheck", "FunctionReport", "check_function"]

RIGHT, WRONG, UNJUDGED, SKIPPED = "right", "wrong", "unjudged", "skipped"

DOUBLE = 100.0
"""A second derivative may be off by this many units of what the differences that judge it are uncertain by."""


@dataclass(frozen=True)
class FunctionCheck:
    """One trial: how the function was called, the verdict, and a sentence; `report` where equations were judged."""

    name: str
    dtype: str
    verdict: str
    sentence: str
    report: ModelReport | None = None


@dataclass(frozen=True)
class FunctionReport:
    """What every trial gave. True in a condition when all is right, as `gradcheck` is."""

    name: str
    checks: list[FunctionCheck] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """ "wrong" where one trial is, "unjudged" where the first could not be judged, otherwise "right"."""
        if any(c.verdict == WRONG for c in self.checks):
            return WRONG
        return UNJUDGED if any(c.verdict == UNJUDGED for c in self.checks) or not self.checks else RIGHT

    @property
    def ok(self) -> bool:
        return self.verdict == RIGHT

    def __bool__(self) -> bool:
        return self.ok

    @property
    def sentence(self) -> str:
        """The verdict in one sentence: the first trial that is not right, or how many are."""
        for check in self.checks:
            if check.verdict in (WRONG, UNJUDGED):
                return f"{check.verdict}: {self.name}, {check.name}, {check.dtype}: {check.sentence}"
        judged = sum(c.verdict == RIGHT for c in self.checks)
        return f"right: {self.name} agrees with the derivative of its forward in all {judged} trials."

    def __str__(self) -> str:
        lines = [self.sentence]
        lines += [f"  {c.verdict}: {c.name}, {c.dtype}: {c.sentence}" for c in self.checks]
        return "\n".join(lines)

    def to_json(self) -> dict[str, Any]:
        """The common object, with one entry per trial."""
        return {
            "format": 1,
            "verdict": self.verdict,
            "ok": self.ok,
            "judged": sum(c.verdict in (RIGHT, WRONG) for c in self.checks),
            "not_judged": [
                {"name": f"{c.name}, {c.dtype}", "reason": c.sentence} for c in self.checks if c.verdict in (UNJUDGED, SKIPPED)
            ],
            "function": self.name,
            "trials": [
                {"name": c.name, "dtype": c.dtype, "verdict": c.verdict, "sentence": c.sentence}
                | ({"failed": c.report.to_json()["failed"]} if c.report is not None else {})
                for c in self.checks
            ],
        }


def check_function(
    function: Callable,
    inputs: Any,
    *,
    reference: Callable | None = None,
    dtypes: tuple[str, ...] = ("float64", "float32"),
    double: bool = False,
    seed: int = 0,
    framework: str = "torch",
    raise_exception: bool = False,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    nondet_tol: float = 0.0,
    **others: Any,
) -> FunctionReport:
    """Judge a custom function's backward against the derivative of its own forward, operation by operation.

    Parameters
    ----------
    function : `MyFunction.apply`, or any function of tensors that uses it.
    inputs : a tensor or a tuple of what it takes; what requires a gradient is judged.
    reference : a forward in plain operators, where the function's own cannot be recorded (a kernel, NumPy).
    dtypes : the formats to try; the first one also with strided, expanded and empty inputs and with subsets that need a gradient.
    double : also judge the derivative of the backward, by differences.
    seed : of the random cotangents.
    raise_exception : raise `AssertionError` with the report where it is not right.
    eps, atol, rtol, nondet_tol, others : arguments of `torch.autograd.gradcheck`, so that a call can be exchanged for this one. The
        tolerances are derived here and these are not used; `check_forward_ad` and `check_batched_grad` are not supported.

    Raises
    ------
    SpecificationError
        For an argument that nobody knows, and where no input requires a gradient.
    """
    _known(others)
    given = tuple(inputs) if isinstance(inputs, (tuple, list)) else (inputs,)
    tools = recorder(framework)
    name = _name_of(function)
    checks = []
    for trial in tools.trials(given, tuple(dtypes)):
        checks.append(_tried(tools, function, reference, trial, seed))
    if not any(c.report is not None and c.report.graph.parameters for c in checks) and all(
        c.verdict == UNJUDGED for c in checks[:1]
    ):
        raise SpecificationError("check_function: an input must require a gradient, got none. Call requires_grad_() on it.")
    if checks[0].verdict == RIGHT:
        checks.append(_deterministic(tools, function, given, seed, dtypes[0]))
        if double:
            checks.append(_twice(tools, function, given, seed))
    report = FunctionReport(name, checks)
    if raise_exception and not report:
        raise AssertionError(str(report))
    return report


GRADCHECK = frozenset(
    {
        *("check_sparse_nnz", "check_undefined_grad", "check_grad_dtypes", "check_batched_grad", "check_batched_forward_grad"),
        *("check_forward_ad", "check_backward_ad", "fast_mode", "masked", "check_fwd_over_rev", "check_rev_over_rev"),
    }
)


def _known(others: dict[str, Any]) -> None:
    """Arguments of gradcheck pass; one that asks for what is not done here, or that nobody knows, is refused."""
    for name, value in others.items():
        if name not in GRADCHECK:
            raise SpecificationError(f"check_function: must not be given {name!r}, which it does not know. Leave it out.")
        if value and name in ("check_forward_ad", "check_batched_grad", "check_batched_forward_grad", "check_fwd_over_rev"):
            raise SpecificationError(
                f"check_function: {name} must be False, got {value!r}. Only reverse mode is judged; leave it out."
            )


def _tried(tools: Any, function: Callable, reference: Callable | None, trial: Trial, seed: int) -> FunctionCheck:
    """One trial; a forward that refuses an optional one is a skip, a backward that raises is wrong."""
    try:
        graph = tools.record(function, trial.inputs, None, seed)
        if reference is not None:
            graph = against(graph, tools.record(reference, trial.inputs, None, seed), _name_of(function))
    except BackwardRaised as error:
        return FunctionCheck(trial.name, trial.dtype, WRONG, f"the backward raised {error}; no gradient was judged.")
    except Exception as error:  # somebody else's forward: anything may happen
        verdict = SKIPPED if trial.optional else UNJUDGED
        return FunctionCheck(trial.name, trial.dtype, verdict, f"the forward raised {type(error).__name__}: {error}")
    report = certify_graph(graph)
    if report.verdict == UNJUDGED and trial.optional:
        return FunctionCheck(trial.name, trial.dtype, SKIPPED, _said(report), report)
    return FunctionCheck(trial.name, trial.dtype, report.verdict, _said(report), report)


def _said(report: ModelReport) -> str:
    causes = [row for row in report.failed if not row.echo]
    if not causes:
        return report.sentence.partition(": ")[2]
    return "; ".join(f"{described(row)}: {detail(row)}" for row in causes[:3])


def against(graph: Graph, other: Graph, name: str) -> Graph:
    """A graph of one node: the gradients of `graph`, which are to be the derivative of what `other` computed."""
    values = [v for v in other.parameters.values() if v.name in graph.parameters]
    contributions = {k: graph.final[v.name] for k, v in enumerate(values)}
    pullback = Pullback(name, (other.output.cotangent,), contributions, {k: v.dtype for k, v in enumerate(values)})
    rule = "body" if all(n.rule is not None or n.given for n in other.nodes) else None
    node = Node(0, name, rule, tuple(values), {}, (other.output,), _where(graph), pullback, tuple(other.nodes))
    for value in values:
        value.cotangent = graph.final[value.name]
    for inner in other.nodes:  # the function has computed these in its own way: nobody observed them
        for value in inner.outputs if not inner.given else ():
            value.index = -1 - value.index
    handed = {v.name: graph.final[v.name] for v in values}
    return replace(graph, nodes=[node], values=[], parameters={v.name: v for v in values}, final=handed, output=other.output)


def _where(graph: Graph) -> Where:
    """Where the function that could not be recorded stands."""
    return next((n.where for n in graph.nodes if n.rule is None and not n.given), Where())


def _deterministic(tools: Any, function: Callable, inputs: tuple[Any, ...], seed: int, dtype: str) -> FunctionCheck:
    same = tools.repeated(function, inputs, seed)
    sentence = "a second run gives the same bits." if same else "a second run gives other bits."
    return FunctionCheck("run twice", dtype, RIGHT if same else WRONG, sentence)


def _twice(tools: Any, function: Callable, inputs: tuple[Any, ...], seed: int) -> FunctionCheck:
    off = tools.second_derivative(function, inputs, seed)
    if off is None:
        return FunctionCheck(
            "differentiated twice", "float64", SKIPPED, "the function cannot be differentiated twice, and says so."
        )
    if off <= DOUBLE:
        return FunctionCheck(
            "differentiated twice", "float64", RIGHT, f"agrees with differences of the backward ({off:.2g} of {DOUBLE:g})."
        )
    return FunctionCheck(
        "differentiated twice", "float64", WRONG, f"{off:.3g} times as far from differences as they are uncertain."
    )


def _name_of(function: Callable) -> str:
    owner = getattr(function, "__self__", None)
    return getattr(owner, "__name__", None) or getattr(function, "__name__", None) or type(function).__name__
