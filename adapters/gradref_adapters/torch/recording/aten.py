"""aten: which operation of the reference an ATen operator is, and what its arguments are called there.

One line per operator: the reference's name, the arguments that are inputs, those that are attributes ("dim:axis" renames), and
fixed attributes. Irregular ones have a function. What stands here nowhere is opaque: it is named, and nothing behind it is judged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...graph import Node, Value
from .calls import Call

__all__ = ["OPERATORS", "VIEWS", "Translated", "translate"]


@dataclass(frozen=True)
class Translated:
    """A call in the reference's words; `rule` is None where there is none."""

    rule: str | None
    inputs: tuple[Any, ...] = ()
    attributes: dict[str, Any] = field(default_factory=dict)
    body: tuple[Node, ...] = ()
    given: bool = False


Translation = Callable[[Call], Translated]

AXIS = "dim:axis keepdim:keepdims"


def line(rule: str, inputs: str, attributes: str = "", **fixed: Any) -> Translation:
    """An operator whose arguments only want other names."""
    pairs = [(a.partition(":")[0], a.partition(":")[2] or a) for a in attributes.split()]

    def translation(call: Call) -> Translated:
        found = {new: call[old] for old, new in pairs if old in call.arguments}
        if "axis" in found and isinstance(found["axis"], list):
            found["axis"] = tuple(found["axis"])
        return Translated(rule, tuple(call[name] for name in inputs.split()), found | fixed)

    return translation


def given(call: Call) -> Translated:
    """Random numbers and constants are taken as they are."""
    return Translated(None, given=True)


def shaped(rule: str) -> Translation:
    """A view whose result's shape says everything."""
    return lambda call: Translated(rule, (call["self"],), {"shape": call.outputs[0].value.shape})


def transposed(call: Call) -> Translated:
    ndim = len(call["self"].shape)
    axes = (0,) if ndim == 1 else () if ndim == 0 else (1, 0)
    return Translated("permute", (call["self"],), {"axes": axes})


def swapped(call: Call) -> Translated:
    return Translated("swap", (call["self"],), {"first": call["dim0"], "second": call["dim1"]})


def cut(call: Call) -> Translated:
    shape = call["self"].shape
    axis = (call["dim"] or 0) % len(shape)
    start, stop, _ = slice(call["start"], call["end"]).indices(shape[axis])
    return Translated("cut", (call["self"],), {"axis": axis, "start": start, "stop": max(stop, start), "step": call["step"] or 1})


def split(call: Call) -> Translated:
    axis = call["dim"] or 0
    sizes = tuple(t.value.shape[axis] for t in call.outputs)
    return Translated("split", (call["self"],), {"sizes": sizes, "axis": axis})


def narrow(call: Call) -> Translated:
    at = {"axis": call["dim"], "start": call["start"], "stop": call["start"] + call["length"]}
    return Translated("cut", (call["self"],), at)


def listed(rule: str, axis: bool = True) -> Translation:
    """An operator on a list of tensors."""
    return lambda call: Translated(rule, tuple(call["tensors"]), {"axis": call["dim"] or 0})


def strided(call: Call) -> Translated:
    positions = call["positions"]
    if positions is not None:
        return Translated("take", (call["self"], positions), {})
    at = {"size": tuple(call["size"]), "stride": tuple(call["stride"]), "offset": call["storage_offset"] or 0}
    return Translated("strided", (call["self"],), at)


def cast(call: Call) -> Translated:
    before, after = call["self"].dtype, call.outputs[0].value.dtype
    if not call.outputs[0].value.floating:
        return Translated("truth" if after == "bool" else "whole", (call["self"],), {})
    return Translated("copy" if before == after else "cast", (call["self"],), {})


def copied(call: Call) -> Translated:
    """`copy_`: the source, broadcast; the target's old numbers are lost."""
    source, shape = call["src"], call["self"].shape
    if source.dtype != call["self"].dtype:
        return Translated(None)
    return Translated("expand", (source,), {"shape": shape})


def indexed(call: Call) -> Translated:
    axes = tuple(k for k, index in enumerate(call["indices"]) if index is not None)
    indices = [index for index in call["indices"] if index is not None]
    masks = [index.dtype for index in indices if index.dtype in ("bool", "uint8")]
    if masks and (len(indices) > 1 or masks == ["uint8"]):
        return Translated(None, (call["self"],))
    if call.name == "index":
        return Translated("indexed", (call["self"], *indices), {"axes": axes})
    return Translated("put", (call["self"], call["values"], *indices), {"axes": axes, "accumulate": bool(call["accumulate"])})


def along_index(call: Call) -> Translated:
    """`scatter` and its kin: a source tensor or one number."""
    source = call["src"] if call["src"] is not None else call["value"]
    reduce = call["reduce"]
    if reduce not in (None, "add", "sum") or call["include_self"] is False:
        return Translated(None)
    accumulate = call.name == "scatter_add" or reduce is not None
    return Translated("scatter", (call["self"], call["index"], source), {"axis": call["dim"], "accumulate": accumulate})


def power(call: Call) -> Translated:
    if call.overload == "Tensor_Scalar":
        return Translated("power", (call["self"],), {"exponent": float(call["exponent"])})
    if call.overload == "Scalar":
        return Translated("power_of_number", (call["exponent"],), {"base": float(call["self"])})
    return Translated("power_of_tensors", (call["self"], call["exponent"]), {})


def clipped(call: Call) -> Translated:
    if isinstance(call["min"], Value) or isinstance(call["max"], Value):
        return Translated("clip_by", (call["self"], call["min"], call["max"]), {})
    return Translated("clip", (call["self"],), {"low": call["min"], "high": call["max"]})


def convolved(call: Call) -> Translated:
    attributes = {k: tuple(call[k]) for k in ("stride", "padding", "dilation", "output_padding")}
    attributes |= {"transposed": call["transposed"], "groups": call["groups"]}
    return Translated("convolution", (call["input"], call["weight"], call["bias"]), attributes)


def batch_norm(call: Call) -> Translated:
    training = call["training"] if call["training"] is not None else True
    inputs = (call["input"], call["weight"], call["bias"], call["running_mean"], call["running_var"])
    return Translated("batch_norm", inputs, {"training": training, "eps": call["eps"]})


def variance(rule: str) -> Translation:
    def translation(call: Call) -> Translated:
        correction = call["correction"]
        if correction is None:
            correction = 1.0 if call["unbiased"] in (None, True) else 0.0
        axis = None if not call["dim"] else tuple(call["dim"])
        return Translated(
            rule, (call["self"],), {"axis": axis, "correction": float(correction), "keepdims": bool(call["keepdim"])}
        )

    return translation


def norm(call: Call) -> Translated:
    order = call["ord"] if call["ord"] is not None else call["p"] if call["p"] is not None else 2
    axis = None if not call["dim"] else tuple(call["dim"])
    return Translated("norm", (call["self"],), {"order": float(order), "axis": axis, "keepdims": bool(call["keepdim"])})


def unary_axis(rule: str) -> Translation:
    """A reduction over all axes, or over those named."""

    def translation(call: Call) -> Translated:
        dim = call["dim"]
        axis = None if dim is None or dim == [] else tuple(dim) if isinstance(dim, list) else dim
        return Translated(rule, (call["self"],), {"axis": axis, "keepdims": bool(call["keepdim"])})

    return translation


def extreme(rule: str) -> Translation:
    """max and min: of all entries, of two tensors, or along an axis with its indices."""

    def translation(call: Call) -> Translated:
        if call["other"] is not None:
            return Translated({"largest": "maximum", "smallest": "minimum"}[rule], (call["self"], call["other"]), {})
        if call["dim"] is None:
            return Translated(rule, (call["self"],), {})
        return Translated(f"{rule}_at", (call["self"],), {"axis": call["dim"], "keepdims": bool(call["keepdim"])})

    return translation


def attention(call: Call) -> Translated:
    if call["dropout_p"]:
        return Translated(None)
    inputs = (call["query"], call["key"], call["value"], call["attn_mask"])
    return Translated("attention", inputs, {"is_causal": bool(call["is_causal"]), "scale": call["scale"]})


def nll(call: Call) -> Translated:
    attributes = {"reduction": call["reduction"], "ignore_index": call["ignore_index"]}
    return Translated("negative_log_likelihood", (call["self"], call["target"], call["weight"]), attributes)


def pooled(rule: str) -> Translation:
    def translation(call: Call) -> Translated:
        attributes: dict[str, Any] = {
            "kernel": tuple(call["kernel_size"]),
            "stride": tuple(call["stride"] or call["kernel_size"]),
        }
        attributes["padding"] = tuple(call["padding"])
        if rule == "max_pool":
            attributes["dilation"] = tuple(call["dilation"])
        else:
            attributes |= {"count_include_pad": call["count_include_pad"], "divisor": call["divisor_override"]}
        attributes["ceil"] = bool(call["ceil_mode"])
        return Translated(rule, (call["self"],), attributes)

    return translation


def filled(call: Call) -> Translated:
    return Translated("masked_fill", (call["self"], call["mask"], call["value"]), {})


def repeated(call: Call) -> Translated:
    return Translated("repeat", (call["self"],), {"counts": tuple(call["repeats"])})


def rows_of(call: Call) -> Translated:
    return Translated("embedding", (call["weight"], call["indices"]), {"padding_idx": call["padding_idx"]})


def recurrent(call: Call) -> Translated:
    """oneDNN's layer: an LSTM (mode 2) in one direction with biases."""
    if call["mode"] != 2 or call["batch_sizes"]:
        return Translated(None, tuple(_values(call.arguments)))
    names = "input weight0 weight1 weight2 weight3 hx_ cx_"
    return Translated("lstm", tuple(call[n] for n in names.split()), {"reverse": bool(call["reverse"])})


def resized(rule: str) -> Translation:
    def translation(call: Call) -> Translated:
        size = tuple(call.outputs[0].value.shape[2:])
        x = call["self"] if call["self"] is not None else call["input"]
        extra = {"align_corners": bool(call["align_corners"])} if rule == "bilinear_resize" else {}
        return Translated(rule, (x,), {"output_size": size, **extra})

    return translation


def dropped(call: Call) -> Translated:
    """`native_dropout`: the mask is an output that is taken as it is."""
    return Translated("dropout", (call["input"],), {"p": call["p"], "train": call["train"] is not False})


def reversed_difference(call: Call) -> Translated:
    return Translated("reversed_subtract", (call["self"], call["other"]), {"alpha": call["alpha"]})


def layer_normalised(call: Call) -> Translated:
    attributes = {"normalized_shape": tuple(call["normalized_shape"]), "eps": call["eps"]}
    return Translated("layer_norm", (call["input"], call["weight"], call["bias"]), attributes)


def rms_normalised(call: Call) -> Translated:
    eps = call["eps"] if call["eps"] is not None else float(np.finfo(call["input"].dtype).eps)
    return Translated(
        "rms_norm", (call["input"], call["weight"]), {"normalized_shape": tuple(call["normalized_shape"]), "eps": eps}
    )


def group_normalised(call: Call) -> Translated:
    return Translated("group_norm", (call["input"], call["weight"], call["bias"]), {"groups": call["group"], "eps": call["eps"]})


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
    "slice_scatter": lambda call: _slice_scatter(call),
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


def _slice_scatter(call: Call) -> Translated:
    axis = call["dim"] or 0
    start, stop, _ = slice(call["start"], call["end"]).indices(call["self"].shape[axis])
    at = {"axis": axis, "start": start, "stop": stop, "step": call["step"] or 1}
    return Translated("slice_scatter", (call["self"], call["src"]), at)


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
    return Translated(None, tuple(_values(call.arguments))) if translation is None else translation(renamed)


def _values(arguments: dict[str, Any]) -> list[Value]:
    found = []
    for x in arguments.values():
        found.extend(v for v in (x if isinstance(x, list) else [x]) if isinstance(v, Value))
    return found


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
