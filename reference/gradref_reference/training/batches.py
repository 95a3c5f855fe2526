"""Mini-batches: every sample once an epoch, in an order drawn from a seeded generator (lecture 3.8)."""

from collections.abc import Iterator

import numpy as np

from ..errors import SpecificationError

__all__ = ["minibatches"]


def minibatches(samples: int, batch_size: int, rng: np.random.Generator | None) -> Iterator[np.ndarray]:
    """Index arrays that cut 0..samples-1 into batches of `batch_size`; the last one holds what is left, at least one sample.

    Shuffled by `rng`, in order without one. Every index comes exactly once: sampling with replacement would not be an epoch.

    >>> [list(map(int, rows)) for rows in minibatches(4, 3, None)]
    [[0, 1, 2], [3]]
    """
    if isinstance(batch_size, bool) or not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
        raise SpecificationError(f"minibatches: batch_size must be a whole number >= 1, got {batch_size!r}. Use 10 to start.")
    order = np.arange(samples) if rng is None else rng.permutation(samples)
    return (order[start : start + batch_size] for start in range(0, samples, batch_size))
