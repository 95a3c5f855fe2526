"""Matrix products and their relatives. mathematics.md, sections 6.0 and 6.1."""

from __future__ import annotations

from typing import Any

from ..contractions import contract, matmul
from .operation import Operation, constant

__all__ = ["MULTIPLYING"]


def affine(bias: Any, a: Any, b: Any, beta: float = 1, alpha: float = 1) -> Any:
    """β bias + α (a @ b)."""
    if alpha == beta == 1:
        return matmul(a, b, bias)
    product = matmul(a, b)
    product = product if alpha == 1 else product * constant(alpha, product)
    if beta == 0:
        return product
    return product + (bias if beta == 1 else bias * constant(beta, bias))


def layer(x: Any, weight: Any, bias: Any = None) -> Any:
    """Y = X Wᵀ + b."""
    letters = "abcdefgh"[: x.ndim - 1]
    return contract(f"{letters}i,oi->{letters}o", x, weight, bias)


def bilinear_form(x: Any, weight: Any, y: Any) -> Any:
    """Σ x_i W_oij y_j for each o."""
    return contract("noj,nj->no", contract("ni,oij->noj", x, weight), y)


MULTIPLYING: dict[str, Operation] = {
    "matmul": Operation(matmul),
    "affine": Operation(affine),
    "layer": Operation(layer),
    "bilinear_form": Operation(bilinear_form),
}
