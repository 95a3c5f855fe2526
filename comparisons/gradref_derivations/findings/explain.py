"""What a wrong gradient looks like: which entries, and whether a simple relation to the truth explains it to rounding."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from time import perf_counter

import numpy as np

from .report import Entries, Explanation
from .trial import Trial, distance

__all__ = ["entries_of", "explanations_of", "factor_text", "full_truth"]

FULL_SECONDS = 0.35  # what the truth of every entry of one parameter may cost
AGREE = 1e-9  # relative: an explanation must fit at least this well


def full_truth(trial: Trial, name: str, seconds: float = FULL_SECONDS) -> np.ndarray | None:
    """The true gradient of one parameter, entry by entry; None when it would take longer than `seconds`."""
    assert trial.truth is not None
    shape = np.shape(trial.inputs[name])
    truth, start = np.full(shape, np.nan), perf_counter()
    for count, index in enumerate(np.ndindex(shape)):
        direction = np.zeros(shape)
        direction[index] = 1.0
        slope = trial.truth.slope({name: direction}, quick=True)
        gradient = trial.gradients.get(name)
        inside = gradient is not None and gradient.shape == shape and distance(float(gradient[index]), slope) == 0
        truth[index] = gradient[index] if inside and gradient is not None and slope.low != slope.high else slope.value
        if count == 4 and (perf_counter() - start) / 5 * truth.size > seconds:
            return None
    return truth


def entries_of(trial: Trial, name: str, truth: np.ndarray | None) -> Entries | None:
    """Which entries are wrong; with the truth of every entry, or by bisection along the axes without it."""
    gradient = trial.gradients.get(name)
    if gradient is None or gradient.shape != np.shape(trial.inputs[name]) or gradient.size == 0:
        return None
    return _by_bisection(trial, name, gradient) if truth is None else _by_entry(trial, name, gradient, truth)


def _by_entry(trial: Trial, name: str, gradient: np.ndarray, truth: np.ndarray) -> Entries:
    error = np.abs(gradient - truth)
    scale = max(float(np.max(np.abs(truth))), float(np.max(np.abs(gradient), initial=0.0, where=np.isfinite(gradient))))
    wrong = ~(error <= 1e-11 * scale)
    if name in trial.findings and not wrong.any():
        wrong = error >= error.max()
    index = tuple(int(i) for i in np.unravel_index(int(np.argmax(np.where(np.isnan(error), np.inf, error))), error.shape))
    return Entries(name, _pattern(wrong), int(wrong.sum()), wrong.size, index, float(gradient[index]), float(truth[index]))


def _by_bisection(trial: Trial, name: str, gradient: np.ndarray) -> Entries:
    found = [_wrong_slices(trial, name, axis) for axis in range(min(gradient.ndim, 2))]
    if all(len(slices) == n for slices, n in zip(found, gradient.shape, strict=False)):
        return Entries(name, "all", gradient.size, gradient.size)
    if all(len(slices) == 1 for slices in found) and gradient.ndim <= 2:
        return _single(trial, name, tuple(slices[0] for slices in found))
    counts = [len(slices) for slices in found]
    wrong = int(np.prod(counts)) * int(np.prod(gradient.shape[2:]))
    pattern = "row" if counts[0] == 1 else "column" if counts[1:] == [1] else "some"
    return Entries(name, pattern, wrong, gradient.size, tuple(slices[0] for slices in found) if all(found) else ())


def _single(trial: Trial, name: str, index: tuple[int, ...]) -> Entries:
    direction = np.zeros(np.shape(trial.inputs[name]))
    direction[index] = 1.0
    assert trial.truth is not None
    expected = trial.truth.slope({name: direction}).value
    actual = float(np.sum(trial.gradients[name] * direction))
    total = direction.size
    return Entries(name, "one", 1, total, tuple(int(i) for i in index), actual, expected)


def _wrong_slices(trial: Trial, name: str, axis: int, budget: int = 40) -> list[int]:
    """Indices along one axis whose slices are wrong: bisection; when nearly all are, all are reported."""
    gradient = trial.gradients[name]
    weights = np.random.default_rng(5).standard_normal(gradient.shape)
    assert trial.truth is not None
    truth, found, used = trial.truth, [], 0
    start = perf_counter()
    queue, some_right = [(0, gradient.shape[axis])], False
    while queue:
        low, high = queue.pop()
        direction = np.zeros(gradient.shape)
        where = tuple(slice(low, high) if a == axis else slice(None) for a in range(gradient.ndim))
        direction[where] = weights[where]
        residual, allowance = trial.compare(name, direction, truth.slope({name: direction}, quick=True))
        used += 1
        if residual <= allowance:
            some_right = True
            continue
        late = perf_counter() - start > FULL_SECONDS
        if not some_right and (used > 10 or late):
            return list(range(gradient.shape[axis]))
        if high - low == 1:
            found.append(low)
        elif used >= budget or late:
            return list(range(gradient.shape[axis]))
        else:
            middle = (low + high) // 2
            queue += [(middle, high), (low, middle)]
    return sorted(found)


def _pattern(wrong: np.ndarray) -> str:
    if wrong.all():
        return "all"
    if wrong.sum() == 1:
        return "one"
    if wrong.ndim >= 2:
        rows, columns = np.unique(np.nonzero(wrong)[0]), np.unique(np.nonzero(wrong)[1])
        if len(rows) == 1:
            return f"row {rows[0]}"
        if len(columns) == 1:
            return f"column {columns[0]}"
        if len(rows) < wrong.shape[0] and wrong[rows].all():
            return "rows " + ", ".join(map(str, rows[:6]))
        if len(columns) < wrong.shape[1] and wrong[:, columns].all():
            return "columns " + ", ".join(map(str, columns[:6]))
    return "some"


def explanations_of(trial: Trial, name: str, truth: np.ndarray | None) -> list[Explanation]:
    """The simple relations that fit: shape, zero, factor, transposed, permuted, shifted, one missing or doubled term."""
    finding = trial.findings.get(name)
    if finding is not None and finding.kind in ("shape", "missing", "type", "nan", "state"):
        extra = _shape_advice(trial, name) if finding.kind == "shape" else ""
        return [Explanation(name, finding.kind, finding.text + extra)]
    gradient = trial.gradients.get(name)
    if gradient is None:
        return []
    found: list[Explanation] = []
    if not gradient.any():
        return [Explanation(name, "zero", f"d{name} is zero everywhere, the truth is not", 0.0)]
    samples = _samples(trial, name, truth)
    factor = _factor(gradient, samples)
    if factor is not None:
        text = factor_text(trial, factor)
        if gradient.size > 1 or not text[:1].isdigit() or "(" in text:  # of one number, every ratio is some factor
            found.append(Explanation(name, "factor", f"d{name} is {text} the right one", factor))
    else:
        for kind, text, changed in _rearranged(gradient):
            if _fits(changed, samples):
                found.append(Explanation(name, kind, f"d{name} is {text}"))
                break
        else:
            found += _terms(trial, name, gradient, samples)
    if finding is not None and 5 <= finding.digits <= 9.5:
        found.append(
            Explanation(
                name,
                "precision",
                f"d{name} is right to {finding.digits:.0f} digits only, as if a float32 (7 digits) or a small constant had slipped in",
            )
        )
    return found


def _samples(trial: Trial, name: str, truth: np.ndarray | None) -> list[tuple[np.ndarray, float]]:
    if truth is not None:
        rng = np.random.default_rng(3)
        directions = [rng.standard_normal(truth.shape) for _ in range(4)]
        return [(d, float(np.sum(truth * d))) for d in directions]
    return [(d, s.value) for d, s in trial.slopes(name)]


def _fits(changed: np.ndarray, samples: list[tuple[np.ndarray, float]]) -> bool:
    return all(abs(np.sum(changed * d) - t) <= AGREE * (np.sum(np.abs(changed * d)) + abs(t)) for d, t in samples)


def _factor(gradient: np.ndarray, samples: list[tuple[np.ndarray, float]]) -> float | None:
    right = [t for _, t in samples]
    if not all(right):
        return None
    ratios = [float(np.sum(gradient * d)) / t for d, t in samples]
    spread = max(ratios) - min(ratios)
    if (gradient.size > 1 and spread > AGREE * abs(ratios[0])) or (len(samples) < 2 and gradient.size > 1):
        return None
    return ratios[0]


def factor_text(trial: Trial, factor: float) -> str:
    """'twice', 'minus', '7 times (the length of axis 0 of X)': a factor in words, by the sizes of the inputs where they explain it."""
    names = {-1.0: "minus", 2.0: "twice", 0.5: "half", -2.0: "minus twice", -0.5: "minus half", 3.0: "three times"}
    for value, text in names.items():
        if abs(factor - value) < AGREE * abs(value):
            return text
    for n, what in _sizes(trial):
        for value, text in ((n, f"{n} times ({what})"), (1 / n, f"1/{n} of ({what})")):
            for sign, minus in ((1, ""), (-1, "minus ")):
                if abs(factor - sign * value) < AGREE * abs(value):
                    return minus + text
    return f"{factor:.10g} times"


def _sizes(trial: Trial) -> Iterator[tuple[int, str]]:
    seen = set()
    for name, value in trial.inputs.items():
        if isinstance(value, np.ndarray):
            options = [(n, f"the length of axis {axis} of {name}") for axis, n in enumerate(value.shape)]
            for n, what in [*options, (value.size, f"the number of entries of {name}")]:
                if n > 1 and n not in seen:
                    seen.add(n)
                    yield n, what


def _rearranged(gradient: np.ndarray) -> Iterator[tuple[str, str, np.ndarray]]:
    if gradient.ndim >= 2:
        for axes in permutations(range(gradient.ndim)):
            if axes != tuple(range(gradient.ndim)):
                changed = gradient.transpose(axes)
                if changed.shape == gradient.shape:
                    yield (
                        "transposed",
                        "the right one transposed" if gradient.ndim == 2 else f"the right one with axes {axes}",
                        changed,
                    )
        reshaped = gradient.T.reshape(gradient.shape)
        yield "permuted", "the right one, transposed and then reshaped", reshaped
        yield "permuted", "the right one, reshaped where it should be transposed", gradient.reshape(gradient.T.shape).T
    for axis in range(gradient.ndim):
        yield "permuted", f"the right one in reverse order along axis {axis}", np.flip(gradient, axis)
        for step in (1, -1):
            yield "shifted", f"the right one shifted by {-step} along axis {axis}", np.roll(gradient, step, axis)


def _terms(trial: Trial, name: str, gradient: np.ndarray, samples: list[tuple[np.ndarray, float]]) -> list[Explanation]:
    """A multiple of the parameter itself that is missing or too much: the penalty."""
    weights = np.asarray(trial.inputs[name], dtype=np.float64)
    for kind, term in (("penalty", weights), ("penalty", np.sign(weights)), ("constant", np.ones_like(weights))):
        projections = [float(np.sum(term * d)) for d, _ in samples]
        if not all(projections) or gradient.size < 2 or len(samples) < 2:
            continue
        factors = [(t - float(np.sum(gradient * d))) / p for (d, t), p in zip(samples, projections, strict=True)]
        if abs(factors[0]) > 1e-12 and max(factors) - min(factors) <= 1e-8 * abs(factors[0]):
            what = {"penalty": f"{name}" if term is weights else f"sign({name})", "constant": "1"}[kind]
            verb = "lacks" if factors[0] > 0 else "has"
            more = "" if factors[0] > 0 else " too much"
            text = f"d{name} {verb} {abs(factors[0]):.6g} · {what}{more}"
            if kind == "penalty":
                text += f": the penalty is {'missing' if factors[0] > 0 else 'there too often'}"
            return [Explanation(name, kind, text, float(factors[0]))]
    return []


def _shape_advice(trial: Trial, name: str) -> str:
    gradient, shape = trial.gradients.get(name), np.shape(trial.inputs[name])
    if gradient is None:
        return ""
    if gradient.size == int(np.prod(shape)) and sorted(gradient.shape) == sorted(shape) and gradient.ndim > 1:
        return ": transposed"
    if gradient.size == int(np.prod(shape)):
        return f": reshape it to {shape}"
    if gradient.ndim > len(shape):
        return ": not summed over the batch"
    return ""
