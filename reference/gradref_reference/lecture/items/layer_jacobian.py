"""Item 3.9: the derivative of a whole layer by its weight matrix."""

import numpy as np

from .. import layer_jacobian as code
from ..item import Claim, Golden, Item, Mistake

__all__ = ["ITEMS"]


def _activation_and_width(rng, sizes):
    n, before = sizes[:2]
    return rng.standard_normal(before), rng.standard_normal(n)


def _by_rows(world, a, delta):
    return world.jacobian(lambda w: w.reshape(len(delta), len(a)) @ a, world.array(np.zeros(len(a) * len(delta))))


def _by_columns(world, a, delta):
    return world.jacobian(lambda w: w.reshape(len(a), len(delta)).T @ a, world.array(np.zeros(len(a) * len(delta))))


def _tensor(world, a, delta):
    return world.jacobian(lambda W: W @ a, world.array(np.zeros((len(delta), len(a)))))


def _contracted(world, a, delta):
    return world.jacobian(lambda W: delta @ (W @ a), world.array(np.zeros((len(delta), len(a)))))


def _entries(a, delta):
    """Entries of ∂z/∂W, those that are not zero, and those of ∂C/∂W."""
    T = code.jacobian_tensor(a, len(delta))
    return np.array([T.size, int((T != 0).sum()), code.matrix_bytes(len(delta), len(a)) // 8])


def _true_entries(world, a, delta):
    n, before = delta.shape[0], a.shape[0]
    T = _tensor(world, a, delta)
    return world.array([np.prod(T.shape), n * before, before * n])


_TENSOR, _ROWS, _COLUMNS, _CONTRACTED, _COUNT = (
    "T_ijk = ∂z_i/∂W_jk = δ_ij a_k",
    "∂z/∂vec(W) by rows = I ⊗ aᵀ",
    "∂z/∂vec(W) by columns = aᵀ ⊗ I",
    "δᵀ(I ⊗ aᵀ) = δaᵀ",
    "n² n' entries, n n' of them not zero",
)
_A, _DELTA = [1, 2], [-76, 64, -60]


def _claim(name, output, formula, truth, expected):
    return Claim(name, ("a", "δ"), (output,), formula, truth, _activation_and_width, (Golden((_A, _DELTA), (expected,)),))


_3_9 = Item(
    "3.9",
    "Derivatives of an entire layer, and why it does not work well",
    "3:25:02",
    r"T_{ijk}=\frac{\partial z_i}{\partial W_{jk}}=\delta_{ij}a_k,\qquad \frac{\partial z}{\partial\,\mathrm{vec}_r(W)}"
    r"=I_{n_l}\otimes a^{\mathsf T},\qquad \delta^{\mathsf T}(I\otimes a^{\mathsf T})\ \widehat=\ \delta a^{\mathsf T}",
    "T: (n_l, n_l, n_{l-1}), a share 1/n_l of it not zero; I ⊗ aᵀ: (n_l, n_l n_{l-1})",
    "NumPy, PyTorch and JAX flatten by rows, textbooks by columns",
    (
        "layer_jacobian.jacobian_tensor",
        "layer_jacobian.jacobian_by_rows",
        "layer_jacobian.jacobian_by_columns",
        "layer_jacobian.contract",
        "layer_jacobian.jacobian_bytes",
        "layer_jacobian.matrix_bytes",
        "layer_jacobian.forward_macs",
        "layer_jacobian.backward_macs",
    ),
    (
        _claim(
            _TENSOR,
            "T",
            lambda a, delta: code.jacobian_tensor(a, len(delta)),
            _tensor,
            [[[1, 2], [0, 0], [0, 0]], [[0, 0], [1, 2], [0, 0]], [[0, 0], [0, 0], [1, 2]]],
        ),
        _claim(
            _ROWS,
            "J",
            lambda a, delta: code.jacobian_by_rows(a, len(delta)),
            _by_rows,
            [[1, 2, 0, 0, 0, 0], [0, 0, 1, 2, 0, 0], [0, 0, 0, 0, 1, 2]],
        ),
        _claim(
            _COLUMNS,
            "J",
            lambda a, delta: code.jacobian_by_columns(a, len(delta)),
            _by_columns,
            [[1, 0, 0, 2, 0, 0], [0, 1, 0, 0, 2, 0], [0, 0, 1, 0, 0, 2]],
        ),
        _claim(
            _CONTRACTED,
            "∂C/∂W",
            lambda a, delta: code.contract(delta, a),
            _contracted,
            [[-76, -152], [64, 128], [-60, -120]],
        ),
        _claim(_COUNT, "entries", _entries, _true_entries, [18, 6, 6]),
    ),
    (
        Mistake("column-major order where rows are meant", _ROWS, lambda a, delta: code.jacobian_by_columns(a, len(delta))),
        Mistake("∂z/∂W taken for the vector aᵀ", _ROWS, lambda a, delta: a, (0, [1, 2])),
        Mistake("tile for Kronecker", _ROWS, lambda a, delta: np.tile(a, (len(delta), len(delta)))),
        Mistake("transposed", _ROWS, lambda a, delta: code.jacobian_by_rows(a, len(delta)).T),
        Mistake("T_ijk = δ_ik a_j", _TENSOR, lambda a, delta: np.eye(len(delta), dtype=int)[:, None, :] * a[None, :, None]),
        Mistake("aδᵀ for δaᵀ", _CONTRACTED, lambda a, delta: np.outer(a, delta)),
    ),
)

ITEMS = (_3_9,)
