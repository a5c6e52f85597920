"""Which keys a query may see. A mask is data; each backend reads it in its own way.

Query i of `queries` stands at key position p = i + keys − queries: the last query is aligned with
the last key, so that one query beside a cache of keys is the newest token. A row that sees nothing
is reported as such, never filled in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from locality.kernels.arguments import flags, shown, whole
from locality.theory.core.errors import InputError


@dataclass(frozen=True)
class Causal:
    """Keys up to the query's own position, without it if strict."""

    strict: bool


@dataclass(frozen=True)
class Window:
    """The last `size` keys up to the query's own position, or before it if strict."""

    size: int
    strict: bool


@dataclass(frozen=True)
class BlockLocal:
    """Keys in the query's relevant block."""


@dataclass(frozen=True, eq=False)
class Keys:
    """Keys that every query may see, (keys,) or (batch, keys)."""

    visible: Tensor


@dataclass(frozen=True, eq=False)
class Dense:
    """(queries, keys), or broadcastable to (batch, heads, queries, keys)."""

    visible: Tensor


Part = Causal | Window | BlockLocal | Keys | Dense


@dataclass(frozen=True, eq=False)
class Mask:
    """A conjunction of conditions on (query, key); `Mask()` hides nothing."""

    parts: tuple[Part, ...] = ()

    @staticmethod
    def causal() -> Mask:
        """Query at position p sees keys 0 … p."""
        return Mask((Causal(strict=False),))

    @staticmethod
    def strict_causal() -> Mask:
        """Query at position p sees keys 0 … p−1."""
        return Mask((Causal(strict=True),))

    @staticmethod
    def window(k: int, *, strict: bool = False) -> Mask:
        """Query at position p sees k keys: p−k+1 … p, or p−k … p−1 if strict."""
        if not isinstance(strict, bool):
            raise InputError(f"strict = {shown(strict)}: expected True or False")
        return Mask((Window(whole("window k", k, 0), strict),))

    @staticmethod
    def block_local() -> Mask:
        """A query sees the keys of its relevant block only; needs `blocks` and `relevant`."""
        return Mask((BlockLocal(),))

    @staticmethod
    def keys(visible: Any) -> Mask:
        """The same keys for every query: booleans (keys,) or (batch, keys), True is visible."""
        return Mask((Keys(flags("Mask.keys", visible, (1, 2), "(keys,) or (batch, keys)")),))

    @staticmethod
    def dense(visible: Any) -> Mask:
        """Any relation: booleans (queries, keys) or (batch, heads, queries, keys); 1s broadcast."""
        shape = "(queries, keys) or (batch, heads, queries, keys)"
        return Mask((Dense(flags("Mask.dense", visible, (2, 4), shape)),))

    def __and__(self, other: Mask) -> Mask:
        if not isinstance(other, Mask):
            return NotImplemented
        return Mask(self.parts + other.parts)


NAMED = {"causal": Mask.causal(), "strict-causal": Mask.strict_causal()}
