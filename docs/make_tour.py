"""Writes docs/tour.ipynb: `python docs/make_tour.py` makes it anew and runs it, so that what it shows is what the code does."""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

CELLS = [
    """# A tour of gradref

Is this gradient right? Everything below runs in a minute on a laptop.""",
    """import numpy as np

import gradref
from gradref.report.notebook import style

network = gradref.Network((4, 7, 5, 3), ("tanh", "gelu", "softmax"), "cross_entropy")
rng = np.random.default_rng(0)
parameters = gradref.initialize(network, rng)
batch = gradref.Batch(rng.standard_normal((11, 4)), rng.integers(0, 3, 11))""",
    """## The reference

Forward pass and the four equations of backpropagation, in NumPy. A `Trace` holds everything that was computed on the way.""",
    """trace = gradref.backprop(network, parameters, batch)
trace""",
    """## A certificate for every equation

Each equation is evaluated again from the trace's own tensors, and the difference has to be within an allowance that is derived, not
chosen. `share` is the part of it that was used.""",
    """style(gradref.certify(network, parameters, batch, trace))""",
    """## A mistake is named

One entry of one weight gradient is off by a millionth of itself: the equation, the layer and the entry are named.""",
    """from dataclasses import replace

dW = {l: v.copy() for l, v in trace.dW.items()}
dW[2][1, 3] *= 1 + 1e-6
verdicts = gradref.certify(network, parameters, batch, replace(trace, dW=dW))
print(verdicts.loc[verdicts.verdict == "fail", "message"].item())
style(verdicts, rows=4)""",
    """## PyTorch and JAX on the same network

The same numbers, rounded once to each format, on every framework that is installed.""",
    """frame = gradref.compare(network, parameters, batch, dtypes=("float64", "float32"))
frame.groupby(["framework", "mode", "dtype"]).agg(checks=("verdict", "size"), failing=("failing", "sum"), share=("share", "max"))""",
    """## A derivation of your own

`backward` is checked against `forward` alone, to far more digits than a float has. Here 1 - h stands where tanh' = 1 - h² belongs.""",
    """def forward(inputs):
    h = np.tanh(inputs["x"] @ inputs["W1"].T)
    return np.sum((h @ inputs["W2"].T - inputs["y"]) ** 2) / (2 * len(inputs["x"]))


def backward(inputs):
    h = np.tanh(inputs["x"] @ inputs["W1"].T)
    d2 = (h @ inputs["W2"].T - inputs["y"]) / len(inputs["x"])
    d1 = (d2 @ inputs["W2"]) * (1 - h)
    return {"W1": d1.T @ inputs["x"], "W2": d2.T @ h}


inputs = {"x": rng.standard_normal((5, 3)), "y": rng.standard_normal((5, 2)),
          "W1": rng.standard_normal((4, 3)), "W2": rng.standard_normal((2, 4))}
gradref.check_derivation(forward, backward, inputs, budget=0)  # with a budget it also looks for the edit that mends it""",
    """## The lecture's example, step by step

The same as `gradref explain`, here as Markdown: symbols, numbers, result.""",
    """from IPython.display import Markdown

from gradref.explain import to_markdown, walk

golden = gradref.Network((2, 3, 2), "square")
numbers = gradref.Parameters([[[1, -1], [0, 2], [-2, 1]], [[1, 0, -1], [2, -1, 1]]], [[2, -2, 3], [5, -3]])
Markdown(to_markdown(walk(golden, numbers, gradref.Batch([[1, 2]], [[8, 18]]))))""",
]


def notebook() -> nbformat.NotebookNode:
    """The notebook without its results; cells that begin with a heading are text."""
    v4 = nbformat.v4
    made = [v4.new_markdown_cell(text) if text.startswith("#") else v4.new_code_cell(text) for text in CELLS]
    for place, cell in enumerate(made):
        cell["id"] = f"tour-{place}"
    return v4.new_notebook(
        cells=made, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    )


def main(path: Path) -> None:
    """Run the notebook and write it with its results."""
    made = notebook()
    NotebookClient(made, timeout=300, kernel_name="python3").execute()
    for cell in made.cells:
        cell.metadata.pop("execution", None)  # times of day, new at each run
    nbformat.write(made, path)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("tour.ipynb"))
