"""Models of the transformers library with random weights, small enough to judge; and the U-Net, LSTM and GRU it lacks.

Each function takes a seed and a dtype and returns (model, inputs, loss). Evaluation mode where a model draws random numbers.
"""

import torch
import torch.nn.functional as F
from torch import nn

TOKENS, WORDS = 24, 61


def _tokens(seed: int, count: int = TOKENS) -> torch.Tensor:
    return torch.randint(0, WORDS, (2, count), generator=torch.Generator().manual_seed(seed))


class Logits(nn.Module):
    """The logits of a model of the library."""

    def __init__(self, model: nn.Module, name: str = "logits", **extra: object) -> None:
        super().__init__()
        self.model, self.name, self.extra = model, name, extra

    def forward(self, *inputs: torch.Tensor) -> torch.Tensor:
        return getattr(self.model(*inputs, **self.extra), self.name)


def _language(model: nn.Module, seed: int, dtype: torch.dtype) -> tuple:
    tokens = _tokens(seed)
    return Logits(model, use_cache=False).to(dtype), (tokens,), lambda out: _next_word(out, tokens)


def _next_word(logits: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(logits[:, :-1].reshape(-1, logits.shape[-1]), tokens[:, 1:].reshape(-1))


def gpt2(seed: int, dtype: torch.dtype) -> tuple:
    from transformers import GPT2Config, GPT2LMHeadModel

    torch.manual_seed(seed)
    config = GPT2Config(
        vocab_size=WORDS, n_positions=32, n_embd=32, n_layer=2, n_head=4, resid_pdrop=0, embd_pdrop=0, attn_pdrop=0
    )
    return _language(GPT2LMHeadModel(config), seed, dtype)


def llama(seed: int, dtype: torch.dtype) -> tuple:
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=WORDS, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2
    )
    return _language(LlamaForCausalLM(config), seed, dtype)


def mamba(seed: int, dtype: torch.dtype) -> tuple:
    from transformers import MambaConfig, MambaForCausalLM

    torch.manual_seed(seed)
    config = MambaConfig(vocab_size=WORDS, hidden_size=16, state_size=4, num_hidden_layers=2)
    return _language(MambaForCausalLM(config), seed, dtype)


def bert(seed: int, dtype: torch.dtype) -> tuple:
    from transformers import BertConfig, BertForMaskedLM

    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=WORDS,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=48,
        hidden_dropout_prob=0,
        attention_probs_dropout_prob=0,
    )
    tokens = _tokens(seed)
    model = Logits(BertForMaskedLM(config)).to(dtype)
    return model, (tokens,), lambda out: F.cross_entropy(out.reshape(-1, WORDS), tokens.reshape(-1))


def t5(seed: int, dtype: torch.dtype) -> tuple:
    from transformers import T5Config, T5ForConditionalGeneration

    torch.manual_seed(seed)
    config = T5Config(
        vocab_size=WORDS, d_model=32, d_kv=8, d_ff=48, num_layers=2, num_heads=4, dropout_rate=0, decoder_start_token_id=0
    )
    tokens, labels = _tokens(seed), _tokens(seed + 1, 9)
    model = Logits(T5ForConditionalGeneration(config), labels=labels, use_cache=False).to(dtype)
    return model, (tokens,), lambda out: F.cross_entropy(out.reshape(-1, WORDS), labels.reshape(-1))


def vit(seed: int, dtype: torch.dtype) -> tuple:
    from transformers import ViTConfig, ViTForImageClassification

    torch.manual_seed(seed)
    config = ViTConfig(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=48,
        image_size=16,
        patch_size=4,
        hidden_dropout_prob=0,
        attention_probs_dropout_prob=0,
    )
    return _classifier(Logits(ViTForImageClassification(config)), seed, dtype, 16, 2)


def resnet(seed: int, dtype: torch.dtype) -> tuple:
    from transformers import ResNetConfig, ResNetForImageClassification

    torch.manual_seed(seed)
    config = ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic")
    return _classifier(Logits(ResNetForImageClassification(config)).train(), seed, dtype, 32, 2)


def _classifier(model: nn.Module, seed: int, dtype: torch.dtype, size: int, classes: int) -> tuple:
    generator = torch.Generator().manual_seed(seed)
    images = torch.randn(3, 3, size, size, generator=generator, dtype=torch.float64).to(dtype)
    labels = torch.randint(0, classes, (3,), generator=generator)
    return model.to(dtype), (images,), lambda out: F.cross_entropy(out, labels)


class UNet(nn.Module):
    """Down by a stride, up by a transposed convolution, with a skip between."""

    def __init__(self, width: int = 8) -> None:
        super().__init__()
        self.enter, self.norm = nn.Conv2d(3, width, 3, padding=1), nn.GroupNorm(2, width)
        self.down, self.middle = nn.Conv2d(width, 2 * width, 3, 2, 1), nn.Conv2d(2 * width, 2 * width, 3, padding=1)
        self.batch = nn.BatchNorm2d(2 * width)
        self.up, self.leave = nn.ConvTranspose2d(2 * width, width, 4, 2, 1), nn.Conv2d(2 * width, 3, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        skip = F.silu(self.norm(self.enter(x)))
        low = F.relu(self.batch(self.middle(F.max_pool2d(F.leaky_relu(self.down(skip)), 3, 1, 1))))
        return self.leave(torch.cat([skip, self.up(low)], 1))


def unet(seed: int, dtype: torch.dtype) -> tuple:
    torch.manual_seed(seed)
    x = torch.randn(2, 3, 12, 12, dtype=torch.float64).to(dtype)
    return UNet().to(dtype), (x,), lambda out: F.mse_loss(out, x)


class Recurrent(nn.Module):
    def __init__(self, kind: type, width: int = 12) -> None:
        super().__init__()
        self.words = nn.Embedding(WORDS, width)
        self.layers = kind(width, width, num_layers=2, batch_first=True)
        self.out = nn.Linear(width, WORDS)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.out(self.layers(self.words(tokens))[0])


def lstm(seed: int, dtype: torch.dtype) -> tuple:
    torch.manual_seed(seed)
    tokens = _tokens(seed, 9)
    return Recurrent(nn.LSTM).to(dtype), (tokens,), lambda out: _next_word(out, tokens)


def gru(seed: int, dtype: torch.dtype) -> tuple:
    torch.manual_seed(seed)
    tokens = _tokens(seed, 9)
    return Recurrent(nn.GRU).to(dtype), (tokens,), lambda out: _next_word(out, tokens)


OWN = {"unet": unet, "lstm": lstm, "gru": gru}
LIBRARY = {"gpt2": gpt2, "llama": llama, "bert": bert, "t5": t5, "vit": vit, "resnet": resnet, "mamba": mamba}
