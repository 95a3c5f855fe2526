"""Mini-batches: every sample once an epoch, in an order drawn from a seeded generator (lecture 3.8)."""

from collections.abc import Iterator

import numpy as np

from ..checks import expect, whole_number
from ..errors import SpecificationError, shown

__all__ = ["minibatches"]


def minibatches(samples: int, batch_size: int, rng: np.random.Generator | None) -> Iterator[np.ndarray]:
    """Index arrays that cut 0..samples-1 into batches of `batch_size`; the last one holds what is left, at least one sample.

    Shuffled by `rng`, in order without one. Every index comes exactly once: sampling with replacement would not be an epoch.

    >>> [list(map(int, rows)) for rows in minibatches(4, 3, None)]
    [[0, 1, 2], [3]]
    """
    samples = whole_number("samples", samples, 0, "Give the number of samples.")
    batch_size = whole_number("batch_size", batch_size, 1, "Use 10 to start.")
    if rng is not None:
        expect("rng", rng, np.random.Generator, "Write np.random.default_rng(0), or None for the order of the data.")
    try:
        order = np.arange(samples) if rng is None else rng.permutation(samples)
    except (MemoryError, ValueError, OverflowError):
        raise SpecificationError(f"samples: must fit into memory, got {shown(samples)}. Give the number of samples.") from None
    return (order[start : start + batch_size] for start in range(0, samples, batch_size))
