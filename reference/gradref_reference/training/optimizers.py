"""Optimisers: what one step does to one parameter array (mathematics 6.5).

Siblings with the same two members. `start(w)` gives the state before the first step; `step(w, g, state, k, eta)` gives the
new parameter and the new state from the old ones, k = 1, 2, ... being the number of the step and eta its learning rate.
Nothing is written to. The square root's ε stands outside it unless `eps_inside_root` says otherwise: the two differ by 28 %
on gradients of 1e-6. Who uses which default is in `defaults`.

Sources: Polyak 1964 and Sutskever et al. 2013 (momentum), Nesterov 1983, Duchi et al. 2011 (Adagrad), Hinton 2012 (RMSprop),
Kingma & Ba 2015 (Adam), Loshchilov & Hutter 2019 (AdamW).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from ..checks import number
from .regularisation import add_weight_decay

__all__ = ["OPTIMIZERS", "Adagrad", "Adam", "AdamW", "Momentum", "Nesterov", "Optimizer", "RMSprop", "Schedule", "Sgd"]

Array = np.ndarray
State = tuple[Array, ...]
Schedule = float | Callable[[int], float]
"""A learning rate: a number, or a function of the step number k = 1, 2, ..."""


@runtime_checkable
class Optimizer(Protocol):
    """What `train` needs of an optimiser."""

    @property
    def learning_rate(self) -> Schedule:
        """η, or k -> η."""
        ...

    def start(self, w: Array) -> State:
        """The state of one array before its first step."""
        ...

    def step(self, w: Array, g: Array, state: State, k: int, eta: float) -> tuple[Array, State]:
        """The parameter and its state after step k, from the gradient g at the old parameter w."""
        ...


class _Settings:
    """What the optimisers share: settings that are numbers in their range (`SpecificationError`), and a state that starts at 0."""

    states = 1
    """How many arrays the state of a parameter has."""

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if name not in ("learning_rate", "eps_inside_root"):  # those are checked when a step is made, or just true or false
                number(name, value, "Leave it out for the usual one.", below=1.0 if name in ("beta1", "beta2") else np.inf)

    def start(self, w: Array) -> State:
        """The state of one array before its first step: zeros."""
        return (np.zeros_like(w),) * self.states

    def step(self, w: Array, g: Array, state: State, k: int, eta: float) -> tuple[Array, State]:
        """The parameter and its state after step k, by the formula of the class."""
        raise NotImplementedError


@dataclass(frozen=True)
class Sgd(_Settings):
    """w ← w − η g."""

    states = 0

    learning_rate: Schedule = 0.1
    weight_decay: float = 0.0

    def step(self, w: Array, g: Array, state: State, k: int, eta: float) -> tuple[Array, State]:
        g = _decayed(w, g, self.weight_decay)
        return w - eta * g, ()


@dataclass(frozen=True)
class Momentum(_Settings):
    """v ← μ v + (1 − τ) g, undamped in the first step;  w ← w − η v.

    The learning rate multiplies the velocity when it is used (PyTorch, optax), not when it is gathered (Sutskever): the two
    part as soon as η changes.
    """

    learning_rate: Schedule = 0.1
    momentum: float = 0.9
    dampening: float = 0.0
    weight_decay: float = 0.0

    def step(self, w: Array, g: Array, state: State, k: int, eta: float) -> tuple[Array, State]:
        g = _decayed(w, g, self.weight_decay)
        (v,) = state
        v = self.momentum * v + (g if k == 1 else (1 - self.dampening) * g)
        return w - eta * v, (v,)


@dataclass(frozen=True)
class Nesterov(_Settings):
    """v ← μ v + g;  w ← w − η (g + μ v)."""

    learning_rate: Schedule = 0.1
    momentum: float = 0.9
    weight_decay: float = 0.0

    def step(self, w: Array, g: Array, state: State, k: int, eta: float) -> tuple[Array, State]:
        g = _decayed(w, g, self.weight_decay)
        (v,) = state
        v = self.momentum * v + g
        return w - eta * (g + self.momentum * v), (v,)


@dataclass(frozen=True)
class Adagrad(_Settings):
    """s ← s + g²;  w ← w − η g / (√s + ε)."""

    learning_rate: Schedule = 0.01
    eps: float = 1e-10
    initial_sum: float = 0.0
    eps_inside_root: bool = False
    weight_decay: float = 0.0

    def start(self, w: Array) -> State:
        return (np.full_like(w, self.initial_sum),)

    def step(self, w: Array, g: Array, state: State, k: int, eta: float) -> tuple[Array, State]:
        g = _decayed(w, g, self.weight_decay)
        (s,) = state
        s = s + g * g
        return w - eta * g / _root(s, self.eps, self.eps_inside_root), (s,)


@dataclass(frozen=True)
class RMSprop(_Settings):
    """s ← ρ s + (1 − ρ) g²;  w ← w − η g / (√s + ε)."""

    learning_rate: Schedule = 0.01
    rho: float = 0.99
    eps: float = 1e-8
    eps_inside_root: bool = False
    weight_decay: float = 0.0

    def step(self, w: Array, g: Array, state: State, k: int, eta: float) -> tuple[Array, State]:
        g = _decayed(w, g, self.weight_decay)
        (s,) = state
        s = self.rho * s + (1 - self.rho) * g * g
        return w - eta * g / _root(s, self.eps, self.eps_inside_root), (s,)


@dataclass(frozen=True)
class Adam(_Settings):
    """m ← β₁ m + (1 − β₁) g;  v ← β₂ v + (1 − β₂) g²;  w ← w − η m̂ / (√v̂ + ε), m̂ = m/(1 − β₁ᵏ), v̂ = v/(1 − β₂ᵏ).

    `weight_decay` is the coupled kind: λ w joins the gradient and is divided by √v̂ with it. `AdamW` is the other.
    """

    states = 2

    learning_rate: Schedule = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 0.0

    def step(self, w: Array, g: Array, state: State, k: int, eta: float) -> tuple[Array, State]:
        g = _decayed(w, g, self.weight_decay)
        m, v = state
        m = self.beta1 * m + (1 - self.beta1) * g
        v = self.beta2 * v + (1 - self.beta2) * g * g
        m_hat = m / (1 - self.beta1**k)
        v_hat = v / (1 - self.beta2**k)
        return w - eta * m_hat / _root(v_hat, self.eps, inside=False), (m, v)


@dataclass(frozen=True)
class AdamW(_Settings):
    """w ← (1 − η λ) w, then Adam's step: the decay is decoupled from √v̂."""

    states = 2

    learning_rate: Schedule = 1e-3
    beta1: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8
    weight_decay: float = 1e-2

    def step(self, w: Array, g: Array, state: State, k: int, eta: float) -> tuple[Array, State]:
        adam = Adam(self.learning_rate, self.beta1, self.beta2, self.eps)
        return adam.step((1 - eta * self.weight_decay) * w, g, state, k, eta)


def _root(s: Array, eps: float, inside: bool) -> Array:
    return np.sqrt(s + eps) if inside else np.sqrt(s) + eps


def _decayed(w: Array, g: Array, weight_decay: float) -> Array:
    return add_weight_decay(w, g, weight_decay) if weight_decay else g


OPTIMIZERS: dict[str, type] = {
    "sgd": Sgd,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "adagrad": Adagrad,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
}
"""Every optimiser by its short name."""
