"""The cases of the standard suite. A case is a network with numbers; which frameworks, modes and dtypes run it is decided later."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gradref.data import digits, random_batch
from gradref.judges.known import Golden
from gradref_reference import Batch, Case, Network, Parameters, initialize
from gradref_reference.exact_probes import exact_probes
from gradref_reference.training import accuracy, sgd

from .golden import GOLDEN

__all__ = ["DTYPES", "SuiteCase", "standard_suite"]

DTYPES = ("float64", "float32", "bfloat16", "float16")
PROBES = 4
"""Exact probes in the standard suite; every fresh shape costs JAX seconds to compile."""

HELD_OUT_MINIMUM = 0.90
"""Accuracy on held-out digits that the reference's own training must exceed."""


@dataclass(frozen=True, eq=False)
class SuiteCase:
    """A case, why it is in the suite, and what is known about it beforehand.

    Attributes
    ----------
    golden : exact numbers of every tensor. exact : every tensor is a whole number that no format rounds, so bits are compared.
    dtypes : the formats it runs in; compile : those torch.compile runs in by default.
    held_out : the accuracy on held-out digits that training reaches.
    """

    case: Case
    why: str
    golden: Golden | None = None
    exact: bool = False
    dtypes: tuple[str, ...] = DTYPES
    compile: tuple[str, ...] = ()
    held_out: float | None = None

    @property
    def name(self) -> str:
        return self.case.name


def standard_suite(seed: int = 0) -> list[SuiteCase]:
    """Every case of the suite; the same seed gives the same numbers."""
    return [*_golden(), *_probes(seed), *_digits(seed), *_shapes(seed), *_hard(seed)]


def _golden() -> list[SuiteCase]:
    return [
        SuiteCase(
            Case(g.network, g.parameters, g.batch, name=g.name),
            "gradients known as exact fractions",
            golden=g,
            compile=("float64",) if g.name == "golden-g2" else (),
        )
        for g in GOLDEN.values()
    ]


def _probes(seed: int) -> list[SuiteCase]:
    return [
        SuiteCase(
            probe.case,
            "whole numbers that no format rounds" + (", pre-activations exactly at the kink" if probe.kinks else ""),
            dtypes=probe.formats,
            exact=True,
        )
        for probe in exact_probes(PROBES, seed)
    ]


# name, activations, cost, learning rate, epochs until over 90 % of the held-out digits are recognised
_DIGIT_NETWORKS = (
    ("sigmoid-quadratic", ("sigmoid", "sigmoid"), "quadratic", 3.0, 8),
    ("sigmoid-entropy", ("sigmoid", "sigmoid"), "nielsen_cross_entropy", 1.0, 3),
    ("relu-softmax", ("relu", "softmax"), "cross_entropy", 0.2, 3),
    ("tanh-softmax", ("tanh", "softmax"), "cross_entropy", 0.2, 3),
    ("gelu-softmax", ("gelu", "softmax"), "cross_entropy", 0.2, 3),
)


def _digits(seed: int) -> list[SuiteCase]:
    x, labels = digits()
    held = (
        np.arange(len(x)) % 6 == 5
    )  # every sixth digit is never trained on; the set is ordered by writer, so no tail is cut off
    out = []
    for number, (name, activations, cost, rate, epochs) in enumerate(_DIGIT_NETWORKS):
        network = Network((64, 30, 10), activations, cost)
        rng = np.random.default_rng([seed, number])
        start = initialize(network, rng, "scaled")
        y = labels if cost == "cross_entropy" else np.eye(10)[labels]
        training, held_out = Batch(x[~held], y[~held]), Batch(x[held], y[held])
        epoch, _ = sgd(network, start, training, 1, 10, rate, rng)
        final, _ = sgd(network, epoch, training, epochs - 1, 10, rate, rng)
        reached = accuracy(network, final, held_out)
        for parameters, size, state in ((start, 10, "initial"), (epoch, 10, "trained"), (epoch, 100, "trained")):
            trained = state == "trained"
            why = "after an epoch of mini-batch SGD" if trained else "initial weights"
            out.append(
                SuiteCase(
                    Case(network, parameters, Batch(x[:size], y[:size]), name=f"digits-{name}-b{size}-{state}", seed=seed),
                    f"real handwritten digits, mini-batch of {size}, {why}",
                    compile=("float32",) if (name, size, state) == ("relu-softmax", 10, "trained") else (),
                    held_out=reached if trained else None,
                )
            )
    return out


def _random(seed: int, name: str, why: str, network: Network, size: int, scheme: str = "scaled") -> SuiteCase:
    rng = np.random.default_rng([seed, *name.encode()])
    parameters = initialize(network, rng, scheme)
    return SuiteCase(Case(network, parameters, random_batch(network, rng, size), name=name, seed=seed), why)


def _shapes(seed: int) -> list[SuiteCase]:
    everything = ("sigmoid", "tanh", "relu", "leaky_relu", "elu", "softplus", "silu", "gelu", "gelu_tanh", "softmax")
    soft = _random(
        seed, "soft-labels", "labels that are probabilities", Network((5, 7, 4), ("tanh", "softmax"), "cross_entropy"), 9
    )
    rng = np.random.default_rng([seed, 1])
    probabilities = rng.dirichlet(np.ones(4), size=9)
    soft_case = Case(
        soft.case.network, soft.case.parameters, Batch(soft.case.batch.x, probabilities), name="soft-labels", seed=seed
    )
    return [
        _random(seed, "mnist-shape", "Nielsen's 784-30-10", Network((784, 30, 10), "sigmoid"), 10),
        _random(
            seed,
            "deep-ten-layers",
            "ten layers, every activation once",
            Network((16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 5), everything, "cross_entropy"),
            11,
        ),
        _random(seed, "square-layers", "all widths and the batch equal 6: shapes hide nothing", Network((6, 6, 6, 6), "tanh"), 6),
        _random(
            seed, "batch-of-one", "one sample: no sum to get wrong", Network((7, 5, 3), ("silu", "identity"), "mse_samples"), 1
        ),
        _random(
            seed,
            "hidden-softmax",
            "softmax in the middle: the full Jacobian",
            Network((7, 5, 3), ("softmax", "tanh"), "mse_elements"),
            11,
        ),
        _random(
            seed, "softmax-quadratic", "softmax with a cost it is not fused with", Network((7, 5, 3), ("elu", "softmax")), 11
        ),
        _random(
            seed,
            "logits-penalty",
            "binary cross-entropy on logits, L2 penalty",
            Network((7, 5, 3), ("softplus", "sigmoid"), "binary_cross_entropy", l2=0.125),
            11,
        ),
        SuiteCase(soft_case, soft.why),
    ]


def _hard(seed: int) -> list[SuiteCase]:
    rng = np.random.default_rng([seed, 2])
    wide = Network((7, 5, 3), "sigmoid", "nielsen_cross_entropy")
    weights = initialize(wide, rng, "normal")
    saturated = Parameters({1: 60 * weights.W[1], 2: 200 * weights.W[2]}, weights.b)
    relu = Network((7, 11, 3), ("relu", "identity"), "mse_elements")
    he = initialize(relu, rng, "he")
    dead = Parameters(he.W, {1: np.where(np.arange(11) % 3 == 0, -100.0, 0.1), 2: he.b[2]})
    ternary = rng.integers(-1, 2, (13, 7)).astype(float)
    ternary[4] = 0.0  # a blank row: every pre-activation of layer 1 is exactly zero
    kinked = Network((7, 5, 3), ("relu", "identity"))
    whole = Parameters({1: rng.integers(-2, 3, (5, 7)), 2: rng.integers(-2, 3, (3, 5))}, {1: np.zeros(5), 2: np.zeros(3)})
    return [
        SuiteCase(
            Case(wide, saturated, random_batch(wide, rng, 11), name="saturated-sigmoids", seed=seed),
            "weighted inputs in the hundreds: σ' underflows",
        ),
        SuiteCase(
            Case(relu, dead, random_batch(relu, rng, 13), name="dead-relus", seed=seed),
            "a third of the units never fires",
        ),
        SuiteCase(
            Case(kinked, whole, Batch(ternary, rng.integers(-2, 3, (13, 3)).astype(float)), name="ternary-kinks", seed=seed),
            "data in {-1, 0, 1}, a blank row, zero biases: pre-activations exactly at the kink",
        ),
    ]
