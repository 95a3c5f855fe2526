"""A single differing bit in any tensor of an exact probe fails, and names the first equation that differs."""

from dataclasses import replace

import numpy as np
import pytest

from gradref.judges import Subject, exact
from gradref.verdict import FAIL, PASS
from gradref_adapters.registry import available
from gradref_reference.exact_probes import exact_probes


def judge_exact(case, trace):
    return exact.rows(Subject.of(case, trace, exact=True))


PROBE = next(p for p in exact_probes(16, seed=2) if p.case.network.L == 2 and not p.kinks)


def honest():
    return available()["numpy"].run(PROBE.case)


@pytest.mark.parametrize(
    ("tensor", "layer", "equation"),
    [
        ("z", 1, "LIN 1"),
        ("a", 1, "ACT 1"),
        ("z", 2, "LIN 2"),
        ("delta", 2, "BP1 2"),
        ("delta", 1, "BP2 1"),
        ("db", 2, "BP3 2"),
        ("dW", 1, "BP4 1"),
    ],
)
def test_one_bit_names_its_equation(tensor, layer, equation):
    trace = honest()
    values = {k: v.copy() for k, v in getattr(trace, tensor).items()}
    at = np.unravel_index(np.abs(values[layer]).argmax(), values[layer].shape)
    values[layer][at] = np.nextafter(values[layer][at], np.inf)
    verdicts = judge_exact(PROBE.case, replace(trace, **{tensor: values}))
    failed = [v for v in verdicts if v.verdict == FAIL]
    assert len(failed) == 1
    assert f"The first equation that differs is {equation}:" in failed[0].message
    assert "1 of" in failed[0].message
    assert failed[0].rule == "bits"


@pytest.mark.parametrize("fault", ["sign", "transpose", "mean", "zeros", "nan", "reversed"])
def test_seeded_fault_fails(fault):
    trace = honest()
    change = {
        "sign": lambda g: -g,
        "transpose": lambda g: g.T,
        "mean": lambda g: g / len(PROBE.case.batch),
        "zeros": np.zeros_like,
        "nan": lambda g: np.full_like(g, np.nan),
        "reversed": lambda g: g[::-1],
    }[fault]
    verdicts = judge_exact(PROBE.case, replace(trace, dW={l: change(g) for l, g in trace.dW.items()}))
    assert any(v.verdict == FAIL and "BP4 2" in v.message for v in verdicts)


def test_honest_run_passes():
    assert {v.verdict for v in judge_exact(PROBE.case, honest())} == {PASS}
