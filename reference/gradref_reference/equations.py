"""The four equations of backpropagation (lecture 4.2.1-4.2.5; Nielsen ch. 2), on a batch of m rows.

`*` is the Hadamard product ⊙, `@` the matrix product. δ[l] = ∂C/∂z[l] carries the batch factor of the cost, as automatic
differentiation returns it; the lecture's per-sample δ is m times this (see `gradref_reference.lecture`).

Where the entries of σ depend on each other (softmax), σ' is a matrix per sample, and BP1 and BP2 multiply by it instead of ⊙ σ'(z):
`times_softmax_jacobian`.
"""

import numpy as np

__all__ = ["bp1", "bp2", "bp3", "bp4", "times_softmax_jacobian"]

Array = np.ndarray


def bp1(nabla_a: Array, sigma_prime: Array) -> Array:
    """BP1, the error of the output layer: δ[L] = ∇_a C ⊙ σ'(z[L])."""
    return nabla_a * sigma_prime  # (m, n[L]) ⊙ (m, n[L]) -> (m, n[L])


def bp2(W_next: Array, delta_next: Array, sigma_prime: Array) -> Array:
    """BP2, the error of a hidden layer: δ[l] = (δ[l+1] W[l+1]) ⊙ σ'(z[l])."""
    return (delta_next @ W_next) * sigma_prime  # ((m, n[l+1]) @ (n[l+1], n[l])) ⊙ (m, n[l]) -> (m, n[l])


def bp3(delta: Array) -> Array:
    """BP3, the gradient of a bias: ∂C/∂b[l] = Σ_samples δ[l]."""
    return delta.sum(axis=0)  # (m, n[l]) -> (n[l],)


def bp4(delta: Array, a_before: Array) -> Array:
    """BP4, the gradient of a weight: ∂C/∂W[l] = δ[l]ᵀ a[l-1]."""
    return delta.T @ a_before  # (n[l], m) @ (m, n[l-1]) -> (n[l], n[l-1])


def times_softmax_jacobian(v: Array, a: Array) -> Array:
    """v J of each sample, J = diag(a) - a aᵀ the Jacobian of a = softmax(z) (mathematics 6.3); all (m, n[l]).

    An entry is a_j Σ_k a_k (v_j - v_k). It is right to a few units of the sum of |a_j a_k (v_j - v_k)|, however saturated a is, at
    the price of K operations instead of the K² of that sum: v is measured from its mean, and the mean from the v of the largest a.
    From 0, as in a ⊙ (v - Σ v a), the difference cancels as soon as one a is near 1 or all v are nearly equal.
    """
    dominant = v[np.arange(len(v)), a.argmax(axis=1)][:, None]  # (m, 1)
    mean = dominant + (a * (v - dominant)).sum(axis=1, keepdims=True)  # (m, 1), Σ_k a_k v_k
    from_mean = v - mean  # (m, n[l])
    return a * (from_mean - (a * from_mean).sum(axis=1, keepdims=True))  # (m, n[l])
