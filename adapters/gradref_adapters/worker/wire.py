"""Cases, traces and contracts as messages: plain values as JSON, arrays as safetensors, which is made for untrusted bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import safetensors.numpy
from safetensors import SafetensorError

from gradref_reference import Batch, Case, GradrefError, Network, Parameters, Trace
from gradref_reference.error_model import Contract

from ..protocol import Finding

__all__ = [
    "Message",
    "Unfit",
    "pack_case",
    "pack_contract",
    "pack_findings",
    "pack_trace",
    "text",
    "unpack_case",
    "unpack_contract",
    "unpack_findings",
    "unpack_trace",
]

Message = tuple[dict[str, Any], bytes]

_RUN = ("dtype", "framework", "mode", "device", "name", "seed")
TENSORS = ("a", "z", "delta", "dW", "db")
LONGEST = 2000
"""Characters kept of a sentence that somebody else's code says."""


class Unfit(Exception):
    """What cannot be sent, or not be believed; the text says what was required and what was found."""


def text(value: object) -> str:
    """`value` as text that can be written anywhere, cut to `LONGEST`; `Unfit` where it is no text."""
    if not isinstance(value, str):
        raise Unfit(f"must be text, got a {type(value).__name__}")
    return value[:LONGEST].encode("utf-8", "replace").decode("utf-8")


# --- cases: from us to the worker ----------------------------------------------------------------------------------------


def pack_case(case: Case) -> Message:
    """A case, its numbers unrounded."""
    network, batch = case.network, case.batch
    header = {
        "network": [list(network.sizes), list(network.activations), network.cost, network.l2],
        "run": {name: getattr(case, name) for name in _RUN} | {"tags": sorted(case.tags)},
    }
    arrays = {f"W{l}": v for l, v in case.parameters.W.items()} | {f"b{l}": v for l, v in case.parameters.b.items()}
    return header, _bytes(arrays | {"x": batch.x, "y": batch.y})


def unpack_case(header: dict[str, Any], payload: bytes) -> Case:
    """The inverse of `pack_case`."""
    arrays = safetensors.numpy.load(payload)
    layers = range(1, len(header["network"][0]))
    parameters = Parameters({l: arrays[f"W{l}"] for l in layers}, {l: arrays[f"b{l}"] for l in layers})
    run = header["run"] | {"tags": frozenset(header["run"]["tags"])}
    return Case(Network(*header["network"]), parameters, Batch(arrays["x"], arrays["y"]), **run)


# --- answers: from somebody else's code to us ----------------------------------------------------------------------------


def pack_trace(trace: Trace) -> Message:
    """A trace; `Unfit` for tensors that are no plain float64 arrays, and for a cost that is no number."""
    arrays = {"cost": _number("cost", trace.cost), "seconds": _number("seconds", trace.seconds)}
    for name in TENSORS:
        tensors = getattr(trace, name)
        if not isinstance(tensors, Mapping):
            raise Unfit(f"{name} must be a dict keyed by layer, got a {type(tensors).__name__}")
        for l, tensor in tensors.items():
            if isinstance(l, bool) or not isinstance(l, int | np.integer):
                raise Unfit(f"the keys of {name} must be layers, got a {type(l).__name__}")
            if type(tensor) is not np.ndarray:  # a subclass may calculate by rules of its own, or hide entries
                raise Unfit(f"{name}[{l}] must be a NumPy array, got a {type(tensor).__name__}")
            if tensor.dtype != np.float64:
                raise Unfit(f"{name}[{l}] must be the float64 view of the framework's tensor, got dtype {tensor.dtype}")
            arrays[f"{name} {int(l)}"] = tensor
    header = {"dtype": text(trace.dtype), "version": text(trace.version), "notes": [text(note) for note in trace.notes]}
    return header, _bytes(arrays)


def unpack_trace(header: dict[str, Any], payload: bytes, case: Case) -> Trace:
    """The inverse of `pack_trace`, named after the case that was run; `Unfit` for a message that makes no trace."""
    try:
        arrays = safetensors.numpy.load(payload)
        cost, seconds = float(arrays.pop("cost")), float(arrays.pop("seconds"))
        layers: dict[str, dict[int, np.ndarray]] = {name: {} for name in TENSORS}
        for key, array in arrays.items():
            name, l = key.split(" ")
            layers[name][int(l)] = array
        dtype, version, notes = text(header["dtype"]), text(header["version"]), tuple(map(text, header["notes"]))
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise Unfit("sent something that is no trace") from error
    return Trace(
        **layers,
        cost=cost,
        dtype=dtype,
        framework=case.framework,
        mode=case.mode,
        version=version,
        seconds=seconds,
        notes=notes,
    )


def pack_contract(contract: Contract) -> dict[str, Any]:
    """A contract as plain values; numbers in hexadecimal, since JSON knows no infinity."""
    values = {field.name: getattr(contract, field.name) for field in fields(Contract)}
    return {
        name: float(value).hex() if field is float else value for (name, value), field in zip(values.items(), _TYPES, strict=True)
    }


def unpack_contract(values: dict[str, Any]) -> Contract:
    """The inverse of `pack_contract`; `Unfit` for what is no contract."""
    try:
        plain = {field.name: values[field.name] for field in fields(Contract)}
        for (name, value), kind in zip(plain.items(), _TYPES, strict=True):
            plain[name] = float.fromhex(value) if kind is float else tuple(value) if name == "reasons" else value
        return Contract(**plain)
    except (GradrefError, KeyError, TypeError, ValueError) as error:
        raise Unfit(f"sent something that is no contract: {error}") from error


def pack_findings(found: object) -> list[list[str]]:
    """Findings as lists of name, value and meaning; `Unfit` for anything else."""
    if not isinstance(found, list | tuple) or not all(isinstance(finding, Finding) for finding in found):
        raise Unfit("must be gradref_adapters.Finding, got something else")
    return [[text(finding.name), text(finding.value), text(finding.meaning)] for finding in found]


def unpack_findings(found: object) -> list[Finding]:
    """The inverse of `pack_findings`."""
    try:
        return [Finding(*map(text, finding)) for finding in found]  # type: ignore[union-attr]
    except TypeError as error:
        raise Unfit("sent something that is no list of findings") from error


_TYPES = tuple(field.type for field in fields(Contract))


def _number(name: str, value: Any) -> np.ndarray:
    """A scalar array: NaN and infinity are numbers here."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise Unfit(f"{name} must be a number, got a {type(value).__name__}")
    try:
        return np.array(float(value))
    except OverflowError:
        raise Unfit(f"{name} must be a number that float64 can hold, got a larger one") from None


def _bytes(arrays: dict[str, np.ndarray]) -> bytes:
    return safetensors.numpy.save({name: np.require(array, requirements="C") for name, array in arrays.items()})
