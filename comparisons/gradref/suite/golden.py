"""Golden cases G1, G2 and GS (mathematics, part IV): networks whose gradients are known as exact numbers.

The numbers below are the specification's, as exact fractions; nothing in this file is computed by gradref.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction as F
from math import log

import numpy as np

from gradref_reference import Batch, Network, Parameters

__all__ = ["GOLDEN", "Golden"]

Exact = list[list[F]] | list[F]


@dataclass(frozen=True, eq=False)
class Golden:
    """A network with its exact gradients: dW[l] and db[l] as nested lists of fractions, keyed by l; C as a fraction."""

    name: str
    network: Network
    parameters: Parameters
    batch: Batch
    dW: dict[int, list[list[F]]]
    db: dict[int, list[F]]
    cost: F | None

    def arrays(self) -> dict[tuple[str, int], np.ndarray]:
        """The exact gradients rounded once to float64, keyed by ("dW" or "db", l)."""
        out = {("dW", l): np.array([[float(v) for v in row] for row in rows]) for l, rows in self.dW.items()}
        return out | {("db", l): np.array([float(v) for v in row]) for l, row in self.db.items()}


def _fractions(rows: list[list[object]], over: int = 1) -> list[list[F]]:
    return [[F(str(v)) / over for v in row] for row in rows]


def _row(values: list[object], over: int = 1) -> list[F]:
    return [F(str(v)) / over for v in values]


_W1 = [[1, -1], [0, 2], [-2, 1]]
_W2 = [[1, 0, -1], [2, -1, 1]]

_G1 = Golden(
    "golden-g1",
    Network((2, 3, 2), "square"),
    Parameters([_W1, _W2], [[2, -2, 3], [5, -3]]),
    Batch([[1.0, 2.0]], [[8.0, 18.0]]),
    {1: _fractions([[-76, -152], [64, 128], [-60, -120]]), 2: _fractions([[-6, -24, -54], [-16, -64, -144]])},
    {1: _row([-76, 64, -60]), 2: _row([-6, -16])},
    F(5, 2),
)

_G2 = Golden(
    "golden-g2",
    Network((2, 4, 3), "square"),
    Parameters([[[1, 0], [-1, 1], [0, 2], [1, -1]], [[1, -1, 0, 2], [0, 1, -1, 1], [-2, 0, 1, 0]]], [[1, 0, -1, 2], [0, 2, 1]]),
    Batch(
        np.array([[1.0, 0, -1, 2, 1], [0, 1, 1, -1, 2]]).T,
        np.array([[440.0, 4, 17, 2498, 25], [121, 8, 23, 730, 24], [37, -2, 4, 63, 6]]).T,
    ),
    {
        1: _fractions([[2920, -1264], [3064, -1504], [-428, 200], [7404, -3488]], 5),
        2: _fractions([[1968, 1874, 1850, 5378], [-520, -410, -550, -1354], [-128, -140, -204, -300]], 5),
    },
    {1: _row([1528, 1648, -292, 3956], 5), 2: _row([250, -38, -12], 5)},
    F(23, 10),
)

# GS: biases b = ln(odds) - W a make every activation rational, a = odds/(1 + odds): the logit-bias trick.
_X, _A1, _ODDS1, _ODDS2 = [1.0, 2.0], [3 / 4, 1 / 2, 1 / 3], [3.0, 1.0, 0.5], [4.0, 1 / 3]
_GS_PARAMETERS = Parameters(
    [_W1, _W2],
    [
        [log(r) - float(np.dot(row, _X)) for r, row in zip(_ODDS1, _W1, strict=True)],
        [log(r) - float(np.dot(row, _A1)) for r, row in zip(_ODDS2, _W2, strict=True)],
    ],
)
_GS_BATCH = Batch([_X], [[1.0, 0.0]])

_GS_QUADRATIC = Golden(
    "golden-gs-quadratic",
    Network((2, 3, 2), "sigmoid"),
    _GS_PARAMETERS,
    _GS_BATCH,
    {
        1: _fractions([["741/64000", "741/32000"], ["-3/256", "-3/128"], ["631/36000", "631/18000"]]),
        2: _fractions([["-3/125", "-2/125", "-4/375"], ["9/256", "3/128", "1/64"]]),
    },
    {1: _row(["741/64000", "-3/256", "631/36000"]), 2: _row(["-4/125", "3/64"])},
    F(1, 2) * (F(1, 25) + F(1, 16)),
)

_GS_ENTROPY = Golden(
    "golden-gs-entropy",
    Network((2, 3, 2), "sigmoid", "nielsen_cross_entropy"),
    _GS_PARAMETERS,
    _GS_BATCH,
    {
        1: _fractions([["9/160", "9/80"], ["-1/16", "-1/8"], ["1/10", "1/5"]]),
        2: _fractions([["-3/20", "-1/10", "-1/15"], ["3/16", "1/8", "1/12"]]),
    },
    {1: _row(["9/160", "-1/16", "1/10"]), 2: _row(["-1/5", "1/4"])},
    None,
)

GOLDEN: dict[str, Golden] = {g.name: g for g in (_G1, _G2, _GS_QUADRATIC, _GS_ENTROPY)}
"""Every golden case by name."""
