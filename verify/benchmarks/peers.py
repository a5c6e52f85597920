"""What people run today for the statistics of attention, as one would write it in PyTorch.

q, k, v (batch, heads, n, dim); blocks of `block` keys, a query's relevant block being its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

Attend = Callable[[Tensor, Tensor, Tensor], Tensor]


def sdpa(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The framework's attention: an output, no statistics."""
    return scaled_dot_product_attention(q, k, v)


def eager(q: Tensor, k: Tensor, v: Tensor, block: int) -> dict[str, Tensor]:
    """Every statistic from the matrix of probabilities."""
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    p = torch.softmax(scores, dim=-1)
    own = torch.arange(q.shape[2]) // block
    mass = p.unflatten(-1, (-1, block)).sum(-1)
    fidelity = mass.gather(-1, own.expand(*p.shape[:2], -1).unsqueeze(-1))
    near = torch.where(own[:, None] == own, p, 0.0) @ v / fidelity
    return {
        "output": p @ v,
        "lse": torch.logsumexp(scores, dim=-1),
        "entropy": torch.special.entr(p).sum(-1),
        "fidelity": fidelity.squeeze(-1),
        "local_output": near,
    }


def masked_sdpa(n: int, block: int) -> Attend:
    """The framework's attention under a block-diagonal mask of n × n booleans."""
    own = torch.arange(n) // block
    mask = own[:, None] == own

    def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return scaled_dot_product_attention(q, k, v, attn_mask=mask)

    return attend


def flex(q: Tensor, k: Tensor, v: Tensor, block: int) -> Attend:
    """FlexAttention under a block mask, compiled for such tensors; RuntimeError where it cannot."""
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention

    def near(batch: Tensor, head: Tensor, i: Tensor, j: Tensor) -> Tensor:
        return i // block == j // block

    n = q.shape[2]
    mask = create_block_mask(near, None, None, n, n, device="cpu")
    compiled = torch.compile(flex_attention)

    def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        found: Tensor = compiled(q, k, v, block_mask=mask)
        return found

    try:
        attend(q, k, v)
    except Exception as error:  # whatever the compiler, or its absence, raises
        why = type(error).__name__
        raise RuntimeError(f"FlexAttention does not compile here ({why})") from None
    return attend
