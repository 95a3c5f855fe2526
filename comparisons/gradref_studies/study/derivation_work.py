"""One job of the study of derivations: runs in a worker process and returns plain data."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from gradref_derivations.program.match_keys import differentiable, match_keys
from gradref_derivations.program.program import Program
from gradref_derivations.repair.elsewhere import variations_of

__all__ = ["measure"]

SEEDS = (0, 1, 2, 3, 4)
FRESH = (11, 12, 13)  # seeds on which a repair is tried that the checker never saw


def measure(job: dict[str, Any]) -> dict[str, Any]:
    """The record of a job: for gradref, its report in a few fields; for the others, tool -> verdicts and seconds."""
    with warnings.catch_warnings(), np.errstate(all="ignore"), redirect_stdout(StringIO()):
        warnings.simplefilter("ignore")
        return _gradref(job) if job["tool"] == "gradref" else _others(job)


def _gradref(job: dict[str, Any]) -> dict[str, Any]:
    from gradref_derivations import check_file

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"{job['name']}.py")
        path.write_text(job["source"], encoding="utf-8")
        start = perf_counter()
        try:
            report = check_file(path, SEEDS, budget=job["budget"])
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"[:300], "seconds": perf_counter() - start}
        seconds = perf_counter() - start
    conditions = _conditions(job["right"])
    usual = conditions[0]
    repair = report.repair
    edited = _edited(job["source"], repair) if repair is not None else None
    mends = _mends(job["right"], edited)
    return {
        "ok": report.ok,
        "runs": len(SEEDS) * len(conditions),
        "refused": sum(max(1, len(s.conditions)) for s in report.seeds if not s.ok) or int(not report.ok),
        "seeds": [not s.ok and (usual is None or usual in s.conditions or not s.conditions) for s in report.seeds],
        "wrong": list(report.wrong),
        "root": report.root,
        "equation": report.equation,
        "line": report.line,
        "before": repair.before if repair else report.place.text if report.place else None,
        "after": repair.after if repair else None,
        "mends": mends,
        "elsewhere": mends and _holds_elsewhere(job["right"], edited),
        "seconds": seconds,
    }


def _edited(source: str, repair: Any) -> str | None:
    """The source with a repair in it; None where its lines are not found."""
    lines = source.split("\n")
    old = lines[repair.line - 1]
    if old.strip() == repair.before.strip():
        lines[repair.line - 1] = old[: len(old) - len(old.lstrip())] + repair.after.strip()
        return "\n".join(lines)
    return source.replace(repair.before, repair.after, 1) if repair.before in source else None


def _mends(right: str, text: str | None) -> bool:
    """Does an edited file give the gradients of the right one, on inputs the checker has not seen?"""
    return text is not None and all(_agree(right, text, seed) is True for seed in FRESH)


def _holds_elsewhere(right: str, text: str | None) -> bool:
    """Does it with every number of the right file changed, one at a time, where the right file runs so?"""
    if text is None:
        return False
    for alternatives in variations_of(Program(right, "derivation")):
        outcomes = (_agree(v.applied(right), v.applied(text), 0) for v in alternatives)
        if next((outcome for outcome in outcomes if outcome is not None), True) is False:
            return False
    return True


def _agree(right: str, text: str, seed: int) -> bool | None:
    """True where two sources give the same gradients; None where the right one gives none."""
    try:
        space = _namespace(right)
        inputs = _inputs(space, seed, _conditions(right)[0])
        expected = space["backward"]({k: np.copy(v) for k, v in inputs.items()})
        want = match_keys(expected, inputs, None).keys
        if not np.isfinite(float(np.asarray(space["forward"](inputs)).reshape(()))):
            return None
    except Exception:
        return None
    try:
        mended = _namespace(text)
        actual = mended["backward"](_inputs(mended, seed, _conditions(right)[0]))
        have = match_keys(actual, inputs, None).keys
        return all(_same(actual[have[name]], expected[key]) for name, key in want.items())
    except Exception:
        return False


def _same(a: Any, b: Any) -> bool:
    a, b = np.asarray(a), np.asarray(b)
    largest = max(1e-300, np.max(np.abs(b), initial=0.0))
    return a.shape == b.shape and bool(np.max(np.abs(a - b), initial=0.0) <= 1e-9 * largest)


def _others(job: dict[str, Any]) -> dict[str, Any]:
    """Verdicts of every other check: all conditions of a right file, the ordinary one of a wrong file."""
    from ..rivals.gradcheckers import available_checkers

    space, right = _namespace(job["source"]), _namespace(job["right"])
    conditions = _conditions(job["right"]) if job["mistake"] is None else _conditions(job["right"])[:1]
    checks = available_checkers()
    refused: dict[str, list[bool]] = {tool: [] for tool in checks}
    seconds = dict.fromkeys(checks, 0.0)
    for seed in SEEDS:
        for condition in conditions:
            inputs = _inputs(right, seed, condition)
            functions = _functions(space, right, inputs)
            for tool, check in checks.items():
                start = perf_counter()
                try:
                    accepted = check(*functions)
                except Exception:
                    accepted = False
                seconds[tool] += perf_counter() - start
                refused[tool].append(not accepted)
    runs = len(SEEDS) * len(conditions)
    return {"refused": refused, "seconds": {tool: s / runs for tool, s in seconds.items()}}


def _functions(space: dict, right: dict, inputs: dict[str, Any]) -> tuple[Callable, Callable, dict[str, np.ndarray]]:
    """The cost and the gradient as functions of the parameters alone, and the parameters."""
    returned = right["backward"]({k: np.copy(v) for k, v in inputs.items()})
    names = [n for n in match_keys(returned, inputs, right.get("PARAMS")).keys if differentiable(inputs[n])]

    def whole(values: dict[str, np.ndarray]) -> dict[str, Any]:
        return {**{k: np.copy(v) if isinstance(v, np.ndarray) else v for k, v in inputs.items()}, **values}

    def forward(values: dict[str, np.ndarray]) -> float:
        return float(space["forward"](whole(values)))

    def gradient(values: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        got = space["backward"](whole(values))
        keys = match_keys(got, inputs, names).keys
        return {n: np.asarray(got[keys[n]], np.float64) for n in names}

    return forward, gradient, {n: np.array(inputs[n], np.float64) for n in names}


def _namespace(text: str) -> dict[str, Any]:
    return Program(text, "derivation").namespace


def _conditions(text: str) -> list:
    return Program(text, "derivation").conditions()


def _inputs(space: dict[str, Any], seed: int, condition: Any) -> dict[str, Any]:
    return space["make_inputs"](seed) if condition is None else space["make_inputs"](seed, condition)
