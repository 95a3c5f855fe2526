"""`torch.testing.assert_close` as a yes or no, for the studies that compare checks."""

from __future__ import annotations

import numpy as np

__all__ = ["torch_close"]


def torch_close(actual: np.ndarray, expected: np.ndarray, dtype: str) -> bool:
    """Whether `torch.testing.assert_close` accepts two arrays in `dtype` with its default tolerances."""
    import torch

    kind = getattr(torch, dtype)
    try:
        torch.testing.assert_close(torch.tensor(actual, dtype=kind), torch.tensor(expected, dtype=kind))
    except AssertionError:
        return False
    return True
