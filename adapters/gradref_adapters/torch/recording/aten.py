"""aten: which operation of the reference an ATen operator is, and what its arguments are called there.

One line per operator: the reference's name, the arguments that are inputs, those that are attributes ("dim:axis" renames), and
fixed attributes. Irregular ones have a function. What stands here nowhere is opaque: it is named, and nothing behind it is judged.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...graph import Node, Value
from .calls import Call
from .translations import (
    AXIS,
    Translated,
    Translation,
    along_index,
    attention,
    batch_norm,
    cast,
    clipped,
    convolved,
    copied,
    cut,
    dropped,
    extreme,
    filled,
    given,
    group_normalised,
    indexed,
    layer_normalised,
    line,
    listed,
    narrow,
    nll,
    norm,
    pooled,
    power,
    recurrent,
    repeated,
    resized,
    reversed_difference,
    rms_normalised,
    rows_of,
    shaped,
    slice_scattered,
    split,
    strided,
    swapped,
    transposed,
    unary_axis,
    values_of,
    variance,
)

__all__ = ["OPERATORS", "VIEWS", "Translated", "translate"]

PAIR, ONE = "self other", "self"

VIEWS: dict[str, Translation] = {
    **{
        name: shaped("reshape")
        for name in ("view", "_unsafe_view", "reshape", "unsqueeze", "squeeze", "flatten", "_reshape_alias")
    },
    "t": transposed,
    "transpose": swapped,
    "permute": line("permute", ONE, "dims:axes"),
    "expand": shaped("expand"),
    "slice": cut,
    "narrow": narrow,
    "select": line("pick", ONE, "dim:axis index"),
    "split": split,
    "split_with_sizes": split,
    "unsafe_split": split,
    "unsafe_split_with_sizes": split,
    "unbind": line("unbind", ONE, "dim:axis"),
    "diagonal": line("diagonal", ONE, "offset dim1:axis1 dim2:axis2"),
    "as_strided": strided,
    "unfold": line("windows", ONE, "dimension:axis size step"),
    "clone": line("copy", ONE),
    "contiguous": line("copy", ONE),
    "alias": line("copy", ONE),
    "detach": line("copy", ONE),
    "_to_copy": cast,
    "copy": copied,
}
"""Views, aliases and copies."""

OPERATORS: dict[str, Translation] = {
    # pointwise
    "add": line("add", PAIR, "alpha"),
    "sub": line("subtract", PAIR, "alpha"),
    "rsub": reversed_difference,
    "mul": line("multiply", PAIR),
    "div": line("divide", PAIR, "rounding_mode"),
    "floor_divide": line("divide", PAIR, rounding_mode="floor"),
    "remainder": line("remainder", PAIR),
    "fmod": line("truncated_remainder", PAIR),
    "pow": power,
    "maximum": line("maximum", PAIR),
    "minimum": line("minimum", PAIR),
    "fmax": line("maximum", PAIR),
    "fmin": line("minimum", PAIR),
    "atan2": line("arctan2", PAIR),
    "hypot": line("hypotenuse", PAIR),
    "logaddexp": line("logaddexp", PAIR),
    "xlogy": line("x_log_y", PAIR),
    "lerp": line("interpolate", "self end weight"),
    "addcmul": line("add_product", "self tensor1 tensor2", "value"),
    "addcdiv": line("add_quotient", "self tensor1 tensor2", "value"),
    "where": line("where", "condition self other"),
    "clamp": clipped,
    "clamp_min": line("clip", ONE, "min:low"),
    "clamp_max": line("clip", ONE, "max:high"),
    **{
        aten: line(rule, ONE)
        for aten, rule in {
            "neg": "negative",
            "abs": "absolute",
            "square": "square",
            "reciprocal": "reciprocal",
            "sqrt": "square_root",
            "rsqrt": "reciprocal_root",
            "exp": "exp",
            "exp2": "exp2",
            "expm1": "expm1",
            "log": "log",
            "log1p": "log1p",
            "log2": "log2",
            "log10": "log10",
            "sin": "sin",
            "cos": "cos",
            "tan": "tan",
            "asin": "arcsin",
            "acos": "arccos",
            "atan": "arctan",
            "sinh": "sinh",
            "cosh": "cosh",
            "asinh": "arcsinh",
            "acosh": "arccosh",
            "atanh": "arctanh",
            "erf": "erf",
            "erfc": "erfc",
            "sign": "sign",
            "sgn": "sign",
            "floor": "floor",
            "ceil": "ceil",
            "round": "round",
            "trunc": "trunc",
            "relu": "relu",
            "sigmoid": "sigmoid",
            "tanh": "tanh",
            "silu": "silu",
            "mish": "mish",
            "hardsigmoid": "hard_sigmoid",
            "hardswish": "hard_swish",
            "logical_not": "logical_not",
            "bitwise_not": "bitwise_not",
            "isnan": "is_nan",
            "isfinite": "is_finite",
            "isinf": "is_infinite",
        }.items()
    },
    # activations
    "leaky_relu": line("leaky_relu", ONE, "negative_slope"),
    "hardtanh": line("hard_tanh", ONE, "min_val:low max_val:high"),
    "elu": line("elu", ONE, "alpha scale input_scale"),
    "celu": line("celu", ONE, "alpha"),
    "gelu": line("gelu", ONE, "approximate"),
    "softplus": line("softplus", ONE, "beta threshold"),
    "log_sigmoid_forward": line("log_sigmoid", ONE),
    "threshold": line("threshold", ONE, "threshold value"),
    "softshrink": line("soft_shrink", ONE, "lambd"),
    "hardshrink": line("hard_shrink", ONE, "lambd"),
    "glu": line("gated", ONE, "dim:axis"),
    "_prelu_kernel": line("parametric_relu", "self weight"),
    "native_dropout": dropped,
    # softmax and losses
    "_softmax": line("softmax", ONE, "dim:axis"),
    "_safe_softmax": line("safe_softmax", ONE, "dim:axis"),
    "_log_softmax": line("log_softmax", ONE, "dim:axis"),
    "logsumexp": line("logsumexp", ONE, AXIS),
    "nll_loss_forward": nll,
    "nll_loss2d_forward": nll,
    "mse_loss": line("mean_square", "self target", "reduction"),
    "huber_loss": line("huber", "self target", "reduction delta"),
    "smooth_l1_loss": line("smooth_absolute", "self target", "reduction beta"),
    "binary_cross_entropy": line("binary_entropy", "self target weight", "reduction"),
    "binary_cross_entropy_with_logits": line("binary_entropy_with_logits", "self target weight pos_weight", "reduction"),
    "soft_margin_loss": line("soft_margin", "self target", "reduction"),
    # reductions
    "sum": unary_axis("sum"),
    "mean": unary_axis("mean"),
    "amax": unary_axis("largest"),
    "amin": unary_axis("smallest"),
    "max": extreme("largest"),
    "min": extreme("smallest"),
    "prod": unary_axis("product"),
    "var": variance("variance"),
    "std": variance("deviation"),
    "var_mean": variance("variance_and_mean"),
    "norm": norm,
    "linalg_vector_norm": norm,
    "cumsum": line("cumulative_sum", ONE, "dim:axis"),
    "cumprod": line("cumulative_product", ONE, "dim:axis"),
    "any": unary_axis("any"),
    "all": unary_axis("all"),
    # products
    "mm": line("matmul", "self mat2"),
    "bmm": line("matmul", "self mat2"),
    "mv": line("matmul", "self vec"),
    "dot": line("matmul", "self tensor"),
    "addmm": line("affine", "self mat1 mat2", "beta alpha"),
    "addmv": line("affine", "self mat vec", "beta alpha"),
    "baddbmm": line("affine", "self batch1 batch2", "beta alpha"),
    "linear": line("layer", "input weight bias"),
    # norms
    "native_layer_norm": layer_normalised,
    "_fused_rms_norm": rms_normalised,
    "native_group_norm": group_normalised,
    "native_batch_norm": batch_norm,
    "_native_batch_norm_legit": batch_norm,
    # convolution, pooling, resizing
    "convolution": convolved,
    "max_pool2d_with_indices": pooled("max_pool"),
    "avg_pool2d": pooled("average_pool"),
    "_adaptive_avg_pool2d": line("adaptive_average", ONE, "output_size"),
    "max_pool3d_with_indices": pooled("max_pool"),
    "avg_pool3d": pooled("average_pool"),
    "upsample_nearest1d": resized("nearest"),
    "upsample_nearest2d": resized("nearest"),
    "upsample_linear1d": resized("bilinear_resize"),
    "upsample_bilinear2d": resized("bilinear_resize"),
    "constant_pad_nd": line("pad", ONE, "pad:widths value"),
    "reflection_pad1d": line("pad_reflect", ONE, "padding:widths"),
    "reflection_pad2d": line("pad_reflect", ONE, "padding:widths"),
    "replication_pad1d": line("pad_replicate", ONE, "padding:widths"),
    "replication_pad2d": line("pad_replicate", ONE, "padding:widths"),
    # attention
    "_scaled_dot_product_flash_attention_for_cpu": attention,
    "mkldnn_rnn_layer": recurrent,
    # moving
    "cat": listed("concatenate"),
    "stack": listed("stack"),
    "flip": line("flip", ONE, "dims:axes"),
    "roll": line("roll", ONE, "shifts dims:axes"),
    "repeat": repeated,
    "tril": line("lower_triangle", ONE, "diagonal"),
    "triu": line("upper_triangle", ONE, "diagonal"),
    "diag_embed": line("diagonal_matrix", ONE, "offset dim1:axis1 dim2:axis2"),
    # indexing
    "embedding": rows_of,
    "index": indexed,
    "index_put": indexed,
    "index_select": line("select_rows", "self index", "dim:axis"),
    "gather": line("gather_along", "self index", "dim:axis"),
    "scatter": along_index,
    "scatter_add": along_index,
    "scatter_reduce": along_index,
    "index_add": line("index_add", "self index source", "dim:axis alpha"),
    "index_copy": line("index_copy", "self index source", "dim:axis"),
    "index_fill": line("index_fill", "self index value", "dim:axis"),
    "masked_fill": filled,
    "masked_select": line("masked_select", "self mask"),
    "masked_scatter": line("masked_scatter", "self mask source"),
    "take": line("take", "self index"),
    "slice_scatter": slice_scattered,
    "select_scatter": line("select_scatter", "self src", "dim:axis index"),
    "sort": line("sort", ONE, "dim:axis descending"),
    "topk": line("top", ONE, "k dim:axis largest"),
    # comparisons
    "eq": line("equal", PAIR),
    "ne": line("not_equal", PAIR),
    "lt": line("less", PAIR),
    "le": line("less_equal", PAIR),
    "gt": line("greater", PAIR),
    "ge": line("greater_equal", PAIR),
    "logical_and": line("logical_and", PAIR),
    "logical_or": line("logical_or", PAIR),
    "logical_xor": line("logical_xor", PAIR),
    "bitwise_and": line("bitwise_and", PAIR),
    "bitwise_or": line("bitwise_or", PAIR),
    "__and__": line("bitwise_and", PAIR),
    "__or__": line("bitwise_or", PAIR),
}
"""Operator (overload packet) -> its translation."""


CREATED = frozenset(
    name
    for line_of_names in (
        "empty empty_like empty_strided new_empty zeros zeros_like new_zeros ones ones_like new_ones full full_like new_full",
        "arange linspace scalar_tensor eye tril_indices triu_indices zero fill lift_fresh bernoulli normal uniform random randperm",
        "exponential rand randn randint rand_like randn_like randint_like multinomial _local_scalar_dense",
    )
    for name in line_of_names.split()
)
"""What makes numbers from none, or from chance: taken as given."""


def translate(call: Call) -> Translated:
    """The call in the reference's words; a write through a view becomes a body of three nodes."""
    name = call.name.removesuffix("_") if not call.name.startswith("__") else call.name
    if call.written:
        return _through_view(call, name)
    return _plain(call, name)


def _plain(call: Call, name: str) -> Translated:
    if name in CREATED:
        return given(call)
    translation = VIEWS.get(name) or OPERATORS.get(name)
    renamed = Call(name, call.overload, call.arguments, call.inputs, call.outputs, call.where)
    return Translated(None, tuple(values_of(call.arguments))) if translation is None else translation(renamed)


def _through_view(call: Call, name: str) -> Translated:
    """base → its view → the operator → written back: what autograd calls CopySlices."""
    base = call.written["base"]
    geometry = {k: v for k, v in call.written.items() if k != "base"}
    view = call["self"]
    result = Value(-2, view.shape, view.dtype, view.fetch)
    inner = Call(name, call.overload, call.arguments, call.inputs, [], call.where)
    inner.outputs = [type(call.outputs[0])(call.outputs[0].tensor, 0, result)]
    done = _plain(inner, name)
    looked = strided(Call("as_strided", "", {"self": base, **geometry}, [], [], call.where))
    positions = _positions(geometry, base.shape)
    others = tuple(v for v in done.inputs if isinstance(v, Value) and v is not view)
    body = (
        Node(0, "view", looked.rule, looked.inputs, looked.attributes, (view,), call.where),
        Node(1, f"aten.{name}", done.rule, done.inputs, done.attributes, (result,), call.where, given=done.given),
        Node(2, "write", "write_at", (base, result, positions), {}, (call.outputs[0].value,), call.where),
    )
    if done.rule is None and not done.given:
        return Translated(None, (base, *others))
    if done.given:  # a constant or random numbers were written: they are what stands there now
        constant = strided(Call("as_strided", "", {"self": call.outputs[0].value, **geometry}, [], [], call.where))
        shown = Node(1, f"aten.{name}", constant.rule, constant.inputs, constant.attributes, (result,), call.where)
        body = (shown, body[2])
    return Translated("body", (base, *others), {}, body)


def _positions(geometry: dict[str, Any], shape: tuple[int, ...]) -> np.ndarray:
    if "positions" in geometry:
        return geometry["positions"]
    at: Any = geometry["storage_offset"]
    size, stride = geometry["size"], geometry["stride"]
    for k, (n, s) in enumerate(zip(size, stride, strict=True)):
        at = at + (np.arange(n) * s).reshape((-1,) + (1,) * (len(size) - 1 - k))
    return np.broadcast_to(np.asarray(at), size)
