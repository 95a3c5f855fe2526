"""What the code does besides returning gradients: changing its inputs, remembering earlier calls, failing on a batch of one."""

from __future__ import annotations

from time import perf_counter
from typing import Any

import numpy as np

from ..program.guard import Failed
from ..program.match_keys import DATA_NAMES
from ..program.program import Inputs, Program, copy_inputs
from ..program.source import state_lines
from ..truth.rounding import as_gradient
from ..truth.truth import scalar
from .report import Conduct
from .trial import Trial
from .wording import listed

__all__ = ["batch_of_one", "chance", "changed_inputs", "conduct_of", "memory"]

REPEATS = 6  # calls from the same start; sets of a few objects often come in the same order twice
REPEAT_SECONDS = 0.3  # what they may cost together


def conduct_of(trial: Trial, other: Inputs | None) -> list[Conduct]:
    """Everything of this kind that one trial shows; `other` are inputs of the same kind for calls in between."""
    program = trial.program
    found = [_extra(trial, key) for key in trial.matched.extra]
    found += changed_inputs(trial)
    if program.anew() is not None:
        found += chance(trial) or memory(trial, other)
    else:  # what functions keep in places of their own cannot be told from chance: the likelier is asked first
        found += memory(trial, other) or chance(trial)
    found += _precision(trial)
    return found


def _extra(trial: Trial, key: str) -> Conduct:
    return Conduct("extra", f"backward returns {key!r}, which belongs to no input", fault=False)


def changed_inputs(trial: Trial) -> list[Conduct]:
    """Inputs that `backward` or `forward` writes to, with the line that does it."""
    found = []
    for function in ("backward", "forward"):
        given = copy_inputs(trial.inputs)
        if _called(trial, function, given) is not None:
            continue
        changed = tuple(k for k, v in trial.inputs.items() if k not in given or not _same(v, given[k]))
        if not changed:
            continue
        locked = copy_inputs(trial.inputs)
        for value in locked.values():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
        stopped = _called(trial, function, locked)
        parameters = changed if function == "backward" else ()
        text = f"{function} changes its inputs: {', '.join(changed)} afterwards differ{'s' if len(changed) == 1 else ''}"
        found.append(Conduct("inputs changed", f"{text}; work on a copy", parameters, stopped.line if stopped else None))
    trial.program.refresh()
    return found


def _called(trial: Trial, function: str, inputs: Inputs) -> Failed | None:
    """Call one function on these very inputs, after forward where backward reads what that has stored; how it failed."""
    program = trial.program
    program.refresh()
    try:
        if trial.cached and function == "backward":
            program.forward(trial.inputs)
        program.call(program.namespace[function], inputs)
    except Failed as error:
        return error
    return None


def memory(trial: Trial, other: Inputs | None) -> list[Conduct]:
    """Gradients that change when `backward` is called again, or after other inputs."""
    program, found = trial.program, []
    first = trial.returned
    if not isinstance(first, dict):
        return []
    if trial.cached:
        return _rounds(trial, other)
    program.refresh()
    try:
        program.backward(trial.inputs)
        again = program.backward(trial.inputs)
    except Failed as error:
        program.refresh()
        return [Conduct("state", f"a second call of backward {error}", trial.names, error.line)]
    differing = _differing(trial, first, again)
    if differing:
        factor = _growth(trial, first, again, differing)
        text = f"a second call of backward on the same inputs gives another result for {', '.join(differing)}{factor}"
        found.append(Conduct("state", text, tuple(differing), _state_line(program)))
    elif other is not None:
        found += _after_others(trial, other)
    program.refresh()
    return found


def chance(trial: Trial) -> list[Conduct]:
    """Gradients that differ between calls from the same start: random numbers, or the order in which a set gives its elements."""
    differing: list[str] = []
    start = perf_counter()
    for repeat in range(REPEATS):
        if repeat and perf_counter() - start > REPEAT_SECONDS:
            break
        program = trial.program.anew() or trial.program
        program.refresh()
        try:
            if trial.cached:
                program.forward(trial.inputs)
            again = program.backward(trial.inputs)
        except Failed:
            again = None
        differing += [n for n in _differing(trial, trial.returned, again, slack=0.0) if n not in differing]
    trial.program.refresh()
    if not differing:
        return []
    text = (
        "backward is not repeatable: called again on the same inputs, from the same start, "
        f"it gives another {listed(['d' + n for n in differing])}. "
        "Draw random numbers in make_inputs and pass them in; walk over lists, not sets"
    )
    return [Conduct("chance", text, tuple(differing))]


def _after_others(trial: Trial, other: Inputs) -> list[Conduct]:
    """Calls on two sets of inputs in turn: each must give what it gives when it is called first."""
    program = trial.program
    try:
        program.refresh()
        program.forward(other)
        alone = program.backward(other)
        program.refresh()
        program.forward(trial.inputs)
        program.backward(trial.inputs)
        program.forward(other)
        second = program.backward(other)
        third = program.backward(trial.inputs)
    except Failed as error:
        return [Conduct("state", f"backward {error} after a call on other inputs", trial.names, error.line)]
    if not isinstance(alone, dict):
        return []
    differing = _differing(trial, alone, second) or _differing(trial, trial.returned, third)
    if not differing:
        return []
    text = f"after a call on other inputs backward gives another result for {', '.join(differing)}: it remembers earlier ones"
    return [Conduct("state", text, tuple(differing), _state_line(program))]


def _rounds(trial: Trial, other: Inputs | None) -> list[Conduct]:
    """A derivation whose `backward` reads what `forward` stored: it must work for forward, backward, forward, backward."""
    program, found = trial.program, []
    found.append(Conduct("needs forward", "backward works only after forward was called on the same inputs", fault=False))
    program.refresh()
    try:
        results = []
        for inputs in (trial.inputs, other or trial.inputs, trial.inputs):
            program.forward(inputs)
            results.append(program.backward(inputs))
    except Failed as error:
        found.append(Conduct("state", f"a second round of forward and backward {error}", trial.names, error.line))
        return found
    differing = _differing(trial, results[0], results[-1])
    if differing:
        text = f"a second round of forward and backward gives another result for {', '.join(differing)}"
        found.append(Conduct("state", text, tuple(differing), _state_line(program)))
    program.refresh()
    return found


def _growth(trial: Trial, first: dict, again: dict, differing: list[str]) -> str:
    key = trial.matched.keys[differing[0]]
    a, b = as_gradient(first[key]), as_gradient(again.get(key))
    if a is not None and b is not None and a.shape == b.shape and np.allclose(b, 2 * a, rtol=1e-9, atol=0):
        return ": exactly twice the first, so it accumulates from call to call"
    return ""


def _state_line(program: Program) -> int | None:
    """The line that keeps something between calls, if only one place can: see `source.state_lines`."""
    lines = state_lines(program.tree)
    return lines[0] if lines else None


def _differing(trial: Trial, first: dict, second: Any, slack: float = 32.0) -> list[str]:
    """Names whose gradients differ by more than rounding; `slack` times the spread of disturbed runs is allowed."""
    if not isinstance(second, dict):
        return list(trial.names)
    differing = []
    for name, key in trial.matched.keys.items():
        a, b = as_gradient(first.get(key)), as_gradient(second.get(key))
        if a is None or b is None:
            if (a is None) != (b is None):
                differing.append(name)
        elif a.shape != b.shape or not np.array_equal(np.isfinite(a), np.isfinite(b)):
            differing.append(name)
        else:
            size = float(np.max(np.abs(a), initial=0.0, where=np.isfinite(a)))
            with np.errstate(all="ignore"):
                own = trial.gradients.get(name)
                runs = [r[name] - own for r in trial.spread if own is not None and r[name].shape == own.shape]
                spread = max((float(np.nanmax(np.abs(r), initial=0.0)) for r in runs), default=0.0)
                moved = float(np.nanmax(np.abs(a - b), initial=0.0))
            if not moved <= 1e-12 * size + slack * spread:
                differing.append(name)
    return differing


def _precision(trial: Trial) -> list[Conduct]:
    found = []
    doubles = all(v.dtype == np.float64 for v in trial.inputs.values() if isinstance(v, np.ndarray) and v.dtype.kind == "f")
    for name, finding in trial.findings.items():
        if doubles and finding.kind == "value" and 5 <= finding.digits <= 9.5:
            usual = _possible(trial, name)
            text = f"d{name} has {finding.digits:.1f} correct digits where float64 gives {usual:.0f}"
            text += ": a float32 temporary or a small constant"
            found.append(Conduct("precision", text, (name,)))
    return found


def _possible(trial: Trial, name: str) -> float:
    gradient = trial.gradients[name]
    size = float(np.max(np.abs(gradient), initial=1e-300))
    spread = max((float(np.max(np.abs(r[name] - gradient), initial=0.0)) for r in trial.spread), default=0.0)
    return float(np.clip(-np.log10(max(spread / size, 1e-16)), 0, 16))


def batch_of_one(trial: Trial) -> list[Conduct]:
    """The same derivation on the first sample alone, where the inputs say which axis is the batch and `forward` takes it."""
    found: list[Conduct] = []
    for inputs in first_samples(trial):
        found = _on_one(trial, inputs)
        if not any(c.fault for c in found):  # right for one way to take one sample: the other way was no sample
            return found
    return found


def _on_one(trial: Trial, inputs: Inputs) -> list[Conduct]:
    program = trial.program
    single = Trial(program, inputs, trial.wanted, trial.seed, "batch of one")
    try:
        if not np.isfinite(scalar(program.forward(inputs))):
            return []
        single.evaluate_forward()
    except Failed:
        return []
    single.run()
    program.refresh()
    if single.failure is not None:
        return [Conduct("batch of one", f"backward {single.failure} on a batch of one", trial.names, single.failure.line)]
    shapes = [f for f in single.findings.values() if f.kind == "shape"]
    if shapes:
        names = tuple(f.parameter for f in shapes)
        return [Conduct("batch of one", f"on a batch of one {'; '.join(f.text for f in shapes)}", names)]
    wrong = tuple(single.findings)
    if wrong:
        text = f"on a batch of one (the first sample) the gradient of {', '.join(wrong)} is wrong"
        return [Conduct("batch of one", text, wrong, fault=False)]
    return []


def first_samples(trial: Trial) -> list[Inputs]:
    """The inputs with the first sample only; two of them where an array may hold one number a sample or not; none where no
    batch axis can be told."""
    arrays = {k: v for k, v in trial.inputs.items() if isinstance(v, np.ndarray) and v.ndim}
    data = {k for k, v in arrays.items() if k in DATA_NAMES or (v.dtype.kind in "iu" and k not in (trial.wanted or ()))}
    length = _batch_length([arrays[k] for k in data])
    if length is None:
        return []
    fixed = {k for k, v in arrays.items() if k not in trial.names and len(v) == length}  # weights, offsets, masks of samples
    ways = [data | fixed] if fixed <= data else [data | fixed, data]
    return [{k: v[:1].copy() if k in way else v for k, v in copy_inputs(trial.inputs).items()} for way in ways]


def _batch_length(data: list[np.ndarray]) -> int | None:
    """The number of samples that two arrays of data or more agree on; None for one sample, or where no axis says so."""
    lengths = {len(v) for v in data}
    if len(data) < 2 or len(lengths) != 1 or lengths == {1}:
        return None
    flat = all(v.ndim == 1 and v.dtype.kind == "f" for v in data)  # as likely the entries of one sample
    return None if flat else lengths.pop()


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return isinstance(a, np.ndarray) and isinstance(b, np.ndarray) and a.shape == b.shape and a.tobytes() == b.tobytes()
    try:
        return bool(a == b)
    except Exception:
        return True
