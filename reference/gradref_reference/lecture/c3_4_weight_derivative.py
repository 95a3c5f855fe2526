"""The cost of one neuron over N samples, by its weights (lecture 3.4); X (N, n) with rows x_iᵀ, y (N,), w (n,), b a scalar."""

from typing import Any

from .draws import normal
from .item import Claim, Golden, Item
from .sigmas import IDENTITY, RELU, SQUARE, Array, Sigma

__all__ = [
    "CHAIN",
    "DATA",
    "ITEM",
    "NAMES",
    "chain_of_two",
    "errors",
    "neuron_cost",
    "true_cost",
    "true_weight",
    "weight_derivative",
]


def errors(X: Array, y: Array, w: Array, b: Any, sigma: Sigma) -> Array:
    """e_i = a_i - y_i; (N,). Lecture 3.4.

    >>> import numpy as np
    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> errors(np.array([[1, 2], [3, -1]]), np.array([4, 3]), np.array([2, 1]), -1, SIGMAS["identity"])
    array([-1,  1])
    """
    return sigma(X @ w + b) - y


def neuron_cost(X: Array, y: Array, w: Array, b: Any, sigma: Sigma) -> Array:
    """C = 1/(2N) Σ_i e_i², a scalar. Lecture 3.4.

    >>> import numpy as np
    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> float(neuron_cost(np.array([[1, 2], [3, -1]]), np.array([4, 3]), np.array([2, 1]), -1, SIGMAS["identity"]))
    0.5
    """
    e = errors(X, y, w, b, sigma)
    return e @ e / (2 * len(y))


def weight_derivative(X: Array, y: Array, w: Array, b: Any, sigma: Sigma) -> Array:
    """∂C/∂w = 1/N Σ_i e_i σ'(z_i) x_iᵀ = 1/N (e ⊙ σ'(z))ᵀ X; (n,). Lecture 3.4.

    >>> import numpy as np
    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> X, y = np.array([[1, 2], [3, -1], [-2, 1], [0, 1]]), np.array([4, 3, 1, 5])
    >>> weight_derivative(X, y, np.array([2, 1]), -1, SIGMAS["square"])
    array([145.5, -41. ])
    """
    e = errors(X, y, w, b, sigma)
    return (e * sigma.prime(X @ w + b)) @ X / len(y)


def chain_of_two(w1: Any, b1: Any, w2: Any, b2: Any, x: Any, y: Any, sigma: Sigma) -> tuple[Array, ...]:
    """∂C/∂(w₁, b₁, w₂, b₂) of a chain of two single neurons and one sample, C = ½(a₂ - y)²; scalars. Lecture 3.4.

    >>> from gradref_reference.lecture.sigmas import SIGMAS
    >>> chain_of_two(3, -1, -1, 7, 1, 6, SIGMAS["square"])
    (-72, -72, 72, 18)
    """
    z1 = w1 * x + b1
    a1 = sigma(z1)
    z2 = w2 * a1 + b2
    by_z2 = (sigma(z2) - y) * sigma.prime(z2)
    by_z1 = by_z2 * w2 * sigma.prime(z1)
    return by_z1 * x, by_z1, by_z2 * a1, by_z2


DATA = ([[1, 2], [3, -1], [-2, 1], [0, 1]], [4, 3, 1, 5], [2, 1], -1)
NAMES = ("X", "y", "w", "b")


def true_cost(world, sigma, X, y, w, b):
    """C = 1/(2N) Σ (σ(x_iᵀw + b) - y_i)² in any world."""
    e = world.sigma(sigma)(X @ w + b) - y
    return (e * e).sum() / (2 * X.shape[0])


def true_weight(sigma):
    """The truth of C and of ∂C/∂w for the activation called `sigma`."""
    return lambda world, X, y, w, b: (
        true_cost(world, sigma, X, y, w, b),
        world.jacobian(lambda v: true_cost(world, sigma, X, y, v, b), w),
    )


def _weight_claim(sigma, *goldens):
    return Claim(
        name=f"C and ∂C/∂w, σ = {sigma.name}",
        inputs=NAMES,
        outputs=("C", "∂C/∂w"),
        code=lambda X, y, w, b: (neuron_cost(X, y, w, b, sigma), weight_derivative(X, y, w, b, sigma)),
        truth=true_weight(sigma.name),
        draw=normal("p q", "p", "q", ""),
        goldens=goldens,
    )


def _true_chain(world, w1, b1, w2, b2, x, y):
    square = world.sigma("square")

    def C(p, q, r, s):
        e = square(r * square(p * x + q) + s) - y
        return e * e / 2

    return (
        world.jacobian(lambda t: C(t, b1, w2, b2), w1),
        world.jacobian(lambda t: C(w1, t, w2, b2), b1),
        world.jacobian(lambda t: C(w1, b1, t, b2), w2),
        world.jacobian(lambda t: C(w1, b1, w2, t), b2),
    )


CHAIN = "chain 1-1-1: ∂C/∂(w₁, b₁, w₂, b₂)"

ITEM = Item(
    id="3.4",
    title="Derivative of the cost for a simple network, w.r.t. weights",
    timestamp="2:10:37",
    statement=r"\frac{\partial C}{\partial w}=\frac1N\sum_ie_i\,\sigma'(z_i)\,x_i^{\mathsf T}"
    r"=\frac1N(e\odot\sigma'(z))^{\mathsf T}X,\qquad e_i=a_i-y_i",
    shapes="X: (N, n) with rows x_iᵀ; y, e, z: (N,); w, ∂C/∂w: (n,)",
    conditions="σ differentiable at every z_i; Parr & Howard, without the ½, have 2/N",
    functions=(errors, neuron_cost, weight_derivative, chain_of_two),
    claims=(
        _weight_claim(SQUARE, Golden(DATA, ("111/2", ["291/2", -41]))),
        _weight_claim(IDENTITY, Golden(DATA, ("13/2", [3, "-13/4"]))),
        _weight_claim(RELU, Golden(DATA, ("7/2", ["1/2", "-3/4"]))),
        Claim(
            name=CHAIN,
            inputs=("w₁", "b₁", "w₂", "b₂", "x", "y"),
            outputs=("∂w₁", "∂b₁", "∂w₂", "∂b₂"),
            code=lambda w1, b1, w2, b2, x, y: chain_of_two(w1, b1, w2, b2, x, y, SQUARE),
            truth=_true_chain,
            draw=normal("", "", "", "", "", ""),
            goldens=(Golden((3, -1, -1, 7, 1, 6), (-72, -72, 72, 18)),),
        ),
    ),
)
