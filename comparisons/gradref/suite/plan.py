"""Which case runs on which framework, in which mode and dtype, in which order, and what cannot run and why."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from gradref.suite.cases import DTYPES, SuiteCase
from gradref_adapters import access, registry
from gradref_reference import Case, MissingFrameworkError, SpecificationError, format_of
from gradref_reference.checks import chosen, several

__all__ = ["REFERENCE", "Plan", "choose", "out_of_range", "plan"]

REFERENCE = "numpy"
"""The framework that is our own reference: a run of it alone compares no framework."""

COMPILE_REASON = "torch.compile takes tens of seconds a graph: it runs on chosen cases; --thorough runs it on all"


@dataclass(frozen=True, eq=False)
class Plan:
    """What is to be run, and how: `suite` × `dtypes` × `settings`, the framework and mode of each run.

    `frameworks` were asked for, of which `named` one by one and `missing` are not here, each with its reason; `versions` are those of
    the others. `thorough` runs torch.compile on every case; `isolated` runs each framework in a process of its own.
    """

    suite: list[SuiteCase]
    dtypes: list[str]
    settings: list[tuple[str, str]]
    frameworks: list[str]
    missing: dict[str, str]
    named: list[str] = field(default_factory=list)
    device: str = "cpu"
    thorough: bool = False
    isolated: bool = False
    versions: dict[str, str] = field(default_factory=dict)

    def dtypes_of(self, suite_case: SuiteCase) -> list[str]:
        """The formats a case runs in."""
        return [dtype for dtype in self.dtypes if dtype in suite_case.dtypes]

    def runs(self, suite_case: SuiteCase, dtype: str) -> Iterator[tuple[Case, str | None]]:
        """Every run of a case in one dtype, with the reason why it is skipped or None."""
        unheld = out_of_range(replace(suite_case.case, dtype=dtype))
        for framework, mode in self.settings:
            case = replace(suite_case.case, framework=framework, mode=mode, dtype=dtype, device=self.device)
            costly = mode == "compile" and not self.thorough and dtype not in suite_case.compile
            yield case, COMPILE_REASON if costly else unheld

    def __len__(self) -> int:
        """How many runs there are."""
        return len(self.settings) * sum(len(self.dtypes_of(c)) for c in self.suite)


def choose(kind: str, wanted: str | Sequence[str] | None, known: Iterable[str]) -> list[str]:
    """`wanted` in the order of `known`; all of them for None, and a text is one name.

    Raises `SpecificationError` for a name that is not known and for a list without names.

    >>> choose("dtype", "float32", ["float64", "float32"]), choose("dtype", None, ["float64", "float32"])
    (['float32'], ['float64', 'float32'])
    """
    known = list(known)
    if wanted is None:
        return known
    names = [wanted] if isinstance(wanted, str) else several(f"{kind}s", wanted, f"Write the names of {kind}s.")
    if not names:
        raise SpecificationError(f"{kind}s: must name at least one {kind}, got none. Leave it out for all of them.")
    for name in names:
        chosen(f"{kind}s", kind, name, dict.fromkeys(known))
    return [name for name in known if name in names]


def plan(
    suite: Sequence[SuiteCase],
    frameworks: str | Sequence[str] | None = None,
    modes: str | Sequence[str] | None = None,
    dtypes: str | Sequence[str] | None = None,
    device: str = "cpu",
    thorough: bool = False,
    only_named: Container[str] = (),
    isolated: bool = False,
    time_limit: float | None = None,
) -> Plan:
    """Every case on every framework, mode and dtype asked for; None means all, unknown names raise `SpecificationError`.

    Modes in `only_named` run where they are asked for by name. Imports only the frameworks asked for. When none of them is here, a
    `MissingFrameworkError` says why. With `isolated` each framework runs in a process of its own, `time_limit` seconds at most for a
    run.
    """
    offered, missing, versions = {}, {}, {}
    chosen = choose("framework", frameworks, registry.names())
    if isolated:
        access.warm(chosen)
    for name in chosen:
        try:
            adapter = access.adapter(name, isolated, time_limit)
            offered[name], versions[name] = adapter.modes(), adapter.version()
        except MissingFrameworkError as error:
            missing[name] = str(error)
    if not offered:
        raise MissingFrameworkError("; ".join(missing.values()))
    wanted = choose("mode", modes, dict.fromkeys(mode for own in offered.values() for mode in own))
    if modes is None:
        wanted = [mode for mode in wanted if mode not in only_named]
    settings = [(name, mode) for name, own in offered.items() for mode in own if mode in wanted]
    named = chosen if frameworks is not None else []
    formats = choose("dtype", dtypes, DTYPES)
    return Plan(list(suite), formats, settings, chosen, missing, named, device, thorough, isolated, versions)


def out_of_range(case: Case) -> str | None:
    """Why a case cannot be asked in its dtype: the first of its numbers that becomes infinite there; None when all fit."""
    form, (W, b, x, y) = format_of(case.dtype), case.rounded()
    given = {"x": case.batch.x, "y": case.batch.y}
    rounded = {"x": x, "y": y}
    for l in W:
        given |= {f"W[{l}]": case.parameters.W[l], f"b[{l}]": case.parameters.b[l]}
        rounded |= {f"W[{l}]": W[l], f"b[{l}]": b[l]}
    for name, values in rounded.items():
        if not np.isfinite(values).all():
            at = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
            entry, index = given[name][at], ", ".join(map(str, at))
            return f"{case.dtype} cannot hold {name}[{index}] = {entry:.7g}: its largest number is {form.largest:.7g}."
    return None
