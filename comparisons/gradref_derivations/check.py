"""The whole check of one derivation: trials on every seed and condition, side effects, cause, explanations, repair, one report."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from gradref_reference.checks import several, whole_number
from gradref_reference.errors import DataError, FileError, shown
from gradref_reference.paths import as_path

from .findings.constants import right_but_for
from .findings.evidence import Evidence
from .findings.judging import (
    GradientPartFailed,
    Progress,
    failures,
    left_out,
    most_telling,
    refuse_unjudgeable,
    run_all,
    usable_trials,
)
from .findings.report import Conduct, DerivationReport, NotJudged, Place, Remark, SeedReport, Taken
from .findings.side_effects import batch_of_one, conduct_of
from .findings.stated_cost import stated_cost
from .findings.trial import Trial
from .harness.taking import options_of, taken
from .program.guard import Failed
from .program.match_keys import differentiable, is_data
from .program.program import CALL_LIMIT, Inputs, Program
from .program.provenance import Flow, trace_flow
from .repair import find_repair

__all__ = ["BUDGET", "check_derivation", "check_file", "check_program"]

BUDGET = 20.0  # seconds for the search of a repair


def check_derivation(
    forward: Callable[[Inputs], Any],
    backward: Callable[[Inputs], dict[str, Any]],
    inputs: Inputs,
    wrt: Iterable[str] | None = None,
    source: str | Path | None = None,
    *,
    frozen: Iterable[str] = (),
    budget: float = BUDGET,
) -> DerivationReport:
    """Check a gradient that somebody derived by hand.

    Parameters
    ----------
    forward : inputs -> the cost, one number.
    backward : inputs -> dict of gradients, keys as in `inputs` or decorated: dW, grad_W, nabla_W, dJdW, W_grad.
    inputs : dict of arrays; integer arrays are not differentiated.
    wrt : names to differentiate; by default those that came back.
    source : the file the functions are in (or its text), for the repair; found by itself where Python can.
    frozen : names that `forward` depends on and that have no gradient on purpose.
    budget : seconds for the search of a repair; 0 for none.

    Returns
    -------
    DerivationReport : `verdict`, `ok`, `wrong`, `root`, `repair`...; prints as a message for a person. The verdict is "unjudged"
        when nothing was compared, or when an input that `forward` depends on is neither in `wrt` nor in `frozen` nor came back.

    Raises
    ------
    DataError, ShapeError : for inputs or a forward pass that cannot be used.

    >>> import numpy as np
    >>> inputs = {"w": np.array([1.0, 2.0]), "x": np.array([3.0, -1.0])}
    >>> cost = lambda i: np.sum((i["w"] * i["x"]) ** 2)
    >>> check_derivation(cost, lambda i: {"dw": 2 * i["w"] * i["x"] ** 2}, inputs).ok
    True
    """
    if not isinstance(inputs, dict) or not inputs:
        raise DataError(f"inputs: must be a dict of arrays, got {type(inputs).__name__}. Pass {{'W1': W1, ...}}.")
    wanted = _wanted(wrt, inputs) if wrt is not None else None
    program = Program.from_functions(forward, backward, source)
    fresh = [_varied(inputs, wanted, seed) for seed in (1, 2)]
    name = getattr(backward, "__name__", "backward")
    trials = [Trial(program, inputs, wanted)]
    return check_program(program, trials, name, frozen=_names("frozen", frozen), budget=budget, fresh=fresh)


def check_file(
    path: str | Path,
    seeds: Iterable[int] = range(5),
    *,
    network: str | Path | None = None,
    inputs: str | None = None,
    cost: str | None = None,
    rate: float | None = None,
    budget: float = BUDGET,
    call_limit: float = CALL_LIMIT,
    progress: Progress | None = None,
    early: Callable[[DerivationReport], None] | None = None,
    harness: Callable[[str], None] | None = None,
) -> DerivationReport:
    """Check a file that defines `make_inputs(seed)`, `forward(inputs)` and `backward(inputs)`; see `check_derivation`.

    `PARAMS` names what to differentiate, or `FROZEN` what not to; with `CONDITIONS`, `make_inputs(seed, condition)` is run for every
    condition as well as `make_inputs(seed)`, if that can be called. `network` is a TOML file whose cost `forward` should compute.

    Code without these functions is named behind a colon: `net.py:Network`, `net.py:loss`, `net.py:forward,backward`, also in a
    notebook. What it takes to run it is found by running it and said in `taken`; `inputs` ("X: 6x4, y: 6x3 one-hot"), `cost` (a name)
    and `rate` (the learning rate of an update) say it instead. `harness` receives the harness as text.

    `early` receives the report before the search of a repair. Raises `FileError`, `DataError` or `ShapeError` in one sentence for a
    file that cannot be judged.
    """
    as_path(path)
    seeds = [whole_number("seeds", seed, 0, "Write [0, 1, 2].") for seed in several("seeds", seeds, "Write [0, 1, 2].")]
    subject = taken(path, call_limit, options_of(inputs, cost, rate))
    if harness is not None and subject.harness:
        harness(subject.harness)
    program = subject.program
    wanted, frozen = (_declared(program, name) for name in ("PARAMS", "FROZEN"))
    trials = []
    for seed, condition in product(seeds, program.conditions()):
        made = _make(program, seed, condition)
        names = _wanted(wanted, made) if wanted is not None else None
        trials.append(Trial(program, made, names, seed, condition))
    conduct = stated_cost(trials[0], network) if network is not None else []
    report = check_program(
        program,
        trials,
        subject.name,
        frozen=frozen or (),
        budget=budget,
        progress=progress,
        early=early,
        conduct=conduct,
        inferred=Inferred(subject.taken, subject.remarks, subject.noted),
    )
    return subject.placed(report)


@dataclass(frozen=True)
class Inferred:
    """What was inferred before the check began, to be said with its report."""

    taken: Taken = field(default_factory=Taken)
    remarks: tuple[Remark, ...] = ()
    noted: tuple[NotJudged, ...] = ()


def check_program(
    program: Program,
    trials: list[Trial],
    name: str,
    *,
    frozen: tuple[str, ...] = (),
    budget: float = BUDGET,
    fresh: list[Inputs] | None = None,
    progress: Progress | None = None,
    early: Callable[[DerivationReport], None] | None = None,
    conduct: Iterable[Conduct] = (),
    inferred: Inferred | None = None,
) -> DerivationReport:
    """Judge the trials and put everything together; `fresh` are further inputs to verify a repair on, `conduct` is known already."""
    start = perf_counter()
    try:
        usable = usable_trials(trials)
    except GradientPartFailed as part:
        return replace(_without_a_cost(program, trials[0], part.error, name), seconds=perf_counter() - start)
    judged = run_all(usable.trials, progress)
    refuse_unjudgeable(program, judged)
    first = most_telling(judged)
    observed = [*conduct, *failures(judged), *_observed(judged, first, fresh or [])]
    left = left_out(first, frozen)
    given = inferred or Inferred()
    evidence = Evidence(
        judged,
        first,
        tuple(observed),
        Flow(),
        usable,
        tuple(left),
        remarks=given.remarks,
        noted=given.noted,
        taken=given.taken,
    )
    if (evidence.wrong or evidence.faults) and first.failure is None:
        evidence.flow = trace_flow(program, first.inputs, first.matched.keys)
    only_values = all(c.kind == "precision" for c in evidence.faults)
    if evidence.wrong and only_values and (buts := right_but_for(program, judged)):
        evidence = evidence.but(buts)
    report = replace(evidence.report(name), seconds=perf_counter() - start)
    mendable = not any(c.kind == "chance" for c in observed)  # else every edit would look right once in a while
    if report.verdict == "wrong" and budget > 0 and program.text and mendable:
        if early:
            early(report)
        try:
            repair = find_repair(program, judged, first, evidence.flow, observed, budget, fresh or [], progress)
            report = evidence.mended(report, repair)
        except Exception as error:  # the verdict stands without a repair, whatever somebody's code makes the search do
            note = f"the search for a repair broke off ({type(error).__name__}: {error})"
            report = replace(report, notes=(*report.notes, note))
    return replace(report, seconds=perf_counter() - start)


def _without_a_cost(program: Program, trial: Trial, error: Failed, name: str) -> DerivationReport:
    """The report on a function for cost and gradient that raises in its gradient part: nothing can be compared."""
    text = f"the part behind the cost {error}: the forward pass is not to blame, and no gradient came back"
    line = program.text.split("\n")[error.line - 1] if error.line else ""
    wanted = trial.wanted or tuple(n for n, v in trial.inputs.items() if np.ndim(v) and not is_data(n))
    return DerivationReport(
        "wrong",
        not_judged=tuple(NotJudged(n, f"the gradient part {error}") for n in wanted),
        place=Place(error.line, line, sure=False) if error.line else None,
        conduct=(Conduct("failure", text, (), error.line),),
        seeds=(SeedReport(trial.seed, False, ()),),
        name=name,
    )


def _observed(trials: list[Trial], first: Trial, fresh: list[Inputs]) -> list[Conduct]:
    """What the code does besides returning gradients, on the most telling trial; on one sample if nothing else is wrong."""
    if first.failure is not None:
        return []
    others = [t.inputs for t in trials if t is not first and t.condition == first.condition] + fresh
    found = conduct_of(first, others[0] if others else None)
    if not any(c.fault for c in found) and not any(t.findings for t in trials):
        found += batch_of_one(trials[0])
    return found


# --- inputs -------------------------------------------------------------------------------------------------------


def _make(program: Program, seed: int, condition: Any) -> Inputs:
    make = program.namespace["make_inputs"]
    where = f"{program.filename}: make_inputs({seed}{'' if condition is None else f', {condition!r}'})"
    try:
        inputs = program.call(make, seed) if condition is None else program.call(make, seed, condition)
    except Failed as error:
        raise FileError(f"{where}: must return a dict of arrays, but it {error}{error.at}. Correct it.") from None
    if not isinstance(inputs, dict) or not inputs:
        raise FileError(f"{where}: must return a dict of arrays, got {type(inputs).__name__}. Return {{'W1': ..., 'x': ...}}.")
    return inputs


def _declared(program: Program, name: str) -> tuple[str, ...] | None:
    """A list of names that the file defines; `FileError` for anything else under that name."""
    given = program.namespace.get(name)
    if given is None:
        return None
    if isinstance(given, (list, tuple, set, frozenset)) and all(isinstance(n, str) for n in given):
        return tuple(given)
    raise FileError(f"{program.filename}: {name} must be a list of names, got {given!r}. Write {name} = ['W1', 'b1'].")


def _names(where: str, given: Iterable[str]) -> tuple[str, ...]:
    with suppress(Exception):  # whatever an object of anybody's raises when it is gone through
        names = (given,) if isinstance(given, str) else tuple(given)
        if all(isinstance(n, str) for n in names):
            return names
    raise DataError(f"{where}: must be names of inputs, got {shown(given)}. Pass ['W1', 'b1'].")


def _wanted(names: Iterable[str], inputs: Inputs) -> tuple[str, ...]:
    wanted = _names("wrt", names)
    for name in wanted:
        if name not in inputs:
            raise DataError(
                f"wrt: every name must be an input ({', '.join(map(str, inputs))}), got {shown(name)}. Correct the name."
            )
        if not differentiable(inputs[name]):
            kind = getattr(inputs[name], "dtype", type(inputs[name]).__name__)
            raise DataError(f"wrt: {name} must hold floating point numbers, got {kind}. Convert it.")
    return wanted


def _varied(inputs: Inputs, wanted: tuple[str, ...] | None, seed: int) -> Inputs:
    """Inputs of the same shapes and sizes: floating numbers changed by up to a third, labels kept."""
    rng = np.random.default_rng(seed)
    return {
        k: v * (1 + 0.3 * rng.uniform(-1, 1, v.shape)) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v
        for k, v in inputs.items()
    }
