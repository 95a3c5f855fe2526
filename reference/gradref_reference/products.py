"""The two large products of a layer, cut so that the BLAS need not copy its operands first.

A BLAS rearranges both operands of A·B in memory before it multiplies them; for 784 inputs and 30 units that takes as long as the
multiplication. For small products OpenBLAS has kernels that read the operands where they lie, on processors with AVX-512. So
there, and where one thread is at work, A·B is computed piece by piece; several threads share the whole product, which is faster
still, and everywhere else too A·B is `A.dot(B)`. The order of the sums differs, and with it the last bits, as between any two BLAS.

`gradref bench gradients` shows what it is worth: a fifth of the time of 784-30-10 with a batch of 100, a tenth of 784-100-10's.
"""

import os

import numpy as np

__all__ = ["by_columns", "by_rows"]

Array = np.ndarray

ROWS, COLUMNS = 8, 16
"""Size of a piece: whole vectors of the kernels. Measured: no other is more than 7 % faster for 10 to 128 units."""

SMALL = 1_000_000
"""Multiplications up to which OpenBLAS leaves the operands of a product where they lie."""

CACHED = 2**20
"""Bytes of an operand cut by columns: every piece reads all its rows, which must have stayed in the cache."""


def _threads() -> int:
    """The number of threads OpenBLAS was started with: its own rule, so that nothing is asked of it."""
    for name in ("OPENBLAS_NUM_THREADS", "GOTO_NUM_THREADS", "OMP_NUM_THREADS"):
        if os.environ.get(name, "").isdigit() and int(os.environ[name]):
            return int(os.environ[name])
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _small_kernels() -> bool:
    """True where NumPy stands on OpenBLAS and the processor has AVX-512, whose kernels OpenBLAS calls SkylakeX."""
    config = np.show_config(mode="dicts") or {}
    blas = config.get("Build Dependencies", {}).get("blas", {}).get("name", "")
    found = config.get("SIMD Extensions", {}).get("found", [])
    return "openblas" in blas and bool({"X86_V4", "AVX512_SKX"} & set(found))


CUT = _small_kernels() and _threads() == 1
"""Whether products are cut on this machine."""


def by_rows(A: Array, B: Array) -> Array:
    """A·B with the rows of A in pieces; (m, k) (k, n) -> (m, n). The forward product: rows are samples, B = Wᵀ.

    For this order of operands OpenBLAS asks for at most 1200 results as well (sgemm_small_kernel_permit_skylakex.c).
    """
    if not CUT or A.size < 10_000:
        return A.dot(B)
    (m, k), n = A.shape, B.shape[1]
    whole_is_small = m * k * n <= SMALL and m * n <= 1200
    if whole_is_small or m < 4 * ROWS or k < 128 or not 1 < n <= 1200 // ROWS or not 8_000 <= ROWS * k * n <= SMALL:
        return A.dot(B)
    product, whole = np.empty((m, n), np.result_type(A, B)), m - m % ROWS
    np.matmul(A[:whole].reshape(-1, ROWS, k), B, out=product[:whole].reshape(-1, ROWS, n))
    if whole < m:
        np.matmul(A[whole:], B, out=product[whole:])
    return product


def by_columns(A: Array, B: Array) -> Array:
    """A·B with the columns of B in pieces; (n, m) (m, k) -> (n, k). The gradient's product: columns are inputs, A = δᵀ."""
    if not CUT or not 10_000 <= B.size <= CACHED // B.itemsize:
        return A.dot(B)
    (n, m), k = A.shape, B.shape[1]
    if m * k * n <= SMALL or k < 16 * COLUMNS or not 30_000 <= COLUMNS * m * n <= SMALL:
        return A.dot(B)
    product, whole = np.empty((n, k), np.result_type(A, B)), k - k % COLUMNS
    pieces = product[:, :whole].reshape(n, -1, COLUMNS).transpose(1, 0, 2)
    np.matmul(A, B[:, :whole].reshape(m, -1, COLUMNS).transpose(1, 0, 2), out=pieces)
    if whole < k:
        np.matmul(A, B[:, whole:], out=product[:, whole:])
    return product
