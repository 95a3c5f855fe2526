"""gradref train NET.toml: train a network with the reference, on the bundled digits or on your own data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer()


@app.command()
def train(
    network: Annotated[Path, typer.Argument(help="The network: a TOML file with sizes, activations, cost.")],
    data: Annotated[
        Path | None, typer.Option(help="A .npz with x and y, or a .csv. The bundled digits (64 inputs) without it.")
    ] = None,
    parameters: Annotated[Path | None, typer.Option(help="Start from this .safetensors or .npz. Random without it.")] = None,
    out: Annotated[Path, typer.Option(help="Where to write the trained parameters (.safetensors or .npz).")] = Path(
        "trained.safetensors"
    ),
    optimizer: Annotated[str, typer.Option(help="sgd, momentum, nesterov, adagrad, rmsprop, adam or adamw.")] = "sgd",
    defaults: Annotated[str, typer.Option(help="Whose default numbers: torch or optax.")] = "torch",
    learning_rate: Annotated[float, typer.Option(help="η; try 0.1 to 3 for sgd, 0.001 for adam.")] = 0.3,
    epochs: Annotated[int, typer.Option(min=0, help="Passes over the data.")] = 5,
    batch_size: Annotated[int, typer.Option(min=1, help="Samples of a mini-batch.")] = 10,
    scheme: Annotated[str, typer.Option(help="Initial parameters: normal, scaled, glorot or he.")] = "glorot",
    hold_out: Annotated[float, typer.Option(min=0, max=0.9, help="Share of the samples kept for measuring the accuracy.")] = 0.2,
    clip_norm: Annotated[float | None, typer.Option(help="Largest global norm of a gradient.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of initial parameters, hold-out and shuffling.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the history as JSON.")] = False,
) -> None:
    """Train NETWORK and write its parameters; the same seed gives the same bits."""
    import numpy as np

    from gradref.commands.outputs import output_file
    from gradref.data import digits, load_batch
    from gradref_adapters.optimizers import optimizer_from_defaults
    from gradref_reference import Batch, FileError, Network, ShapeError, initialize
    from gradref_reference.files import load_parameters, save_parameters
    from gradref_reference.training import train as descend
    from gradref_support.strict_json import dumps

    if not out.parent.is_dir() or out.suffix.lower() not in (".safetensors", ".npz"):  # said now, not after the training
        raise FileError(f"train: --out must be a .safetensors or .npz file in an existing folder, got {out}. Correct the path.")
    output_file(out)
    net = Network.from_toml(network)
    rule = optimizer_from_defaults(optimizer, defaults, learning_rate)
    rng = np.random.default_rng(seed)
    start = initialize(net, rng, scheme)
    if parameters is not None:
        start = load_parameters(parameters, net)
    if data is None and net.sizes[0] != 64:
        raise ShapeError(
            f"train: the bundled digits have 64 inputs, but {network} has {net.sizes[0]}. Give your data with --data."
        )
    whole = load_batch(data, net) if data is not None else Batch(*digits())
    net.check(start, whole)

    order = rng.permutation(len(whole))
    kept = min(round(hold_out * len(whole)), len(whole) - 1)  # at least one sample to learn from
    held_out = Batch(whole.x[order[:kept]], whole.y[order[:kept]]) if kept and whole.y.ndim == 1 else None
    seen = Batch(whole.x[order[kept:]], whole.y[order[kept:]])
    after, history = descend(net, start, seen, rule, epochs, batch_size, rng, clip_norm=clip_norm, held_out=held_out)
    save_parameters(out, after)

    if as_json:
        found = {"cost": history.epoch_cost.tolist(), "accuracy": history.accuracy.tolist(), "parameters": str(out)}
        typer.echo(dumps(found))
        return
    for epoch, cost in enumerate(history.epoch_cost):
        said = f", {history.accuracy[epoch]:.1%} of {kept} held-out samples right" if held_out is not None else ""
        typer.echo(f"epoch {epoch + 1}: mean cost {cost:.6g}{said}")
    typer.echo(f"wrote {out}")
