"""Contracts: one that cannot be is refused by name, and those of other people are found by the name of their framework."""

import sys
from importlib.metadata import EntryPoint

import numpy as np
import pytest

from gradref_reference import FORMATS, SpecificationError
from gradref_reference.error_model import CONTRACTS, Contract, contract, contract_for

NAN, INF = float("nan"), float("inf")

IMPOSSIBLE = [
    *(
        (name, value, "a unit roundoff from 2^-113 to 2^-8")
        for name in ("accumulator", "bias_accumulator")
        for value in (-1.0, NAN, INF, 0.5, 0.0, 0, True, "2**-24", None, 10**400, [2.0**-24], 2.0**-24 + 0j, np.ones(2))
    ),
    *(
        (name, value, "True or False")
        for name in ("flush_to_zero", "excess_precision", "unrounded_operands", "rounded_terms", "fused_multiply_add")
        for value in (1, "no", None, NAN)
    ),
    ("entropy_cancels", "False", "True or False"),
    *(("softplus_threshold", value, "a positive number") for value in (-1, 0, NAN, -INF, "20", None, True)),
    ("library", 3, "a name"),
    ("library", None, "a name"),
    ("reasons", "One sentence.", "a tuple of sentences"),
    ("reasons", (1,), "a tuple of sentences"),
    ("reasons", None, "a tuple of sentences"),
]


@pytest.mark.parametrize(("name", "value", "required"), IMPOSSIBLE, ids=lambda value: str(value)[:20])
def test_an_attribute_that_cannot_be_is_refused_by_name(name, value, required):
    for build in (lambda: Contract(**{name: value}), lambda: contract_for("numpy", "float32").but(**{name: value})):
        with pytest.raises(SpecificationError, match=f"Contract: {name} must be ") as refused:
            build()
        assert required in str(refused.value)
        assert refused.value.field == name


@pytest.mark.parametrize("dtype", ["float8", "double", None, 64, np.float64, NAN])
def test_a_format_that_nobody_knows_is_refused(dtype):
    with pytest.raises(SpecificationError, match="dtype must be one of"):
        Contract(dtype)
    with pytest.raises(SpecificationError, match="dtype must be one of"):
        contract_for("numpy", dtype)


def test_an_attribute_that_there_is_not_is_refused():
    with pytest.raises(SpecificationError, match="Did you mean 'accumulator'"):
        Contract().but(acumulator=2.0**-24)


@pytest.mark.parametrize("unit", [2.0**-113, 2.0**-53, 2.0**-24, 2.0**-11, 2.0**-8, np.float32(2.0**-24)])
def test_units_of_known_hardware_are_accepted(unit):
    assert Contract("float32", unit, unit).accumulator == unit


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("framework", CONTRACTS)
def test_our_own_contracts_say_why_they_deviate(framework, dtype):
    ours = contract_for(framework, dtype)
    assert ours.dtype == dtype
    assert bool(ours.reasons) == (framework == "any" or dtype in ("bfloat16", "float16"))


@pytest.fixture
def registered(monkeypatch, tmp_path):
    """A way to register contracts of one's own for one test: registered(source of a module with CONTRACTS)."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def register(source: str) -> None:
        (tmp_path / "contracts_of_abacus.py").write_text("from gradref_reference.error_model import Contract\n" + source)
        entry = EntryPoint("abacus", "contracts_of_abacus:CONTRACTS", contract.GROUP)
        monkeypatch.setattr(contract, "entry_points", lambda group, name: [entry] if name == "abacus" else [])
        contract._contracts.cache_clear()

    yield register
    sys.modules.pop("contracts_of_abacus", None)
    monkeypatch.undo()
    contract._contracts.cache_clear()


def test_contracts_of_somebody_are_found_by_mode_and_dtype(registered):
    registered(
        "CONTRACTS = {('', 'float64'): Contract(), ('fast', 'float64'): Contract(accumulator=2.0**-24, reasons=('Fast.',))}"
    )
    assert contract_for("abacus", "float64") == contract_for("abacus", "float64", "slow") == Contract()
    assert contract_for("abacus", "float64", "fast").accumulator == 2.0**-24
    assert contract_for("abacus", "float32") == contract_for("any", "float32")


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("CONTRACTS = {('', 'float64'): Contract(accumulator=0.5)}", "SpecificationError: Contract: accumulator must be"),
        ("CONTRACTS = [Contract()]", "got [Contract("),
        ("CONTRACTS = {('', 'float64'): 'IEEE'}", "got {('', 'float64'): 'IEEE'}"),
        ("CONTRACTS = {('', 'float64'): Contract('float16')}", "a Contract of that dtype"),
        ("CONTRACTS = {'float64': Contract()}", "a dict of (mode, dtype)"),
        ("CONTRACTS = {('fast', 'float64'): Contract()}", '("", dtype) among them'),
        ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
        ("", "AttributeError"),
    ],
    ids=["false", "list", "words", "other dtype", "other keys", "no general one", "raises", "empty"],
)
def test_contracts_of_somebody_that_cannot_be_used_are_refused_by_name(registered, source, says):
    registered(source)
    with pytest.raises(SpecificationError, match="abacus: the contracts at contracts_of_abacus:CONTRACTS") as refused:
        contract_for("abacus", "float64")
    assert says in str(refused.value)
