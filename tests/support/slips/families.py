"""The right sheets in neutral form: settings in numbers, definitions, claims.

A claim is (left side, right side, free indices). `slope` is the factor σ' that somebody might write once too often.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .terms import Setting, derivative, logistic


@dataclass(frozen=True)
class Family:
    """One sheet: its header and what stands on it.

    Attributes
    ----------
    header : lines before the first formula.
    setting : seed -> numbers.
    claims : (left side, right side, free indices, factor σ' or None).
    definitions : (name, indices, formula).
    layered : names with layers.
    layers : values of l to try (empty: there is no l).
    styles : the notations in which it is written.
    sizes : letters of sizes that stand on the sheet.
    """

    name: str
    header: tuple[str, ...]
    setting: Callable[[int], Setting]
    claims: tuple
    definitions: tuple = ()
    layered: tuple[str, ...] = ()
    layers: tuple[int, ...] = ()
    styles: tuple[str, ...] = ("latex", "plain", "unicode")
    sizes: tuple[str, ...] = ()


LAYERED = ("W", "b", "z", "a", "delta", "Z", "A", "Delta")


def network(widths, cost, batch=0):
    """Settings of a sigmoid network; δ by differences."""
    depth = len(widths) - 1
    columns = batch or 1
    z, a, d = ("Z", "A", "Delta") if batch else ("z", "a", "delta")

    def forward(there):
        v, forced = there.values, there.forced
        v[a, 0] = v["x"]
        for l in range(1, depth + 1):
            v[z, l] = forced.get((z, l), v["W", l] @ v[a, l - 1] + v["b", l])
            v[a, l] = forced.get((a, l), logistic(v[z, l]))
        out, y = v[a, depth], v["y"]
        quadratic, entropy = np.sum((y - out) ** 2) / 2, -np.sum(y * np.log(out) + (1 - y) * np.log(1 - out))
        v["C"] = float(quadratic if cost == "quadratic" else entropy) / columns

    def setting(seed):
        rng = np.random.default_rng(seed)
        values = {"x": rng.normal(size=(widths[0], columns)), "y": rng.uniform(0.1, 0.9, size=(widths[-1], columns)), "L": depth}
        values |= {"m": float(columns), "ones": np.ones((columns, 1))}
        values |= {("W", l): rng.normal(size=(widths[l], widths[l - 1])) for l in range(1, depth + 1)}
        values |= {("b", l): rng.normal(size=(widths[l], 1)) for l in range(1, depth + 1)}
        there = Setting(values, {"j": (z, 0, 0), "k": ("W", 0, 1), "i": ("W", 1, 0)}, forward=forward)
        base = there.computed()
        deltas = {(d, l): derivative("C", (z, l), there) * columns for l in range(1, depth + 1)}
        base.values |= deltas | {"X": values["x"], "Y": values["y"]}
        return base

    return setting


def arrays(shapes, ranges=None, definitions=(), positive=(), invertible=(), distributions=(), sizes=None):
    """Settings with independent random arrays; a shape () is a number, and so are the `sizes`."""

    def setting(seed):
        rng = np.random.default_rng(seed)
        values = {}
        for name, shape in shapes.items():
            value = rng.uniform(0.4, 1.6, size=shape) if name in positive else rng.normal(size=shape)
            values[name] = float(value) if shape == () else value
        for name in invertible:
            values[name] = values[name] + 3 * np.eye(len(values[name]))
        for name in distributions:
            values[name] = np.abs(values[name]) / np.sum(np.abs(values[name]))
        values |= sizes or {}
        return Setting(values, ranges or {}, definitions).computed()

    return setting


NET = (
    ("delta(L)", "(a(L) - y) % sp(z(L))", (), None),
    ("delta(l)", "(W(l+1).T @ delta(l+1)) % sp(z(l))", (), "sp(z(l))"),
    ("D(C, b(l))", "delta(l)", (), "sp(z(l))"),
    ("D(C, W(l))", "delta(l) @ a(l-1).T", (), None),
)
ENTRIES = (
    ("delta(l, j)", "S(i, W(l+1, i, j) * delta(l+1, i)) * sp(z(l, j))", ("j",), "sp(z(l, j))"),
    ("D(C, b(l, j))", "delta(l, j)", ("j",), "sp(z(l, j))"),
    ("D(C, W(l, j, k))", "a(l-1, k) * delta(l, j)", ("j", "k"), "sp(z(l, j))"),
    ("D(C, a(l, j))", "S(i, W(l+1, i, j) * delta(l+1, i))", ("j",), None),
)
DIAGONAL = (
    ("delta(l)", "diag(sp(z(l))) @ W(l+1).T @ delta(l+1)", (), None),
    ("D(C, a(l))", "W(l+1).T @ delta(l+1)", (), None),
    ("D(z(l+1), a(l))", "W(l+1)", (), None),
    ("D(z(l+1), z(l))", "W(l+1) @ diag(sp(z(l)))", (), None),
)
TWO = (
    ("delta(2)", "(a(2) - y) % sp(z(2))", (), None),
    ("delta(1)", "(W(2).T @ delta(2)) % sp(z(1))", (), "sp(z(1))"),
    ("D(C, W(2))", "delta(2) @ a(1).T", (), None),
    ("D(C, W(1))", "delta(1) @ x.T", (), None),
    ("D(C, b(1))", "delta(1)", (), None),
)
BATCH = (
    ("Delta(L)", "(A(L) - Y) % sp(Z(L))", (), None),
    ("Delta(l)", "(W(l+1).T @ Delta(l+1)) % sp(Z(l))", (), "sp(Z(l))"),
    ("D(C, W(l))", "1/m * Delta(l) @ A(l-1).T", (), None),
    ("D(C, b(l))", "1/m * Delta(l) @ ones", (), None),
)
SOFTMAX = (("s", ("i",), "exp(z(i)) / S(k, exp(z(k)))"), ("C", (), "-S(i, y(i) * log(s(i)))"))
NORM = (
    ("mu", (), "1/m * S(k, x(k))"),
    ("v", (), "1/m * S(k, (x(k) - mu)**2)"),
    ("xh", ("i",), "(x(i) - mu) / sqrt(v + eps)"),
    ("C", (), "S(i, g(i) * xh(i))"),
)
LAYER = (("z", (), "W @ x + b"), ("s", (), "softmax(z)"), ("C", (), "-(y.T @ log(s))"))
NEURON = (("z", (), "w.T @ x + b"), ("a", (), "sig(z)"), ("C", (), "1/2 * (a - y)**2"))
RIDGE = (("C", (), "1/2 * (X @ w - y).T @ (X @ w - y) + lam / 2 * (w.T @ w)"),)
GATES = (("c", (), "f % p + i % q"), ("h", (), "o % tanh(c)"))
Q = "network: 3-4-5-2, sigmoid, quadratic"
WIDTHS = (3, 4, 5, 2)

FAMILIES = (
    Family(
        "four_equations", (Q,), network(WIDTHS, "quadratic"), NET, (), LAYERED, (1, 2, 3), ("latex", "course", "plain", "unicode")
    ),
    Family("entries", (Q,), network(WIDTHS, "quadratic"), ENTRIES, (), LAYERED, (1, 2, 3), ("latex", "course", "plain")),
    Family("jacobians", (Q,), network(WIDTHS, "quadratic"), DIAGONAL, (), LAYERED, (1, 2, 3), ("latex", "unicode")),
    Family(
        "two_layers",
        ("network: 3-4-2, sigmoid, quadratic",),
        network((3, 4, 2), "quadratic"),
        TWO,
        (),
        LAYERED,
        (),
        ("latex", "plain"),
    ),
    Family(
        "cross_entropy",
        ("network: 3-4-5-2, sigmoid, cross-entropy",),
        network(WIDTHS, "cross-entropy"),
        (("delta(L)", "a(L) - y", (), "sp(z(L))"), *NET[1:]),
        (),
        LAYERED,
        (1, 2, 3),
        ("latex",),
    ),
    Family(
        "batch",
        (Q, "batch: m", "samples: columns"),
        network(WIDTHS, "quadratic", 6),
        BATCH,
        (),
        LAYERED,
        (1, 2, 3),
        ("latex", "unicode"),
        ("m",),
    ),
    Family(
        "vectors",
        ("layout: denominator", "where: x, a, b: n; A, B: n x n"),
        arrays({"x": (3, 1), "a": (3, 1), "b": (3, 1), "A": (3, 3), "B": (3, 3)}),
        (
            ("D(a.T @ x, x)", "a", (), None),
            ("D(x.T @ A @ x, x)", "(A + A.T) @ x", (), None),
            ("D(b.T @ A @ x, x)", "A.T @ b", (), None),
            ("D((A @ x - b).T @ (A @ x - b), x)", "2 * A.T @ (A @ x - b)", (), None),
            ("D((a.T @ x) * (x.T @ b), x)", "(a @ b.T + b @ a.T) @ x", (), None),
            ("D(norm(x), x)", "x / norm(x)", (), None),
            ("D(x.T @ A @ B @ x, x)", "(A @ B + B.T @ A.T) @ x", (), None),
        ),
    ),
    Family(
        "jacobian_rules",
        ("layout: numerator", "where: x, w, a: n; A: m x n; s scalar"),
        arrays({"x": (3, 1), "w": (3, 1), "a": (3, 1), "A": (4, 3), "s": ()}),
        (
            ("D(A @ x, x)", "A", (), None),
            ("D(x % w, x)", "diag(w)", (), None),
            ("D(x % x, x)", "2 * diag(x)", (), None),
            ("D(A @ (x % w), x)", "A @ diag(w)", (), None),
            ("D(a.T @ (x % x), x)", "2 * (a % x).T", (), None),
            ("D(s * x, s)", "x", (), None),
        ),
        styles=("latex", "plain"),
    ),
    Family(
        "matrices",
        ("layout: denominator", "where: X: n x n invertible; A, B: n x n; a, b: n"),
        arrays({"X": (3, 3), "A": (3, 3), "B": (3, 3), "a": (3, 1), "b": (3, 1)}, invertible=("X",)),
        (
            ("D(tr(A @ X @ B), X)", "A.T @ B.T", (), None),
            ("D(tr(X.T @ B @ X), X)", "B @ X + B.T @ X", (), None),
            ("D(a.T @ X @ b, X)", "a @ b.T", (), None),
            ("D(a.T @ inv(X) @ b, X)", "-(inv(X).T @ a @ b.T @ inv(X).T)", (), None),
            ("D(det(X), X)", "det(X) * inv(X).T", (), None),
            ("D(tr((A @ X - B).T @ (A @ X - B)), X)", "2 * A.T @ (A @ X - B)", (), None),
        ),
        styles=("latex", "plain"),
    ),
    Family(
        "softmax_entries",
        ("where: z: n; y probability",),
        arrays({"z": (4, 1), "y": (4, 1)}, {"i": 4, "j": 4, "k": 4}, SOFTMAX, distributions=("y",)),
        (
            ("D(s(i), z(j))", "s(i) * (kron(i, j) - s(j))", ("i", "j"), None),
            ("D(C, s(i))", "-(y(i) / s(i))", ("i",), None),
            ("D(C, z(j))", "s(j) - y(j)", ("j",), None),
        ),
        SOFTMAX,
        styles=("latex",),
    ),
    Family(
        "softmax_layer",
        ("where: x: d; W: n x d; b: n; y probability",),
        arrays({"x": (3, 1), "W": (4, 3), "b": (4, 1), "y": (4, 1)}, {}, LAYER, distributions=("y",)),
        (
            ("D(C, z)", "s - y", (), None),
            ("D(C, W)", "(s - y) @ x.T", (), None),
            ("D(C, x)", "W.T @ (s - y)", (), None),
            ("D(s, z)", "diag(s) - s @ s.T", (), None),
        ),
        LAYER,
        styles=("latex", "plain"),
    ),
    Family(
        "neuron",
        ("where: x, w: n; b, y scalar; sigma logistic",),
        arrays({"x": (3, 1), "w": (3, 1), "b": (), "y": ()}, {}, NEURON),
        (
            ("D(a, z)", "a * (1 - a)", (), None),
            ("D(C, w)", "(a - y) * sp(z) * x", (), None),
            ("D(C, b)", "(a - y) * sp(z)", (), None),
            ("D(C, x)", "(a - y) * sp(z) * w", (), None),
        ),
        NEURON,
        styles=("latex", "plain"),
    ),
    Family(
        "ridge",
        ("layout: denominator", "where: X: m x n; w: n; y: m"),
        arrays({"X": (4, 3), "w": (3, 1), "y": (4, 1), "lam": ()}, {}, RIDGE),
        (("D(C, w)", "X.T @ (X @ w - y) + lam * w", (), None),),
        RIDGE,
        styles=("latex", "plain"),
    ),
    Family(
        "batch_norm",
        ("where: x, g: m",),
        arrays({"x": (5, 1), "g": (5, 1), "eps": ()}, {"i": 5, "k": 5}, NORM, ("eps",), sizes={"m": 5.0}),
        (
            ("D(mu, x(i))", "1/m", ("i",), None),
            ("D(v, x(i))", "2/m * (x(i) - mu)", ("i",), None),
            ("D(C, xh(i))", "g(i)", ("i",), None),
        ),
        NORM,
        styles=("latex",),
    ),
    Family(
        "gates",
        ("where: f, p, i, q, o: n",),
        arrays({"f": (3, 1), "p": (3, 1), "i": (3, 1), "q": (3, 1), "o": (3, 1)}, {}, GATES),
        (
            ("D(h, o)", "diag(tanh(c))", (), None),
            ("D(c, f)", "diag(p)", (), None),
            ("D(c, p)", "diag(f)", (), None),
            ("D(c, i)", "diag(q)", (), None),
        ),
        GATES,
        styles=("latex",),
    ),
    Family(
        "numbers",
        ("where: x, y scalar",),
        arrays({"x": (), "y": ()}, positive=("x", "y")),
        (
            ("D(x**3 * y, x)", "3 * x**2 * y", (), None),
            ("D(sin(x * y), x)", "y * cos(x * y)", (), None),
            ("D(exp(-x**2), x)", "-(2 * x * exp(-x**2))", (), None),
            ("D(log(x + y), x)", "1 / (x + y)", (), None),
            ("D(x / y, y)", "-(x / y**2)", (), None),
        ),
        styles=("latex", "plain"),
    ),
)
