"""The backpropagation algorithm (lecture 4.4): forward with a cache, the four equations backward, then one update of everything."""

from dataclasses import dataclass
from typing import Any

from .c4_2_1_output_error import output_error
from .c4_2_2_hidden_error import hidden_error
from .c4_2_3_bias_gradient import bias_gradient
from .c4_2_5_weight_gradient import weight_gradient
from .item import Claim, Golden, Item
from .networks import G1, G2, GATE, GRADIENTS, GS, KINK, NAMES, activations, cost_of, net, net_claim
from .sigmas import SIGMAS, Array, Layers, Sigma

__all__ = [
    "G1_STEP",
    "ITEM",
    "PASS",
    "PASS_DEEP",
    "PASS_RELU",
    "STEP",
    "STEPS",
    "Pass",
    "backpropagation",
    "one_step",
    "right_step",
    "step",
    "train",
    "two_steps",
]


@dataclass(frozen=True, eq=False)
class Pass:
    """One pass forward and backward in the lecture's convention.

    z, a : weighted inputs and activations, columns are samples, (n_l, m); a[0] is the input.
    delta : errors ∂C_x/∂z^l per sample, unscaled, (n_l, m).
    dW, db : ∂C/∂W^l (n_l, n_{l-1}) and ∂C/∂b^l (n_l, 1), where C is the average over samples.
    cost : C = 1/(2m) Σ_x ‖a^L_x - y_x‖².
    """

    z: Layers
    a: Layers
    delta: Layers
    dW: Layers
    db: Layers
    cost: Any


def backpropagation(W: Layers, b: Layers, X: Array, Y: Array, sigmas: dict[int, Sigma]) -> Pass:
    """Steps 1-5 of the algorithm; X (n_0, m), Y (n_L, m), dicts keyed by l. Lecture 4.4.

    >>> import numpy as np
    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> square = SIGMAS["square"]
    >>> W = {1: np.array([[1, -1], [0, 2], [-2, 1]]), 2: np.array([[1, 0, -1], [2, -1, 1]])}
    >>> b = {1: np.array([[2], [-2], [3]]), 2: np.array([[5], [-3]])}
    >>> backpropagation(W, b, np.array([[1], [2]]), np.array([[8], [18]]), {1: square, 2: square}).dW[1]
    array([[ -76., -152.],
           [  64.,  128.],
           [ -60., -120.]])
    """
    L, m = len(W), X.shape[1]
    z, a = {}, {0: X}  # 1: the input
    for l in range(1, L + 1):  # 2: forward, every z and a is kept
        z[l] = W[l] @ a[l - 1] + b[l]
        a[l] = sigmas[l](z[l])
    delta = {L: output_error(a[L] - Y, z[L], sigmas[L])}  # 3: equation 1
    for l in range(L - 1, 0, -1):  # 4: equation 2, from the back to the front
        delta[l] = hidden_error(W[l + 1], delta[l + 1], z[l], sigmas[l])
    dW = {l: weight_gradient(delta[l], a[l - 1]) for l in W}  # 5: equations 4 and 3
    db = {l: bias_gradient(delta[l]) for l in W}
    return Pass(z, a, delta, dW, db, ((a[L] - Y) * (a[L] - Y)).sum() / (2 * m))


def step(W: Layers, b: Layers, found: Pass, eta: Array) -> tuple[Layers, Layers]:
    """Step 6: all parameters move at once, from their old values; new dicts of the same shapes. Lecture 4.4.

    >>> import numpy as np
    >>> old = {1: np.array([[2.0]])}
    >>> found = Pass({}, {}, {}, {1: np.array([[10.0]])}, {1: np.array([[5.0]])}, 0)
    >>> step(old, old, found, 0.1)
    ({1: array([[1.]])}, {1: array([[1.5]])})
    """
    return {l: W[l] - eta * found.dW[l] for l in W}, {l: b[l] - eta * found.db[l] for l in b}


def train(W: Layers, b: Layers, X: Array, Y: Array, sigmas: dict[int, Sigma], eta: Array, steps: int) -> tuple[Layers, Layers]:
    """W and b after some steps on the full batch; each step computes a new forward pass first. Lecture 4.4.

    >>> import numpy as np
    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> W, b, one = {1: np.array([[2.0]])}, {1: np.array([[0.0]])}, np.array([[1.0]])
    >>> train(W, b, one, one, {1: SIGMAS["identity"]}, 0.25, 2)[0]
    {1: array([[1.625]])}
    """
    for _ in range(steps):
        W, b = step(W, b, backpropagation(W, b, X, Y, sigmas), eta)
    return W, b


def _gradients(run=backpropagation):
    def gradients(W, b, X, Y, sigmas):
        found = run(W, b, X, Y, sigmas)
        return *(found.dW[l] for l in W), *(found.db[l] for l in W)

    return gradients


def _flat(W, b):
    return *(W[l] for l in W), *(b[l] for l in b)


def one_step(advance):
    """W¹, W², b¹, b² after one step on the full batch."""
    return lambda W, b, X, Y, eta: _flat(*advance(W, b, X, Y, activations("square"), eta))


def right_step(W, b, X, Y, sigmas, eta):
    """W and b after one step on the full batch."""
    return step(W, b, backpropagation(W, b, X, Y, sigmas), eta)


def two_steps(train):
    """W¹, W², b¹, b² after two steps, tanh and sigmoid."""
    sigmas = {1: SIGMAS["tanh"], 2: SIGMAS["sigmoid"]}
    return lambda W, b, X, Y, eta: _flat(*train(W, b, X, Y, sigmas, eta))


def _true_steps(sigmas, count):
    def truth(world, W, b, X, Y, eta):
        theta = {"W": W, "b": b}
        for _ in range(count):
            by = world.jacobian(lambda p: cost_of(world, p["W"], p["b"], X, Y, sigmas) / X.shape[1], theta)
            theta = {kind: {l: theta[kind][l] - eta * by[kind][l] for l in W} for kind in theta}
        return _flat(theta["W"], theta["b"])

    return truth


def _net_and_rate(rng, sizes):
    return *net(2)(rng, sizes), 0.5


PASS, PASS_DEEP, PASS_RELU, _PASS_SIGMOID = (
    f"the gradients of a pass, {sigma}" for sigma in ("σ = square", "tanh-square-sigmoid", "relu", "sigmoid")
)

STEP, STEPS = "one step, σ = square", "two steps, tanh-sigmoid"
_ALL_DEEP = ("∂C/∂W¹", "∂C/∂W²", "∂C/∂W³", "∂C/∂b¹", "∂C/∂b²", "∂C/∂b³")
_STEPPED = ("W¹", "W²", "b¹", "b²")

G1_STEP = (
    [["1.76", "0.52"], ["-0.64", "0.72"], ["-1.4", "2.2"]],
    [["1.06", "0.24", "-0.46"], ["2.16", "-0.36", "2.44"]],
    [["2.76"], ["-2.64"], ["3.6"]],
    [["5.06"], ["-2.84"]],
)


def _goldens(*nets):
    return tuple(Golden(g.inputs, (*g.dW, *g.db), exact=g is not GS) for g in nets)


ITEM = Item(
    id="4.4",
    title="The backpropagation algorithm",
    timestamp="4:44:18",
    statement=r"A^0=X;\quad Z^l,A^l\ (l=1..L);\quad \Delta^L;\quad \Delta^l\ (l=L-1..1);\quad \nabla_{W^l}C,\nabla_{b^l}C;\quad "
    r"\theta\leftarrow\theta-\eta\nabla C",
    shapes="W^l: (n_l, n_{l-1}), b^l: (n_l, 1), Z^l, A^l, Δ^l: (n_l, m)",
    conditions="Z and A of this forward pass; every parameter moves from its old value",
    functions=(backpropagation, step, train),
    claims=(
        net_claim(PASS, "square", GRADIENTS, (2, 3, 4, 5), _gradients(), _goldens(G1, G2)),
        net_claim(_PASS_SIGMOID, "sigmoid", GRADIENTS, (2, 3, 4, 5), _gradients(), _goldens(GS)),
        net_claim(PASS_RELU, "relu", GRADIENTS, (2, 3, 4, 5), _gradients(), _goldens(GATE, KINK)),
        net_claim(PASS_DEEP, "deep", _ALL_DEEP, (3, 4, 5, 6, 7, 8), _gradients()),
        Claim(
            name=STEP,
            inputs=(*NAMES, "η"),
            outputs=_STEPPED,
            code=one_step(right_step),
            truth=_true_steps(("square", "square"), 1),
            draw=_net_and_rate,
            goldens=(Golden((*G1.inputs, "1/100"), G1_STEP),),
        ),
        Claim(
            name=STEPS,
            inputs=(*NAMES, "η"),
            outputs=_STEPPED,
            code=two_steps(lambda *arguments: train(*arguments, steps=2)),
            truth=_true_steps(("tanh", "sigmoid"), 2),
            draw=_net_and_rate,
        ),
    ),
)
