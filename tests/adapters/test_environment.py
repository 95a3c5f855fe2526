"""What the adapters find on a machine: devices, compilers, and what the user's flags do to the contract."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import jax
import pytest
import torch

from gradref.judges import certify_case
from gradref_adapters import registry
from gradref_adapters.torch import environment as torch_environment
from gradref_reference import FORMATS, Network


@contextmanager
def torch_precision(name: str) -> Iterator[None]:
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision(name)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


@pytest.mark.parametrize("name", ["numpy", "torch", "jax"])
@pytest.mark.parametrize("dtype", list(FORMATS))
def test_contracts_name_the_storage_format_and_say_why_they_deviate(name, dtype, small):
    adapter = registry.get(name)
    for mode in adapter.modes():
        contract = adapter.contract(small.on(name, mode, dtype))
        assert contract.dtype == dtype
        assert contract.accumulator <= FORMATS[dtype].u
        if contract.flush_to_zero or contract.excess_precision or contract.accumulator < FORMATS[dtype].u:
            assert contract.reasons


@pytest.mark.parametrize(("precision", "unit"), [("highest", 2.0**-24), ("high", 2.0**-11), ("medium", 2.0**-8)])
def test_a_precision_flag_of_the_user_widens_the_float32_contract_and_no_other(precision, unit, small):
    adapter = registry.get("torch")
    with torch_precision(precision):
        assert adapter.contract(small.on("torch", "eager", "float32")).accumulator == unit
        assert adapter.contract(small.on("torch", "eager", "float64")).accumulator == 2.0**-53
        reasons = " ".join(adapter.contract(small.on("torch", "eager", "float32")).reasons)
        assert ("precision flag" in reasons) is (precision != "highest")
        found = {finding.name: finding for finding in adapter.findings()}
        assert found["torch products on the CPU"].value == {"highest": "ieee", "high": "tf32", "medium": "bf16"}[precision]


def test_flushing_of_subnormals_is_found_by_trying(small):
    adapter = registry.get("torch")
    assert not torch_environment.flushes_subnormals()
    torch.set_flush_denormal(True)
    try:
        assert torch_environment.flushes_subnormals()
        assert adapter.contract(small.on("torch", "eager")).flush_to_zero
    finally:
        torch.set_flush_denormal(False)
    assert not adapter.contract(small.on("torch", "eager")).flush_to_zero


def test_per_example_products_need_the_room_their_contract_gives(problem):
    """Each product is rounded to 16 bits before the sum: within its own contract, beyond the one of jit."""
    adapter, case = registry.get("jax"), problem(Network((64, 64, 3), ("tanh", "identity")), m=3)
    vmap, jit = (case.on("jax", mode, "bfloat16") for mode in ("vmap", "jit"))
    trace = adapter.run(vmap)
    shares = {
        of.mode: max(v.share for v in certify_case(vmap, trace, adapter.contract(of)).verdicts if v.equation == "BP4")
        for of in (vmap, jit)
    }
    assert shares["vmap"] <= 1 < shares["jit"]
    assert any("Per-example" in reason for reason in adapter.contract(case.on("jax", "vmap", "bfloat16")).reasons)
    assert not any("Per-example" in reason for reason in adapter.contract(case.on("jax", "vmap", "float32")).reasons)


def test_jax_precision_changes_nothing_on_the_cpu(small):
    adapter, case = registry.get("jax"), small.on("jax", "jit", "float32")
    plain, contract = adapter.run(case), adapter.contract(case)
    with jax.default_matmul_precision("bfloat16"):
        assert adapter.contract(case) == contract
        lowered = adapter.run(case)
    assert all((plain.dW[l] == lowered.dW[l]).all() for l in plain.dW)


def test_without_a_compiler_compile_is_skipped_with_its_reason(small, monkeypatch, tmp_path):
    adapter = registry.get("torch")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    assert "C++ compiler" in str(adapter.supports(small.on("torch", "compile")))
    assert adapter.supports(small.on("torch", "eager")) is None
    compile_line = next(finding for finding in adapter.findings() if finding.name == "torch.compile")
    assert compile_line.value == "not here"


def test_an_older_pytorch_skips_compile_with_its_reason(small, monkeypatch):
    monkeypatch.setattr(torch, "compile", lambda model, *, fullgraph, dynamic: model)
    reason = str(registry.get("torch").supports(small.on("torch", "compile")))
    assert reason.startswith("torch: mode compile needs PyTorch 2.13 or newer")
    assert registry.get("torch").supports(small.on("torch", "eager")) is None


def test_without_python_headers_compile_is_skipped_with_its_reason(small, monkeypatch, tmp_path):
    monkeypatch.setattr(torch_environment, "compiler", lambda: "/usr/bin/g++")
    monkeypatch.setattr(torch_environment.sysconfig, "get_path", lambda name: str(tmp_path))
    assert "Python.h" in str(registry.get("torch").supports(small.on("torch", "compile")))


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has what the test wants to be missing")
@pytest.mark.parametrize(("framework", "mode"), [("torch", "eager"), ("jax", "jit"), ("numpy", "reference")])
def test_a_device_that_is_not_here_is_a_reason(framework, mode, small):
    for device in ("cuda", "cuda:1"):
        assert registry.get(framework).supports(replace(small.on(framework, mode), device=device))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
@pytest.mark.parametrize("dtype", list(FORMATS))
@pytest.mark.parametrize(("framework", "mode"), [("torch", "eager"), ("torch", "func"), ("jax", "jit"), ("jax", "vmap")])
def test_every_equation_is_certified_on_cuda(framework, mode, dtype, small):
    adapter, case = registry.get(framework), replace(small.on(framework, mode, dtype), device="cuda")
    if reason := adapter.supports(case):
        pytest.skip(reason)
    assert certify_case(case, adapter.run(case), adapter.contract(case)).passed
