"""One call of every ATen operator that has a rule: its name (overload packet), the call, and what it takes.

Inputs are shapes of normal numbers; `positive`, `share` (0.1 to 0.9) and `beyond` (above 1) where an operator wants others.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
import torch.nn.functional as F

aten = torch.ops.aten


class Draw(NamedTuple):
    shape: tuple[int, ...]
    kind: str = "normal"


def positive(*shape: int) -> Draw:
    return Draw(shape, "positive")


def share(*shape: int) -> Draw:
    return Draw(shape, "share")


def beyond(*shape: int) -> Draw:
    return Draw(shape, "beyond")


def draw(what: tuple | Draw, generator: torch.Generator, dtype: torch.dtype) -> torch.Tensor:
    shape, kind = what if isinstance(what, Draw) else (what, "normal")
    x = torch.randn(shape, generator=generator, dtype=torch.float64)
    if kind != "normal":
        u = torch.rand(shape, generator=generator, dtype=torch.float64)
        x = {"positive": u + 0.2, "share": 0.1 + 0.8 * u, "beyond": 1.1 + u}[kind]
    return x.to(dtype).requires_grad_()


class Case(NamedTuple):
    call: Callable
    inputs: tuple


S = (5, 7)
INDEX = torch.tensor([2, 0, 2, 4])
GRID = torch.tensor([[0, 1, 1, 2, 0, 3, 4], [4, 4, 0, 1, 2, 2, 3]])
MASK = torch.arange(35).reshape(5, 7) % 3 == 0
LABELS = torch.tensor([1, 0, 6, 3, 3])
IMAGE = (2, 3, 7, 6)


def put_back(x: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return aten.index_put(x, [INDEX, torch.tensor([1, 3, 1, 6])], v, True)


def unary(name: str, *inputs: tuple | Draw) -> Case:
    return Case(getattr(aten, name), inputs or (S,))


PLAIN = (
    *("neg", "abs", "reciprocal", "exp", "exp2", "expm1", "sin", "cos", "atan", "sinh", "cosh", "asinh", "erf", "erfc"),
    *("sign", "sgn", "floor", "ceil", "round", "trunc"),
    *("relu", "sigmoid", "tanh", "silu", "mish", "hardsigmoid", "hardswish"),
)

CASES: dict[str, Case] = {
    "add": Case(lambda x, y: aten.add(x, y, alpha=0.3), (S, (7,))),
    "sub": Case(aten.sub, (S, (5, 1))),
    "rsub": Case(lambda x: aten.rsub(x, 1.7), (S,)),
    "mul": Case(aten.mul, (S, (5, 1))),
    "div": Case(aten.div, (S, positive(7))),
    "remainder": Case(lambda x: aten.remainder(x, 0.7), (S,)),
    "fmod": Case(lambda x: aten.fmod(x, 0.7), (S,)),
    "pow": Case(lambda x: aten.pow(x, 2.5), (positive(*S),)),
    "maximum": Case(aten.maximum, (S, S)),
    "minimum": Case(aten.minimum, (S, S)),
    "fmax": Case(aten.fmax, (S, S)),
    "fmin": Case(aten.fmin, (S, S)),
    "atan2": Case(aten.atan2, (S, S)),
    "hypot": Case(aten.hypot, (S, S)),
    "logaddexp": Case(aten.logaddexp, (S, S)),
    "xlogy": Case(aten.xlogy, (S, positive(*S))),
    "lerp": Case(aten.lerp, (S, S, share(*S))),
    "addcmul": Case(lambda x, a, b: aten.addcmul(x, a, b, value=0.7), (S, S, (7,))),
    "addcdiv": Case(lambda x, a, b: aten.addcdiv(x, a, b, value=0.7), (S, S, positive(*S))),
    "where": Case(lambda x, y: aten.where(MASK, x, y), (S, S)),
    "clamp": Case(lambda x: aten.clamp(x, -0.6, 0.8), (S,)),
    "clamp_min": Case(lambda x: aten.clamp_min(x, -0.1), (S,)),
    "clamp_max": Case(lambda x: aten.clamp_max(x, 0.3), (S,)),
    **{name: unary(name) for name in PLAIN},
    **{name: unary(name, positive(*S)) for name in ["sqrt", "rsqrt", "log", "log1p", "log2", "log10"]},
    **{name: unary(name, share(*S)) for name in ["tan", "asin", "acos", "atanh"]},
    "acosh": unary("acosh", beyond(*S)),
    "leaky_relu": Case(lambda x: aten.leaky_relu(x, 0.2), (S,)),
    "hardtanh": Case(lambda x: aten.hardtanh(x, -0.7, 0.9), (S,)),
    "elu": Case(lambda x: aten.elu(x, 1.3), (S,)),
    "celu": Case(lambda x: aten.celu(x, 1.3), (S,)),
    "gelu": unary("gelu"),
    "softplus": Case(lambda x: aten.softplus(x, 1.5, 3.0), (S,)),
    "log_sigmoid_forward": Case(F.logsigmoid, (S,)),
    "threshold": Case(lambda x: aten.threshold(x, 0.2, -1.0), (S,)),
    "softshrink": Case(lambda x: aten.softshrink(x, 0.4), (S,)),
    "hardshrink": Case(lambda x: aten.hardshrink(x, 0.4), (S,)),
    "glu": Case(lambda x: aten.glu(x, 1), ((5, 6),)),
    "_prelu_kernel": Case(aten._prelu_kernel, (S, (1, 7))),
    "native_dropout": Case(lambda x: aten.native_dropout(x, 0.4, True), (S,)),
    "_softmax": Case(lambda x: F.softmax(x, 1), (S,)),
    "_safe_softmax": Case(lambda x: aten._safe_softmax(x, 0), (S,)),
    "_log_softmax": Case(lambda x: F.log_softmax(x, 0), (S,)),
    "logsumexp": Case(lambda x: torch.logsumexp(x, 1), (S,)),
    "nll_loss_forward": Case(lambda x: F.nll_loss(x, LABELS, torch.arange(1.0, 8.0, dtype=x.dtype), ignore_index=3), (S,)),
    "nll_loss2d_forward": Case(lambda x: F.nll_loss(x, LABELS.expand(2, 4, 5) % 3), ((2, 3, 4, 5),)),
    "mse_loss": Case(F.mse_loss, (S, S)),
    "huber_loss": Case(lambda x, y: F.huber_loss(x, y, delta=0.8), (S, S)),
    "smooth_l1_loss": Case(lambda x, y: F.smooth_l1_loss(x, y, beta=0.6), (S, S)),
    "binary_cross_entropy": Case(F.binary_cross_entropy, (share(*S), share(*S))),
    "binary_cross_entropy_with_logits": Case(
        lambda x, y: F.binary_cross_entropy_with_logits(x, y, pos_weight=torch.arange(1.0, 8.0, dtype=x.dtype)), (S, share(*S))
    ),
    "soft_margin_loss": Case(lambda x: F.soft_margin_loss(x, torch.where(MASK, 1.0, -1.0).to(x.dtype)), (S,)),
    "sum": Case(lambda x: x.sum((0, 2)), ((3, 4, 5),)),
    "mean": Case(lambda x: x.mean(1, keepdim=True), ((3, 4, 5),)),
    "amax": Case(lambda x: x.amax(1), (S,)),
    "amin": Case(lambda x: x.amin(0, keepdim=True), (S,)),
    "max": Case(lambda x: x.max(1).values, (S,)),
    "min": Case(lambda x: x.min(0).values, (S,)),
    "prod": Case(lambda x: x.prod(1), ((5, 4),)),
    "var": Case(lambda x: x.var(1), (S,)),
    "std": Case(lambda x: x.std(0, unbiased=False), (S,)),
    "var_mean": Case(lambda x: torch.var_mean(x, 1), (S,)),
    "linalg_vector_norm": Case(lambda x: torch.linalg.vector_norm(x, 2, 1), (S,)),
    "norm": Case(lambda x: aten.norm(x, 3.0, [1]), (S,)),
    "cumsum": Case(lambda x: x.cumsum(1), (S,)),
    "cumprod": Case(lambda x: x.cumprod(1), (positive(5, 4),)),
    "mm": Case(torch.mm, ((5, 7), (7, 3))),
    "bmm": Case(torch.bmm, ((2, 5, 7), (2, 7, 3))),
    "mv": Case(torch.mv, ((5, 7), (7,))),
    "dot": Case(torch.dot, ((7,), (7,))),
    "addmm": Case(lambda b, x, y: torch.addmm(b, x, y, beta=0.5, alpha=2.0), ((3,), (5, 7), (7, 3))),
    "addmv": Case(torch.addmv, ((5,), (5, 7), (7,))),
    "baddbmm": Case(torch.baddbmm, ((2, 5, 3), (2, 5, 7), (2, 7, 3))),
    "native_layer_norm": Case(lambda x, w, b: F.layer_norm(x, (7,), w, b), (S, (7,), (7,))),
    "native_group_norm": Case(lambda x, w, b: F.group_norm(x, 2, w, b), ((3, 6, 5), (6,), (6,))),
    "native_batch_norm": Case(lambda x, w, b: F.batch_norm(x, None, None, w, b, True), ((4, 3, 5), (3,), (3,))),
    "convolution": Case(
        lambda x, w, b: F.conv2d(x, w, b, stride=2, padding=1, dilation=(1, 2), groups=2), ((2, 4, 7, 8), (6, 2, 3, 2), (6,))
    ),
    "max_pool2d_with_indices": Case(lambda x: F.max_pool2d(x, 3, 2, 1), (IMAGE,)),
    "max_pool3d_with_indices": Case(lambda x: F.max_pool3d(x, 2), ((1, 2, 4, 5, 6),)),
    "avg_pool2d": Case(lambda x: F.avg_pool2d(x, 3, 2, 1, True, False), (IMAGE,)),
    "avg_pool3d": Case(lambda x: F.avg_pool3d(x, 2), ((1, 2, 4, 5, 6),)),
    "_adaptive_avg_pool2d": Case(lambda x: F.adaptive_avg_pool2d(x, (3, 4)), (IMAGE,)),
    "upsample_nearest1d": Case(lambda x: F.interpolate(x, 11), ((2, 3, 4),)),
    "upsample_nearest2d": Case(lambda x: F.interpolate(x, scale_factor=2), (IMAGE,)),
    "upsample_linear1d": Case(lambda x: F.interpolate(x, 11, mode="linear"), ((2, 3, 4),)),
    "upsample_bilinear2d": Case(lambda x: F.interpolate(x, (9, 11), mode="bilinear", align_corners=True), (IMAGE,)),
    "constant_pad_nd": Case(lambda x: F.pad(x, (1, 2, 0, 3), value=0.5), (S,)),
    "reflection_pad1d": Case(lambda x: F.pad(x, (2, 1), "reflect"), ((2, 3, 5),)),
    "reflection_pad2d": Case(lambda x: F.pad(x, (2, 1, 1, 0), "reflect"), (IMAGE,)),
    "replication_pad1d": Case(lambda x: F.pad(x, (2, 1), "replicate"), ((2, 3, 5),)),
    "replication_pad2d": Case(lambda x: F.pad(x, (2, 1, 1, 0), "replicate"), (IMAGE,)),
    "_scaled_dot_product_flash_attention_for_cpu": Case(
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), ((2, 2, 5, 4),) * 3
    ),
    "cat": Case(lambda x, y: torch.cat([x, y], 1), (S, (5, 3))),
    "stack": Case(lambda x, y: torch.stack([x, y], 1), (S, S)),
    "flip": Case(lambda x: x.flip(0, 1), (S,)),
    "roll": Case(lambda x: x.roll((1, 2), (0, 1)), (S,)),
    "repeat": Case(lambda x: x.repeat(2, 1, 3), (S,)),
    "tril": Case(lambda x: x.tril(1), (S,)),
    "triu": Case(lambda x: x.triu(-1), (S,)),
    "diag_embed": Case(lambda x: torch.diag_embed(x, 1), (S,)),
    "embedding": Case(lambda w: F.embedding(GRID, w, padding_idx=2), ((5, 3),)),
    "index": Case(lambda x: x[INDEX, GRID[0, :4]], (S,)),
    "index_put": Case(put_back, (S, (4,))),
    "index_select": Case(lambda x: x.index_select(1, INDEX), (S,)),
    "gather": Case(lambda x: x.gather(0, GRID), (S,)),
    "scatter": Case(lambda x, s: x.scatter(0, GRID[:1], s), (S, (1, 7))),
    "scatter_add": Case(lambda x, s: x.scatter_add(0, GRID, s), (S, (2, 7))),
    "index_add": Case(lambda x, s: x.index_add(0, INDEX, s), (S, (4, 7))),
    "index_copy": Case(lambda x, s: x.index_copy(0, INDEX[1:], s), (S, (3, 7))),
    "index_fill": Case(lambda x, v: x.index_fill(0, INDEX, v), (S, ())),
    "masked_fill": Case(lambda x, v: x.masked_fill(MASK, v), (S, ())),
    "masked_select": Case(lambda x: x.masked_select(MASK), (S,)),
    "masked_scatter": Case(lambda x, s: x.masked_scatter(MASK, s), (S, (20,))),
    "take": Case(lambda x: x.take(GRID), (S,)),
    "slice_scatter": Case(lambda x, s: x.slice_scatter(s, 1, 1, 7, 2), (S, (5, 3))),
    "select_scatter": Case(lambda x, s: x.select_scatter(s, 0, 2), (S, (7,))),
    "sort": Case(lambda x: x.sort(1, descending=True).values, (S,)),
    "topk": Case(lambda x: x.topk(3, 1).values, (S,)),
}
"""Overload packet -> a call of it; each is the last operation before the result."""

FLAT = frozenset(["sign", "sgn", "floor", "ceil", "round", "trunc"])
"""Operators whose derivative is 0 throughout."""
