"""Training by gradient descent: the lecture's SGD (3.7, 3.8), the optimisers built on it (mathematics 6.5), and accuracy."""

from .accuracy import accuracy, predictions
from .batches import minibatches
from .defaults import OPTAX_DEFAULTS, TORCH_DEFAULTS, optimizer_from_defaults
from .descent import History, gradient_descent, sgd, train
from .optimizers import Adagrad, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSprop, Sgd
from .regularisation import add_weight_decay, clip_by_global_norm, global_norm

__all__ = [
    "OPTAX_DEFAULTS",
    "TORCH_DEFAULTS",
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
    "optimizer_from_defaults",
    "predictions",
    "sgd",
    "train",
]
