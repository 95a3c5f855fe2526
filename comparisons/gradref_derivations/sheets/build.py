"""Models of a sheet: one for each reading, and with or without the samples of a batch."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from .infer import conforms, infer_kinds
from .model import Model
from .network import NetworkNames
from .problems import SheetError
from .reading import Reading
from .shapes import Dim
from .sheet import Sheet
from .tree import Node, walk

__all__ = ["Models"]

_BATCH_NAMES = {"A", "Z", "Δ"}


class Models:
    """Builds each model of a sheet once."""

    def __init__(self, sheet: Sheet) -> None:
        self.sheet = sheet
        self._found: dict[tuple, Model] = {}
        self.kinds = infer_kinds(sheet, lambda kinds: self._build(Reading(), kinds, None))
        self.letter = self._batch_letter()

    def _batch_letter(self) -> str:
        plan = self.sheet.plan
        if plan is not None and plan.batch:
            return str(plan.batch)
        return "m"

    def of(self, reading: Reading, batched: bool) -> Model:
        """The model under a reading; `batched` looks at several samples."""
        key = (*reading.key, batched)
        if key not in self._found:
            model = self._build(replace(reading, seen=set()), dict(self.kinds), self.letter if batched else None)
            self._define_all(model)
            self._found[key] = model
        return self._found[key]

    def _build(self, reading: Reading, kinds: dict[str, str], batch: str | None) -> Model:
        sheet = self.sheet
        letter = batch if sheet.plan is not None else sheet.scope.batch
        model = Model(
            sheet.definitions, sheet.firsts, sheet.functions, sheet.declared, sheet.scope.sizes, sheet.steps,
            {sheet.scope.family_key(f) for f in sheet.scope.families},
            reading, sheet.source, kinds, costs=sheet.costs, batch=letter, functionals=sheet.functionals,
            undefined=sheet.undefined,
        )  # fmt: skip
        if sheet.plan is not None:
            model.network = NetworkNames(sheet.plan, model, batch)
        return model

    def _define_all(self, model: Model) -> None:
        """Elaborate every definition, let claims fill in the sizes still open, and call the rest by letters of their own."""
        for name in self.sheet.definitions:
            mark = model.trail.mark()
            try:
                model.name(Node("name", (), name), model.elaborator())
            except SheetError:
                model.trail.undo(mark)
        with contextlib.suppress(SheetError):
            model.first_steps()
        if self.sheet.plan is None:
            for claim in self.sheet.claims:
                mark = model.trail.mark()
                try:
                    conforms(model, claim.left, claim.right)
                except SheetError:
                    model.trail.undo(mark)
        number = 0
        for shape in model.shapes.values():
            for dim in shape:
                if dim.known is None:
                    number += 1
                    model.trail.unify(dim.find(), Dim(f"·{number}"))

    def batched(self, trees: list[Node]) -> bool:
        """Whether a statement of a network's sheet speaks of several samples."""
        plan = self.sheet.plan
        if plan is None:
            return False
        for n in (n for t in trees for n in walk(t)):
            if n.op == "at" and n.value in _BATCH_NAMES:
                return True
            if (
                n.op in ("column", "sample_cost")
                or (n.op == "sum" and n.value == "x")
                or (n.op == "name" and n.value in ("X", "Y"))
            ):
                return True
            if n.op == "name" and plan.batch and n.value == plan.batch:
                return True
        return False
