"""What follows from the whole of a sheet: functions never defined, losses of which only derivatives are taken, costs, errors δ."""

from __future__ import annotations

from .definitions import COST_NAMES, Definition, Function
from .names import ARGUMENT
from .scope import Scope
from .sheet import Sheet
from .tree import Node, walk

__all__ = ["conclude"]


def conclude(sheet: Sheet, scope: Scope) -> None:
    """Add to a sheet what its lines leave to be understood."""
    _functions(sheet, scope)
    _undefined_numerators(sheet, scope)
    _costs(sheet, scope)
    _errors(sheet, scope)


def _functions(sheet: Sheet, scope: Scope) -> None:
    for name in sorted(scope.functions):
        outer, circle, inner = name.partition("circ")
        if circle and name[:2] not in ("J_", "H_"):
            applied = Node("apply", (Node("apply", (Node("name", (), ARGUMENT + "c"),), (inner, 0)),), (outer, 0))
            sheet.functions[name] = Function(name, (ARGUMENT + "c",), applied)
        elif name not in sheet.functions and name not in sheet.definitions:
            sheet.functions[name] = Function(name)
    trees = [t for c in sheet.claims for t in (c.left, c.right)] + [d.body for d in sheet.definitions.values()]
    for n in (n for t in trees for n in walk(t)):
        if n.op == "grad":
            body = n.args[0]
            while body.op == "paren":
                body = body.args[0]
            sheet.functionals.update(m.value[0] for m in walk(body) if m.op == "apply" and m.value[0] in sheet.functions)
        if n.op == "deriv" and n.value == "d":
            sheet.uses_d = True
        if n.op == "apply" and n.value[0][:2] in ("H_",):
            sheet.functionals.add(n.value[0][2:])


def _undefined_numerators(sheet: Sheet, scope: Scope) -> None:
    """`\\partial \\ell/\\partial y` where ℓ is never defined: any smooth function of what nothing else uses."""
    if sheet.plan is not None:
        return
    trees = [t for c in sheet.claims for t in (c.left, c.right)]
    tops = {n.args[0].value for t in trees for n in walk(t) if n.op in ("deriv", "grad") and n.args[0].op == "name"}
    used = {n.value for d in sheet.definitions.values() for n in walk(d.body) if n.op == "name" or _same_step(n, d)}
    for top in sorted(tops - {ARGUMENT}):
        if top in sheet.definitions or top in sheet.functions or top in used or sheet.declared.get(top):
            continue
        sinks = [d for d in sheet.definitions.values() if d.name not in used and d.name not in tops]
        families = [d for d in sinks if d.kind == "family"]
        plain = [d for d in sinks if d.kind != "family"]
        if not sinks:
            sheet.undefined.add(top)
            continue
        arguments = [Node("name", (), d.name) for d in plain] + [Node("whole family", (), d.name) for d in families]
        sheet.definitions[top] = Definition(top, Node("any", tuple(arguments), top), span=(0, 0))
        names = ", ".join(d.name for d in sinks)
        sheet.remarks.append(f"{top} is never defined: taken as any smooth function of {names}.")


def _costs(sheet: Sheet, scope: Scope) -> None:
    candidates = [n for n in COST_NAMES if n in sheet.definitions]
    if not candidates:
        used = {n.value for d in sheet.definitions.values() for n in walk(d.body) if n.op in ("name", "at")}
        candidates = [n for n in sheet.definitions if n not in used]
    sheet.costs = tuple(candidates[:1] if candidates and candidates[0] in COST_NAMES else candidates)


def _errors(sheet: Sheet, scope: Scope) -> None:
    """δ_2 beside a z_2 is ∂C/∂z_2."""
    if sheet.plan is not None or not sheet.costs:
        return
    for key in sorted(
        {
            n.value
            for c in sheet.claims
            for t in (c.left, c.right)
            for n in walk(t)
            if n.op in ("name", "at") and str(n.value)[:1] in ("δ", "Δ")
        }
    ):
        match = "z" + key[1:] if key[0] == "δ" else "Z" + key[1:]
        if key not in sheet.definitions and key not in sheet.declared and (match in sheet.definitions or match in sheet.declared):
            family = match in scope.families
            if not family:
                sheet.definitions[key] = Definition(key, Node("deriv", (Node("cost"), Node("name", (), match)), "short"))


def _same_step(node: Node, d: Definition) -> bool:
    """Whether a family is used at the step that is being defined; what only the next step uses may still be the end of a step."""
    return node.op == "at" and not (d.kind == "family" and node.args[0].op in ("add", "sub"))
