"""Scalar expansion (lecture 3.2.3): a broadcast forward is a sum in reverse."""

import numpy as np

from .draws import V, X, diagonal
from .item import Claim, Golden, Item
from .sigmas import Array

__all__ = ["ITEM", "VJP", "expansion_jacobians", "expansion_vjp"]


def expansion_jacobians(operation: str, x: Array, z: Array) -> tuple[Array, Array]:
    """∂y/∂x (n, n) and ∂y/∂z (n,) of y = x ○ z with a scalar z expanded to 1z: "x+z", "z-x", "xz" or "x/z". Lecture 3.2.3.

    >>> expansion_jacobians("xz", np.array([4, 7]), 3)
    (array([[3, 0],
           [0, 3]]), array([4, 7]))
    """
    one, identity = 0 * x + 1, np.eye(len(x), dtype=int)
    return {
        "x+z": (identity, one),
        "z-x": (-identity, one),
        "xz": (z * identity, x),
        "x/z": (identity / z, -x / (z * z)),
    }[operation]


def expansion_vjp(operation: str, x: Array, z: Array, v: Array) -> tuple[Array, Array]:
    """Cotangents of x (n,) and of the scalar z for y = x + z or xz: a broadcast becomes a sum in reverse. Lecture 3.2.3.

    >>> expansion_vjp("xz", np.array([4, 7, -2]), 3, np.array([1, 2, -1]))
    (array([ 3,  6, -3]), np.int64(20))
    """
    return (v, v.sum()) if operation == "x+z" else (v * z, v @ x)


def _with_scalar(rng, sizes):
    return rng.standard_normal(sizes[-1]), 1.5 + rng.random(), rng.standard_normal(sizes[-1])


def _true_expansion(world, operation, x, z):
    f = {
        "x+z": lambda u, s: u + s,
        "z-x": lambda u, s: s - u,
        "xz": lambda u, s: u * s,
        "x/z": lambda u, s: u / s,
    }[operation]
    return world.jacobian(lambda u: f(u, z), x), world.jacobian(lambda s: f(x, s), z)


def _expansion(operation, *expected):
    return Claim(
        name=f"y = {operation}",
        inputs=("x", "z", "v"),
        outputs=("∂y/∂x", "∂y/∂z"),
        code=lambda x, z, v: expansion_jacobians(operation, x, z),
        truth=lambda world, x, z, v: _true_expansion(world, operation, x, z),
        draw=_with_scalar,
        goldens=(Golden((X, 3, V), expected),),
    )


def _vjps(x, z, v):
    return *expansion_vjp("x+z", x, z, v), *expansion_vjp("xz", x, z, v)


def _true_vjps(world, x, z, v):
    return (
        world.jacobian(lambda u: v @ (u + z), x),
        world.jacobian(lambda s: v @ (x + s), z),
        world.jacobian(lambda u: v @ (u * z), x),
        world.jacobian(lambda s: v @ (x * s), z),
    )


VJP = "cotangents of x and z, x+z and xz"

ITEM = Item(
    id="3.2.3",
    title="Derivative of a scalar expansion",
    timestamp="1:37:20",
    statement=r"\frac{\partial(x+z)}{\partial x}=I,\ \frac{\partial(x+z)}{\partial z}=\mathbf 1,\ "
    r"\frac{\partial(xz)}{\partial x}=zI,\ \frac{\partial(xz)}{\partial z}=x;\qquad \bar z=\mathbf 1^{\mathsf T}v,\ \bar z=x^{\mathsf T}v",
    shapes="x: (n,), z scalar; ∂y/∂x: (n, n), ∂y/∂z: (n,)",
    conditions="z does not depend on x (else the total derivative)",
    functions=(expansion_jacobians, expansion_vjp),
    claims=(
        _expansion("x+z", diagonal(1, 1, 1), [1, 1, 1]),
        _expansion("z-x", diagonal(-1, -1, -1), [1, 1, 1]),
        _expansion("xz", diagonal(3, 3, 3), X),
        _expansion("x/z", diagonal("1/3", "1/3", "1/3"), ["-4/9", "-7/9", "2/9"]),
        Claim(
            name=VJP,
            inputs=("x", "z", "v"),
            outputs=("x̄ of x+z", "z̄ of x+z", "x̄ of xz", "z̄ of xz"),
            code=_vjps,
            truth=_true_vjps,
            draw=_with_scalar,
            goldens=(Golden((X, 3, V), (V, 2, [3, 6, -3], 20)),),
        ),
    ),
)
