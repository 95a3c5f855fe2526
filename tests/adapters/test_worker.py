"""Adapters in processes of their own: the same bits as at home, and whatever else an adapter does there is a reason here."""

import os
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import psutil
import pytest

from gradref_adapters import registry, worker
from gradref_adapters.worker.failure import ENDED, GAVE_UP, HUNG, RAISED, UNFIT, AdapterFailure
from gradref_adapters.worker.wire import Unfit, pack_contract, pack_trace, unpack_contract, unpack_trace
from gradref_reference import MissingFrameworkError, SpecificationError, backprop
from gradref_reference.error_model import Contract, contract_for

# Somebody's adapter: each mode is one thing that an adapter should not do; "honest" is the reference.
THEIRS = """
import ctypes, os, sys, time
from dataclasses import replace
import numpy as np
from gradref_reference import backprop
from gradref_reference.error_model import contract_for

class Unspeakable(BaseException):
    def __str__(self): raise RuntimeError("no words")
    __repr__ = __str__

def honest(case): return backprop(case.network, case.parameters, case.batch, case.dtype)
def with_dW(case, value): return replace(honest(case), dW={1: value, 2: honest(case).dW[2]})
def end(how): return lambda case: how()
def throw(error):
    def run(case): raise error
    return run
def hang(case):
    while True: time.sleep(0.05)
def chatty(case):
    print("{ 1: not json"); print("on stderr", file=sys.stderr); os.write(1, b"\\0" * 10000); sys.stdout.flush()
    return honest(case)

MODES = {
    "honest": honest,
    "chatty": chatty,
    "os._exit(0)": end(lambda: os._exit(0)),
    "os.abort": end(os.abort),
    "segfault": end(lambda: ctypes.string_at(0)),
    "hang": hang,
    "sys.exit(0)": throw(SystemExit(0)),
    "interrupt": throw(KeyboardInterrupt()),
    "BaseException": throw(BaseException("bare")),
    "Unspeakable": throw(Unspeakable()),
    "None": lambda case: None,
    "None tensor": lambda case: with_dW(case, None),
    "list": lambda case: with_dW(case, honest(case).dW[1].tolist()),
    "masked": lambda case: with_dW(case, np.ma.masked_array(honest(case).dW[1], np.eye(5, 7) * np.eye(5, 7)[0] > 0)),
    "float32": lambda case: with_dW(case, honest(case).dW[1].astype(np.float32)),
    "objects": lambda case: with_dW(case, honest(case).dW[1].astype(object)),
    "mixed keys": lambda case: replace(honest(case), dW=honest(case).dW | {"two": honest(case).dW[2]}),
    "no dict": lambda case: replace(honest(case), dW=list(honest(case).dW.values())),
    "huge cost": lambda case: replace(honest(case), cost=10**400),
    "cost in words": lambda case: replace(honest(case), cost="0.5"),
    "notes": lambda case: replace(honest(case), notes=(1,)),
    "infinite cost": lambda case: replace(honest(case), cost=float("inf")),
    "a layer less": lambda case: replace(honest(case), dW={1: honest(case).dW[1]}),
    "supports": honest, "reason": honest, "contract": honest, "false contract": honest,
}

class Adapter:
    name = "theirs"
    def version(self): return "1"
    def modes(self): return tuple(MODES)
    def supports(self, case):
        if case.mode == "supports": os._exit(3)
        return 3 if case.mode == "reason" else "theirs: not today" if case.name == "skipped" else None
    def run(self, case): return MODES[case.mode](case)
    def contract(self, case):
        if case.mode == "contract": return {"accumulator": 0.5}
        if case.mode == "false contract": return contract_for("numpy", case.dtype).but(accumulator=0.5)
        return contract_for("numpy", case.dtype)
"""


@pytest.fixture(scope="module")
def install(tmp_path_factory):
    """A way to install an adapter as somebody's package, where other processes find it too: install(name, source)."""
    folder = tmp_path_factory.mktemp("theirs")
    sys.path.insert(0, str(folder))

    def install(name: str, source: str) -> None:
        (folder / f"adapter_of_{name}.py").write_text(source, encoding="utf-8")
        info = folder / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{name} = adapter_of_{name}:Adapter\n")
        registry.refresh()

    yield install
    sys.path.remove(str(folder))
    worker.close()
    registry.refresh()


@pytest.fixture(scope="module")
def theirs(install):
    install("theirs", THEIRS)
    return worker.get("theirs", time_limit=20.0)


@pytest.fixture
def ask(theirs, small):
    """Their answer to the small case in a mode."""
    return lambda mode: theirs.run(small.on("theirs", mode))


def failure_of(call):
    with pytest.raises(AdapterFailure) as raised:
        call()
    assert str(raised.value) == raised.value.failure.sentence
    return raised.value.failure


def same(ours, theirs) -> bool:
    names = ("a", "z", "delta", "dW", "db")
    return ours.cost == theirs.cost and all(
        np.array_equal(getattr(ours, name)[l], getattr(theirs, name)[l]) for name in names for l in getattr(ours, name)
    )


# --- the same bits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "mode"), [("numpy", "reference"), ("torch", "func"), ("jax", "jit")])
def test_a_process_of_its_own_changes_no_bit(name, mode, small):
    home, away = registry.get(name), worker.get(name)
    assert (away.name, away.version(), away.modes()) == (home.name, home.version(), home.modes())
    for dtype in ("float64", "float32"):
        case = small.on(name, mode, dtype)
        assert away.supports(case) is None
        assert away.contract(case) == home.contract(case)
        trace = away.run(case)
        assert same(home.run(case), trace)
        assert (trace.framework, trace.mode, trace.dtype, trace.version) == (name, mode, dtype, home.version())
    assert away.supports(replace(small.on(name, mode), device="nowhere")) == home.supports(
        replace(small.on(name, mode), device="nowhere")
    )
    assert [finding.name for finding in away.findings()] == [finding.name for finding in home.findings()]


def test_nothing_of_a_framework_is_loaded_here(tmp_path):
    program = """
import sys
from gradref_adapters import worker
print(worker.get("torch").modes(), "torch" in sys.modules)
worker.close()
"""
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert answer.stdout.strip() == "('eager', 'func', 'compile') False", answer.stderr


# --- what somebody else's adapter may do ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "how", "told"),
    [
        ("os._exit(0)", ENDED, "ended its process with exit code 0"),
        ("os.abort", ENDED, "was ended by signal 6"),
        ("segfault", ENDED, "was ended by signal 11"),
        ("sys.exit(0)", RAISED, "SystemExit: 0"),
        ("interrupt", RAISED, "KeyboardInterrupt: no message"),
        ("BaseException", RAISED, "BaseException: bare"),
        ("Unspeakable", RAISED, "Unspeakable: a message that cannot be shown"),
        ("None", UNFIT, "must be a Trace, got a NoneType"),
        ("None tensor", UNFIT, "dW[1] must be a NumPy array, got a NoneType"),
        ("list", UNFIT, "dW[1] must be a NumPy array, got a list"),
        (
            "masked",
            RAISED,
            "DataError: dW[1]: must be an array without a mask, got one with 1 masked entry. Fill them with .filled() or drop them.",
        ),
        ("float32", UNFIT, "dW[1] must be the float64 view of the framework's tensor, got dtype float32"),
        ("objects", UNFIT, "dW[1] must be the float64 view of the framework's tensor, got dtype object"),
        ("mixed keys", UNFIT, "the keys of dW must be layers, got a str"),
        ("no dict", UNFIT, "dW must be a dict keyed by layer, got a list"),
        ("huge cost", UNFIT, "cost must be a number that float64 can hold, got a larger one"),
        ("cost in words", UNFIT, "cost must be a number, got a str"),
        ("notes", UNFIT, "must be text, got a int"),
    ],
)
def test_a_run_that_gives_no_trace_says_why_and_the_next_one_works(theirs, ask, small, mode, how, told):
    failure = failure_of(lambda: ask(mode))
    assert (failure.member, failure.how, failure.told) == ("run", how, told)
    assert failure.sentence.startswith("run must return a Trace")
    assert same(backprop(small.network, small.parameters, small.batch), ask("honest"))


def test_a_run_that_hangs_is_ended_in_time_and_the_next_one_works(theirs, ask):
    assert ask("honest") is not None
    start = time.monotonic()
    theirs.time_limit = 0.5
    try:
        failure = failure_of(lambda: ask("hang"))
    finally:
        theirs.time_limit = 20.0
    assert (failure.how, failure.told) == (HUNG, "0.5")
    assert time.monotonic() - start < 15
    assert ask("honest") is not None


def test_a_mode_that_costs_its_process_again_and_again_is_given_up_and_no_other(theirs, small):
    failures = [failure_of(lambda: theirs.run(small.on("theirs", "supports"))) for _ in range(4)]
    assert [failure.how for failure in failures] == [ENDED, ENDED, ENDED, GAVE_UP]
    assert "lost in 3 runs" in failures[-1].sentence
    assert theirs.supports(small.on("theirs", "honest")) is None


@pytest.mark.parametrize(
    ("mode", "member", "how", "told"),
    [
        ("reason", "supports", UNFIT, "must be text, got a int"),
        ("contract", "contract", UNFIT, "must be a Contract, got a dict"),
        ("false contract", "contract", RAISED, "SpecificationError: Contract: accumulator must be a unit roundoff"),
    ],
)
def test_members_that_answer_wrongly_are_named(theirs, small, mode, member, how, told):
    failure = failure_of(lambda: theirs.contract(small.on("theirs", mode)))
    assert (failure.member, failure.how) == (member, how)
    assert failure.told.startswith(told)


def test_what_an_adapter_prints_stays_away_from_our_output(ask, capfd):
    assert ask("chatty") is not None
    assert capfd.readouterr() == ("", "")


def test_what_only_a_judge_can_see_reaches_the_judge(ask):
    assert ask("infinite cost").cost == np.inf
    assert list(ask("a layer less").dW) == [1]


def test_a_skip_is_a_reason(theirs, small):
    case = replace(small.on("theirs", "honest"), name="skipped")
    assert theirs.supports(case) == "theirs: not today"
    with pytest.raises(SpecificationError, match="not today"):
        theirs.contract(case)


# --- in advance -------------------------------------------------------------------------------------------------------------


def test_cases_begun_in_advance_give_the_same_answers(theirs, small):
    modes = ("honest", "None", "os._exit(0)", "honest")
    cases = [small.on("theirs", mode) for mode in modes] + [replace(small.on("theirs", "honest"), name="skipped")]
    for case in cases:
        theirs.prefetch(case)
    assert theirs.supports(cases[4]) == "theirs: not today"
    for case in (cases[3], cases[0]):
        assert theirs.supports(case) is None
        assert theirs.contract(case) == contract_for("numpy", "float64")
        assert same(backprop(small.network, small.parameters, small.batch), theirs.run(case))
    assert failure_of(lambda: theirs.supports(cases[1])).how == UNFIT
    assert failure_of(lambda: theirs.run(cases[2])).how == ENDED
    assert theirs._ahead == {}


# --- adapters that cannot be loaded, and processes that stay behind --------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "source", "says"),
    [
        ("leaves", "import os; os._exit(0)", "leaves: loading its adapter ended its process with exit code 0"),
        ("absent", "import a_framework_nobody_has", "could not be imported (No module named 'a_framework_nobody_has')"),
        ("shouts", "print('{')\nraise RuntimeError('no licence')", "must load, got RuntimeError: no licence"),
    ],
)
def test_an_adapter_that_cannot_be_loaded_is_missing_with_its_reason(install, name, source, says):
    install(name, source)
    for _ in range(2):
        with pytest.raises(MissingFrameworkError) as missing:
            worker.get(name)
        assert says in str(missing.value)


def test_an_unknown_name_gets_the_nearest_one():
    with pytest.raises(SpecificationError, match="Did you mean 'torch'"):
        worker.get("pytorch")


def runs(pid: int) -> bool:
    """Whether a process is there and no zombie, which an adopted orphan stays until it is waited for."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children() if runs(child.pid)}


def test_no_process_outlives_close_nor_a_command_that_was_killed(small):
    before = children()
    away = worker.client.Isolated("numpy")
    away.start()
    (started,) = children() - before
    away.close()
    assert not runs(started)
    assert failure_of(lambda: away.run(small.on("numpy", "reference"))).told == "was closed"

    program = (
        "from gradref_adapters import worker; import os, time; a = worker.get('numpy'); print(a._child.process.pid, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program + "time.sleep(60)"], stdout=subprocess.PIPE, text=True) as command:
        assert command.stdout is not None
        pid = int(command.stdout.readline())
        command.kill()
    until = time.monotonic() + 20
    while runs(pid) and time.monotonic() < until:
        time.sleep(0.1)
    assert not runs(pid)


# --- messages --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "payload", [b"", b"\x00" * 8, b"not safetensors", os.urandom(64)], ids=["empty", "zeros", "words", "noise"]
)
def test_a_message_that_makes_no_trace_is_refused(small, payload):
    header, _ = pack_trace(backprop(small.network, small.parameters, small.batch))
    with pytest.raises(Unfit):
        unpack_trace(header, payload, small)


@pytest.mark.parametrize("change", [{"dtype": 3}, {"notes": None}, {"version": []}], ids=str)
def test_a_header_that_makes_no_trace_is_refused(small, change):
    header, payload = pack_trace(backprop(small.network, small.parameters, small.batch))
    assert same(unpack_trace(header, payload, small), backprop(small.network, small.parameters, small.batch))
    with pytest.raises(Unfit):
        unpack_trace(header | change, payload, small)


@pytest.mark.parametrize("framework", ["any", "numpy", "torch", "jax"])
def test_contracts_survive_a_message(framework):
    contract = contract_for(framework, "bfloat16")
    assert unpack_contract(pack_contract(contract)) == contract
    for change in ({"accumulator": (0.5).hex()}, {"accumulator": 2.0**-24}, {"reasons": 3}, {"flush_to_zero": "no"}):
        with pytest.raises(Unfit):
            unpack_contract(pack_contract(contract) | change)
    assert unpack_contract(pack_contract(Contract())).softplus_threshold == np.inf
