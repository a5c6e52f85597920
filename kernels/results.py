"""What `attend` is asked for and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum

import torch
from torch import Tensor


@dataclass(frozen=True)
class AuxRequest:
    """Which row statistics to compute beside output and lse.

    All but `entropy`, `block_mass` and `max_score` speak of a relevant block and need `relevant`;
    `block_mass` needs `blocks`.
    """

    entropy: bool = False
    fidelity: bool = False
    leakage: bool = False
    block_mass: bool = False
    local_output: bool = False
    max_score: bool = False
    margin: bool = False
    certificate: bool = False

    @staticmethod
    def everything() -> AuxRequest:
        """Ask for all of it."""
        return AuxRequest(**{field.name: True for field in fields(AuxRequest)})

    def names(self) -> tuple[str, ...]:
        """The names asked for."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name))


class RowStatus(IntEnum):
    """What can be said of a row; theorems are applied to OK rows only."""

    OK = 0
    NO_VISIBLE_KEY = 1
    RELEVANT_NOT_VISIBLE = 2
    NO_OTHER_KEY = 3

    @property
    def text(self) -> str:
        """The status in words, as reports print it."""
        return _STATUS_TEXT[self]


_STATUS_TEXT = {
    RowStatus.OK: "ok",
    RowStatus.NO_VISIBLE_KEY: "no visible key",
    RowStatus.RELEVANT_NOT_VISIBLE: "relevant block not visible",
    RowStatus.NO_OTHER_KEY: "no other key",
}


def row_status(visible: Tensor, m: Tensor | None = None) -> Tensor:
    """`RowStatus` values (int8) from the counts of visible and of visible relevant keys, which
    are broadcast.
    """
    if m is not None:
        visible, m = torch.broadcast_tensors(visible, m)
    status = torch.full(visible.shape, RowStatus.OK, dtype=torch.int8, device=visible.device)
    if m is not None:
        status[m == visible] = RowStatus.NO_OTHER_KEY
        status[m == 0] = RowStatus.RELEVANT_NOT_VISIBLE
    status[visible == 0] = RowStatus.NO_VISIBLE_KEY
    return status


@dataclass(frozen=True)
class Certificate:
    """What the theorems promise of each row from its margin alone; NaN where they do not apply.

    `fidelity` is a lower bound (theorem `leakage`), `entropy` an upper bound in nats (theorem
    `entropy`, margin ≥ 0); float64 (batch, heads, queries).
    """

    fidelity: Tensor
    entropy: Tensor


@dataclass(frozen=True)
class SkipCertificate:
    """What skipping keys within a tolerance cost at most; float64 (batch, heads, queries).

    `mass`: the attention of the skipped keys is at most this (theorem `skip-certificate`), and this
    at most the tolerance. `output`: the Euclidean distance between the exact outputs with and
    without them is at most this. `lse`: without them lse is lower by at most this. The rounding of
    the fused pass, as without a tolerance, comes beside. `fraction`: skipped pairs of a tile of
    queries and a block of keys, over the pairs in which some query gives some key any weight.
    """

    mass: Tensor
    output: Tensor
    lse: Tensor
    fraction: float


@dataclass(frozen=True)
class Attention:
    """Attention and what was asked of it; everything describes the dialled, masked distribution.

    Shapes: `output` and `local_output` (batch, heads, queries, value dim) in the dtype of v;
    `block_mass` (batch, heads, queries, blocks); the rest (batch, heads, queries), float32 or
    wider. Entropy in nats; lse of the scaled, dialled scores (s − λ[j∉R])/τ, natural log;
    `max_score` and `margin` in units of s, after bias and dial. `m` and `c` count the visible keys
    inside and outside the relevant block. Statistics not asked for are None.

    Rows by `status` (`RowStatus`): where no other key is visible fidelity is 1 and the margin +inf;
    where the relevant block is not visible fidelity is 0 and the margin NaN (and with dial = inf
    nothing is left: output 0, lse −inf); where no key is visible output is 0, lse −inf, entropy 0,
    fidelity, leakage and margin NaN. With a tolerance output and lse are those of the keys that
    were kept, and `skipped` bounds what that cost.
    """

    output: Tensor
    lse: Tensor
    status: Tensor
    backend: str
    m: Tensor | None = None
    c: Tensor | None = None
    entropy: Tensor | None = None
    fidelity: Tensor | None = None
    leakage: Tensor | None = None
    block_mass: Tensor | None = None
    local_output: Tensor | None = None
    max_score: Tensor | None = None
    margin: Tensor | None = None
    certificate: Certificate | None = None
    skipped: SkipCertificate | None = None

    def rows_by_status(self) -> dict[str, int]:
        """How many rows have each status, in words."""
        return {kind.text: int((self.status == kind).sum()) for kind in RowStatus}
