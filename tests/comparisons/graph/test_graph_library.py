"""A U-Net, an LSTM, a GRU and models of the transformers library with random weights: no false alarm on fresh seeds."""

import random

import pytest
import torch
from tests.comparisons.graph.library_models import LIBRARY, OWN

import gradref

SEEDS = [0, *random.Random(20).sample(range(1000, 10**6), 9)]
RUNS = [
    pytest.param(name, seed, marks=() if name in OWN and k < 2 else pytest.mark.nightly)
    for name in (*OWN, *LIBRARY)
    for k, seed in enumerate(SEEDS)
]


@pytest.mark.filterwarnings("ignore")  # the library's own
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=str)
@pytest.mark.parametrize(("name", "seed"), RUNS)
def test_honest_model_raises_no_alarm(name: str, seed: int, dtype: torch.dtype) -> None:
    if name in LIBRARY:
        pytest.importorskip("transformers", reason="transformers is not installed: pip install 'gradref[models]'")
    report = gradref.certify_model(*(OWN | LIBRARY)[name](seed, dtype))
    assert report.verdict == "right", str(report)
    assert not report.opaque
