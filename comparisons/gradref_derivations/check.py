"""The whole check of one derivation: trials on every seed and condition, conduct, cause, explanations, repair, one report."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from gradref_reference.errors import DataError, FileError, ShapeError

from .findings.explain import entries_of, explanations_of, full_truth
from .findings.report import Conduct, DerivationReport, Repair, SeedReport
from .findings.root_cause import equation_of, in_order_of_cause
from .findings.side_effects import batch_of_one, conduct_of
from .findings.trial import Trial
from .program.guard import Failed
from .program.match_keys import differentiable
from .program.program import CALL_LIMIT, Inputs, Program
from .program.provenance import Flow, trace_flow
from .truth.truth import BALLS

__all__ = ["check_derivation", "check_file", "check_program"]

BUDGET = 20.0  # seconds for the search of a repair
Progress = Callable[[str, float], None]


def check_derivation(
    forward: Callable[[Inputs], Any],
    backward: Callable[[Inputs], dict[str, Any]],
    inputs: Inputs,
    wrt: Iterable[str] | None = None,
    source: str | Path | None = None,
    *,
    budget: float = BUDGET,
) -> DerivationReport:
    """Check a gradient that somebody derived by hand.

    Parameters
    ----------
    forward : inputs -> the cost, one number.
    backward : inputs -> dict of gradients, keys as in `inputs` or with a prefix d, grad_, g_, nabla_.
    inputs : dict of arrays; integer arrays are not differentiated.
    wrt : names to differentiate; by default those that came back.
    source : the file the functions are in (or its text), for the repair; found by itself where Python can.
    budget : seconds for the search of a repair; 0 for none.

    Returns
    -------
    DerivationReport : `ok`, `wrong`, `root`, `repair`...; prints as a message for a person.

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
    return check_program(program, [Trial(program, inputs, wanted)], name, budget=budget, fresh=fresh)


def check_file(
    path: str | Path,
    seeds: Iterable[int] = range(5),
    *,
    network: str | Path | None = None,
    budget: float = BUDGET,
    call_limit: float = CALL_LIMIT,
    progress: Progress | None = None,
    early: Callable[[DerivationReport], None] | None = None,
) -> DerivationReport:
    """Check a file that defines `make_inputs(seed)`, `forward(inputs)` and `backward(inputs)`; see `check_derivation`.

    `PARAMS` names what to differentiate; with `CONDITIONS`, `make_inputs(seed, condition)` is run for every condition as well as
    `make_inputs(seed)`, if that can be called.
    `network` is a TOML file whose cost `forward` should compute. `early` receives the report before the search of a repair.
    Raises `FileError`, `DataError` or `ShapeError` in one sentence for a file that cannot be judged.
    """
    program = Program.from_file(path, call_limit)
    wanted = program.namespace.get("PARAMS")
    if wanted is not None and (isinstance(wanted, str) or not all(isinstance(n, str) for n in wanted)):
        raise FileError(f"{path}: PARAMS must be a list of names, got {wanted!r}. Write PARAMS = ['W1', 'b1'].")
    trials = []
    for seed, condition in product(seeds, program.conditions()):
        inputs = _make(program, seed, condition)
        names = _wanted(wanted, inputs) if wanted is not None else None
        trials.append(Trial(program, inputs, names, seed, condition))
    conduct = _other_cost(trials[0], network) if network is not None else []
    return check_program(program, trials, Path(path).name, budget=budget, progress=progress, early=early, conduct=conduct)


def check_program(
    program: Program,
    trials: list[Trial],
    name: str,
    *,
    budget: float = BUDGET,
    fresh: list[Inputs] | None = None,
    progress: Progress | None = None,
    early: Callable[[DerivationReport], None] | None = None,
    conduct: list[Conduct] | None = None,
) -> DerivationReport:
    """Judge the trials and put everything together; `fresh` are further inputs to verify a repair on."""
    start = perf_counter()
    conduct = list(conduct or [])
    trials, notes = _usable(trials)
    looked_at: set[str | None] = set()
    for i, trial in enumerate(trials):
        if trial.condition in looked_at:  # further seeds of the same kind: detection only
            trial.directions, trial.every_entry, trial.exact = 1, False, False
        if i and (before := trials[i - 1].truth) is not None:
            trial.wide, trial.exact = before.wide, trial.exact and before.exact
        looked_at.add(trial.condition)
        if progress:
            progress(f"judging {trial.label}", i / len(trials))
        trial.run()
        if trial.failure is not None and not trial.failure.judged:
            break  # once is enough of a program that hangs
    trials = trials[: i + 1] if trials else trials
    first = _first_bad(trials)
    _refuse(program, trials)
    other = next((t.inputs for t in trials if t is not first and t.condition == first.condition), None)
    conduct += _failures(trials)
    if first.failure is None:
        conduct += conduct_of(first, other if other is not None else (fresh[0] if fresh else None))
        if not any(c.fault for c in conduct) and not any(t.findings for t in trials):
            conduct += batch_of_one(trials[0])
    wrong = [n for t in trials for n in t.findings] + [n for c in conduct if c.fault for n in c.parameters]
    names = list(dict.fromkeys([*first.names, *first.matched.missing, *(n for t in trials for n in t.names)]))
    wrong = [n for n in names if n in wrong]
    faults = [c for c in conduct if c.fault]
    flow = trace_flow(program, first.inputs, first.matched.keys) if (wrong or faults) and first.failure is None else Flow()
    report = _report(name, trials, first, names, wrong, conduct, flow, None, notes, start)
    mendable = not any(c.kind == "chance" for c in conduct)  # else every edit would look right once in a while
    if not report.ok and budget > 0 and program.text and mendable:
        if early:
            early(report)
        from .repair import find_repair

        try:
            repair = find_repair(program, trials, first, flow, conduct, budget, fresh or [], progress)
        except Exception as error:  # the verdict stands without a repair, whatever somebody's code makes the search do
            repair = None
            notes.append(f"the search for a repair broke off ({type(error).__name__}: {error})")
        report = _report(name, trials, first, names, wrong, conduct, flow, repair, notes, start)
    return report


def _report(
    name: str,
    trials: list[Trial],
    first: Trial,
    names: list[str],
    wrong: list[str],
    conduct: list[Conduct],
    flow: Flow,
    repair: Repair | None,
    notes: list[str],
    start: float,
) -> DerivationReport:
    ranks = {n: np.ndim(first.inputs.get(n, 0.0)) for n in names}
    ordered = in_order_of_cause(wrong, flow, ranks, repair.line if repair else None)
    right = [n for n in names if n not in wrong]
    entries, explanations = [], []
    for n in ordered:
        trial = first if n in first.findings else next((t for t in trials if n in t.findings), None)
        if trial is None or trial.failure is not None:
            continue
        kind = trial.findings[n].kind
        truth = _cached_truth(trial, n) if kind == "value" and len(entries) < 4 else None
        if kind in ("value", "nan") and len(entries) < 4:
            found = entries_of(trial, n, truth)
            entries += [replace(found, where=trial.label)] if found else []
        explanations += explanations_of(trial, n, truth)
    truths = [t.truth for t in trials if t.truth is not None and t.truth.method]
    methods = sorted(dict.fromkeys(t.method for t in truths), key=lambda m: m != BALLS)
    method = "; ".join(methods) or None
    seeds = []
    for seed in dict.fromkeys(t.seed for t in trials):
        own = [t for t in trials if t.seed == seed]
        bad = [n for n in ordered if any(n in t.findings for t in own)]
        failed = any(t.failure is not None for t in own) or any(c.kind == "chance" for c in conduct)
        conditions = tuple(t.condition for t in own if t.condition is not None and (t.findings or t.failure))
        seeds.append(SeedReport(seed, not bad and not failed, tuple(bad), conditions, len(own)))
    kinks: dict[str, tuple[float, float]] = {}
    for t in trials:
        for n, slope in t.kinks.items():
            kinks.setdefault(n, (slope.low, slope.high))
    conventions = [
        f"at a kink (relu at 0, a tie) the gradient of {n} lies between the one-sided derivatives {low:.6g} and {high:.6g} "
        "along the direction tried; any value between them is right"
        for n, (low, high) in kinks.items()
        if n not in wrong
    ]
    return DerivationReport(
        ok=not ordered and not any(c.fault for c in conduct),
        wrong=tuple(ordered),
        right=tuple(right),
        root=ordered[0] if ordered else None,
        equation=equation_of(ordered, right) if ordered else None,
        entries=tuple(entries),
        explanations=tuple(explanations),
        repair=repair,
        conduct=tuple(conduct),
        conventions=tuple(conventions),
        truth={"method": method, "digits": min((t.digits for t in truths if t.method == methods[0]), default=None)},
        seconds=perf_counter() - start,
        seeds=tuple(seeds),
        notes=tuple(notes),
        name=name,
    )


def _cached_truth(trial: Trial, name: str) -> np.ndarray | None:
    store = trial.__dict__.setdefault("_full", {})
    if name not in store:
        store[name] = full_truth(trial, name)
    return store[name]


# --- trials -------------------------------------------------------------------------------------------------------


def _make(program: Program, seed: int, condition: Any) -> Inputs:
    make = program.namespace["make_inputs"]
    where = f"{program.filename}: make_inputs({seed}{'' if condition is None else f', {condition!r}'})"
    try:
        inputs = program.call(make, seed) if condition is None else program.call(make, seed, condition)
    except Failed as error:
        at = f" in line {error.line}" if error.line else ""
        raise FileError(f"{where}: must return a dict of arrays, but it {error}{at}. Correct it.") from None
    if not isinstance(inputs, dict) or not inputs:
        raise FileError(f"{where}: must return a dict of arrays, got {type(inputs).__name__}. Return {{'W1': ..., 'x': ...}}.")
    return inputs


def _wanted(names: Iterable[str], inputs: Inputs) -> tuple[str, ...]:
    names = (names,) if isinstance(names, str) else tuple(names)
    for name in names:
        if name not in inputs:
            raise DataError(f"wrt: every name must be an input ({', '.join(map(str, inputs))}), got {name!r}. Correct the name.")
        if not differentiable(inputs[name]):
            kind = getattr(inputs[name], "dtype", type(inputs[name]).__name__)
            raise DataError(f"wrt: {name} must hold floating point numbers, got {kind}. Convert it.")
    return names


def _usable(trials: list[Trial]) -> tuple[list[Trial], list[str]]:
    """The trials whose forward pass gives a finite cost; `ShapeError` or `DataError` when none does."""
    good, notes = [], []
    reason: str | None = None
    for trial in trials:
        try:
            cost = trial.evaluate_forward()
            if trial is trials[0] and (again := trial.evaluate_forward()) != cost and abs(again - cost) > 1e-9 * abs(cost):
                raise DataError(
                    f"forward ({trial.label}): must give the same cost for the same inputs, got {cost:.10g} and then {again:.10g}. "
                    "Draw random numbers in make_inputs and pass them in."
                )
        except Failed as error:
            at = f" in line {error.line}" if error.line else ""
            reason = f"forward ({trial.label}): must return one number, but it {error}{at}. Correct forward first."
            if trial.condition is None:
                break
            notes.append(f"forward {error} on {trial.label}, which could not be judged")
            continue
        if not np.isfinite(cost):
            reason = f"forward ({trial.label}): must return a finite cost, got {cost}. Correct forward, or choose other inputs."
            notes.append(f"the cost is {cost} on {trial.label}, which could not be judged")
            continue
        good.append(trial)
    if not good:
        raise (ShapeError if reason and "one number" in reason else DataError)(reason or "no inputs to check")
    return good, notes


def _first_bad(trials: list[Trial]) -> Trial:
    """The trial that shows most: one with findings if any, away from kinks and on plain inputs if possible; then one that failed."""

    def shows(t: Trial) -> tuple:
        bad, usual = t.failure is None and bool(t.findings), t.condition == trials[0].condition
        return (bad, not (t.truth is not None and t.truth.kinked), usual, len(t.findings), t.failure is not None)

    return max(trials, key=shows)


def _refuse(program: Program, trials: list[Trial]) -> None:
    """`FileError` for a backward that cannot be judged: it hangs, exits, raises on purpose or returns no dict, on every input."""
    if any(t.failure is None for t in trials):
        return
    failed = trials[0].failure
    assert failed is not None
    raised = any(isinstance(n, ast.Raise) and n.lineno == failed.line for n in ast.walk(program.tree))
    if raised or not failed.judged:
        at = f" in line {failed.line}" if failed.line else ""
        raise FileError(f"backward ({trials[0].label}): must return a dict of gradients, but it {failed}{at}. Correct it.")


def _failures(trials: list[Trial]) -> list[Conduct]:
    failed = [t for t in trials if t.failure is not None]
    if not failed:
        return []
    t = failed[0]
    names = tuple(t.wanted or ()) if len(failed) == len(trials) else ()
    everywhere = "" if len(failed) == len(trials) else f" on {t.label}"
    return [Conduct("failure", f"backward {t.failure}{everywhere}", names, t.failure.line if t.failure else None)]


def _varied(inputs: Inputs, wanted: tuple[str, ...] | None, seed: int) -> Inputs:
    """Inputs of the same shapes and sizes: floating numbers changed by up to a third, labels kept."""
    rng = np.random.default_rng(seed)
    return {
        k: v * (1 + 0.3 * rng.uniform(-1, 1, v.shape)) if isinstance(v, np.ndarray) and v.dtype.kind == "f" else v
        for k, v in inputs.items()
    }


def _other_cost(trial: Trial, path: str | Path) -> list[Conduct]:
    from .findings.stated_cost import stated_cost

    return stated_cost(trial, path)
