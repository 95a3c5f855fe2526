"""Published implementations, as their authors wrote them: what the check takes, what it says, and where.

The code is read from a folder of checkouts (`owner+name` or `owner/name`) and never copied; only the table is kept.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter
from typing import Any

__all__ = ["PUBLISHED", "Published", "rows", "table"]


@dataclass(frozen=True)
class Published:
    """One implementation: its repository, its file, the names behind the colon, and what has to be said besides."""

    repository: str
    file: str
    names: str
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """The options as they are typed."""
        return " ".join(f"--{key} {value!r}" for key, value in self.options.items())


NIELSEN, KULBEAR = "mnielsen/neural-networks-and-deep-learning", "Kulbear/deep-learning-coursera"
OREILLY, OREILLY2 = "oreilly-japan/deep-learning-from-scratch", "oreilly-japan/deep-learning-from-scratch-2"
SKALSKI = "01_mysteries_of_neural_networks/03_numpy_neural_net/Numpy deep neural network.ipynb"
COURSE = "Neural Networks and Deep Learning/"
PUBLISHED = (
    Published(NIELSEN, "src/network.py", "Network"),
    Published(NIELSEN, "src/network2.py", "Network"),
    Published("dennybritz/nn-from-scratch", "ann_classification.py", "build_model"),
    Published(
        KULBEAR, f"{COURSE}Planar data classification with one hidden layer.ipynb", "forward_propagation,backward_propagation"
    ),
    Published(KULBEAR, f"{COURSE}Logistic Regression with a Neural Network mindset.ipynb", "propagate"),
    Published("SkalskiP/ILearnDeepLearning.py", SKALSKI, "full_forward_propagation,full_backward_propagation"),
    Published(
        "makeyourownneuralnetwork/makeyourownneuralnetwork",
        "part2_neural_network.ipynb",
        "neuralNetwork",
        {"cost": "half_squares"},
    ),
    Published("miloharper/simple-neural-network", "main.py", "NeuralNetwork"),
    Published("mattm/simple-neural-network", "neural-network.py", "NeuralNetwork"),
    Published("stephencwelch/Neural-Networks-Demystified", "partSix.py", "Neural_Network"),
    Published("eriklindernoren/ML-From-Scratch", "mlfromscratch/deep_learning/layers.py", "Dense"),
    Published(
        "eriklindernoren/ML-From-Scratch", "mlfromscratch/supervised_learning/multilayer_perceptron.py", "MultilayerPerceptron"
    ),
    Published(OREILLY, "ch05/two_layer_net.py", "TwoLayerNet"),
    Published(OREILLY, "ch04/two_layer_net.py", "TwoLayerNet"),
    Published(OREILLY, "common/layers.py", "Affine"),
    Published(OREILLY, "common/layers.py", "SoftmaxWithLoss"),
    Published(OREILLY2, "ch01/two_layer_net.py", "TwoLayerNet"),
    Published(OREILLY2, "common/layers.py", "Affine"),
    Published(OREILLY2, "common/layers.py", "Softmax"),
    Published("joelgrus/joelnet", "joelnet/layers.py", "Linear"),
    Published("joelgrus/joelnet", "joelnet/layers.py", "Tanh"),
    Published("vzhou842/cnn-from-scratch", "conv.py", "Conv3x3"),
    Published("vzhou842/cnn-from-scratch", "maxpool.py", "MaxPool2"),
    Published("vzhou842/cnn-from-scratch", "softmax.py", "Softmax"),
    Published("vzhou842/rnn-from-scratch", "rnn.py", "RNN"),
    Published("wiseodd/hipsternet", "hipsternet/layer.py", "fc_forward,fc_backward"),
    Published("wiseodd/hipsternet", "hipsternet/neuralnet.py", "FeedForwardNet"),
    Published("jariasf/CS231n", "assignment1/cs231n/classifiers/neural_net.py", "TwoLayerNet"),
    Published("jariasf/CS231n", "assignment1/cs231n/classifiers/softmax.py", "softmax_loss_naive"),
    Published("jariasf/CS231n", "assignment2/cs231n/layers.py", "affine_forward,affine_backward"),
    Published("karpathy/micrograd", "micrograd/nn.py", "MLP"),
    Published("eliben/deep-learning-samples", "cs231n/softmax.py", "softmax_loss_naive"),
    Published("eliben/deep-learning-samples", "min-char-rnn/min-char-rnn.py", "lossFun"),
    Published("AkiRusProd/numpy-transformer", "transformer/activations.py", "Sigmoid"),
    Published("pangolulu/neural-network-from-scratch", "mlnn.py", "Model"),
    Published("khoanguyen-blip/nn-depth-study", "module/layers.py", "Linear"),
    Published("v0lta/NumPy-backprop", "feedforward/numpy_layer.py", "DenseLayer"),
    Published("v0lta/NumPy-backprop", "feedforward/numpy_layer.py", "Sigmoid"),
    Published("v0lta/NumPy-backprop", "rnn/numpy_cells.py", "Tanh"),
    Published("caecuse/Simple-neural-network-for-mnist", "c_layer.py", "CLayer"),
    Published("fmscole/backpropagation", "layers/Dense.py", "Dense"),
    Published("fmscole/backpropagation", "layers/relu.py", "Relu"),
    Published("vijayparuchuri/PyNN", "Activations/Sigmoid.py", "Activation_Sigmoid"),
    Published("vijayparuchuri/PyNN", "Activations/ReLU.py", "Activation_ReLU"),
    Published("pettod/backpropagation", "dense.py", "Dense"),
    Published("belenarbizu/multilayer_perceptron", "layer.py", "Layer"),
)


def rows(folder: Path, budget: float = 5.0) -> Iterator[dict[str, str]]:
    """One row for every implementation whose repository lies in `folder`."""
    from gradref_derivations.isolated import check_file_isolated
    from gradref_reference.errors import GradrefError

    for one in PUBLISHED:
        home = next(
            (folder / name for name in (one.repository.replace("/", "+"), one.repository) if (folder / name).is_dir()), None
        )
        if home is None:
            continue
        start = perf_counter()
        row = {"repository": one.repository, "commit": _commit(home), "check": f"{one.file}:{one.names}", "options": one.said}
        try:
            report = check_file_isolated(f"{home / one.file}:{one.names}", range(2), budget=budget, **one.options)
            line = "" if report.line is None else f"{report.line}{f' of cell {report.cell}' if report.cell else ''}"
            why = [r.text for r in report.remarks] if report.verdict == "right_but" else [e.text for e in report.explanations[:1]]
            row |= {"verdict": report.verdict.replace("_", " "), "line": line, "says": "; ".join(why[:1])}
        except GradrefError as error:
            row |= {"verdict": "not taken", "line": "", "says": str(error).replace(f"{home}/", "")}
        yield row | {"seconds": f"{perf_counter() - start:.1f}"}


def _commit(home: Path) -> str:
    done = subprocess.run(
        ["git", "-C", str(home), "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else ""


def table(found: list[dict[str, str]]) -> str:
    """The rows as a table in Markdown, with how many of each verdict above it."""
    verdicts = list(dict.fromkeys(row["verdict"] for row in found))
    counts = ", ".join(f"{sum(row['verdict'] == v for row in found)} {v}" for v in verdicts)
    lines = [f"{len(found)} implementations from {len({row['repository'] for row in found})} repositories: {counts}.", ""]
    columns = ("repository", "commit", "check", "options", "verdict", "line", "says", "seconds")
    lines += ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    for row in found:
        cells = [row[c].replace("|", "\\|").replace("<", "&lt;") for c in columns]
        lines.append(
            "| "
            + " | ".join(f"`{c}`" if k in ("check", "options") and c else c for k, c in zip(columns, cells, strict=True))
            + " |"
        )
    return "\n".join(lines) + "\n"
