"""World: the few operations in which the truth of an item is written once, for complex steps, balls, PyTorch and JAX alike.

A truth is a program `truth(world, *inputs)`; it uses Python's operators, `@`, `.T`, `.sum()`, indexing and the methods below,
nothing else. Arrays of a world know +, -, *, /, @, `.T` (two axes), `.reshape`, `.sum(axis=...)` and `.cumsum(0)`.
"""

from collections.abc import Callable
from typing import Any, Protocol

__all__ = ["World", "WorldArray"]

WorldArray = Any  # a NumPy array (complex numbers or balls), a torch.Tensor or a jax.Array


class World(Protocol):
    """One independent way to compute a value and its derivative."""

    name: str

    def array(self, value: Any) -> WorldArray:
        """A constant, given as numbers, as an array of this world."""
        ...

    def exp(self, x: WorldArray) -> WorldArray:
        """Entrywise exponential."""
        ...

    def log(self, x: WorldArray) -> WorldArray:
        """Entrywise natural logarithm, x > 0."""
        ...

    def sigma(self, name: str) -> Callable[[WorldArray], WorldArray]:
        """This world's own activation function "identity", "square", "sigmoid", "tanh" or "relu"."""
        ...

    def maximum(self, a: WorldArray, b: WorldArray) -> WorldArray:
        """Entrywise maximum; the inputs never tie."""
        ...

    def stack(self, parts: list[WorldArray]) -> WorldArray:
        """Arrays of one shape along a new first axis."""
        ...

    def join(self, parts: list[WorldArray]) -> WorldArray:
        """Vectors and scalars one after the other, as one vector."""
        ...

    def linear(self, rows: WorldArray, W: WorldArray, b: WorldArray) -> WorldArray:
        """This world's own layer on a batch of rows: rows Wᵀ + b; (m, n[l-1]), (n[l], n[l-1]), (n[l],) -> (m, n[l])."""
        ...

    def jacobian(self, f: Callable[[WorldArray], WorldArray], x: WorldArray) -> WorldArray:
        """∂f/∂x, output axes first: the shape of f(x) followed by the shape of x; for a dict of arrays a dict of these."""
        ...
