"""Random networks for the items, and the truth about them: a forward pass in any world, differentiated at its definition."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..notation import Layers

__all__ = ["cost_of", "net", "truth_of"]


def net(depth: int, batch: bool = True, targets: bool = True) -> Callable[..., tuple]:
    """A `draw` for claims: W, b, X (n_0, m) and, with `targets`, Y (n_L, m); m = 1 without `batch`."""

    def draw(rng: np.random.Generator, sizes: tuple[int, ...]) -> tuple:
        widths, m = sizes[: depth + 1], sizes[depth + 1] if batch else 1
        W = {l: 0.7 * rng.standard_normal((widths[l], widths[l - 1])) for l in range(1, depth + 1)}
        b = {l: 0.7 * rng.standard_normal((widths[l], 1)) for l in range(1, depth + 1)}
        X = rng.standard_normal((widths[0], m))
        return (W, b, X, rng.standard_normal((widths[-1], m))) if targets else (W, b, X)

    return draw


def cost_of(world: Any, W: Layers, b: Layers, X: Any, Y: Any, sigmas: tuple[str, ...], inject: Layers | None = None) -> Any:
    """Σ_x C_x = ½ Σ ‖a^L - y‖² of the network; `inject[l]` is added to z^l and everything later follows from it."""
    A = X
    for l, name in enumerate(sigmas, start=1):
        Z = W[l] @ A + b[l]
        if inject is not None and l in inject:
            Z = Z + inject[l]
        A = world.sigma(name)(Z)
    R = A - Y
    return (R * R).sum() / 2


def truth_of(*sigmas: str) -> Callable[..., tuple]:
    """Truth: Δ^1..Δ^L, then ∂C/∂W^1..∂C/∂W^L, then ∂C/∂b^1..∂C/∂b^L, all from the definition of the cost.

    Δ^l (n_l, m) is the derivative of Σ_x C_x by a perturbation injected into Z^l: column x is ∂C_x/∂z^l_x, unscaled. The
    gradients belong to C = 1/m Σ_x C_x.
    """

    def truth(world: Any, W: Layers, b: Layers, X: Any, Y: Any) -> tuple:
        m, still = X.shape[1], {l: world.array(np.zeros((W[l].shape[0], X.shape[1]))) for l in W}
        by = world.jacobian(lambda p: cost_of(world, p["W"], p["b"], X, Y, sigmas, p["z"]), {"W": W, "b": b, "z": still})
        return *(by["z"][l] for l in W), *(by["W"][l] / m for l in W), *(by["b"][l] / m for l in W)

    return truth
