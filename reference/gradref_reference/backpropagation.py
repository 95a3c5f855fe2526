"""The backpropagation algorithm (lecture 4.4): forward pass, then the four equations from the last layer to the first.

`textbook` is the specification, and it runs: `backprop(..., mode="textbook")`. `fast.gradients` computes the same in less time.
"""

from time import perf_counter
from typing import Any

import numpy as np

from .arrays import Batch, Parameters
from .checks import chosen
from .equations import bp1, bp2, bp3, bp4, times_softmax_jacobian
from .errors import SpecificationError
from .fast import gradients
from .formats import native
from .network import Network, check_problem
from .trace import Layers, Trace

__all__ = ["MODES", "backprop", "textbook"]

Array = np.ndarray


def textbook(
    network: Network, W: Layers, b: Layers, x: Array, y: Array
) -> tuple[Layers, Layers, Layers, Layers, Layers, np.floating]:
    """a, z, delta, dW, db and C as the equations are written; y as numbers (m, n[L]). Nothing is checked, nothing is written to."""
    cost, sigma, L = network.cost_function, network.sigma, network.L
    a, z, delta, dW, db = {0: x}, {}, {}, {}, {}

    for l in range(1, L + 1):
        z[l] = a[l - 1] @ W[l].T + b[l]  # (m, n[l-1]) @ (n[l-1], n[l]) + (n[l],) -> (m, n[l])
        a[l] = sigma[l].value(z[l])  # (m, n[l])

    if network.fused:
        delta[L] = cost.fused_delta(a[L], y)  # (m, n[L]); BP1, where σ' has cancelled
    elif sigma[L].elementwise:
        delta[L] = bp1(cost.nabla_a(a[L], y), sigma[L].derivative(z[L], a[L]))  # (m, n[L])
    else:
        delta[L] = times_softmax_jacobian(cost.nabla_a(a[L], y), a[L])  # (m, n[L])

    for l in range(L - 1, 0, -1):
        if sigma[l].elementwise:
            delta[l] = bp2(W[l + 1], delta[l + 1], sigma[l].derivative(z[l], a[l]))  # (m, n[l])
        else:
            delta[l] = times_softmax_jacobian(delta[l + 1] @ W[l + 1], a[l])  # (m, n[l])

    for l in range(1, L + 1):
        db[l] = bp3(delta[l])  # (n[l],)
        dW[l] = bp4(delta[l], a[l - 1])  # (n[l], n[l-1])

    C = cost.value(z[L], a[L], y)
    if network.l2:  # the penalty λ/2 Σ‖W‖²
        C = C + 0.5 * network.l2 * sum((W[l] * W[l]).sum() for l in W)
        dW = {l: dW[l] + network.l2 * W[l] for l in dW}
    return a, z, delta, dW, db, C


MODES = {"reference": gradients, "textbook": textbook}
"""How the reference computes: with the forms of `fast`, or as the equations are written (float64 only)."""


def backprop(network: Network, parameters: Parameters, batch: Batch, dtype: Any = "float64", mode: str = "reference") -> Trace:
    """The reference: cost and gradient of a network on a batch, with every intermediate quantity.

    Parameters
    ----------
    network, parameters, batch : must fit each other (`ShapeError`, `DataError`).
    dtype : "float64" or "float32", or NumPy's types of these names (`SpecificationError`); inputs are rounded to it first.
    mode : "reference", the fast form, or "textbook", the equations as they are written (`SpecificationError`). That is float64
        only: `sum(axis=0)` adds row after row, and in float32 a million rows lose 1 %.

    Returns
    -------
    Trace : a, z, delta, dW, db, cost; see there for shapes.

    Source: lecture 4.4, equations BP1-BP4 of 4.2.1-4.2.5.
    """
    check_problem(network, parameters, batch)
    name = native(dtype)
    compute = chosen("backprop", "mode", mode, MODES)
    if mode == "textbook" and name != "float64":
        raise SpecificationError(f"backprop: dtype must be float64 in mode 'textbook', got {name!r}. Use mode 'reference'.")
    p, data = parameters.astype(name), batch.astype(name)
    y = network.targets(data, name)
    start = perf_counter()
    with np.errstate(all="ignore"):  # overflow to infinity is judged, not warned about
        *layers, C = compute(network, p.W, p.b, data.x, y)
    seconds = perf_counter() - start
    a, z, delta, dW, db = ({l: v.astype(np.float64, copy=False) for l, v in d.items()} for d in layers)
    return Trace(a, z, delta, dW, db, float(C), name, "numpy", mode, np.__version__, seconds)
