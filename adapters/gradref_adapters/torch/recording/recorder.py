"""Recorder: a dispatch mode that sees every ATen operator of an eager forward pass, with its tensors' versions and autograd's edges.

What ran is recorded, not what a tracer would have run: `torch.export` and `fx` silently replace a custom Function's backward.
A tensor's number in memory says nothing once somebody writes in place: every write makes new values for what it touched, and copies
what it is about to destroy.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from ...graph import Value, Where
from .calls import Call, Tracked, dtype_name, fetch_of, tensors_in

__all__ = ["Recorder"]

TORCH = str(Path(torch.__file__).parent)
OWN = str(Path(__file__).parent)
ALIASES = frozenset({"detach", "lift_fresh"})
"""Operators that hand back the same numbers without a gradient."""


class Recorder(TorchDispatchMode):
    """Sees the operators of one forward pass. `modules` is the stack of module paths, kept by the hooks of `watched_modules`."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []
        self.values: list[Value] = []
        self.modules: list[str] = [""]
        self.tracked: dict[int, Tracked] = {}
        self.all: list[Tracked] = []
        self.edges: dict[tuple[int, int], Tracked] = {}
        self.by_storage: dict[int, list[Tracked]] = {}
        self.pending: list[Tracked] = []
        self.views: list[Call] = []

    # ------------------------------------------------------------------------------------------------------- values
    def new_value(self, tensor: torch.Tensor) -> Tracked:
        """The tensor as it is now, under a number of its own."""
        value = Value(len(self.values), tuple(tensor.shape), dtype_name(tensor), fetch_of(tensor))
        self.values.append(value)
        tracked = Tracked(tensor, tensor._version, value)
        self.tracked[id(tensor)] = tracked
        self.all.append(tracked)  # keeps the tensor, and with it its id
        self.by_storage.setdefault(_storage(tensor), []).append(tracked)
        return tracked

    def set_edge(self, tracked: Tracked) -> None:
        """Remember where autograd will deliver the cotangent of a value, once it is known."""
        t = tracked.tensor
        if tracked.edge is None and tracked.version == t._version and t.grad_fn is not None:
            tracked.edge = (t.grad_fn, t.output_nr)
            self.edges.setdefault((id(t.grad_fn), t.output_nr), tracked)

    def lookup(self, tensor: torch.Tensor) -> Tracked:
        """The value that a tensor holds now."""
        found = self.tracked.get(id(tensor))
        if found is not None and found.version == tensor._version:
            self.set_edge(found)
            return found
        function = tensor.grad_fn
        if function is not None and (same := self.edges.get((id(function), tensor.output_nr))) is not None:
            self.tracked[id(tensor)] = Tracked(tensor, tensor._version, same.value, same.edge)
            self.all.append(self.tracked[id(tensor)])
            return same
        base = tensor._base if tensor._is_view() else None
        if base is not None and (id(base) in self.tracked):
            return self._view_of(base, tensor)
        fresh = self.new_value(tensor)
        fresh.leaf = function is None
        self.set_edge(fresh)
        return fresh

    def _view_of(self, base: torch.Tensor, view: torch.Tensor) -> Tracked:
        """A view that is used after its base was written to: a value of its own, formed from the base's newest version."""
        origin = self.lookup(base)
        result = self.new_value(view)
        self.set_edge(result)
        self.calls.append(
            Call("as_strided", "gradref", {"self": origin.value, **_geometry(base, view)}, [origin], [result], self.where())
        )
        return result

    def snapshot(self, tensor: torch.Tensor) -> None:
        """Copy every recorded value in the storage that is about to be written to."""
        kept = []
        for tracked in self.by_storage.get(_storage(tensor), ()):
            with torch.no_grad():
                tracked.value.fetch = fetch_of(tracked.tensor.detach().clone())
        self.by_storage[_storage(tensor)] = kept

    def settle(self) -> None:
        """Autograd attaches its node after the operator has returned: look at the last results now."""
        for tracked in self.pending:
            tracked.version = tracked.tensor._version  # a write counts up after it has returned
            self.set_edge(tracked)
        self.pending = []

    # -------------------------------------------------------------------------------------------------------- calls
    def where(self) -> Where:
        """The innermost line outside PyTorch and this package."""
        frame = sys._getframe(2)
        while frame is not None:
            file = frame.f_code.co_filename
            if not file.startswith((TORCH, OWN)) and not file.startswith("<"):
                return Where(self.modules[-1], file, frame.f_lineno)
            frame = frame.f_back
        return Where(self.modules[-1])

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        self.settle()
        schema = func._schema
        names = [argument.name for argument in schema.arguments]
        bound = dict(zip(names, args, strict=False)) | kwargs
        written = [a.name for a in schema.arguments if a.alias_info is not None and a.alias_info.is_write]
        name = schema.name.split("::")[1]
        space = schema.name.split("::")[0]
        inputs: list[Tracked] = []
        arguments = {key: self._replace(value, inputs) for key, value in bound.items()}
        for default in schema.arguments:
            if default.name not in arguments and default.has_default_value():
                arguments[default.name] = default.default_value
        targets = [t for key in written for t in tensors_in(bound.get(key))]
        bases = [t._base if t._is_view() else None for t in targets]
        origins = [None if base is None else self.lookup(base) for base in bases]
        for target in targets:
            self.snapshot(target)
        result = func(*args, **kwargs)
        if name in ALIASES and not targets and isinstance(result, torch.Tensor) and inputs:
            self._alias(result, inputs[0])
            return result
        call = Call(name if space == "aten" else f"{space}.{name}", schema.overload_name, arguments, inputs, [], self.where())
        call.random = torch.Tag.nondeterministic_seeded in func.tags
        if targets:
            self._wrote(call, targets, bases, origins)
        else:
            call.outputs = [self.new_value(t) for t in tensors_in(result)]
            self.pending = list(call.outputs)
        self.calls.append(call)
        return result

    def _alias(self, tensor: torch.Tensor, origin: Tracked) -> None:
        """The same numbers without an edge: later uses are uses of the same value, and carry no gradient."""
        tracked = Tracked(tensor, tensor._version, origin.value)
        self.tracked[id(tensor)] = tracked
        self.all.append(tracked)

    def _wrote(self, call: Call, targets: list[torch.Tensor], bases: list[Any], origins: list[Any]) -> None:
        """An operator wrote in place: the target is a new value; where it is a view, its base is one too."""
        base, origin = bases[0], origins[0]
        if base is None:
            call.outputs = [self.new_value(t) for t in targets]
            self.pending = list(call.outputs)
            return
        call.written = {"base": origin.value, **_geometry(base, targets[0])}
        call.inputs.insert(0, origin)
        result = self.new_value(base)
        call.outputs = [result]
        self.tracked.pop(id(targets[0]), None)  # its next use is a view of the new base
        self.pending = [result]

    def _replace(self, x: Any, inputs: list[Tracked]) -> Any:
        if isinstance(x, torch.Tensor):
            tracked = self.lookup(x)
            inputs.append(tracked)
            return tracked.value
        if isinstance(x, (list, tuple)):
            return [self._replace(item, inputs) for item in x]
        return x


def _storage(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage()._cdata


def _geometry(base: torch.Tensor, view: torch.Tensor) -> dict[str, Any]:
    """Where a view's entries stand in its base, as strides over the base's own order of entries."""
    order = torch.arange(base.numel()).reshape(base.shape)
    if base.is_contiguous():
        return {
            "size": tuple(view.shape),
            "stride": tuple(view.stride()),
            "storage_offset": view.storage_offset() - base.storage_offset(),
        }
    flat = torch.full((max(base.untyped_storage().nbytes() // base.element_size(), 1),), -1)
    flat.as_strided(base.shape, base.stride(), base.storage_offset()).copy_(order)
    return {"positions": flat.as_strided(view.shape, view.stride(), view.storage_offset()).numpy().copy()}
