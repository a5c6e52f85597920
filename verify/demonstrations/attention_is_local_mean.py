"""PyTorch's attention, whole and per head, and local means of the dot product and of a Gaussian.

Digits are tokens: an image of 64 pixels each. Results are laid end to end: attention of the tokens
among themselves; the weights of each head of a multi-head module, and what the module puts out;
attention to the tokens scaled to length 1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from locality.verify.demonstrations.demonstration import Demonstration
from locality.verify.instances.batch import Floats

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import MultiheadAttention

TOKENS, HEADS, WIDTH = 200, 4, 64


def tokens() -> Tensor:
    """The first images, pixels in [0, 1]; (tokens, width)."""
    import torch
    from sklearn.datasets import load_digits

    return torch.from_numpy(load_digits().data[:TOKENS] / 16)


def multihead() -> MultiheadAttention:
    """PyTorch's module in float64, its weights drawn from a fixed seed."""
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(7)
        return torch.nn.MultiheadAttention(WIDTH, HEADS, batch_first=True, dtype=torch.float64)


def theirs() -> Floats:
    """By `scaled_dot_product_attention` and `MultiheadAttention`."""
    import torch
    from torch.nn.functional import normalize, scaled_dot_product_attention

    x, module = tokens(), multihead()
    with torch.no_grad():
        mixed, weights = module(x, x, x, average_attn_weights=False)
        plain = scaled_dot_product_attention(x, x, x)
        unit = scaled_dot_product_attention(x, normalize(x), x)
    return _laid_out(plain, weights, mixed, unit)


def ours(temperature: float = math.sqrt(WIDTH // HEADS)) -> Floats:
    """The same as local means; `temperature` is that of the heads.

    By `describe`, which weighs on its own: `predict` calls PyTorch's attention where it can.
    """
    import torch
    from torch.nn.functional import normalize

    from locality.kernels import LocalMean

    x, module = tokens(), multihead()
    whole = math.sqrt(WIDTH)
    with torch.no_grad():
        projected = x @ module.in_proj_weight.T + module.in_proj_bias
        q, k, v = projected.view(TOKENS, 3, HEADS, -1).permute(1, 2, 0, 3)
        heads = LocalMean("dot", temperature).fit(k, v)
        mixed = module.out_proj(heads.describe(q).mean.transpose(0, 1).flatten(1))
        plain = LocalMean("dot", whole).fit(x, x).describe(x).mean
        unit = LocalMean("gaussian", math.sqrt(whole)).fit(normalize(x), x).predict(x)
        return _laid_out(plain, heads.weights(q), mixed, unit)


def _laid_out(*results: Tensor) -> Floats:
    return np.concatenate([result.numpy().ravel() for result in results])


DEMONSTRATION = Demonstration(
    theorem="attention-is-local-mean",
    package="torch",
    library="torch.nn.functional.scaled_dot_product_attention, torch.nn.MultiheadAttention",
    data="scikit-learn's digits: the first 200 images as tokens of 64 pixels, in float64",
    mapping={
        "query, key, value": "queries, keys and values of a local mean, for each head its own",
        "scale = 1/√dim": "the dot-product kernel's bandwidth is the temperature √dim",
        "attn_output_weights": "a head's normalised kernel weights",
        "out_proj": "an affine map of the heads' local means side by side: no part of a mean",
        "keys scaled to length 1": "the Gaussian kernel, h² the temperature: h = dim^¼",
    },
    theirs=theirs,
    ours=ours,
    tolerance=2e-12,
    why_tolerance="A logit takes at most two sums of 64 products in a row, of absolute values that "
    "add up to less than 10 in each: on both sides together it is off by less than "
    "4·66·2⁻⁵³·10 < 3·10⁻¹³ = E. So weights are off by E relatively, and means, by the theorems "
    "on rounding and on the local mean, by tanh(E/2) times the values' diameter, which is below "
    "6. Sums of 200 weighed values add less than 10⁻¹³, and the largest result exceeds ½.",
    planted=lambda: ours(math.sqrt(WIDTH)),
    planted_fault="heads at the temperature of the whole width and not of their own",
    differs=(
        "In training the module drops weights at random; it is compared in evaluation, or with "
        "dropout 0 as here.",
        "On tokens as they are, of unequal lengths, the Gaussian kernel is not attention: it is "
        "attention with half the squared length for a bias.",
    ),
)
