"""Small models whose gradients PyTorch gets right, and what it takes to make one operation of them wrong."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn


def corrupt(result: torch.Tensor, slot: int, change: Callable[[torch.Tensor], torch.Tensor]) -> torch.Tensor:
    """`result`, whose autograd node hands a changed contribution to one of its inputs: a wrong VJP, at this operation alone."""
    node = result.grad_fn
    assert node is not None

    def hook(contributions: tuple, cotangents: tuple) -> tuple:
        return tuple(change(g) if k == slot and g is not None else g for k, g in enumerate(contributions))

    node.register_hook(hook)
    return result


def twice_one_entry(g: torch.Tensor) -> torch.Tensor:
    """g with its largest entry doubled."""
    changed = g.clone().contiguous()
    at = changed.abs().argmax()
    changed.view(-1)[at] *= 2
    return changed


class Perceptron(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second, self.third = nn.Linear(5, 7), nn.Linear(7, 6), nn.Linear(6, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.third(torch.relu(self.second(torch.tanh(self.first(x)))))


class Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.project, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        samples, tokens, width = x.shape
        parts = self.project(x).split(width, dim=2)
        q, k, v = (t.view(samples, tokens, self.heads, width // self.heads).transpose(1, 2) for t in parts)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.out(y.transpose(1, 2).reshape(samples, tokens, width))


class Block(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attn = Attention(width, heads)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x + self.attn(self.before(x))
        return x + self.down(F.gelu(self.up(self.between(x))))


class Transformer(nn.Module):
    """A decoder with tied input and output embeddings."""

    def __init__(self, words: int = 29, width: int = 10, tokens: int = 7, depth: int = 2) -> None:
        super().__init__()
        self.words = nn.Embedding(words, width)
        self.places = nn.Parameter(torch.randn(tokens, width))
        self.blocks = nn.ModuleList(Block(width, 2) for _ in range(depth))
        self.norm = nn.LayerNorm(width)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        x = self.words(tokens) + self.places
        for block in self.blocks:
            x = block(x)
        return self.norm(x) @ self.words.weight.T


def make_perceptron(seed: int, dtype: torch.dtype = torch.float64) -> tuple:
    torch.manual_seed(seed)
    labels = torch.randint(0, 3, (11,))
    return Perceptron().to(dtype), (torch.randn(11, 5, dtype=dtype),), lambda out: F.cross_entropy(out, labels)


def make_transformer(seed: int, dtype: torch.dtype = torch.float64) -> tuple:
    torch.manual_seed(seed)
    tokens, labels = torch.randint(0, 29, (3, 7)), torch.randint(0, 29, (21,))
    return Transformer().to(dtype), (tokens,), lambda out: F.cross_entropy(out.view(21, 29), labels)
