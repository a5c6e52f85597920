"""A transformer layer by layer: torch's encoder, trained on digits, and its local means."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from locality.kernels.localization.hierarchical import HierarchicalLocalModel
from locality.verify.demonstrations.demonstration import Demonstration
from locality.verify.instances.batch import Floats

STEPS, READ = 40, 300


@cache
def digits() -> tuple[Any, Any]:
    """Digits as eight tokens, their rows of eight pixels, around 0; and what they show."""
    import torch
    from sklearn.datasets import load_digits

    pixels, shown = load_digits(return_X_y=True)
    return torch.from_numpy(pixels / 8 - 1).unflatten(1, (8, 8)), torch.from_numpy(shown)


@cache
def trained() -> Any:
    """An encoder of two layers that learnt to tell digits for a few steps, in eval mode."""
    import torch
    from torch import nn

    rows, shown = digits()
    with torch.random.fork_rng():
        torch.manual_seed(7)
        layer = nn.TransformerEncoderLayer(8, 2, 32, batch_first=True, dtype=torch.float64)
        encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        told = nn.Linear(64, 10, dtype=torch.float64)
        optimizer = torch.optim.Adam([*encoder.parameters(), *told.parameters()], 1e-2)
        for step in range(STEPS):
            batch = slice(32 * step, 32 * (step + 1))
            loss = nn.functional.cross_entropy(told(encoder(rows[batch]).flatten(1)), shown[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return encoder.eval()


def theirs() -> Floats:
    """The last digits' tokens as the encoder puts them out."""
    return _numbers(trained())


def ours() -> Floats:
    """The same by local means and maps of each token alone."""
    return _numbers(HierarchicalLocalModel.from_encoder(trained()))


def planted() -> Floats:
    """Ours, but normalised before each part of a layer."""
    model = HierarchicalLocalModel.from_encoder(trained())
    layers = tuple(replace(layer, norm_first=True) for layer in model.layers)
    return _numbers(replace(model, layers=layers))


def _numbers(encoder: Any) -> Floats:
    import torch

    with torch.no_grad():
        found: Floats = encoder(digits()[0][-READ:]).numpy()
    return found


DEMONSTRATION = Demonstration(
    theorem="transformer-is-hierarchical-local-model",
    package="torch",
    library="torch.nn.TransformerEncoder",
    data="300 of scikit-learn's digits, each eight tokens of eight pixels, through two layers of "
    "two heads that learnt to tell the others apart for 40 steps",
    mapping={
        "self_attn.in_proj_weight, in_proj_bias": "queries, keys and values: three affine maps of "
        "each token",
        "self_attn.num_heads": "one local mean each, kernel dot, τ = √(model/heads)",
        "self_attn.out_proj": "the affine map of the heads' means, a sum over heads",
        "linear1, activation, linear2": "a map of each token alone",
        "norm1, norm2, norm_first": "maps of each token alone, after each residual or before",
        "src_key_padding_mask": "visible, its negation: padding is another block, at an infinite "
        "dial",
        "dropout": "none: the weights of a mean sum to 1",
    },
    theirs=theirs,
    ours=ours,
    tolerance=1e-12,
    why_tolerance="float64 has u = 1.1e-16; a layer takes five sums of at most 32 products one "
    "after the other and normalises twice, some 300 u, and passes on what came before within a "
    "factor of 10: two layers stay below 4e-13",
    planted=planted,
    planted_fault="each part of a layer is normalised before instead of after",
    differs=(
        "Train mode with dropout has no local means, and is refused.",
        "Where padding is, torch puts out zeros or what it computed there, depending on its path; "
        "neither has a meaning.",
        "A row that sees no token is NaN in both.",
    ),
)
