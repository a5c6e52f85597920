"""The loop over tiles of queries: every key's log weight for a few queries at a time.

A tile holds about `SCORES` log weights, so that memory grows with the keys alone; where gradients
are wanted, a tile's are computed again on the way back instead of being kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

SCORES = 2**18  # at once: 2 MiB of float64, which stay in a cache


def slices(queries: int, numbers: int) -> Iterator[slice]:
    """Tiles of queries, each of which holds that many numbers."""
    step = max(1, SCORES // max(1, numbers))
    for start in range(0, max(1, queries), step):
        yield slice(start, min(start + step, queries))


def over_tiles(
    tile: Callable[[slice], tuple[Tensor, ...]], queries: int, numbers: int, again: bool
) -> tuple[Tensor, ...]:
    """What `tile` gives for each slice of queries, (…, queries, channels), put together.

    `again`: compute a tile once more on the way back, which `torch.func` within it cannot bear.
    """
    parts = list(slices(queries, numbers))
    again = again and torch.is_grad_enabled() and len(parts) > 1
    found = (checkpoint(tile, part, use_reentrant=False) if again else tile(part) for part in parts)
    first = next(found)
    if any(t.requires_grad for t in first):
        return tuple(torch.cat(column, dim=-2) for column in zip(first, *found, strict=True))
    # Small results between the tiles' large tensors would keep the C library from using these anew.
    whole = tuple(t.new_empty(*t.shape[:-2], queries, t.shape[-1]) for t in first)
    for part, results in zip(parts, chain([first], found), strict=True):
        for t, result in zip(whole, results, strict=True):
            t[..., part, :] = result
    return whole
