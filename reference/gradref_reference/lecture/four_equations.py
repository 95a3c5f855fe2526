"""The four equations (lecture 4.2.1 - 4.2.5; Nielsen ch. 2), per entry, per sample and for a batch of columns.

δ^l = ∂C_x/∂z^l belongs to one sample and carries no 1/m; Δ^l (n_l, m) holds one δ^l in each column. The 1/m of the cost enters
in equations 3 and 4 only.
"""

import numpy as np

from .sigmas import Sigma

__all__ = [
    "bias_gradient",
    "hidden_error",
    "hidden_error_entry",
    "output_error",
    "output_error_general",
    "output_error_matrix",
    "weight_gradient",
    "weight_gradient_by_samples",
    "weight_gradient_entry",
]

Array = np.ndarray


# --- equation 1: the error of the last layer (4.2.1) -------------------------------------------------------------


def output_error(nabla_a: Array, z: Array, sigma: Sigma) -> Array:
    """δ^L = ∇_a C ⊙ σ'(z^L), with ∇_a C = a^L - y for the quadratic cost; all (n_L, m). Lecture 4.2.1.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> output_error(np.array([[1], [-2]]), np.array([[-3], [4]]), SIGMAS["square"])
    array([[ -6],
           [-16]])
    """
    return nabla_a * sigma.prime(z)


def output_error_matrix(nabla_a: Array, z: Array, sigma: Sigma) -> Array:
    """δ^L = Σ'(z^L) ∇_a C with Σ' = diag(σ'(z^L)), for one sample; (n, n)(n, 1) -> (n, 1). Lecture 4.2.1.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> output_error_matrix(np.array([[1], [-2]]), np.array([[-3], [4]]), SIGMAS["square"])
    array([[ -6],
           [-16]])
    """
    return np.diag(sigma.prime(z)[:, 0]) @ nabla_a


def output_error_general(nabla_a: Array, J: Array) -> Array:
    """δ^L = J_σ(z^L)ᵀ ∇_a C for an output that is not element-wise (softmax), one sample; (n, n), (n, 1). Lecture 4.2.1.

    >>> output_error_general(np.array([[1], [2]]), np.array([[3, 1], [0, 5]]))
    array([[ 3],
           [11]])
    """
    return J.T @ nabla_a


# --- equation 2: the error of any layer (4.2.2) ------------------------------------------------------------------


def hidden_error(W_next: Array, delta_next: Array, z: Array, sigma: Sigma) -> Array:
    """δ^l = ((W^{l+1})ᵀ δ^{l+1}) ⊙ σ'(z^l); (n_l, n_{l+1})(n_{l+1}, m) ⊙ (n_l, m). Lecture 4.2.2.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> W2, z1 = np.array([[1, 0, -1], [2, -1, 1]]), np.array([[1], [2], [3]])
    >>> hidden_error(W2, np.array([[-6], [-16]]), z1, SIGMAS["square"])
    array([[-76],
           [ 64],
           [-60]])
    """
    return (W_next.T @ delta_next) * sigma.prime(z)


def hidden_error_entry(W_next: Array, delta_next: Array, z: Array, sigma: Sigma, j: int) -> Array:
    """δ^l_j = Σ_k w^{l+1}_kj δ^{l+1}_k σ'(z^l_j), j = 1..n_l, one sample; a scalar. Lecture 4.2.2.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> W2, z1 = np.array([[1, 0, -1], [2, -1, 1]]), np.array([[1], [2], [3]])
    >>> hidden_error_entry(W2, np.array([[-6], [-16]]), z1, SIGMAS["square"], 1)
    np.int64(-76)
    """
    arriving = sum(W_next[k, j - 1] * delta_next[k, 0] for k in range(len(delta_next)))
    return arriving * sigma.prime(z[j - 1, 0])


# --- equation 3: any bias (4.2.3) --------------------------------------------------------------------------------


def bias_gradient(Delta: Array) -> Array:
    """∂C/∂b^l = 1/m Δ^l 1_m, the mean of the columns; (n_l, m) -> (n_l, 1). Lecture 4.2.3.

    >>> bias_gradient(np.array([[2.0, 4.0], [1.0, 0.0]]))
    array([[3. ],
           [0.5]])
    """
    return Delta.sum(axis=1, keepdims=True) / Delta.shape[1]


# --- equation 4: any weight (4.2.4, 4.2.5) -----------------------------------------------------------------------


def weight_gradient_entry(delta: Array, a_before: Array, j: int, k: int) -> Array:
    """∂C_x/∂w^l_jk = a^{l-1}_k δ^l_j, activation in times error out, one sample, j and k from 1; a scalar. Lecture 4.2.4.

    >>> weight_gradient_entry(np.array([[-6], [-16]]), np.array([[1], [4], [9]]), 1, 3)
    np.int64(-54)
    """
    return a_before[k - 1, 0] * delta[j - 1, 0]


def weight_gradient(Delta: Array, A_before: Array) -> Array:
    """∂C/∂W^l = 1/m Δ^l (A^{l-1})ᵀ; (n_l, m)(m, n_{l-1}) -> (n_l, n_{l-1}). Lecture 4.2.5.

    >>> weight_gradient(np.array([[-76], [64], [-60]]), np.array([[1], [2]]))
    array([[ -76., -152.],
           [  64.,  128.],
           [ -60., -120.]])
    """
    return Delta @ A_before.T / Delta.shape[1]


def weight_gradient_by_samples(Delta: Array, A_before: Array) -> Array:
    """1/m Σ_x δ^l_x (a^{l-1}_x)ᵀ, one outer product for each sample; (n_l, m), (n_{l-1}, m). Lecture 4.2.5.

    >>> weight_gradient_by_samples(np.array([[2, 4]]), np.array([[1, 3], [0, 1]]))
    array([[7., 2.]])
    """
    m = Delta.shape[1]
    return sum(np.outer(Delta[:, x], A_before[:, x]) for x in range(m)) / m
