"""A made-up record: for looking at the page, and for its tests, without running anything.

`python tests/support/example_run.py DIR [--broken]` writes its report.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from gradref.results.record import CaseFacts, Made, Record
from gradref.results.store import save
from gradref.suite.run import MapId
from gradref.verdict import RunId, Verdict, to_frame
from gradref_adapters import Finding

__all__ = ["example", "write_example"]

_MODES = {"numpy": ("reference",), "torch": ("eager", "func", "compile"), "jax": ("grad", "jit", "vmap")}
_DTYPES = ("float64", "float32", "bfloat16", "float16")
_CASES = {
    "digits-sigmoid-10": (64, 30, 10),
    "digits-relu-softmax-100": (64, 30, 10),
    "golden G1 <b>&": (2, 3, 2),  # a name that has to be escaped
    "deep-tanh": (8, 8, 8, 8, 8, 3),
    "kinks": (5, 7, 3),
}
VERSIONS = {"python": "3.11", "numpy": "2.4", "torch": "2.13.0", "jax": "0.10.0"}


def made(created="2026-11-23T12:34:56", interrupted=False, unjudged="", rulings=(), cases=None, **versions) -> Made:
    """How the example was made."""
    facts = [CaseFacts(name, "made up", list(sizes), ["tanh"], "quadratic", 0.0, 10) for name, sizes in _CASES.items()]
    return Made(
        created=created, command="gradref report", seed=7, git="0123abc", seconds=12.0, interrupted=interrupted, planned=140,
        finished=140, unjudged=unjudged, versions={**VERSIONS, **versions},
        environment=[Finding("threads", "1", "one thread: sums have one order")], missing={},
        cases=facts if cases is None else cases, rulings=list(rulings),
    )  # fmt: skip


def record_of(*verdicts: Verdict, **how) -> Record:
    """The record of hand-made rows."""
    return Record(made(**{"cases": [], **how}), to_frame(verdicts))


def example(broken: bool = False, seed: int = 7, **how) -> Record:
    """A record of five cases; `broken` adds three mistakes of PyTorch eager."""
    rng = np.random.default_rng(seed)
    verdicts: list[Verdict] = []
    maps: dict[MapId, np.ndarray] = {}
    for case, sizes in _CASES.items():
        for framework, modes in _MODES.items():
            for mode in modes:
                for dtype in _DTYPES if framework != "numpy" else _DTYPES[:2]:
                    _one(verdicts, maps, rng, RunId(case, framework, mode, dtype), sizes, broken)
    return Record(made(**how), to_frame(verdicts), maps)


def write_example(folder: str | Path, broken: bool = False) -> Path:
    """Write the example's own files into a folder, made if missing."""
    return save(example(broken), folder)


def _one(verdicts, maps, rng, run, sizes, broken):
    case, framework, mode, dtype, _ = run
    rerun = f"gradref report --case '{case}' --framework {framework} --mode {mode} --dtype {dtype}"
    if mode == "compile" and case != "digits-sigmoid-10":
        reason = "torch.compile takes tens of seconds a graph; run with --thorough"
        verdicts.append(Verdict(run, "RUN", 0, "", "skip", finding=reason))
        return
    last = len(sizes) - 1
    wrong = broken and framework == "torch" and mode == "eager"
    for layer in range(1, last + 1):
        shapes = {"LIN": (10, sizes[layer]), "ACT": (10, sizes[layer]), "BP1" if layer == last else "BP2": (10, sizes[layer])}
        for equation, shape in {**shapes, "BP3": (sizes[layer],), "BP4": (sizes[layer], sizes[layer - 1])}.items():
            shares = np.abs(rng.normal(0, 0.07, shape)).astype(np.float16)
            name = {"BP4": f"layer{layer}.W", "BP3": f"layer{layer}.b"}.get(equation, f"layer{layer}")
            verdict = "undecided" if case == "kinks" and equation == "ACT" and framework != "numpy" else "pass"
            extra: dict = {}
            if wrong and equation == "BP1" and case.startswith("digits"):
                shares[:] = 3e4 if dtype == "float64" else 90
                extra = _fault(shares, "BP1: every entry is 10 times too large, the batch size: the 1/m of the cost is missing.")
            if wrong and equation == "BP4" and case == "deep-tanh" and layer == 3 and dtype == "float32":
                shares[2, 5] = 41
                extra = _fault(shares, "layer3.W: one entry of 64 is off, by 41 times what rounding allows.")
            given = {
                "verdict": verdict, "entries": shares.size, "undecided": 3 if verdict == "undecided" else 0,
                "share": float(shares.max()), "max_abs": 1e-9, "max_rel": 1e-7 * (last - layer + 1) * rng.uniform(1, 2),
                "max_ulp": float(rng.gamma(2, 1)), "rms_sigma": 0.4, "blind": 0.01 if equation == "BP4" else 0.0, "seconds": 0.004,
                "rerun": rerun, "finding": "relu'(0) = 0" if verdict == "undecided" else "",
            }  # fmt: skip
            verdicts.append(Verdict(run, equation, layer, name, **{**given, **extra}))
            maps[MapId(run, equation, layer)] = np.atleast_2d(shares)[:24, :24]


def _fault(shares: np.ndarray, finding: str) -> dict:
    failing = int((shares > 1).sum())
    worst = np.unravel_index(int(shares.argmax()), shares.shape)
    allowance = 1e-9
    return {
        "verdict": "fail", "failing": failing, "worst_index": str(tuple(map(int, worst))), "expected": 0.0123456789,
        "actual": 0.0123456789 + allowance * float(shares[worst]), "allowance": allowance, "rule": "bound", "finding": finding,
    }  # fmt: skip


if __name__ == "__main__":
    from gradref.report import write_report

    print(write_report(example(broken="--broken" in sys.argv), sys.argv[1]))
