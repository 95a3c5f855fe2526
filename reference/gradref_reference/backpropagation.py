"""The backpropagation algorithm (lecture 4.4): forward pass, then the four equations from the last layer to the first."""

from time import perf_counter
from typing import Any

import numpy as np

from .arrays import Batch, Parameters
from .equations import bp1, bp2, bp3, bp4
from .formats import native
from .network import Network
from .products import by_rows
from .trace import Layers, Trace

__all__ = ["backprop", "forward", "gradients"]

Array = np.ndarray


def weighted_input(W: Array, b: Array, a_before: Array) -> Array:
    """z[l] = a[l-1] W[l]ᵀ + b[l]; (n[l], n[l-1]), (n[l],), (m, n[l-1]) -> (m, n[l])."""
    return by_rows(a_before, W.T) + b[None]  # one row of b for all samples


def forward(network: Network, W: Layers, b: Layers, x: Array) -> tuple[Layers, Layers]:
    """Weighted inputs z[l] = a[l-1] W[l]ᵀ + b[l] and activations a[l] = σ(z[l]); dicts keyed by l, (m, n[l])."""
    a, z = {0: x}, {}
    for l, sigma in network.sigma.items():
        z[l] = weighted_input(W[l], b[l], a[l - 1])
        a[l] = sigma.value(z[l])
    return a, z


def gradients(
    network: Network, W: Layers, b: Layers, x: Array, y: Array
) -> tuple[Layers, Layers, Layers, Layers, Layers, np.floating]:
    """a, z, delta, dW, db and C in the dtype of the arrays; y as numbers (m, n[L]). Nothing is checked, nothing is written to."""
    cost, sigma, L = network.cost_function, network.sigma, network.L
    a, z, sigma_prime, delta, dW, db = {0: x}, {}, {}, {}, {}, {}

    for l in range(1, L + 1):  # forward; σ'(z) is taken on the way, where it shares its exponential with σ(z)
        z[l] = weighted_input(W[l], b[l], a[l - 1])
        if l == L and network.fused:
            a[l] = sigma[l].value(z[l])
        else:
            a[l], sigma_prime[l] = sigma[l].value_and_derivative(z[l])

    if network.fused:
        delta[L] = cost.fused_delta(a[L], y)  # BP1, where σ' has cancelled
    else:
        delta[L] = bp1(cost.nabla_a(a[L], y), sigma[L], z[L], a[L], sigma_prime[L])
    for l in range(L - 1, 0, -1):
        delta[l] = bp2(W[l + 1], delta[l + 1], sigma[l], z[l], a[l], sigma_prime[l])
    for l in range(1, L + 1):
        db[l] = bp3(delta[l])
        dW[l] = bp4(delta[l], a[l - 1])

    C = cost.value(z[L], a[L], y)
    if network.l2:
        C = C + 0.5 * network.l2 * sum((W[l] * W[l]).sum() for l in W)
        dW = {l: dW[l] + network.l2 * W[l] for l in dW}
    return a, z, delta, dW, db, C


def backprop(network: Network, parameters: Parameters, batch: Batch, dtype: Any = "float64") -> Trace:
    """The reference: cost and gradient of a network on a batch, with every intermediate quantity.

    Parameters
    ----------
    network, parameters, batch : must fit each other (`ShapeError`, `DataError`).
    dtype : "float64" or "float32", or NumPy's types of these names (`SpecificationError`); inputs are rounded to it first.

    Returns
    -------
    Trace : a, z, delta, dW, db, cost; see there for shapes.

    Source: lecture 4.4, equations BP1-BP4 of 4.2.1-4.2.5.
    """
    network.check(parameters, batch)
    name = native(dtype)
    p, data = parameters.astype(name), batch.astype(name)
    y = network.targets(data, name)
    start = perf_counter()
    with np.errstate(all="ignore"):  # overflow to infinity is judged, not warned about
        a, z, delta, dW, db, C = gradients(network, p.W, p.b, data.x, y)
    seconds = perf_counter() - start
    wide = (lambda d: d) if name == "float64" else (lambda d: {l: v.astype(np.float64) for l, v in d.items()})
    return Trace(
        wide(a),
        wide(z),
        wide(delta),
        wide(dW),
        wide(db),
        float(C),
        name,
        "numpy",
        "reference",
        np.__version__,
        seconds,
    )
