"""Random networks for the items, and the truth about them: a forward pass in any world, differentiated at its definition."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..notation import Layers

__all__ = ["cost_of", "net", "true_errors", "true_gradients"]


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


def true_errors(sigmas: tuple[str, ...], *layers: int) -> Callable[..., tuple]:
    """Truth: δ^l = ∂C_x/∂z^l by its definition, a perturbation injected into z^l; per sample, (n_l, m) for each of `layers`."""

    def truth(world: Any, W: Layers, b: Layers, X: Any, Y: Any) -> tuple:
        out = []
        for l in layers:
            still = world.array(np.zeros((W[l].shape[0], X.shape[1])))
            out.append(world.jacobian(lambda e, l=l: cost_of(world, W, b, X, Y, sigmas, {l: e}), still))
        return tuple(out)

    return truth


def true_gradients(sigmas: tuple[str, ...], kinds: str, *layers: int) -> Callable[..., tuple]:
    """Truth: ∂C/∂W^l ("W") or ∂C/∂b^l ("b"), each with its variable's shape, C = 1/m Σ_x C_x; all W first, then all b."""

    def truth(world: Any, W: Layers, b: Layers, X: Any, Y: Any) -> tuple:
        m, out = X.shape[1], []
        for kind in kinds:
            for l in layers:
                if kind == "W":
                    f = lambda p, l=l: cost_of(world, {**W, l: p}, b, X, Y, sigmas) / m  # noqa: E731
                else:
                    f = lambda p, l=l: cost_of(world, W, {**b, l: p}, X, Y, sigmas) / m  # noqa: E731
                out.append(world.jacobian(f, (W if kind == "W" else b)[l]))
        return tuple(out)

    return truth
