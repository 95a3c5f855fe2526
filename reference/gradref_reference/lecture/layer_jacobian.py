"""The derivative of a whole layer by its weight matrix, and what it costs (lecture 3.9)."""

import itertools

import numpy as np

__all__ = [
    "backward_macs",
    "contract",
    "forward_macs",
    "jacobian_by_columns",
    "jacobian_by_rows",
    "jacobian_bytes",
    "jacobian_tensor",
    "matrix_bytes",
]

Array = np.ndarray


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


# --- what it costs -----------------------------------------------------------------------------------------------


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
