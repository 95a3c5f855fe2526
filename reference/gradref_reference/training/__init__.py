"""Training by gradient descent: the lecture's SGD (3.7, 3.8), the optimisers built on it (mathematics 6.5), and accuracy."""

from importlib import import_module
from typing import Any
from warnings import warn

from .accuracy import accuracy, predictions
from .batches import minibatches
from .descent import History, gradient_descent, sgd, train
from .optimizers import Adagrad, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSprop, Sgd
from .regularisation import add_weight_decay, clip_by_global_norm, global_norm

__all__ = [
    "Adagrad",
    "Adam",
    "AdamW",
    "History",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "RMSprop",
    "Sgd",
    "accuracy",
    "add_weight_decay",
    "clip_by_global_norm",
    "global_norm",
    "gradient_descent",
    "minibatches",
    "predictions",
    "sgd",
    "train",
]

_MOVED = {
    "OPTAX_DEFAULTS": ("gradref_adapters.jax.defaults", "OPTIMIZERS"),
    "TORCH_DEFAULTS": ("gradref_adapters.torch.defaults", "OPTIMIZERS"),
    "optimizer_from_defaults": ("gradref_adapters.optimizers", "optimizer_from_defaults"),
}
"""What was public here in 0.1 and lies beside the adapters now: old name -> (module, name)."""


def __getattr__(name: str) -> Any:
    if name not in _MOVED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, new = _MOVED[name]
    warn(f"{__name__}.{name} has moved: import {new} from {module}.", DeprecationWarning, stacklevel=2)
    return getattr(import_module(module), new)
