"""Where every query's relevant block is a range of keys: passes over blocks without masks or tiles.

Beside each other, equally many queries with equally long blocks *fold*: n queries in pieces of u
become n/u times as many heads of u queries, and one fused call computes all of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from locality.kernels.problem import Problem
from locality.kernels.sight import block_sizes

MOST = 4096  # pieces; where relevant blocks change more often, tiles of queries are faster


@dataclass(frozen=True)
class Fold:
    """`count` pieces beside each other: of queries from `query`, `height` each, whose relevant
    blocks are the pieces of `width` keys from `key` on.
    """

    query: int
    height: int
    key: int
    width: int
    count: int = 1

    def queries(self, t: Tensor) -> Tensor:
        """Its pieces of (batch, heads, queries, dim) as (batch, heads · count, height, dim)."""
        return self._fold(t, self.query, self.height)

    def keys(self, t: Tensor) -> Tensor:
        """Its pieces of (batch, heads, keys, dim) as (batch, heads · count, width, dim)."""
        return self._fold(t, self.key, self.width)

    def unfold(self, t: Tensor, heads: int) -> Tensor:
        """(batch, heads · count, height, …) as (batch, heads, count · height, …)."""
        return t.reshape(t.shape[0], heads, self.count * self.height, *t.shape[3:])

    def _fold(self, t: Tensor, start: int, length: int) -> Tensor:
        part = t.narrow(2, start, self.count * length)
        return part.reshape(t.shape[0], t.shape[1] * self.count, length, t.shape[3])

    def followed_by(self, piece: Fold) -> Fold | None:
        """Both as one, if the piece continues the pattern."""
        ends = (self.query + self.count * self.height, self.key + self.count * self.width)
        same = (self.height, self.width) == (piece.height, piece.width)
        if not same or ends != (piece.query, piece.key):
            return None
        return Fold(self.query, self.height, self.key, self.width, self.count + piece.count)


def folds(problem: Problem, causal: bool) -> list[Fold] | None:
    """The relevant blocks of all queries in order; None where they need masks.

    All heads and batches share them, and nothing is hidden, or the mask is causal, queries are
    keys, and each block is that of its own queries.
    """
    relevant, ids = problem.relevant, problem.block_ids
    if relevant is None:
        return None
    if not (bool((relevant == relevant[0, 0]).all()) and bool((ids == ids[0]).all())):
        return None
    wanted, heights = relevant[0, 0].unique_consecutive(return_counts=True)
    if len(wanted) > MOST:
        return None
    widths = block_sizes(problem)[0]
    starts, whole = _ranges(ids[0], widths)
    if not bool(whole[wanted].all()):
        return None
    found = list(_joined(wanted.tolist(), heights.tolist(), starts.tolist(), widths.tolist()))
    return None if causal and not all(map(_own, found)) else found


def _ranges(ids: Tensor, widths: Tensor) -> tuple[Tensor, Tensor]:
    """First key of each block, and whether its keys lie beside each other."""
    at, count = torch.arange(len(ids)), len(widths)
    first = torch.full((count + 1,), len(ids)).scatter_reduce(0, ids + 1, at, "amin")[1:]
    last = torch.full((count + 1,), -1).scatter_reduce(0, ids + 1, at, "amax")[1:]
    return first, last - first + 1 == widths


def _joined(
    wanted: list[int], heights: list[int], starts: list[int], widths: list[int]
) -> Iterator[Fold]:
    query, current = 0, Fold(0, 0, 0, 0, count=0)
    for block, height in zip(wanted, heights, strict=True):
        piece = Fold(query, height, starts[block], widths[block])
        query += height
        longer = current.followed_by(piece)
        if longer is None and current.count:
            yield current
        current = longer or piece
    yield current


def _own(fold: Fold) -> bool:
    """Whether every block is where its queries are."""
    return fold.query == fold.key and fold.height == fold.width
