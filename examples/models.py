"""Three models to judge operation by operation: `gradref model examples/models.py:make_cnn`."""

import torch
import torch.nn.functional as F
from torch import nn


class CNN(nn.Module):
    """Convolution, batch normalisation, pooling, twice; a linear layer."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 8, 3, padding=1), nn.Conv2d(8, 12, 3, stride=2)
        self.norm = nn.BatchNorm2d(8)
        self.out = nn.Linear(12, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = F.max_pool2d(F.relu(self.norm(self.first(x))), 2)
        x = F.adaptive_avg_pool2d(F.silu(self.second(x)), 1)
        return self.out(x.flatten(1))


class Words(nn.Module):
    """An embedding, two layers of LSTM, a linear layer."""

    def __init__(self, words: int = 29, width: int = 12) -> None:
        super().__init__()
        self.words = nn.Embedding(words, width)
        self.layers = nn.LSTM(width, width, num_layers=2, batch_first=True)
        self.out = nn.Linear(width, words)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.out(self.layers(self.words(tokens))[0])


class Block(nn.Module):
    """A transformer block: causal attention and a gelu layer, each behind a layer norm, each with a residual connection."""

    def __init__(self, width: int = 16, heads: int = 4) -> None:
        super().__init__()
        self.heads = heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.project, self.merge = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        samples, tokens, width = x.shape
        parts = self.project(self.before(x)).split(width, dim=2)
        q, k, v = (t.view(samples, tokens, self.heads, -1).transpose(1, 2) for t in parts)
        y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.merge(y.transpose(1, 2).reshape(samples, tokens, width))
        return x + self.down(F.gelu(self.up(self.between(x))))


def make_cnn(seed: int) -> tuple:
    torch.manual_seed(seed)
    labels = torch.randint(0, 10, (7,))
    return CNN(), (torch.randn(7, 1, 12, 12),), lambda out: F.cross_entropy(out, labels)


def make_lstm(seed: int) -> tuple:
    torch.manual_seed(seed)
    tokens = torch.randint(0, 29, (3, 11))
    return Words(), (tokens[:, :-1],), lambda out: F.cross_entropy(out.reshape(-1, 29), tokens[:, 1:].reshape(-1))


def make_transformer(seed: int) -> tuple:
    torch.manual_seed(seed)
    return Block(), (torch.randn(3, 9, 16, requires_grad=True),), None
