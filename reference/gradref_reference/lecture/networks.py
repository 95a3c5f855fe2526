"""The networks of Part IV: random and golden ones, and the truth about them, a forward pass in any world, differentiated."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .item import Claim, Golden
from .sigmas import SIGMAS, Array, Layers, Sigmas

__all__ = [
    "CASES",
    "DRAWS",
    "G1",
    "G2",
    "GATE",
    "GS",
    "KINK",
    "NAMES",
    "ONE_SAMPLE",
    "TRUTHS",
    "activations",
    "cost_of",
    "forward",
    "golden",
    "net",
    "net_claim",
    "truth_of",
    "wrong",
]

NAMES = ("W", "b", "X", "Y")
GRADIENTS = ("∂C/∂W¹", "∂C/∂W²", "∂C/∂b¹", "∂C/∂b²")


def forward(W: Layers, b: Layers, X: Array, sigmas: Sigmas) -> tuple[Layers, Layers]:
    """z and a of every layer, dicts keyed by l; X (n_0, m) -> (n_l, m)."""
    a, z = {0: X}, {}
    for l in W:
        z[l] = W[l] @ a[l - 1] + b[l]
        a[l] = sigmas[l](z[l])
    return z, a


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


# The networks of Part IV: name -> the activations of its layers. One truth for each, shared by the items.
CASES = {
    "square": ("square", "square"),
    "sigmoid": ("sigmoid", "sigmoid"),
    "relu": ("relu", "relu"),
    "deep": ("tanh", "square", "sigmoid"),
}
TRUTHS = {name: truth_of(*sigmas) for name, sigmas in CASES.items()}
DRAWS = {name: net(len(sigmas)) for name, sigmas in CASES.items()}
ONE_SAMPLE = net(2, batch=False)


def activations(case: str) -> Sigmas:
    """The activations of a case by layer."""
    return {l: SIGMAS[name] for l, name in enumerate(CASES[case], start=1)}


# --- the golden networks of mathematics, part IV ---------------------------------------------------------------------

_W = {1: [[1, -1], [0, 2], [-2, 1]], 2: [[1, 0, -1], [2, -1, 1]]}


class G1:
    """Sizes 2-3-2, square activations, one sample: every number is an integer."""

    inputs = (_W, {1: [[2], [-2], [3]], 2: [[5], [-3]]}, [[1], [2]], [[8], [18]])
    delta = ([[-76], [64], [-60]], [[-6], [-16]])
    dW = ([[-76, -152], [64, 128], [-60, -120]], [[-6, -24, -54], [-16, -64, -144]])
    db = delta


def _fifths(rows):
    return [[f"{v}/5" for v in row] for row in rows]


class G2:
    """Sizes 2-4-3, square activations, five samples, every size different and K = 3."""

    inputs = (
        {1: [[1, 0], [-1, 1], [0, 2], [1, -1]], 2: [[1, -1, 0, 2], [0, 1, -1, 1], [-2, 0, 1, 0]]},
        {1: [[1], [0], [-1], [2]], 2: [[0], [2], [1]]},
        [[1, 0, -1, 2, 1], [0, 1, 1, -1, 2]],
        [[440, 4, 17, 2498, 25], [121, 8, 23, 730, 24], [37, -2, 4, 63, 6]],
    )
    delta = (
        [[72, 0, 0, 1392, 64], [84, 12, 48, 1524, -20], [-24, -12, -40, -228, 12], [504, 12, 0, 3460, -20]],
        [[42, 0, 8, 200, 0], [0, 6, 20, -54, -10], [12, 0, 0, -16, -8]],
    )
    dW = (
        _fifths([[2920, -1264], [3064, -1504], [-428, 200], [7404, -3488]]),
        _fifths([[1968, 1874, 1850, 5378], [-520, -410, -550, -1354], [-128, -140, -204, -300]]),
    )
    db = (_fifths([[1528], [1648], [-292], [3956]]), _fifths([[250], [-38], [-12]]))


class GS:
    """G1's weights with sigmoids, biases chosen so that every activation is rational (b = ln odds - Wa); quadratic cost."""

    inputs = (
        {l: np.array(v, float) for l, v in _W.items()},
        {
            1: np.log([[3.0], [1.0], [0.5]]) - np.array(_W[1]) @ np.array([[1.0], [2.0]]),
            2: np.log([[4.0], [1 / 3]]) - np.array(_W[2]) @ np.array([[3 / 4], [1 / 2], [1 / 3]]),
        },
        np.array([[1.0], [2.0]]),
        np.array([[1.0], [0.0]]),
    )
    delta = ([["741/64000"], ["-3/256"], ["631/36000"]], [["-4/125"], ["3/64"]])
    dW = (
        [["741/64000", "741/32000"], ["-3/256", "-3/128"], ["631/36000", "631/18000"]],
        [["-3/125", "-2/125", "-4/375"], ["9/256", "3/128", "1/64"]],
    )
    db = delta


class GATE:
    """ReLU, 1-1-2 without biases: the second output is off, and its error must not reach the first layer."""

    inputs = ({1: [[2]], 2: [[2], [-1]]}, {1: [[0]], 2: [[0], [0]]}, [[1]], [[3], [1]])
    delta = ([[2]], [[1], [0]])
    dW = ([[2]], [[2], [0]])
    db = delta


class KINK:
    """ReLU, 1-1-2 with every weighted input exactly 0: relu'(0) = 0, so nothing flows."""

    inputs = ({1: [[1]], 2: [[2], [-1]]}, {1: [[-1]], 2: [[0], [0]]}, [[1]], [[3], [1]])
    delta = ([[0]], [[0], [0]])
    dW = ([[0]], [[0], [0]])
    db = delta


# --- claims about these networks -------------------------------------------------------------------------------------


def net_claim(
    name: str,
    case: str,
    outputs: tuple[str, ...],
    pick: tuple[int, ...],
    formula: Callable[..., Any],
    goldens: Sequence[Golden] = (),
    one_sample: bool = False,
) -> Claim:
    """A claim about a network of `CASES`: `formula(W, b, X, Y, sigmas)` gives the picked results of the case's truth."""
    draw = ONE_SAMPLE if one_sample else DRAWS[case]
    return Claim(name, NAMES, outputs, wrong(case, formula), TRUTHS[case], draw, tuple(goldens), pick=pick)


def wrong(case: str, formula: Callable[..., Any]) -> Callable[..., Any]:
    """The network with `formula(W, b, X, Y, sigmas)`, right or wrong."""
    sigmas = activations(case)
    return lambda W, b, X, Y: formula(W, b, X, Y, sigmas)


def golden(network: Any, *expected: Any) -> Golden:
    """A golden network with what is expected of it; GS is compared in floats, the others exactly."""
    return Golden(network.inputs, expected, exact=network is not GS)
