"""The contracts that lie beside the adapters: found without importing a framework, each deviation with its reason."""

from importlib import import_module

import numpy as np
import pytest

from gradref_reference import FORMATS, activation
from gradref_reference.error_model import contract_for
from gradref_reference.error_model.constants import K_EXP, K_LOG, constants_of

TABLES = {name: import_module(f"gradref_adapters.{name}.contract") for name in ("numpy", "torch", "jax")}
ALL = [(name, mode, dtype) for name in ("torch", "jax") for mode, dtype in TABLES[name].CONTRACTS]


@pytest.mark.parametrize(("framework", "mode", "dtype"), ALL)
def test_contracts_are_found_by_name_and_say_why_they_deviate(framework, mode, dtype):
    contract = contract_for(framework, dtype, mode)
    assert contract is TABLES[framework].CONTRACTS[mode, dtype]
    deviates = (
        contract.accumulator != contract.u
        or contract.bias_accumulator != contract.accumulator
        or contract.flush_to_zero
        or contract.excess_precision
        or contract.fused_multiply_add
        or contract.entropy_cancels
        or np.isfinite(contract.softplus_threshold)
    )
    assert bool(contract.reasons) == deviates
    assert all(reason.endswith(".") for reason in contract.reasons)


def test_contract_of_a_mode_wins_over_that_of_its_framework():
    assert contract_for("torch", "bfloat16", "compile").excess_precision
    assert not contract_for("torch", "bfloat16", "eager").excess_precision


@pytest.mark.parametrize(("framework", "mode", "dtype"), ALL)
def test_contract_of_an_unknown_framework_permits_what_any_known_one_does(framework, mode, dtype):
    permissive, contract = contract_for("somebody's", dtype), contract_for(framework, dtype, mode)
    assert permissive.accumulator >= contract.accumulator
    assert permissive.bias_accumulator >= contract.bias_accumulator
    assert permissive.flush_to_zero >= contract.flush_to_zero
    assert permissive.excess_precision >= contract.excess_precision
    assert permissive.fused_multiply_add >= contract.fused_multiply_add
    assert permissive.unrounded_operands >= contract.unrounded_operands
    assert permissive.rounded_terms >= contract.rounded_terms
    assert permissive.entropy_cancels >= contract.entropy_cancels
    assert permissive.softplus_threshold <= contract.softplus_threshold


@pytest.mark.parametrize("library", TABLES)
def test_measured_errors_lie_below_the_constants(library):
    measured = TABLES[library].MEASURED
    assert measured["exp"] <= K_EXP
    assert measured["log"] <= K_LOG
    for name in ("tanh", "sigmoid", "softplus", "elu"):
        assert measured[name] <= constants_of(activation(name)).value
    assert set(TABLES[library].MEASURED_ABSOLUTE) == {"erf", "silu", "gelu", "gelu_tanh"}
    assert set(FORMATS) == {dtype for _, dtype in TABLES["jax"].CONTRACTS}
