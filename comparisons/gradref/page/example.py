"""A made-up run in the form that the suite writes: for looking at the page, and for its tests, without running anything.

`python -m gradref.page.example DIR [--broken]` writes one and its page.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from gradref.verdict import RunId, Verdict, to_frame

__all__ = ["write_example"]

_MODES = {"numpy": ("reference",), "torch": ("eager", "func", "compile"), "jax": ("grad", "jit", "vmap")}
_DTYPES = ("float64", "float32", "bfloat16", "float16")
_CASES = {
    "digits-sigmoid-10": (64, 30, 10),
    "digits-relu-softmax-100": (64, 30, 10),
    "golden G1 <b>&": (2, 3, 2),  # a name that has to be escaped
    "deep-tanh": (8, 8, 8, 8, 8, 3),
    "kinks": (5, 7, 3),
}


def write_example(folder: str | Path, broken: bool = False, seed: int = 7) -> Path:
    """Write results.parquet, run.json and maps.npz into `folder` (made if missing); `broken` adds three mistakes of PyTorch eager."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    verdicts: list[Verdict] = []
    maps: dict[str, np.ndarray] = {}
    for case, sizes in _CASES.items():
        for framework, modes in _MODES.items():
            for mode in modes:
                for dtype in _DTYPES if framework != "numpy" else _DTYPES[:2]:
                    _one(verdicts, maps, rng, case, sizes, framework, mode, dtype, broken)
    to_frame(verdicts).to_parquet(folder / "results.parquet")
    np.savez_compressed(folder / "maps.npz", **maps)  # type: ignore[arg-type]
    cases = [
        {"name": name, "sizes": sizes, "activations": "tanh", "cost": "quadratic", "batch": 10} for name, sizes in _CASES.items()
    ]
    info = {
        "created": "2026-11-23T12:34:56",
        "command": "gradref report",
        "seed": seed,
        "git": "0123abc",
        "versions": {"python": "3.11", "numpy": "2.4", "torch": "2.13.0", "jax": "0.10.0"},
        "environment": [{"name": "threads", "value": 1, "meaning": "one thread: sums have one order"}],
        "cases": cases,
    }
    (folder / "run.json").write_text(json.dumps(info), encoding="utf-8")
    return folder


def _one(verdicts, maps, rng, case, sizes, framework, mode, dtype, broken):
    common: dict = {"run": RunId(case, framework, mode, dtype)}
    rerun = f"gradref report --case '{case}' --framework {framework} --mode {mode} --dtype {dtype}"
    if mode == "compile" and case != "digits-sigmoid-10":
        reason = "torch.compile takes tens of seconds a graph; run with --thorough"
        verdicts.append(Verdict(**common, equation="RUN", layer=0, parameter="", verdict="skip", finding=reason))
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
            verdicts.append(
                Verdict(
                    **{**common, "equation": equation, "layer": layer, "parameter": name, "verdict": verdict, "entries": shares.size,
                       "undecided": 3 if verdict == "undecided" else 0, "share": float(shares.max()), "max_abs": 1e-9,
                       "max_rel": 1e-7 * (last - layer + 1) * rng.uniform(1, 2), "max_ulp": float(rng.gamma(2, 1)), "rms_sigma": 0.4,
                       "blind": 0.01 if equation == "BP4" else 0.0, "seconds": 0.004, "rerun": rerun,
                       "finding": "relu'(0) = 0" if verdict == "undecided" else "", **extra}
                )
            )  # fmt: skip
            maps["|".join((case, framework, mode, dtype, equation, str(layer)))] = np.atleast_2d(shares)[:24, :24]


def _fault(shares: np.ndarray, message: str) -> dict:
    failing = int((shares > 1).sum())
    worst = np.unravel_index(int(shares.argmax()), shares.shape)
    allowance = 1e-9
    return {
        "verdict": "fail", "failing": failing, "worst_index": str(tuple(map(int, worst))), "expected": 0.0123456789,
        "actual": 0.0123456789 + allowance * float(shares[worst]), "allowance": allowance, "rule": "bound", "finding": message,
    }  # fmt: skip


if __name__ == "__main__":
    from . import write_page

    print(write_page(write_example(sys.argv[1], broken="--broken" in sys.argv)))
