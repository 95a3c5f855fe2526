"""Every door of the reference: what does not belong is refused with an error of ours that names the argument, on one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradref_reference as reference
from gradref_reference import Batch, Case, DataError, GradrefError, Network, Parameters, SpecificationError, backprop, enclose
from gradref_reference.checks import unmasked
from gradref_reference.enclosure.equations import MOST_BITS
from gradref_reference.files import load_parameters, save_parameters
from gradref_reference.initialize import generator
from gradref_reference.lecture.items import item
from gradref_reference.training import (
    Adam,
    Momentum,
    Sgd,
    accuracy,
    clip_by_global_norm,
    gradient_descent,
    minibatches,
    sgd,
    train,
)

NETWORK = Network((2, 3, 2), "tanh")
PARAMETERS = reference.initialize(NETWORK, np.random.default_rng(0))
BATCH = Batch([[1.0, 2.0], [0.5, -1.0]], [[0.0, 1.0], [1.0, 0.0]])
RNG = np.random.default_rng(1)


class Broken:
    """An object whose repr raises."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")


class Unreadable:
    """An object that NumPy cannot read, and says so in its own way."""

    def __array__(self, *arguments, **keywords):
        raise AttributeError("not here")


def matrix(rows: Any) -> np.matrix:
    """A np.matrix, without the warning that its constructor gives."""
    return np.array(rows, float).view(np.matrix)


WRONG: dict[str, Any] = {
    "None": None,
    "tuple": (),
    "list": [[1]],
    "dict": {},
    "text": "x\ny",
    "bytes": b"x",
    "zero": 0,
    "negative": -1,
    "fraction": 0.5,
    "huge": 10**400,
    "true": True,
    "nan": float("nan"),
    "complex": 1j,
    "object": object(),
    "broken": Broken(),
    "unreadable": Unreadable(),
    "type": int,
    "matrix": matrix([[1.0, 2.0]]),
    "masked": np.ma.masked_array([[1.0, 2.0]], [[True, False]]),
    "texts": np.array([["a", "b"]]),
    "objects": np.array([[object()]]),
}

# door -> (function, its arguments by name)
DOORS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "Network": (Network, {"sizes": (2, 3, 2), "activations": "tanh", "cost": "quadratic", "l2": 0.0}),
    "Network.check": (NETWORK.check, {"parameters": PARAMETERS, "batch": BATCH}),
    "Network.check_batch": (NETWORK.check_batch, {"batch": BATCH}),
    "Network.targets": (NETWORK.targets, {"batch": BATCH}),
    "Network.from_toml": (Network.from_toml, {"path": "none.toml"}),
    "Parameters": (Parameters, {"W": [[[1.0]]], "b": [[0.0]]}),
    "Parameters.astype": (PARAMETERS.astype, {"dtype": "float32"}),
    "Batch": (Batch, {"x": [[1.0]], "y": [[1.0]]}),
    "Batch.astype": (BATCH.astype, {"dtype": "float32"}),
    "Case": (Case, {"network": NETWORK, "parameters": PARAMETERS, "batch": BATCH}),
    "backprop": (
        backprop,
        {"network": NETWORK, "parameters": PARAMETERS, "batch": BATCH, "dtype": "float64", "mode": "textbook"},
    ),
    "enclose": (enclose, {"network": NETWORK, "parameters": PARAMETERS, "batch": BATCH, "bits": 53, "dtype": "float32", "spread": None}),
    "activation": (reference.activation, {"name": "elu"}),
    "cost_function": (reference.cost_function, {"name": "quadratic"}),
    "format_of": (reference.format_of, {"name": "float32"}),
    "round_to": (reference.round_to, {"x": np.ones(2), "form": reference.FORMATS["float16"]}),
    "initialize": (reference.initialize, {"network": NETWORK, "rng": RNG, "scheme": "he"}),
    "generator": (generator, {"seed": 1}),
    "save_parameters": (save_parameters, {"path": "none.xyz", "parameters": PARAMETERS}),
    "load_parameters": (load_parameters, {"path": "none.npz"}),
    "item": (item, {"id": "1.3"}),
    "accuracy": (accuracy, {"network": NETWORK, "parameters": PARAMETERS, "batch": BATCH}),
    "minibatches": (minibatches, {"samples": 4, "batch_size": 2, "rng": RNG}),
    "clip_by_global_norm": (clip_by_global_norm, {"gradients": {"W": np.ones(2)}, "limit": 1.0}),
    "Adam": (Adam, {"beta1": 0.9, "beta2": 0.99, "eps": 1e-8, "weight_decay": 0.0}),
    "Momentum": (Momentum, {"momentum": 0.9, "dampening": 0.0, "weight_decay": 0.1}),
    "gradient_descent": (
        gradient_descent,
        {"network": NETWORK, "parameters": PARAMETERS, "batch": BATCH, "steps": 1, "learning_rate": 0.1},
    ),
    "sgd": (
        sgd,
        {
            "network": NETWORK, "parameters": PARAMETERS, "batch": BATCH, "epochs": 1, "batch_size": 1, "learning_rate": 0.1,
            "rng": RNG, "dtype": "float64", "held_out": None,
        },
    ),
    "train": (
        train,
        {
            "network": NETWORK, "parameters": PARAMETERS, "batch": BATCH, "optimizer": Sgd(0.1), "epochs": 1, "batch_size": 1,
            "rng": RNG, "clip_norm": None, "clip_eps": 0.0,
        },
    ),
}  # fmt: skip
FOR_EVER = (("epochs", "huge"), ("steps", "huge"))  # right, but nobody waits for it


@pytest.mark.parametrize("door", DOORS)
def test_what_does_not_belong_is_refused_by_name_or_taken(door, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    function, given = DOORS[door]
    unclear = []
    for argument, kind in ((a, k) for a in given for k in WRONG if (a, k) not in FOR_EVER):
        try:
            function(**(given | {argument: WRONG[kind]}))
        except GradrefError as error:
            message = str(error)
            if "\n" in message or "must" not in message or message[-1] not in ".?)}":
                unclear.append(f"{argument} {kind}: {message}")
        except Exception as error:
            unclear.append(f"{argument} {kind}: {type(error).__name__}: {error}")
    assert not unclear, "\n".join(unclear)
    assert not list(tmp_path.iterdir())  # and nothing was written


def test_a_door_that_lets_an_error_of_python_out_is_seen(monkeypatch, tmp_path):
    monkeypatch.setitem(DOORS, "open", (lambda name: name.strip(), {"name": "x"}))
    with pytest.raises(AssertionError, match="name None: AttributeError: 'NoneType' object has no attribute 'strip'"):
        test_what_does_not_belong_is_refused_by_name_or_taken("open", tmp_path, monkeypatch)


KINDS = ("None", "tuple", "text", "object", "broken")
TYPED = [
    (door, argument)
    for door, (_, given) in DOORS.items()
    for argument in given
    if argument
    in ("network", "parameters", "batch", "optimizer", "bits", "seed", "epochs", "batch_size", "samples", "beta1", "rng")
]


@pytest.mark.parametrize(("door", "argument"), TYPED, ids=["-".join(pair) for pair in TYPED])
def test_a_wrong_type_is_refused_with_the_argument_named(door, argument):
    function, given = DOORS[door]
    may_be_none = (argument == "rng" and door != "initialize") or (door == "Network.check" and argument == "batch")
    for kind in KINDS[may_be_none:]:
        with pytest.raises(GradrefError) as caught:
            function(**(given | {argument: WRONG[kind]}))
        assert str(caught.value).startswith(f"{argument}: must be "), (kind, str(caught.value))


@pytest.mark.parametrize("bits", [0, 1, -5, 2.0, None, True, 10**7, 10**400])
def test_enclose_refuses_bits_nobody_can_wait_for(bits):
    with pytest.raises(SpecificationError, match="bits: must be"):
        enclose(NETWORK, PARAMETERS, BATCH, bits=bits)


def test_the_largest_precision_still_encloses():
    small = Network((1, 1), "square")
    found = enclose(small, Parameters([[[1.5]]], [[0.5]]), Batch([[1.0]], [[2.0]]), bits=MOST_BITS)
    assert found.dW[1].midpoint.tolist() == [[8.0]]


# --- masks and subclasses ------------------------------------------------------------------------------------------------

MASKED = np.ma.masked_array(np.ones((2, 2)), [[False, True], [False, False]])
UNMASKED = np.ma.masked_array(np.ones((2, 2)), np.zeros((2, 2), bool))
TRACE = backprop(NETWORK, PARAMETERS, BATCH)
W, b = {l: np.ones((2, 2)) for l in (1, 2)}, {l: np.ones(2) for l in (1, 2)}


def _masked(array):
    return np.ma.masked_array(array, np.arange(array.size).reshape(array.shape) == 1)


MASKS: dict[str, Callable[[], Any]] = {
    "x": lambda: Batch(MASKED, np.ones((2, 2))),
    "x of rows": lambda: Batch([MASKED[0], MASKED[1]], np.ones((2, 2))),
    "x of a masked number": lambda: Batch([[1.0, np.ma.masked]], np.ones((1, 2))),
    "y": lambda: Batch(np.ones((2, 2)), MASKED),
    "W[2]": lambda: Parameters(W | {2: MASKED}, b),
    "b[1]": lambda: Parameters(W, b | {1: _masked(np.ones(2))}),
    "dW[1]": lambda: replace(TRACE, dW=TRACE.dW | {1: _masked(TRACE.dW[1])}),
    "delta[2]": lambda: replace(TRACE, delta=TRACE.delta | {2: _masked(TRACE.delta[2])}),
    "a[0]": lambda: replace(TRACE, a=TRACE.a | {0: _masked(TRACE.a[0])}),
    "actual": lambda: enclose(NETWORK, PARAMETERS, BATCH).contains(dW={1: _masked(TRACE.dW[1])}),
    "x ": lambda: reference.round_to(MASKED, reference.FORMATS["float32"]),
}


@pytest.mark.parametrize("where", MASKS)
def test_a_mask_is_never_lost(where):
    with pytest.raises(
        DataError, match=rf"^{where.split(' ')[0]}: must be an array without a mask, got one with 1 masked".replace("[", r"\[")
    ):
        MASKS[where]()


def test_what_converts_without_loss_is_taken_as_a_plain_array():
    batch = Batch(UNMASKED, matrix([[1.0, 2.0], [3.0, 4.0]]))
    assert type(batch.x) is type(batch.y) is np.ndarray
    assert type(Parameters([matrix([[1.0, 2.0]])], [[0.0]]).W[1]) is np.ndarray
    trace = replace(TRACE, dW={1: matrix(TRACE.dW[1]), 2: TRACE.dW[2]})
    assert type(trace.dW[1]) is np.ndarray
    assert (trace.dW[1] == TRACE.dW[1]).all()
    assert type(unmasked("x", np.array([1.0]).view(np.recarray))) is np.ndarray


def test_a_masked_entry_of_a_gradient_does_not_pass_as_right():
    wrong = TRACE.dW[1] + np.eye(3, 2)
    hidden = np.ma.masked_array(wrong, wrong != TRACE.dW[1])
    with pytest.raises(DataError, match=r"dW\[1\]: must be an array without a mask, got one with 2 masked entries"):
        replace(TRACE, dW={**TRACE.dW, 1: hidden})


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(GradrefError, match=r"folder.npz: must be a file that can be written, got IsADirectoryError"):
        save_parameters(tmp_path / "folder.npz", PARAMETERS)
    with pytest.raises(GradrefError, match="must be in an existing folder"):
        NETWORK.to_toml(Path(tmp_path) / "none" / "net.toml")
