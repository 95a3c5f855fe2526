"""The user's flags are as they were, whatever they were, and they do not change what is computed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import jax
import numpy as np
import pytest
import torch

from gradref_adapters import registry
from gradref_adapters.jacobians import jax_jacobian


def torch_state() -> dict[str, object]:
    return {
        "default dtype": torch.get_default_dtype(),
        "default device": torch.get_default_device(),
        "threads": torch.get_num_threads(),
        "gradients": torch.is_grad_enabled(),
        "inference": torch.is_inference_mode_enabled(),
        "autocast": torch.is_autocast_enabled("cpu"),
        "deterministic": torch.are_deterministic_algorithms_enabled(),
        "precision": torch.get_float32_matmul_precision(),
        "tf32": (torch.backends.cuda.matmul.fp32_precision, torch.backends.cudnn.allow_tf32),
        "random": torch.random.get_rng_state().numpy().tobytes(),
    }


def jax_state() -> dict[str, object]:
    names = ("jax_enable_x64", "jax_default_matmul_precision", "jax_numpy_dtype_promotion", "jax_numpy_rank_promotion")
    names += ("jax_default_device", "jax_disable_jit", "jax_debug_nans", "jax_debug_infs", "jax_platforms")
    names += tuple(f"jax_transfer_guard_{way}" for way in ("host_to_device", "device_to_device", "device_to_host"))
    return {name: getattr(jax.config, name) for name in names}


def numpy_state() -> dict[str, object]:
    return {"errors": np.geterr(), "random": np.random.get_state()[1].tobytes(), "print": np.get_printoptions()}  # noqa: NPY002


@contextmanager
def plain() -> Iterator[None]:
    yield


@contextmanager
def unusual_torch() -> Iterator[None]:
    """A user with other defaults, gradients off and autocast on."""
    torch.set_default_dtype(torch.float64)
    try:
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            yield
    finally:
        torch.set_default_dtype(torch.float32)


@contextmanager
def torch_inference() -> Iterator[None]:
    with torch.inference_mode(), torch.device("meta"):
        yield


@contextmanager
def unusual_jax() -> Iterator[None]:
    """A user with x64 on, strict promotion, no jit, an eye on NaN and infinity, and no transfers but their own."""
    with (
        jax.enable_x64(True),
        jax.numpy_dtype_promotion("strict"),
        jax.numpy_rank_promotion("raise"),
        jax.disable_jit(),
        jax.debug_nans(True),
        jax.debug_infs(True),
        jax.transfer_guard("disallow_explicit"),
    ):
        yield


USERS = [plain, unusual_torch, torch_inference, unusual_jax]


@pytest.mark.parametrize("user", USERS, ids=lambda user: user.__name__)
@pytest.mark.parametrize(("framework", "mode"), [("torch", "eager"), ("torch", "func"), ("jax", "grad"), ("jax", "jit")])
def test_flags_are_left_as_they_were_and_change_nothing(framework, mode, user: Callable, small):
    adapter = registry.get(framework)
    expected = {dtype: adapter.run(small.on(framework, mode, dtype)) for dtype in ("float64", "float32")}
    with user():
        before = torch_state(), jax_state(), numpy_state()
        found = {dtype: adapter.run(small.on(framework, mode, dtype)) for dtype in ("float64", "float32")}
        assert (torch_state(), jax_state(), numpy_state()) == before
    for dtype, trace in found.items():
        assert trace.cost == expected[dtype].cost
        for l in trace.dW:
            assert (trace.dW[l] == expected[dtype].dW[l]).all()


@pytest.mark.parametrize("user", USERS, ids=lambda user: user.__name__)
def test_findings_leave_flags_as_they_were(user: Callable):
    with user():
        before = torch_state(), jax_state(), numpy_state()
        for adapter in registry.available().values():
            assert adapter.findings()
        assert (torch_state(), jax_state(), numpy_state()) == before


@pytest.mark.parametrize("mode", ["grad", "jit", "vmap"])
def test_a_user_who_forbids_transfers_gets_whole_gradients_too(mode, small):
    adapter, case = registry.get("jax"), small.on("jax", mode, "float32")
    with jax.transfer_guard("disallow_explicit"):
        dW, _ = adapter.uninstrumented(case)
        trace = adapter.run(case)
    assert (trace.dW[1] == dW[1]).all()


def test_jacobians_of_a_user_who_forbids_transfers_come_out():
    with jax.transfer_guard("disallow_explicit"):
        reverse, forward = jax_jacobian(lambda x: x * x, [2.0, 3.0])
    assert reverse.tolist() == forward.tolist() == [[4.0, 0.0], [0.0, 6.0]]


def test_a_changed_flag_would_be_seen():
    before = torch_state(), jax_state(), numpy_state()
    with unusual_torch():
        assert torch_state() != before[0]
    with torch_inference():
        assert torch_state() != before[0]
    with unusual_jax():
        assert jax_state() != before[1]
    with np.errstate(over="raise"):
        assert numpy_state() != before[2]
    assert (torch_state(), jax_state(), numpy_state()) == before
