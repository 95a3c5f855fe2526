"""The network as a PyTorch user writes it: `nn.Linear`, activation modules and the losses of `torch.nn.functional`."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gradref_reference import Network

__all__ = ["ACTIVATIONS", "DTYPES", "FeedForward", "cost", "penalty"]

DTYPES = {"float64": torch.float64, "float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


class Square(nn.Module):
    """z², which torch.nn lacks."""

    def forward(self, z: Tensor) -> Tensor:
        return z * z


# kind -> parameter -> module; nn.Softplus is linear above its threshold of 20, nn.LeakyReLU'(0) is the slope
ACTIVATIONS: dict[str, Callable[[float | None], nn.Module]] = {
    "identity": lambda _: nn.Identity(),
    "square": lambda _: Square(),
    "sigmoid": lambda _: nn.Sigmoid(),
    "tanh": lambda _: nn.Tanh(),
    "relu": lambda _: nn.ReLU(),
    "leaky_relu": lambda alpha: nn.LeakyReLU(alpha or 0.0),
    "elu": lambda alpha: nn.ELU(alpha or 0.0),
    "softplus": lambda _: nn.Softplus(),
    "silu": lambda _: nn.SiLU(),
    "gelu": lambda _: nn.GELU(),
    "gelu_tanh": lambda _: nn.GELU(approximate="tanh"),
    "softmax": lambda _: nn.Softmax(dim=-1),
}

See = Callable[[str, int, Tensor], Tensor]


def unseen(name: str, l: int, tensor: Tensor) -> Tensor:
    """Look at nothing: what an ordinary forward pass does."""
    return tensor


class FeedForward(nn.Module):
    """A `Network` as a module with uninitialised parameters (no random number is drawn, so the user's generator is untouched).

    `forward` returns logits when the cost is fused with the output activation, activations otherwise. `see(name, l, tensor)`
    is called with each "z" and "a" and returns the tensor to go on with.
    """

    def __init__(self, network: Network, dtype: torch.dtype, device: torch.device):
        super().__init__()
        sizes, L = network.sizes, network.L
        self.linear = nn.ModuleList(
            nn.utils.skip_init(nn.Linear, sizes[l - 1], sizes[l], dtype=dtype, device=device) for l in range(1, L + 1)
        )
        self.sigma = nn.ModuleList(ACTIVATIONS[sigma.kind](sigma.parameter) for sigma in network.sigma.values())
        self.fused = network.fused

    def forward(self, x: Tensor, see: See = unseen) -> Tensor:
        a, L = x, len(self.linear)
        for l, (linear, sigma) in enumerate(zip(self.linear, self.sigma, strict=True), start=1):
            z = see("z", l, linear(a))
            a = z if self.fused and l == L else see("a", l, sigma(z))
        return a

    def load(self, W: dict[int, Tensor], b: dict[int, Tensor]) -> FeedForward:
        """This module with copies of the given weights (n[l], n[l-1]) and biases (n[l],)."""
        weights = {f"linear.{l - 1}.weight": tensor for l, tensor in W.items()}
        self.load_state_dict(weights | {f"linear.{l - 1}.bias": tensor for l, tensor in b.items()})
        return self

    def output(self, z: Tensor) -> Tensor:
        """a[L] from z[L] by the library's own softmax or sigmoid; a fused cost never forms it."""
        return self.sigma[-1](z)


def cost(network: Network, output: Tensor, y: Tensor) -> Tensor:
    """C(output, y) without the penalty; `output` are logits for the cross-entropies, activations otherwise.

    A mean is never formed as a sum over the whole batch and a division: in a 16-bit format that sum overflows long before the
    cost does. Nor is it the mean over all entries times n[L]: its gradients underflow before they are scaled back.
    """
    match network.cost:
        case "quadratic":
            return 0.5 * F.mse_loss(output, y, reduction="none").mean(dim=0).sum()
        case "mse_samples":
            return F.mse_loss(output, y, reduction="none").mean(dim=0).sum()
        case "mse_elements":
            return F.mse_loss(output, y)
        case "cross_entropy":
            return F.cross_entropy(output, y)  # integer labels or probabilities
        case "binary_cross_entropy":
            return F.binary_cross_entropy_with_logits(output, y)
        case "nielsen_cross_entropy":
            return F.binary_cross_entropy_with_logits(output, y, reduction="none").mean(dim=0).sum()
    raise NotImplementedError(network.cost)


def penalty(network: Network, parameters: dict[str, Tensor]) -> Tensor:
    """λ/2 Σ‖W‖², a term of its own as in the books; weight decay of an optimiser adds the same λW to the gradient."""
    return 0.5 * network.l2 * torch.stack([W.square().sum() for name, W in parameters.items() if name.endswith("weight")]).sum()
