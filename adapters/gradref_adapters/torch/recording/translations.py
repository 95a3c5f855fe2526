"""Translations: how the arguments of one ATen operator become those of the reference's operation; the table stands in `aten`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...graph import Node, Value
from .calls import Call

__all__ = [
    "AXIS",
    "Translated",
    "Translation",
    "along_index",
    "attention",
    "batch_norm",
    "cast",
    "clipped",
    "convolved",
    "copied",
    "cut",
    "dropped",
    "extreme",
    "filled",
    "given",
    "group_normalised",
    "indexed",
    "layer_normalised",
    "line",
    "listed",
    "narrow",
    "nll",
    "norm",
    "pooled",
    "power",
    "recurrent",
    "repeated",
    "resized",
    "reversed_difference",
    "rms_normalised",
    "rows_of",
    "shaped",
    "slice_scattered",
    "split",
    "strided",
    "swapped",
    "transposed",
    "unary_axis",
    "values_of",
    "variance",
]


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
        return Translated(None, tuple(values_of(call.arguments)))
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


def slice_scattered(call: Call) -> Translated:
    axis = call["dim"] or 0
    start, stop, _ = slice(call["start"], call["end"]).indices(call["self"].shape[axis])
    at = {"axis": axis, "start": start, "stop": stop, "step": call["step"] or 1}
    return Translated("slice_scatter", (call["self"], call["src"]), at)


def values_of(arguments: dict[str, Any]) -> list[Value]:
    found = []
    for x in arguments.values():
        found.extend(v for v in (x if isinstance(x, list) else [x]) if isinstance(v, Value))
    return found
