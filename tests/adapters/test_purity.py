"""Adapters write to nothing they are given, give the same bits twice, and do not change what they look at."""

from dataclasses import replace

import numpy as np
import pytest

from gradref_adapters import registry
from gradref_adapters.running import changed_by_tracing
from gradref_reference import Case, Network, ShapeError, SpecificationError, Trace, round_to
from gradref_reference.formats import format_of

MODES = [
    ("numpy", "reference"),
    ("numpy", "textbook"),
    ("torch", "eager"),
    ("torch", "func"),
    ("jax", "grad"),
    ("jax", "jit"),
    ("jax", "vmap"),
]
OFTEN = pytest.mark.parametrize(("framework", "mode"), MODES, ids=["-".join(pair) for pair in MODES])

EVERY = [(*pair, dtype) for pair in MODES for dtype in ("float64", "float32") if (pair[1], dtype) != ("textbook", "float32")]
IN_EVERY_DTYPE = pytest.mark.parametrize(("framework", "mode", "dtype"), EVERY, ids=["-".join(run) for run in EVERY])


def tensors(trace: Trace) -> dict[str, np.ndarray]:
    layered = {name: getattr(trace, name) for name in ("a", "z", "delta", "dW", "db")}
    return {f"{name}[{l}]": value for name, layers in layered.items() for l, value in layers.items()}


@IN_EVERY_DTYPE
def test_a_trace_holds_float64_copies_of_the_right_shapes(framework, mode, dtype, small):
    trace = registry.get(framework).run(small.on(framework, mode, dtype))
    m, sizes = len(small.batch), small.network.sizes
    for name, array in tensors(trace).items():
        l = int(name.partition("[")[2][:-1])
        shape = (sizes[l], sizes[l - 1]) if name.startswith("dW") else (sizes[l],) if name.startswith("db") else (m, sizes[l])
        assert array.dtype == np.float64, name
        assert array.shape == shape, name
        assert array.flags.writeable, name
        assert (round_to(array, format_of(dtype)) == array).all(), name
    assert type(trace.cost) is float
    assert (trace.framework, trace.mode, trace.dtype) == (framework, mode, dtype)
    assert trace.version == registry.get(framework).version()
    assert trace.seconds > 0
    owned = list(tensors(trace).values())
    given = [*small.parameters.W.values(), *small.parameters.b.values(), small.batch.x, small.batch.y]
    for i, array in enumerate(owned):
        assert not any(np.shares_memory(array, other) for other in [*owned[:i], *given])


@OFTEN
def test_inputs_are_left_alone_and_two_runs_give_the_same_bits(framework, mode, small):
    before = [array.copy() for array in (*small.parameters.W.values(), *small.parameters.b.values(), small.batch.x)]
    adapter, case = registry.get(framework), small.on(framework, mode)
    first, second = adapter.run(case), adapter.run(case)
    after = [*small.parameters.W.values(), *small.parameters.b.values(), small.batch.x]
    assert all((x == y).all() for x, y in zip(before, after, strict=True))
    assert first.cost == second.cost
    again = tensors(second)
    for name, array in tensors(first).items():
        assert (array == again[name]).all(), name


@IN_EVERY_DTYPE
def test_tracing_changes_no_bit_of_the_gradients(framework, mode, dtype, small):
    adapter, case = registry.get(framework), small.on(framework, mode, dtype)
    assert changed_by_tracing(adapter.run(case), *adapter.uninstrumented(case)) is None


DEEP = [
    Network((7, 5, 4, 3), ("sigmoid", "tanh", "sigmoid"), "quadratic"),
    Network((7, 5, 4, 3), ("relu", "gelu", "sigmoid"), "nielsen_cross_entropy"),
    Network((7, 5, 4, 3), ("softplus", "softmax", "identity"), "mse_elements", l2=0.5),
]


@pytest.mark.parametrize("network", DEEP, ids=lambda n: "-".join(n.activations))
@pytest.mark.parametrize(("framework", "mode"), [("torch", "eager"), ("torch", "func"), ("jax", "jit")])
def test_tracing_changes_no_bit_of_deeper_networks(framework, mode, network, problem):
    adapter, case = registry.get(framework), problem(network).on(framework, mode, "float32")
    assert changed_by_tracing(adapter.run(case), *adapter.uninstrumented(case)) is None


def test_a_compiled_output_layer_that_tracing_rearranges_is_reported(problem):
    """The one place known: XLA fuses an output gelu, silu or softplus with the cost unless its value is asked for."""
    case = problem(Network((7, 5, 3), ("silu", "gelu"), "mse_samples")).on("jax", "jit", "float32")
    adapter = registry.get("jax")
    note = changed_by_tracing(adapter.run(case), *adapter.uninstrumented(case))
    if note is not None:  # how XLA fuses is its own affair; by how much it may differ is not
        assert float(note.partition("at most ")[2].split()[0]) <= 16 * 2.0**-24


@OFTEN
def test_an_unsupported_case_is_one_sentence(framework, mode, small):
    adapter = registry.get(framework)
    for case, word in [
        (small.on(framework, "sideways"), "mode"),
        (small.on(framework, mode, "float8"), "float8"),
        (replace(small.on(framework, mode), device="moon"), "moon"),
    ]:
        reason = adapter.supports(case)
        assert reason is not None
        assert word in reason
        assert "\n" not in reason
        with pytest.raises(SpecificationError, match=word):
            adapter.run(case)


@OFTEN
def test_arrays_that_do_not_fit_are_refused_before_the_framework_sees_them(framework, mode, small):
    wider = Case(Network((8, 5, 3), ("gelu", "softmax"), "cross_entropy"), small.parameters, small.batch)
    with pytest.raises(ShapeError, match="widths"):
        registry.get(framework).run(wider.on(framework, mode))


def test_per_example_gradients_that_would_fill_the_memory_are_refused(problem):
    case = problem(Network((512, 512, 512), "relu"), m=256).on("jax", "vmap")
    assert "MiB" in str(registry.get("jax").supports(case))


def test_a_gradient_changed_by_tracing_is_counted_and_sized(small):
    trace = registry.get("numpy").run(small)
    plain = {l: v.copy() for l, v in trace.dW.items()}
    assert changed_by_tracing(trace, plain, trace.db) is None
    plain[2][0, 1] += 2.0**-20 * np.abs(plain[2]).max()
    assert changed_by_tracing(trace, plain, trace.db) == (
        "tracing changed 1 of 58 gradient entries, by at most 9.5e-07 of the largest in its array"
    )
    plain[1][0, 0] = np.nan
    assert "changed 2 of 58" in str(changed_by_tracing(trace, plain, trace.db))
