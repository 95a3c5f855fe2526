"""Custom functions as people write them: honest ones, and wrong backwards of twelve kinds.

A base is a forward in plain operators and an honest backward; a mutant replaces the backward. All take the tensors that the forward saved.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F


def function_of(name: str, forward: Callable, backward: Callable) -> type[torch.autograd.Function]:
    """A `torch.autograd.Function`: forward(*inputs) returns (result, saved), backward(saved, g) one gradient per input."""

    def run(ctx, *inputs):
        result, saved = forward(*inputs)
        ctx.save_for_backward(*saved)
        return result

    def back(ctx, g):
        return backward(ctx.saved_tensors, g)

    return type(name, (torch.autograd.Function,), {"forward": staticmethod(run), "backward": staticmethod(back)})


class Base(NamedTuple):
    forward: Callable
    backward: Callable
    shapes: tuple[tuple[int, ...], ...]


class Mutant(NamedTuple):
    base: str
    kind: str
    backward: Callable
    slots: tuple[int, ...]  # the inputs whose gradient is wrong


def swish(x):
    s = torch.sigmoid(x)
    return x * s, (x, s)


def tanh_gelu(x):
    u = 0.7978845608028654 * (x + 0.044715 * x**3)
    t = torch.tanh(u)
    return 0.5 * x * (1 + t), (x, t)


def soft(x):
    s = torch.softmax(x, 1)
    return s * 1.0, (s,)


def soft_back(saved, g):
    (s,) = saved
    return (s * (g - (g * s).sum(1, keepdim=True)),)


def affine(x, w, b):
    return x @ w.T + b, (x, w)


def affine_back(saved, g):
    x, w = saved
    return g @ w, g.T @ x, g.sum(0)


def normed(x, w, b):
    mean = x.mean(1, keepdim=True)
    r = torch.rsqrt(((x - mean) ** 2).mean(1, keepdim=True) + 0.01)
    y = (x - mean) * r
    return y * w + b, (y, r, w)


def normed_back(saved, g):
    y, r, w = saved
    d = g * w
    return r * (d - d.mean(1, keepdim=True) - y * (d * y).mean(1, keepdim=True)), (g * y).sum(0), g.sum(0)


def root_mean(x, w):
    r = torch.rsqrt((x**2).mean(1, keepdim=True) + 0.01)
    return x * r * w, (x, r, w)


def root_mean_back(saved, g):
    x, r, w = saved
    y, d = x * r, g * w
    return r * (d - y * (d * y).mean(1, keepdim=True)), (g * y).sum(0)


def score(q, k, v):
    p = torch.softmax(q @ k.T * q.shape[1] ** -0.5, 1)
    return p @ v, (q, k, v, p)


def score_back(saved, g):
    q, k, v, p = saved
    s = q.shape[1] ** -0.5
    d = g @ v.T
    a = p * (d - (d * p).sum(1, keepdim=True))
    return a @ k * s, a.T @ q * s, p.T @ g


def gated(x, y):
    s = torch.sigmoid(y)
    return x * s, (x, s)


def gated_back(saved, g):
    x, s = saved
    return g * s, g * x * s * (1 - s)


def clipped_cube(x):
    return torch.clamp(x, -1.1, 1.3) ** 3, (x,)


def clipped_cube_back(saved, g):
    (x,) = saved
    return (g * 3 * torch.clamp(x, -1.1, 1.3) ** 2 * ((x > -1.1) & (x < 1.3)),)


def running(x):
    return torch.cumsum(x, 1), (x,)


def running_back(saved, g):
    return (g.flip(1).cumsum(1).flip(1),)


ROWS = torch.tensor([1, 4, 1, 0, 4, 4])


def lookup(table):
    return table[ROWS] * 2.0, (table,)


def lookup_back(saved, g):
    (table,) = saved
    return (torch.zeros_like(table).index_add(0, ROWS, 2.0 * g),)


def distance(x, y):
    d = torch.sqrt(((x - y) ** 2).sum(1) + 0.1)
    return d * 1.0, (x, y, d)


def distance_back(saved, g):
    x, y, d = saved
    step = (g / d).unsqueeze(1) * (x - y)
    return step, -step


def swish_back(saved, g):
    x, s = saved
    return (g * s * (1 + x * (1 - s)),)


def tanh_gelu_back(saved, g):
    x, t = saved
    return (g * (0.5 * (1 + t) + 0.5 * x * (1 - t * t) * 0.7978845608028654 * (1 + 3 * 0.044715 * x * x)),)


N, D = 6, 5

BASES: dict[str, Base] = {
    "swish": Base(swish, swish_back, ((N, D),)),
    "tanh_gelu": Base(tanh_gelu, tanh_gelu_back, ((N, D),)),
    "soft": Base(soft, soft_back, ((N, D),)),
    "affine": Base(affine, affine_back, ((N, D), (4, D), (4,))),
    "normed": Base(normed, normed_back, ((N, D), (D,), (D,))),
    "root_mean": Base(root_mean, root_mean_back, ((N, D), (D,))),
    "score": Base(score, score_back, ((N, D), (7, D), (7, 3))),
    "gated": Base(gated, gated_back, ((N, D), (N, D))),
    "clipped_cube": Base(clipped_cube, clipped_cube_back, ((N, D),)),
    "running": Base(running, running_back, ((N, D),)),
    "lookup": Base(lookup, lookup_back, ((5, 3),)),
    "distance": Base(distance, distance_back, ((N, D), (N, D))),
}


def only(slot: int, change: Callable) -> Callable:
    """The honest gradients with one of them changed by change(gradient, saved, g)."""

    def wrap(honest: Callable) -> Callable:
        def back(saved, g):
            out = list(honest(saved, g))
            out[slot] = change(out[slot], saved, g)
            return tuple(out)

        return back

    return wrap


def _mutant(base: str, kind: str, slot: int, change: Callable) -> Mutant:
    return Mutant(base, kind, only(slot, change)(BASES[base].backward), (slot,))


def _whole(base: str, kind: str, backward: Callable, *slots: int) -> Mutant:
    return Mutant(base, kind, backward, slots)


def _one_entry(v, saved, g):
    v = v.clone()
    v.view(-1)[3] *= 1.5
    return v


MUTANTS: list[Mutant] = [
    # a factor is missing or wrong
    _mutant("tanh_gelu", "factor", 0, lambda v, s, g: v / 0.7978845608028654),
    _mutant("lookup", "factor", 0, lambda v, s, g: v / 2),
    _mutant("score", "factor", 0, lambda v, s, g: v * s[0].shape[1] ** 0.5),
    _mutant("clipped_cube", "factor", 0, lambda v, s, g: v / 3),
    # a sign
    _mutant("distance", "sign", 1, lambda v, s, g: -v),
    _mutant("affine", "sign", 2, lambda v, s, g: -v),
    _mutant("gated", "sign", 1, lambda v, s, g: -v),
    # a term is dropped
    _whole("swish", "term", lambda s, g: (g * s[1],), 0),
    _whole("soft", "term", lambda s, g: (g * s[0] * (1 - s[0]),), 0),
    _mutant("normed", "term", 0, lambda v, s, g: s[1] * (g * s[2] - (g * s[2]).mean(1, keepdim=True))),
    _mutant("normed", "term", 0, lambda v, s, g: s[1] * (g * s[2] - s[0] * (g * s[2] * s[0]).mean(1, keepdim=True))),
    _mutant("root_mean", "term", 0, lambda v, s, g: s[1] * g * s[2]),
    # a saved tensor is taken for another
    _whole("swish", "saved", lambda s, g: (g * s[0] * (1 + s[0] * (1 - s[0])),), 0),
    _mutant("gated", "saved", 1, lambda v, s, g: g * s[0] * s[0] * (1 - s[0])),
    _mutant("normed", "saved", 1, lambda v, s, g: (g * s[2]).sum(0)),
    _mutant("root_mean", "saved", 1, lambda v, s, g: (g * s[0]).sum(0)),
    # the wrong axis
    _whole("soft", "axis", lambda s, g: (s[0] * (g - (g * s[0]).sum(0, keepdim=True)),), 0),
    _mutant("normed", "axis", 0, lambda v, s, g: s[1] * (g * s[2] - (g * s[2]).mean(0, keepdim=True))),
    _whole("running", "axis", lambda s, g: (g.flip(0).cumsum(0).flip(0),), 0),
    # mean for sum, or the other way round
    _mutant("affine", "mean", 2, lambda v, s, g: g.mean(0)),
    _mutant("affine", "mean", 1, lambda v, s, g: v / g.shape[0]),
    _mutant("normed", "mean", 2, lambda v, s, g: g.mean(0)),
    _mutant(
        "root_mean", "mean", 0, lambda v, s, g: s[1] * (g * s[2] - s[0] * s[1] * (g * s[2] * s[0] * s[1]).sum(1, keepdim=True))
    ),
    # transposed, reversed or permuted
    _whole("running", "order", lambda s, g: (g.cumsum(1),), 0),
    _mutant("affine", "order", 1, lambda v, s, g: v.flip(0)),
    _mutant("score", "order", 2, lambda v, s, g: v.roll(1, 0)),
    # repeated indices overwrite
    _whole("lookup", "overwrite", lambda s, g: (torch.zeros_like(s[0]).index_copy(0, ROWS, 2.0 * g),), 0),
    _whole("lookup", "overwrite", lambda s, g: (torch.zeros_like(s[0]).index_copy(0, ROWS[:3], 2.0 * g[:3]),), 0),
    # a mask is forgotten, or too wide
    _whole("clipped_cube", "mask", lambda s, g: (g * 3 * torch.clamp(s[0], -1.1, 1.3) ** 2,), 0),
    _whole("clipped_cube", "mask", lambda s, g: (g * 3 * torch.clamp(s[0], -1.1, 1.3) ** 2 * (s[0] < 1.3),), 0),
    _mutant("gated", "mask", 0, lambda v, s, g: v * (s[0] > 0)),
    # one entry
    _mutant("score", "entry", 0, _one_entry),
    _mutant("affine", "entry", 0, _one_entry),
    _mutant("distance", "entry", 0, _one_entry),
    # nothing, or a gradient for somebody else
    _mutant("affine", "nothing", 1, lambda v, s, g: None),
    _mutant("distance", "nothing", 1, lambda v, s, g: torch.zeros_like(v)),
    Mutant("gated", "nothing", lambda s, g: gated_back(s, g)[::-1], (0, 1)),
    # accuracy is lost on the way
    _mutant("distance", "accuracy", 0, lambda v, s, g: v * (1 + 2e-3)),
    _whole("tanh_gelu", "accuracy", lambda s, g: (tanh_gelu_back((s[0], torch.erf(s[0] * 0.7071)), g)[0],), 0),
    _mutant("score", "accuracy", 1, lambda v, s, g: v.to(torch.bfloat16).to(v.dtype) * (1 + 1e-2)),
]
"""Forty wrong backwards; slots are the inputs whose gradient is wrong."""


def inputs_of(base: str, seed: int, dtype: torch.dtype) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    draws = (torch.randn(shape, generator=generator, dtype=torch.float64) for shape in BASES[base].shapes)
    return tuple(x.to(dtype).requires_grad_() for x in draws)


class InBlock(torch.nn.Module):
    """A custom function between operations that are right: only it may be named."""

    def __init__(self, function: type[torch.autograd.Function], inputs: tuple[torch.Tensor, ...]) -> None:
        super().__init__()
        self.function = function
        self.weights = torch.nn.ParameterList(x.detach().clone() for x in inputs)

    def forward(self, scale: torch.Tensor) -> torch.Tensor:
        return F.silu(self.function.apply(*(w * scale for w in self.weights)) * 1.5)
