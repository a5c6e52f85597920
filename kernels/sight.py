"""Which keys a tile of queries can see, without looking at all pairs: for tiled backends.

Causal masks and windows leave an interval of keys to each query; the other conditions are read on
the tile's range of keys only.
"""

from __future__ import annotations

import torch
from torch import Tensor

from locality.kernels.masks import BlockLocal, Causal, Dense, Keys, Mask, Window
from locality.kernels.problem import Problem

Cut = tuple[slice, slice]  # of queries and of keys


def visible_keys(problem: Problem, rows: slice) -> tuple[slice, Tensor]:
    """A range of keys and, on it, booleans broadcastable to (batch, heads, rows, range)."""
    first, last = _interval(problem.mask, rows, problem.queries, problem.keys)
    start = min(int(first.min()), problem.keys - 1)
    keys = slice(start, max(int(last.max()), start + 1))
    at = torch.arange(keys.start, keys.stop)
    visible = ((at >= first[:, None]) & (at < last[:, None]))[None, None]
    for part in problem.mask.parts:
        if isinstance(part, Keys):
            visible = visible & part.visible.reshape(-1, 1, 1, problem.keys)[..., keys]
        elif isinstance(part, Dense):
            visible = visible & cut_out(part.visible, (rows, keys))
        elif isinstance(part, BlockLocal) and problem.relevant is not None:
            visible = visible & relevant_keys(problem, problem.relevant, (rows, keys))
    return keys, visible


def relevant_keys(problem: Problem, relevant: Tensor, cut: Cut) -> Tensor:
    """Whether a key lies in the query's relevant block, broadcastable to (batch, heads, *cut)."""
    rows, keys = cut
    return problem.block_ids[:, None, None, keys] == relevant[:, :, rows, None]


def interval_counts(problem: Problem) -> tuple[Tensor | None, Tensor]:
    """How many relevant keys (None without a block) and how many keys each query sees, under
    causal masks and windows only; broadcastable to (batch, heads, queries).
    """
    keys = problem.keys
    first, last = _interval(problem.mask, slice(0, problem.queries), problem.queries, keys)
    last = last.clamp(min=0)
    first = torch.minimum(first.clamp(min=0), last)
    count = (last - first).view(1, 1, -1)
    if problem.relevant is None:
        return None, count
    if bool((count == keys).all()):
        return _gathered(block_sizes(problem), problem.relevant), count
    # Keys of a block in order, block after block: those before a position are found by bisection.
    places = (problem.block_ids * (keys + 1) + torch.arange(keys)).sort(-1).values
    places = places.expand(problem.relevant.shape[0], -1).contiguous()
    ends = [
        torch.searchsorted(places, (problem.relevant * (keys + 1) + end).flatten(1))
        for end in (first, last)
    ]
    return (ends[1] - ends[0]).view(problem.relevant.shape), count


def block_sizes(problem: Problem) -> Tensor:
    """How many keys each block holds, (batch or 1, blocks)."""
    ids = problem.block_ids + 1
    sizes = ids.new_zeros(len(ids), problem.block_count + 1)
    return sizes.scatter_add_(1, ids, torch.ones_like(ids))[:, 1:]


def _gathered(per_block: Tensor, relevant: Tensor) -> Tensor:
    """What each query's relevant block has, in the shape of `relevant`."""
    rows = max(len(per_block), len(relevant))
    wanted = relevant.expand(rows, -1, -1)
    return per_block.expand(rows, -1).gather(1, wanted.flatten(1)).view(wanted.shape)


def cut_out(t: Tensor, cut: Cut) -> Tensor:
    """The tile of a (…, queries, keys) tensor; sizes of 1 stay."""
    rows, keys = cut
    t = t[..., rows, :] if t.shape[-2] > 1 else t
    return t[..., keys] if t.shape[-1] > 1 else t


def trimmed(keys: slice, visible: Tensor) -> tuple[slice, Tensor] | None:
    """The shortest range of keys outside which no row sees anything, and sight on it."""
    some = visible.flatten(0, -2).any(0).nonzero()
    if not some.numel():
        return None
    first, last = int(some[0]), int(some[-1]) + 1
    return slice(keys.start + first, keys.start + last), visible[..., first:last]


def _interval(mask: Mask, rows: slice, queries: int, keys: int) -> tuple[Tensor, Tensor]:
    """The half-open interval of keys that causal masks and windows leave to each row.

    One interval for all rows where there is no such mask.
    """
    after = torch.arange(rows.start, rows.stop) + keys - queries + 1
    first, last = torch.tensor([0]), torch.tensor([keys])
    for part in mask.parts:
        if isinstance(part, Causal | Window):
            stop = after - int(part.strict)
            last = torch.minimum(last, stop)
            if isinstance(part, Window):
                first = torch.maximum(first, stop - part.size)
    return first, last
