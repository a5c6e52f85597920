"""One pass of the framework's fused CPU attention: means of channels and lse, with both gradients.

The framework differentiates the means only. Its backward pass turns gradients G of the means M into
dt = p·(G·v − D) with D = G·M, row by row; one more channel that is constantly 1, with gradient
∂/∂lse, but left out of D, makes that dt = p·(G·v + ∂/∂lse − D), which is both gradients together.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

ULPS_OF_EXP = 20  # the kernel's exponential states this; tests measure less
_FORWARD = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
_BACKWARD = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward


def fused(
    q: Tensor, k: Tensor, channels: Tensor, scale: float, additive: Tensor | None, causal: bool
) -> tuple[Tensor, Tensor]:
    """Means of channels (batch, heads, keys, width) and lse of scores scale·⟨q, k⟩ + additive.

    q, k and channels in one dtype; additive broadcastable to (batch, heads, queries, keys), at
    least one finite term in each row; causal: query i sees keys 0 … i.
    """
    width, size = channels.shape[-1], max(channels.shape[-1], k.shape[-1])
    q, k, channels = (widened(t, size) for t in (q, k, channels))
    mean, lse = _Pass.apply(q, k, channels, scale, additive, causal)
    return mean[..., :width], lse


def widened(t: Tensor, size: int) -> Tensor:
    """Zeros at the end of the last dimension: the fused kernel knows one head size only."""
    missing = size - t.shape[-1]
    # Several times as fast as padding, which fills all before it copies.
    return torch.cat([t, t.new_zeros(1).expand(*t.shape[:-1], missing)], -1) if missing else t


class _Pass(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        q: Tensor,
        k: Tensor,
        channels: Tensor,
        scale: float,
        additive: Tensor | None,
        causal: bool,
    ) -> tuple[Tensor, Tensor]:
        mean, lse = _FORWARD(q, k, channels, 0.0, causal, attn_mask=additive, scale=scale)
        ctx.save_for_backward(q, k, channels, mean, lse, additive)
        ctx.scale, ctx.causal = scale, causal
        return mean, lse

    @staticmethod
    def backward(ctx: Any, of_mean: Tensor, of_lse: Tensor) -> tuple[Tensor | None, ...]:
        q, k, channels, mean, lse, additive = ctx.saved_tensors
        width, size = channels.shape[-1], channels.shape[-1] + 1
        one = pad(channels, (0, 1), value=1.0)
        grads = _BACKWARD(
            torch.cat([of_mean, of_lse.unsqueeze(-1)], dim=-1),
            widened(q, size),
            widened(k, size),
            one,
            widened(mean, size),
            lse,
            0.0,
            ctx.causal,
            attn_mask=additive,
            scale=ctx.scale,
        )
        return (*(grad[..., :width] for grad in grads), None, None, None)
