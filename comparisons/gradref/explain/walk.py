"""Walk: every step of the forward and backward pass of one network on one batch, in the lecture's order (4.4)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from gradref_reference import Batch, DataError, Network, Parameters, Trace, backprop

from .beside import Beside, Framework, run_frameworks
from .derivatives import derivative_latex
from .numbers import matrix, scalar, signed

__all__ = ["SMALL_BATCH", "SMALL_WIDTH", "Name", "Step", "Walk", "walk"]

SMALL_WIDTH, SMALL_BATCH = 8, 4
"""Up to this width and this many samples numbers are written out; beyond it they are drawn as heat maps."""

Array = np.ndarray


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Name(NamedTuple):
    """How an array is called, in LaTeX and in plain text."""

    latex: str
    plain: str

    @classmethod
    def of(cls, letter: str, layer: int | None = None, plain: str | None = None) -> Name:
        """A letter with its layer raised.

        >>> Name.of("W", 12), Name.of(r"\\delta", 2, "δ").plain
        (Name(latex='W^{12}', plain='W¹²'), 'δ²')
        """
        raised = "" if layer is None else str(layer)
        return cls(letter + (f"^{{{raised}}}" if raised else ""), (plain or letter) + raised.translate(_RAISED))

    @property
    def gradient(self) -> Name:
        """∂C by it."""
        return Name(rf"\frac{{\partial C}}{{\partial {self.latex}}}", f"∂C/∂{self.plain}")


SLOPE = Name(r"\sigma'", "σ'")


@dataclass(frozen=True, eq=False)
class Step:
    """One equation.

    Attributes
    ----------
    equation, layer : "LIN" .. "BP4" as in a report, and the layer it belongs to.
    part : "forward", "cost", "errors" or "gradients".
    title, lecture, why : what it is, its number in the lecture, and one sentence on it.
    name, symbols : left side, and right side in LaTeX.
    numbers : the right side with the numbers put in, line by line; empty for a large network.
    value : the result, samples as columns.
    operands : (name, array) of what goes in, for heat maps.
    beside : what the frameworks have in this place.
    """

    equation: str
    layer: int
    part: str
    title: str
    lecture: str
    why: str
    name: Name
    symbols: str
    value: Array
    numbers: tuple[str, ...] = ()
    operands: tuple[tuple[Name, Array], ...] = ()
    beside: tuple[Beside, ...] = ()

    @property
    def id(self) -> str:
        """Short and unique: 'bp2-1'."""
        return f"{self.equation.lower()}-{self.layer}"


@dataclass(frozen=True, eq=False)
class Walk:
    """The steps and what they were made from; `sample` is the row of the user's data that is walked through, or None for all."""

    network: Network
    parameters: Parameters
    batch: Batch
    trace: Trace
    steps: tuple[Step, ...]
    frameworks: tuple[Framework, ...] = ()
    sample: int | None = None
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def small(self) -> bool:
        """True when numbers are written out."""
        return _small(self.network, self.batch)

    @cached_property
    def title(self) -> str:
        """'2-3-2 network, square, quadratic cost, 1 sample'."""
        names = ", ".join(dict.fromkeys(self.network.activations))
        samples = f"{len(self.batch)} sample{'' if len(self.batch) == 1 else 's'}"
        return f"{'-'.join(map(str, self.network.sizes))} network, {names}, {self.network.cost.replace('_', ' ')} cost, {samples}"


def walk(network: Network, parameters: Parameters, batch: Batch, sample: int | None = None, frameworks: bool = True) -> Walk:
    """Walk through a network.

    Parameters
    ----------
    network, parameters, batch : must fit each other (`ShapeError`, `DataError`).
    sample : walk through this row of the batch alone, counted from 0; `DataError` when there is no such row.
    frameworks : also run PyTorch, JAX and whatever else is registered, and judge each of their equations.
    """
    if sample is not None:
        if not 0 <= sample < len(batch):
            raise DataError(f"sample: must lie in 0..{len(batch) - 1}, got {sample}. Samples are counted from 0.")
        batch = Batch(batch.x[sample : sample + 1], batch.y[sample : sample + 1])
    trace = backprop(network, parameters, batch)
    writer = _Writer(network, parameters, batch, trace)
    steps = [*writer.forward(), writer.cost(), *writer.errors(), *writer.gradients()]
    others, missing = run_frameworks(network, parameters, batch) if frameworks else ((), {})
    steps = tuple(replace(step, beside=tuple(o.beside(step.equation, step.layer) for o in others)) for step in steps)
    return Walk(network, parameters, batch, trace, steps, others, sample, missing)


def _small(network: Network, batch: Batch) -> bool:
    return max(network.sizes) <= SMALL_WIDTH and len(batch) <= SMALL_BATCH


class _Writer:
    """Writes the equations; samples are columns, as in the lecture, so every array of the trace is transposed."""

    def __init__(self, network: Network, parameters: Parameters, batch: Batch, trace: Trace):
        self.network, self.W, self.b, self.m = network, parameters.W, parameters.b, len(batch)
        self.y = network.targets(batch).T
        self.a, self.z, self.delta = ({l: v.T for l, v in layers.items()} for layers in (trace.a, trace.z, trace.delta))
        self.trace, self.small = trace, _small(network, batch)
        self.letters = ("z", "a", (r"\delta", "δ"), "y") if self.m == 1 else ("Z", "A", (r"\Delta", "Δ"), "Y")

    def names(self, l: int) -> tuple[Name, Name, Name]:
        """z, a and δ of a layer; capital letters where each column is a sample."""
        z, a, (d, plain), _ = self.letters
        return Name.of(z, l), Name.of(a, l), Name.of(d, l, plain)

    @property
    def y_(self) -> Name:
        return Name.of(self.letters[3])

    def numbers(self, *lines: str) -> tuple[str, ...]:
        return lines if self.small else ()

    def forward(self) -> list[Step]:
        steps = []
        for l, sigma in self.network.sigma.items():
            (z, a, _), (_, before, _), W, b = self.names(l), self.names(l - 1), Name.of("W", l), Name.of("b", l)
            ones = "" if self.m == 1 else r"\,\mathbf{1}^\top"
            bias = self.b[l][:, None]
            steps.append(
                Step(
                    "LIN", l, "forward", f"Weighted input of layer {l}", "2.3",
                    f"Each of the {len(bias)} neurons adds up its inputs, each times its weight, and its bias.",
                    z, rf"{W.latex}\,{before.latex}+{b.latex}{ones}", self.z[l],
                    self.numbers(f"{matrix(self.W[l])}{matrix(self.a[l - 1])}+{matrix(bias)}{ones}"),
                    ((W, self.W[l]), (before, self.a[l - 1]), (b, bias)),
                )
            )  # fmt: skip
            steps.append(
                Step(
                    "ACT", l, "forward", f"Activation of layer {l}", "2.3",
                    f"{sigma.name} of every entry." if sigma.elementwise else "softmax of every column: positive, adding up to 1.",
                    a, rf"\sigma({z.latex}),\qquad\sigma(z)={sigma.latex}", self.a[l],
                    self.numbers(rf"\sigma{matrix(self.z[l]) if self.z[l].size > 1 else f'({scalar(self.z[l].item())})'}"),
                    ((z, self.z[l]),),
                )
            )  # fmt: skip
        return steps

    def cost(self) -> Step:
        L, cost = self.network.L, self.network.cost_function
        numbers = ""
        if not self.network.fused and self.a[L].size <= 6:
            squares = "+".join(
                rf"({scalar(p)}{'-' if t >= 0 else '+'}{scalar(abs(t))})^2"
                for p, t in zip(self.a[L].T.flat, self.y.T.flat, strict=True)
            )
            factor = cost.factor(self.m, len(self.y)) / 2
            numbers = rf"{scalar(factor)}\left[{squares}\right]"
        return Step(
            "COST", L, "cost", "Cost", "3.1", "How far the outputs are from the targets, averaged over the samples.",
            Name.of("C"), cost.latex + (r"+\frac{\lambda}{2}\sum_l\lVert W^l\rVert^2" if self.network.l2 else ""),
            np.array([[self.trace.cost]]),
            self.numbers(*([numbers] if numbers else [])), ((self.names(L)[1], self.a[L]), (self.y_, self.y)),
        )  # fmt: skip

    def errors(self) -> list[Step]:
        return [self._bp1(), *(self._bp2(l) for l in range(self.network.L - 1, 0, -1))]

    def _bp1(self) -> Step:
        L, cost = self.network.L, self.network.cost_function
        sigma, m, K = self.network.sigma[L], self.m, len(self.y)
        factor = cost.factor(m, K)
        (z, a_, name), y_ = self.names(L), self.y_
        scale = "" if factor == 1 else rf"{scalar(factor)}\,"
        outputs = rf"\left({matrix(self.a[L])}-{matrix(self.y)}\right)"
        common = ("BP1", L, "errors", f"Error of the last layer, {L}", "4.2.1")
        operands = ((a_, self.a[L]), (y_, self.y))
        if self.network.fused:
            why = "The derivative of the activation cancels against the logarithm in the cost."
            symbols = rf"{z.gradient.latex}={scale}({a_.latex}-{y_.latex})"
            return Step(*common, why, name, symbols, self.delta[L], self.numbers(f"{scale}{outputs}"), operands)
        nabla = factor * (self.a[L] - self.y)
        first = f"{scale}({a_.latex}-{y_.latex})"
        if not sigma.elementwise:
            why = "Softmax mixes the outputs, so the whole Jacobian takes the place of σ'."
            symbols = rf"J^\top\,{first},\qquad J=\operatorname{{diag}}(a)-a\,a^\top"
            lines = []
            if m == 1:
                a = self.a[L][:, 0]
                lines = [f"{matrix(np.diag(a) - np.outer(a, a))}{matrix(nabla)}"]
            return Step(*common, why, name, symbols, self.delta[L], self.numbers(*lines), operands)
        slope = sigma.derivative(self.z[L], self.a[L])
        why = "How much the cost changes when the weighted input of an output neuron does: slope of the cost times slope of σ."
        symbols = rf"\nabla_aC\odot\sigma'({z.latex})={first}\odot\sigma'({z.latex})" + self._prime(L)
        lines = (rf"{scale}{outputs}\odot{matrix(slope)}", rf"{matrix(nabla)}\odot{matrix(slope)}")
        return Step(*common, why, name, symbols, self.delta[L], self.numbers(*lines), (*operands, (SLOPE, slope)))

    def _bp2(self, l: int) -> Step:
        sigma = self.network.sigma[l]
        W, after = self.W[l + 1], self.delta[l + 1]
        back = W.T @ after
        (z, _, name), (_, _, d), W_ = self.names(l), self.names(l + 1), Name.of("W", l + 1)
        product = rf"({W_.latex})^\top\,{d.latex}"
        operands = ((W_, W), (d, after))
        common = ("BP2", l, "errors", f"Error of layer {l}", "4.2.2")
        if not sigma.elementwise:
            why = "Softmax as a hidden layer: the error goes back through its whole Jacobian, column by column."
            return Step(
                *common,
                why,
                name,
                rf"J^\top\left({product}\right)",
                self.delta[l],
                self.numbers(rf"J^\top{matrix(back)}"),
                operands,
            )
        slope = sigma.derivative(self.z[l], self.a[l])
        why = f"The error of layer {l + 1} flows back along the same weights, and each neuron lets through as much as its slope."
        lines = (
            rf"\left({matrix(W.T)}{matrix(after)}\right)\odot{matrix(slope)}",
            rf"{matrix(back)}\odot{matrix(slope)}",
        )
        symbols = rf"\left({product}\right)\odot\sigma'({z.latex})" + self._prime(l)
        return Step(*common, why, name, symbols, self.delta[l], self.numbers(*lines), (*operands, (SLOPE, slope)))

    def _prime(self, l: int) -> str:
        text = derivative_latex(self.network.sigma[l])
        return rf",\qquad\sigma'(z)={text}" if text else ""

    def gradients(self) -> list[Step]:
        steps = []
        for l in range(1, self.network.L + 1):
            delta, before, l2 = self.delta[l], self.a[l - 1], self.network.l2
            (_, _, d), (_, a, _), W = self.names(l), self.names(l - 1), Name.of("W", l)
            total = d.latex if self.m == 1 else rf"{d.latex}\,\mathbf{{1}}"
            added = ", added up over the samples" if self.m > 1 else ""
            ones = "" if self.m == 1 else matrix(np.ones((self.m, 1)))
            steps.append(
                Step(
                    "BP3", l, "gradients", f"Gradient of the biases of layer {l}", "4.2.3",
                    f"A bias shifts its weighted input one to one, so its gradient is the error{added}.",
                    Name.of("b", l).gradient, total, self.trace.db[l][:, None],
                    self.numbers(f"{matrix(delta)}{ones}") if self.m > 1 else (), ((d, delta),),
                )
            )  # fmt: skip
            penalty = (rf"+{scalar(l2)}\,{W.latex}", rf"+{signed(l2)}\,{matrix(self.W[l])}") if l2 else ("", "")
            steps.append(
                Step(
                    "BP4", l, "gradients", f"Gradient of the weights of layer {l}", "4.2.4, 4.2.5",
                    "Error out times activation in: a weight matters as much as what flows into it.",
                    W.gradient, rf"{d.latex}\,({a.latex})^\top{penalty[0]}", self.trace.dW[l],
                    self.numbers(f"{matrix(delta)}{matrix(before.T)}{penalty[1]}"), ((d, delta), (a, before)),
                )
            )  # fmt: skip
        return steps
