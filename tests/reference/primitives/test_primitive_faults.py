"""Mistakes that people make in these VJPs (mathematics.md, section 6): the judge of the rules refuses each of them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from tests.reference.primitives import test_primitives as judge

from gradref_reference.primitives import pointwise as p
from gradref_reference.primitives.movement import total
from gradref_reference.primitives.operations import OPERATIONS
from gradref_reference.primitives.operations.reducing import mean


def scaled(factor: float) -> Callable:
    """The right rule times a factor, to every input."""

    def wrong(name: str) -> Callable:
        right = OPERATIONS[name].pullback
        assert right is not None
        return lambda g, y, *x, **a: tuple(
            None if c is None else (c() if callable(c) else c) * factor for c in right(g, y, *x, **a)
        )

    return wrong


def written(rule: Callable) -> Callable:
    return lambda name: rule


def slot(number: int, change: Callable) -> Callable:
    """The right rule with the contribution to one input changed."""

    def wrong(name: str) -> Callable:
        right = OPERATIONS[name].pullback
        assert right is not None

        def rule(g, y, *x, **a):
            found = [c() if callable(c) else c for c in right(g, y, *x, **a)[: len(x)]]
            found[number] = change(found[number], g[0] if isinstance(g, tuple) else g, y, x)
            return tuple(found)

        return rule

    return wrong


MISTAKES: dict[str, tuple[str, Callable]] = {
    "softmax: diagonal Jacobian": ("softmax", written(lambda g, y, x, axis: (g * y * (1.0 - y),))),
    "softmax: no row sum": ("softmax", written(lambda g, y, x, axis: (g * y,))),
    "softmax: sum over the other axis": ("softmax", written(lambda g, y, x, axis: (y * (g - total(g * y, 1 - axis, True)),))),
    "log-softmax: no softmax": ("log_softmax", written(lambda g, y, x, axis: (g - total(g, axis, True),))),
    "sigmoid: derivative at a": ("sigmoid", written(lambda g, y, x: (g * (1.0 - x) * x,))),
    "tanh: no square": ("tanh", written(lambda g, y, x: (g * (1.0 - y),))),
    "relu: the negative side": ("relu", written(lambda g, y, x: (p.choose(x.value < 0, g, 0.0),))),
    "elu: no exponential": ("elu", written(lambda g, y, x: (g * 1.0,))),
    "variance: divided by n": ("variance", scaled(0.75)),
    "norm: no division": ("norm", written(lambda g, y, x, **a: (x * 1.0,))),
    "layer norm: statistics are constants": ("layer_norm", slot(0, lambda c, g, y, x: g * x[1] * y[2])),
    "layer norm: no mean of D": ("layer_norm", slot(0, lambda c, g, y, x: c + mean(g * x[1], 1, True) * y[2])),
    "layer norm: weight from x": ("layer_norm", slot(1, lambda c, g, y, x: total(g * x[0], 0))),
    "rms norm: formula of layer norm": ("rms_norm", slot(0, lambda c, g, y, x: c - y[1] * mean(g * x[1], 1, True))),
    "batch norm: divided once more": ("batch_norm", slot(2, lambda c, g, y, x: c / 8.0)),
    "attention: scale dropped": ("attention", slot(0, lambda c, g, y, x: c * 2.0)),
    "attention: values from queries": ("attention", slot(2, lambda c, g, y, x: c * 0.0)),
    "cross-entropy: no mean": ("binary_entropy_with_logits", scaled(12.0)),
    "cross-entropy: extra s (1 - s)": ("binary_entropy_with_logits", slot(0, lambda c, g, y, x: c * (1.0 - x[0] * x[0]))),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    operation, mistake = MISTAKES[name]
    monkeypatch.setitem(OPERATIONS, operation, replace(OPERATIONS[operation], pullback=mistake(operation)))
    with np.errstate(all="ignore"), pytest.raises(AssertionError, match=operation):
        judge.test_vjp_is_the_limit_of_differences(operation, 0)


def test_forward_that_overwrites_repeated_rows_is_refused() -> None:
    """A gather whose VJP sets where it should add loses all but one of the contributions."""
    g = np.ones((3, 2))
    right = OPERATIONS["embedding"].pullback
    assert right is not None
    (found,) = right(g, None, np.zeros((4, 2)), np.array([1, 3, 1]))
    assert found[1].tolist() == [2.0, 2.0]
