"""The derivative of a whole layer by its weight matrix, and what it costs (lecture 3.9)."""

import itertools

import numpy as np

from .draws import normal
from .item import Claim, Golden, Item
from .sigmas import Array

__all__ = [
    "CONTRACTED",
    "ITEM",
    "ROWS",
    "TENSOR",
    "backward_macs",
    "contract",
    "forward_macs",
    "jacobian_by_columns",
    "jacobian_by_rows",
    "jacobian_bytes",
    "jacobian_tensor",
    "matrix_bytes",
]


def jacobian_tensor(a: Array, n: int) -> Array:
    """∂z/∂W of z = Wa + b: T_ijk = δ_ij a_k, an order-3 tensor (n, n, n_before) of which 1/n is not zero. Lecture 3.9.

    >>> jacobian_tensor(np.array([1, 2]), 2).tolist()
    [[[1, 2], [0, 0]], [[0, 0], [1, 2]]]
    """
    return np.eye(n, dtype=int)[:, :, None] * a


def jacobian_by_rows(a: Array, n: int) -> Array:
    """∂z/∂vec(W), W flattened row by row (NumPy, PyTorch, JAX): the Kronecker product I ⊗ aᵀ, (n, n·n_before). Lecture 3.9.

    >>> jacobian_by_rows(np.array([1, 2]), 3)
    array([[1, 2, 0, 0, 0, 0],
           [0, 0, 1, 2, 0, 0],
           [0, 0, 0, 0, 1, 2]])
    """
    return np.kron(np.eye(n, dtype=int), a[None, :])


def jacobian_by_columns(a: Array, n: int) -> Array:
    """∂z/∂vec(W), W flattened column by column (the textbooks' vec): aᵀ ⊗ I, (n, n·n_before). Lecture 3.9.

    >>> jacobian_by_columns(np.array([1, 2]), 2)
    array([[1, 0, 2, 0],
           [0, 1, 0, 2]])
    """
    return np.kron(a[None, :], np.eye(n, dtype=int))


def contract(delta: Array, a: Array) -> Array:
    """δᵀ(I ⊗ aᵀ) in the shape of W: the big matrix collapses to the outer product δaᵀ; (n,), (n_before,). Lecture 3.9.

    >>> contract(np.array([-76, 64, -60]), np.array([1, 2]))
    array([[ -76, -152],
           [  64,  128],
           [ -60, -120]])
    """
    return (delta @ jacobian_by_rows(a, len(delta))).reshape(len(delta), len(a))


def jacobian_bytes(n: int, n_before: int) -> int:
    """Memory of ∂z/∂W in float64: 8 n² n_before bytes. Lecture 3.9.

    >>> jacobian_bytes(30, 784) // 8, round(jacobian_bytes(30, 784) / 2**20, 1), jacobian_bytes(4096, 4096) // 2**30
    (705600, 5.4, 512)
    """
    return 8 * n * n * n_before


def matrix_bytes(n: int, n_before: int) -> int:
    """Memory of ∂C/∂W = δaᵀ in float64: 8 n n_before bytes. Lecture 3.9.

    >>> round(matrix_bytes(30, 784) / 2**20, 2), matrix_bytes(4096, 4096) // 2**20
    (0.18, 128)
    """
    return 8 * n * n_before


def forward_macs(sizes: tuple[int, ...]) -> int:
    """Multiply-adds of one sample forward: Σ n_l n_{l-1}. Lecture 3.9, 4.4.

    >>> forward_macs((784, 30, 10))
    23820
    """
    return sum(n * before for before, n in itertools.pairwise(sizes))


def backward_macs(sizes: tuple[int, ...]) -> int:
    """Multiply-adds of one sample backward: δaᵀ in every layer, Wᵀδ in every layer but the first. Lecture 3.9, 4.4.

    >>> backward_macs((784, 30, 10))
    24120
    """
    return forward_macs(sizes) + forward_macs(sizes[1:])


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
    T = jacobian_tensor(a, len(delta))
    return np.array([T.size, int((T != 0).sum()), matrix_bytes(len(delta), len(a)) // 8])


def _true_entries(world, a, delta):
    n, before = delta.shape[0], a.shape[0]
    T = _tensor(world, a, delta)
    return world.array([np.prod(T.shape), n * before, before * n])


TENSOR, ROWS, _COLUMNS, CONTRACTED, _COUNT = (
    "T_ijk = ∂z_i/∂W_jk = δ_ij a_k",
    "∂z/∂vec(W) by rows = I ⊗ aᵀ",
    "∂z/∂vec(W) by columns = aᵀ ⊗ I",
    "δᵀ(I ⊗ aᵀ) = δaᵀ",
    "n² n' entries, n n' of them not zero",
)

_A, _DELTA = [1, 2], [-76, 64, -60]


def _claim(name, output, formula, truth, expected):
    return Claim(
        name=name,
        inputs=("a", "δ"),
        outputs=(output,),
        code=formula,
        truth=truth,
        draw=normal("q", "p"),
        goldens=(Golden((_A, _DELTA), (expected,)),),
    )


ITEM = Item(
    id="3.9",
    title="Derivatives of an entire layer, and why it does not work well",
    timestamp="3:25:02",
    statement=r"T_{ijk}=\frac{\partial z_i}{\partial W_{jk}}=\delta_{ij}a_k,\qquad \frac{\partial z}{\partial\,\mathrm{vec}_r(W)}"
    r"=I_{n_l}\otimes a^{\mathsf T},\qquad \delta^{\mathsf T}(I\otimes a^{\mathsf T})\ \widehat=\ \delta a^{\mathsf T}",
    shapes="T: (n_l, n_l, n_{l-1}), a share 1/n_l of it not zero; I ⊗ aᵀ: (n_l, n_l n_{l-1})",
    conditions="NumPy, PyTorch and JAX flatten by rows, textbooks by columns",
    functions=(
        jacobian_tensor,
        jacobian_by_rows,
        jacobian_by_columns,
        contract,
        jacobian_bytes,
        matrix_bytes,
        forward_macs,
        backward_macs,
    ),
    claims=(
        _claim(
            TENSOR,
            "T",
            lambda a, delta: jacobian_tensor(a, len(delta)),
            _tensor,
            [[[1, 2], [0, 0], [0, 0]], [[0, 0], [1, 2], [0, 0]], [[0, 0], [0, 0], [1, 2]]],
        ),
        _claim(
            ROWS,
            "J",
            lambda a, delta: jacobian_by_rows(a, len(delta)),
            _by_rows,
            [[1, 2, 0, 0, 0, 0], [0, 0, 1, 2, 0, 0], [0, 0, 0, 0, 1, 2]],
        ),
        _claim(
            _COLUMNS,
            "J",
            lambda a, delta: jacobian_by_columns(a, len(delta)),
            _by_columns,
            [[1, 0, 0, 2, 0, 0], [0, 1, 0, 0, 2, 0], [0, 0, 1, 0, 0, 2]],
        ),
        _claim(
            CONTRACTED,
            "∂C/∂W",
            lambda a, delta: contract(delta, a),
            _contracted,
            [[-76, -152], [64, 128], [-60, -120]],
        ),
        _claim(_COUNT, "entries", _entries, _true_entries, [18, 6, 6]),
    ),
)
