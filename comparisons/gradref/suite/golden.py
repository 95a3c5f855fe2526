"""Golden cases G1, G2 and GS (mathematics, part IV): networks whose every number is known exactly.

The numbers below are the specification's, as exact fractions; nothing in this file is computed by gradref.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction as F
from math import log

import numpy as np

from gradref.judges.known import Golden, Matrix
from gradref_reference import Batch, Network, Parameters

__all__ = ["GOLDEN"]


def _fractions(rows: Sequence[Sequence[object]], over: int = 1) -> Matrix:
    return [_row(row, over) for row in rows]


def _columns(columns: Sequence[Sequence[object]], over: int = 1) -> Matrix:
    """Rows of samples from the specification's columns."""
    return _fractions(list(zip(*columns, strict=True)), over)


def _row(values: Sequence[object], over: int = 1) -> list[F]:
    return [F(str(v)) / over for v in values]


_W1 = [[1, -1], [0, 2], [-2, 1]]
_W2 = [[1, 0, -1], [2, -1, 1]]

_G1 = Golden(
    "golden-g1",
    Network((2, 3, 2), "square"),
    Parameters([_W1, _W2], [[2, -2, 3], [5, -3]]),
    Batch([[1.0, 2.0]], [[8.0, 18.0]]),
    z={1: _fractions([[1, 2, 3]]), 2: _fractions([[-3, 4]])},
    a={1: _fractions([[1, 4, 9]]), 2: _fractions([[9, 16]])},
    delta={1: _fractions([[-76, 64, -60]]), 2: _fractions([[-6, -16]])},
    dW={1: _fractions([[-76, -152], [64, 128], [-60, -120]]), 2: _fractions([[-6, -24, -54], [-16, -64, -144]])},
    db={1: _row([-76, 64, -60]), 2: _row([-6, -16])},
    cost=F(5, 2),
)

_G2 = Golden(
    "golden-g2",
    Network((2, 4, 3), "square"),
    Parameters([[[1, 0], [-1, 1], [0, 2], [1, -1]], [[1, -1, 0, 2], [0, 1, -1, 1], [-2, 0, 1, 0]]], [[1, 0, -1, 2], [0, 2, 1]]),
    Batch(
        np.array([[1.0, 0, -1, 2, 1], [0, 1, 1, -1, 2]]).T,
        np.array([[440.0, 4, 17, 2498, 25], [121, 8, 23, 730, 24], [37, -2, 4, 63, 6]]).T,
    ),
    z={
        1: _columns([[2, 1, 0, 3, 2], [-1, 1, 2, -3, 1], [-1, 1, 1, -3, 3], [3, 1, 0, 5, 1]]),
        2: _columns([[21, 2, -4, 50, 5], [11, 3, 5, 27, -5], [-6, 0, 2, -8, 2]]),
    },
    a={
        1: _columns([[4, 1, 0, 9, 4], [1, 1, 4, 9, 1], [1, 1, 1, 9, 9], [9, 1, 0, 25, 1]]),
        2: _columns([[441, 4, 16, 2500, 25], [121, 9, 25, 729, 25], [36, 0, 4, 64, 4]]),
    },
    delta={  # the specification's, without 1/m
        1: _columns([[72, 0, 0, 1392, 64], [84, 12, 48, 1524, -20], [-24, -12, -40, -228, 12], [504, 12, 0, 3460, -20]], 5),
        2: _columns([[42, 0, 8, 200, 0], [0, 6, 20, -54, -10], [12, 0, 0, -16, -8]], 5),
    },
    dW={
        1: _fractions([[2920, -1264], [3064, -1504], [-428, 200], [7404, -3488]], 5),
        2: _fractions([[1968, 1874, 1850, 5378], [-520, -410, -550, -1354], [-128, -140, -204, -300]], 5),
    },
    db={1: _row([1528, 1648, -292, 3956], 5), 2: _row([250, -38, -12], 5)},
    cost=F(23, 10),
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
_GS_A = {1: _fractions([["3/4", "1/2", "1/3"]]), 2: _fractions([["4/5", "1/4"]])}

_GS_QUADRATIC = Golden(
    "golden-gs-quadratic",
    Network((2, 3, 2), "sigmoid"),
    _GS_PARAMETERS,
    _GS_BATCH,
    z={},
    a=_GS_A,
    delta={1: _fractions([["741/64000", "-3/256", "631/36000"]]), 2: _fractions([["-4/125", "3/64"]])},
    dW={
        1: _fractions([["741/64000", "741/32000"], ["-3/256", "-3/128"], ["631/36000", "631/18000"]]),
        2: _fractions([["-3/125", "-2/125", "-4/375"], ["9/256", "3/128", "1/64"]]),
    },
    db={1: _row(["741/64000", "-3/256", "631/36000"]), 2: _row(["-4/125", "3/64"])},
    cost=F(1, 2) * (F(1, 25) + F(1, 16)),
)

_GS_ENTROPY = Golden(
    "golden-gs-entropy",
    Network((2, 3, 2), "sigmoid", "nielsen_cross_entropy"),
    _GS_PARAMETERS,
    _GS_BATCH,
    z={},
    a=_GS_A,
    delta={1: _fractions([["9/160", "-1/16", "1/10"]]), 2: _fractions([["-1/5", "1/4"]])},
    dW={
        1: _fractions([["9/160", "9/80"], ["-1/16", "-1/8"], ["1/10", "1/5"]]),
        2: _fractions([["-3/20", "-1/10", "-1/15"], ["3/16", "1/8", "1/12"]]),
    },
    db={1: _row(["9/160", "-1/16", "1/10"]), 2: _row(["-1/5", "1/4"])},
    cost=None,
)

GOLDEN: dict[str, Golden] = {g.name: g for g in (_G1, _G2, _GS_QUADRATIC, _GS_ENTROPY)}
"""Every golden case by name."""
