"""Keys and values that a localization method was given, and the tiles of log weights over them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from locality.kernels.arguments import described, integers, largest, number, require, shown, tensor
from locality.kernels.localization.bandwidth import for_queries
from locality.kernels.localization.log_kernels import Weigher
from locality.kernels.localization.tiles import over_tiles
from locality.theory.core.errors import InputError

FLOATS = (torch.float32, torch.float64)


@dataclass(frozen=True)
class Fitted:
    """Keys (…, n, d), values (…, n, e), blocks (…, n) or None; `flat` where values had no e."""

    keys: Tensor
    values: Tensor
    flat: bool
    blocks: Tensor | None

    @staticmethod
    def of(keys: Any, values: Any, blocks: Any) -> Fitted:
        """Checked: floats of one type, finite, as many values and blocks as keys."""
        k = points("keys", keys, "(…, n, d)")
        v = tensor("values", values, "floats (…, n, e) or (…, n)", k.device)
        v = v if v.is_floating_point() or v.is_complex() else v.to(k.dtype)
        flat = v.ndim == k.ndim - 1
        v = v.unsqueeze(-1) if flat else v
        if v.dtype != k.dtype or v.shape[:-1] != k.shape[:-1] or not v.shape[-1]:
            expected = f"{str(k.dtype).removeprefix('torch.')} (…, n, e) or (…, n)"
            raise InputError(f"values: {described(v)} for keys {described(k)}: expected {expected}")
        largest("values", v)
        return Fitted(k, v, flat, None if blocks is None else _ids("blocks", blocks, k))

    def queries(self, queries: Any) -> Tensor:
        """Checked queries (…, q, d) in the keys' type, with the keys' leading dimensions."""
        q = points("queries", queries, "(…, q, d)", self.keys.device)
        if q.dtype != self.keys.dtype or q.shape[-1] != self.keys.shape[-1]:
            raise InputError(
                f"queries: {described(q)} for keys {described(self.keys)}: expected their type "
                "and dimension"
            )
        if q.shape[:-2] != self.keys.shape[:-2]:
            raise InputError(
                f"queries: {described(q)} for keys {described(self.keys)}: expected "
                f"{tuple(self.keys.shape[:-2])} in front"
            )
        return q

    def inside(self, relevant: Any, queries: Tensor) -> Tensor | None:
        """Which block each query calls its own, (…, q, 1), or None where there are no blocks."""
        if self.blocks is None:
            if relevant is not None:
                raise InputError(f"relevant = {shown(relevant)} without blocks: expected None")
            return None
        if relevant is None:
            raise InputError("relevant = None with blocks: expected each query's block id")
        return _ids("relevant", relevant, queries).unsqueeze(-1)

    def shaped(self, found: Tensor) -> Tensor:
        """A result (…, e) as the values were given."""
        return found.squeeze(-1) if self.flat else found


def points(name: str, value: Any, shape: str, device: torch.device | None = None) -> Tensor:
    """Finite float32 or float64 points; integers become float64."""
    expected = f"float32 or float64 {shape}, none of them empty"
    t = tensor(name, value, expected, device)
    t = t if t.is_floating_point() or t.is_complex() or t.dtype == torch.bool else t.double()
    if t.dtype not in FLOATS or t.ndim < 2 or min(t.shape) < 1:
        raise InputError(f"{name}: {described(t)}: expected {expected}")
    largest(name, t)
    return t


def _ids(name: str, value: Any, like: Tensor) -> Tensor:
    full = tuple(like.shape[:-1])
    expected = f"a block id, or integers broadcastable to {full}"
    t = integers(name, value, expected, like.device)
    try:
        return t.expand(full)
    except RuntimeError:
        raise InputError(f"{name}: {described(t)}: expected {expected}") from None


@dataclass(frozen=True)
class Localizer:
    """A kernel, its bandwidth, and a dial λ in nats that all keys off a query's block are lowered
    by: what gives each key its log weight around a query.
    """

    weigher: Weigher
    dial: float

    def __post_init__(self) -> None:
        number("dial", self.dial, lambda dial: dial >= 0, "a number >= 0, or inf")

    def run(
        self,
        fitted: Fitted,
        queries: Tensor,
        relevant: Tensor | None,
        use: Callable[[Tensor, Tensor | None, Tensor], tuple[Tensor, ...]],
        width: int = 1,
        again: bool = True,
    ) -> tuple[Tensor, ...]:
        """`use` of each tile's log weights (…, q, n), of which keys are relevant, and its queries.

        `width`: how many numbers `use` holds for each log weight; `again`: whether it may be
        computed again for its gradients.
        """
        h = self._bandwidth(queries)

        def tile(rows: slice) -> tuple[Tensor, ...]:
            some = queries[..., rows, :]
            t = self.weigher(some, fitted.keys, h[..., rows, :] if h.ndim else h)
            near = None
            if relevant is not None and fitted.blocks is not None:
                near = fitted.blocks.unsqueeze(-2) == relevant[..., rows, :]
                t = torch.where(near, t, -math.inf if self.dial == math.inf else t - self.dial)
            return use(t, near, some)

        numbers = width * math.prod(fitted.keys.shape[:-1])
        return over_tiles(tile, queries.shape[-2], numbers, again)

    def _bandwidth(self, queries: Tensor) -> Tensor:
        h = self.weigher.bandwidth
        return for_queries(h, queries) if isinstance(h, Tensor) else queries.new_ones(())


def present(fitted: Fitted | None) -> Fitted:
    """What `fit` was given; InputError before it."""
    if fitted is None:
        raise InputError("no keys: expected fit(keys, values) first")
    return fitted


def some_weight(lse: Tensor) -> None:
    """InputError where a query has no key of any weight."""
    require("log of the summed weights", lse, lse > -math.inf, "a key within the bandwidth")
