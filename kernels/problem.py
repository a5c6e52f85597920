"""The public boundary of `attend`: every argument is checked here, once, and put into one shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from locality.kernels.masks import NAMED, BlockLocal, Dense, Keys, Mask, size
from locality.kernels.results import AuxRequest
from locality.theory.core.errors import InputError

FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
LARGEST_SCALED_SCORE = 1e300
NEEDS_RELEVANT = ("fidelity", "leakage", "local_output", "margin", "certificate")


@dataclass(frozen=True)
class Problem:
    """A checked call of `attend`.

    temperature and dial are float64 (heads,); block ids int64 (batch or 1, keys) with −1 for none;
    relevant int64 (batch or 1, heads or 1, queries); bias 4-dimensional, sizes may be 1;
    `reach` bounds every |scaled score|.
    """

    q: Tensor
    k: Tensor
    v: Tensor
    temperature: Tensor
    dial: Tensor
    mask: Mask
    aux: AuxRequest
    reach: float
    bias: Tensor | None = None
    block_ids: Tensor | None = None
    relevant: Tensor | None = None

    @property
    def heads(self) -> int:
        return int(self.q.shape[1])

    @property
    def queries(self) -> int:
        return int(self.q.shape[2])

    @property
    def keys(self) -> int:
        return int(self.k.shape[2])

    @property
    def rows(self) -> tuple[int, int, int]:
        """(batch, heads, queries)."""
        return int(self.q.shape[0]), self.heads, self.queries

    @property
    def pairs(self) -> tuple[int, int, int, int]:
        """(batch, heads, queries, keys)."""
        return (*self.rows, self.keys)

    @property
    def block_count(self) -> int:
        """One more than the largest block id."""
        return 0 if self.block_ids is None else int(self.block_ids.max()) + 1

    def differentiable(self) -> bool:
        """Whether a gradient through this call could be asked for."""
        inputs = (self.q, self.k, self.v, self.temperature, self.dial, self.bias)
        return torch.is_grad_enabled() and any(t is not None and t.requires_grad for t in inputs)


def checked(
    q: Any,
    k: Any,
    v: Any,
    *,
    blocks: Any,
    relevant: Any,
    dial: Any,
    temperature: Any,
    mask: Any,
    bias: Any,
    aux: Any,
) -> Problem:
    """The arguments of `attend` as a `Problem`, or InputError."""
    _check_tensors(q, k, v)
    heads, dim = q.shape[1], q.shape[3]
    tau = _per_head("temperature", math.sqrt(dim) if temperature is None else temperature, q)
    _check_values("temperature", tau, (tau > 0) & (tau < math.inf), "finite numbers > 0")
    penalty = _per_head("dial", dial, q)
    _check_values("dial", penalty, penalty >= 0, "numbers ≥ 0 (inf is block-local)")
    ids = None if blocks is None else _block_ids(blocks, q.shape[0], k.shape[2], q.device)
    targets = None if relevant is None else _relevant(relevant, ids, (q.shape[0], heads, q.shape[2]))
    shift = None if bias is None else _bias(bias, q, k)
    problem = Problem(
        q, k, v, tau, penalty, _mask(mask), _aux(aux), _reach(q, k, tau, penalty, shift),
        shift, ids, targets,
    )  # fmt: skip
    _check_mask(problem)
    _check_needs(problem)
    return problem


def _check_tensors(q: Any, k: Any, v: Any) -> None:
    for name, t in (("q", q), ("k", k), ("v", v)):
        if not isinstance(t, Tensor) or t.ndim != 4 or t.dtype not in FLOATS:
            found = f"{t.dtype} of shape {tuple(t.shape)}" if isinstance(t, Tensor) else repr(t)
            raise InputError(
                f"{name} is {found}: expected a floating tensor (batch, heads, positions, dim)"
            )
        if min(t.shape) < 1:
            raise InputError(f"{name} has shape {tuple(t.shape)}: expected every size ≥ 1")
        _check_finite(name, t)
    _check_agreement(q, k, v)


def _check_agreement(q: Tensor, k: Tensor, v: Tensor) -> None:
    shapes = f"q {tuple(q.shape)}, k {tuple(k.shape)}, v {tuple(v.shape)}"
    if not (q.shape[0] == k.shape[0] and k.shape[:3] == v.shape[:3] and q.shape[3] == k.shape[3]):
        raise InputError(f"{shapes}: expected q (batch, heads, queries, dim) and k, v (batch, …)")
    if q.shape[1] % k.shape[1]:
        raise InputError(f"{shapes}: expected heads a multiple of kv heads")
    if not (q.dtype == k.dtype == v.dtype and q.device == k.device == v.device):
        raise InputError(
            f"q {q.dtype} on {q.device}, k {k.dtype} on {k.device}, v {v.dtype} on {v.device}: "
            "expected one dtype and one device"
        )
    if q.device.type not in ("cpu", "cuda"):
        raise InputError(f"tensors on {q.device}: expected cpu or cuda")


def _check_finite(name: str, t: Tensor) -> None:
    finite = t.detach().isfinite()
    if not bool(finite.all()):
        where = (~finite).nonzero()[0].tolist()
        value = float(t.detach()[tuple(where)])
        raise InputError(f"{name}{where} = {value}: expected finite numbers")


def _tensor(name: str, value: Any, expected: str, device: torch.device) -> Tensor:
    try:
        return torch.as_tensor(value, device=device)
    except (TypeError, ValueError, RuntimeError):
        raise InputError(f"{name} = {value!r}: expected {expected}") from None


def _per_head(name: str, value: Any, q: Tensor) -> Tensor:
    heads = q.shape[1]
    expected = f"a number, or {heads} of them, one a head"
    t = _tensor(name, value, expected, q.device)
    if t.dtype == torch.bool or t.is_complex() or tuple(t.shape) not in ((), (heads,)):
        raise InputError(f"{name} = {value!r}: expected {expected}")
    # A Python float must not pass through the default dtype, float32.
    exact = torch.as_tensor(value, dtype=torch.float64, device=q.device)
    return exact.expand(heads)


def _check_values(name: str, t: Tensor, good: Tensor, expected: str) -> None:
    if not bool(good.all()):
        raise InputError(f"{name} = {float(t.detach()[~good][0])}: expected {expected}")


def _block_ids(blocks: Any, batch: int, keys: int, device: torch.device) -> Tensor:
    if isinstance(blocks, int):
        width = size("blocks", blocks, 1)
        return (torch.arange(keys, device=device) // width).unsqueeze(0)
    if isinstance(blocks, Tensor | np.ndarray) or _are_integers(blocks):
        return _given_ids(_tensor("blocks", blocks, "block ids", device), batch, keys)
    return _ids_of_ranges(_as_ranges(blocks), keys).to(device)


def _are_integers(blocks: Any) -> bool:
    return isinstance(blocks, Sequence) and all(isinstance(b, int | np.integer) for b in blocks)


def _given_ids(ids: Tensor, batch: int, keys: int) -> Tensor:
    expected = f"integer ids of shape ({keys},) or ({batch}, {keys})"
    shape = tuple(ids.shape)
    if ids.dtype == torch.bool or ids.is_floating_point() or ids.is_complex():
        raise InputError(f"blocks are {ids.dtype}: expected {expected}")
    if shape not in ((keys,), (batch, keys)):
        raise InputError(f"blocks have shape {shape}: expected {expected}")
    low, high = int(ids.min()), int(ids.max())
    if low < -1 or high >= keys:
        raise InputError(f"block ids from {low} to {high}: expected −1 (none) to {keys - 1}")
    if high < 0:
        raise InputError("block ids are all −1: expected a key in some block")
    return ids.to(torch.int64).reshape(-1, keys)


def _as_ranges(blocks: Any) -> list[tuple[int, int]]:
    try:
        pairs = [(start, stop) for start, stop in blocks]
    except (TypeError, ValueError):
        pairs = []
    if not pairs or not all(_are_integers(pair) for pair in pairs):
        raise InputError(
            f"blocks = {blocks!r}: expected a block size, ids (keys,), or (start, stop) ranges"
        )
    return pairs


def _ids_of_ranges(ranges: list[tuple[int, int]], keys: int) -> Tensor:
    ids = torch.full((1, keys), -1, dtype=torch.int64)
    for block, (start, stop) in enumerate(ranges):
        if not 0 <= start < stop <= keys:
            raise InputError(
                f"block range ({start}, {stop}): expected 0 ≤ start < stop ≤ {keys} keys"
            )
        taken = ids[0, start:stop].max()
        if taken >= 0:
            raise InputError(
                f"block ranges {ranges[int(taken)]} and ({start}, {stop}) overlap: "
                "expected disjoint ranges"
            )
        ids[0, start:stop] = block
    return ids


def _relevant(relevant: Any, ids: Tensor | None, rows: tuple[int, int, int]) -> Tensor:
    if ids is None:
        raise InputError(f"relevant = {relevant!r} without blocks: expected blocks too")
    batch, heads, queries = rows
    expected = (
        f"a block id, or ids of shape ({queries},), ({batch}, {queries}) or {rows} (sizes may be 1)"
    )
    t = _tensor("relevant", relevant, expected, ids.device)
    if t.dtype == torch.bool or t.is_floating_point() or t.is_complex():
        raise InputError(f"relevant is {t.dtype}: expected {expected}")
    shape = tuple(t.shape)
    wide = {0: (1, 1, 1), 1: (1, 1, *shape), 2: (shape[0], 1, shape[-1]), 3: shape}.get(t.ndim, ())
    if not wide or any(have not in (1, want) for have, want in zip(wide, rows, strict=True)):
        raise InputError(f"relevant has shape {shape}: expected {expected}")
    targets = t.to(torch.int64).reshape(wide).expand(-1, -1, queries)
    _check_targets(targets, ids)
    return targets


def _check_targets(targets: Tensor, ids: Tensor) -> None:
    count = int(ids.max()) + 1
    bad = targets[(targets < 0) | (targets >= count)]
    if bad.numel():
        raise InputError(f"relevant block {int(bad[0])}: expected an id from 0 to {count - 1}")
    sizes = torch.zeros(ids.shape[0], count + 1, dtype=torch.int64, device=ids.device)
    sizes.scatter_add_(1, ids + 1, torch.ones_like(ids))
    batch = max(ids.shape[0], targets.shape[0])
    flat = targets.expand(batch, -1, -1).reshape(batch, -1)
    held = sizes[:, 1:].expand(batch, -1).gather(1, flat)
    if bool((held == 0).any()):
        raise InputError(f"relevant block {int(flat[held == 0][0])} holds no key: expected one")


def _bias(bias: Any, q: Tensor, k: Tensor) -> Tensor:
    pairs = (q.shape[0], q.shape[1], q.shape[2], k.shape[2])
    expected = f"numbers broadcastable to (batch, heads, queries, keys) = {pairs}"
    t = _tensor("bias", bias, expected, q.device)
    if t.dtype not in FLOATS or t.ndim > 4:
        raise InputError(f"bias is {t.dtype} of shape {tuple(t.shape)}: expected {expected}")
    wide = t.reshape((1,) * (4 - t.ndim) + tuple(t.shape))
    if any(have not in (1, want) for have, want in zip(wide.shape, pairs, strict=True)):
        raise InputError(f"bias has shape {tuple(t.shape)}: expected {expected}")
    if not bool(wide.detach().isfinite().all()):
        raise InputError("bias holds NaN or an infinity: expected finite numbers; hide keys by mask")
    return wide


def _mask(mask: Any) -> Mask:
    if mask is None:
        return Mask()
    if isinstance(mask, Mask):
        return mask
    if isinstance(mask, str) and mask in NAMED:
        return NAMED[mask]
    raise InputError(f"mask = {mask!r}: expected None, a Mask, or one of {sorted(NAMED)}")


def _aux(aux: Any) -> AuxRequest:
    if not isinstance(aux, AuxRequest):
        raise InputError(f"aux = {aux!r}: expected an AuxRequest")
    return aux


def _check_mask(problem: Problem) -> None:
    batch, keys = problem.q.shape[0], problem.keys
    for part in problem.mask.parts:
        if isinstance(part, BlockLocal) and problem.relevant is None:
            raise InputError("mask block_local without relevant: expected blocks and relevant")
        if isinstance(part, Keys) and tuple(part.visible.shape) not in ((keys,), (batch, keys)):
            shape = tuple(part.visible.shape)
            raise InputError(f"Mask.keys of shape {shape}: expected ({keys},) or ({batch}, {keys})")
        if isinstance(part, Dense):
            shape, pairs = tuple(part.visible.shape), problem.pairs[-part.visible.ndim :]
            if any(have not in (1, want) for have, want in zip(shape, pairs, strict=True)):
                raise InputError(f"Mask.dense of shape {shape}: expected {pairs} (sizes may be 1)")


def _check_needs(problem: Problem) -> None:
    asked = problem.aux.names()
    if "block_mass" in asked and problem.block_ids is None:
        raise InputError("aux asks for block_mass without blocks: expected blocks")
    if problem.relevant is not None:
        return
    for name in NEEDS_RELEVANT:
        if name in asked:
            raise InputError(f"aux asks for {name} without relevant: expected blocks and relevant")
    if bool((problem.dial > 0).any()):
        value = float(problem.dial.max())
        raise InputError(f"dial = {value} without relevant: expected blocks and relevant")


def _reach(q: Tensor, k: Tensor, tau: Tensor, dial: Tensor, bias: Tensor | None) -> float:
    """A bound of |scaled score| that also bounds |q/τ|; InputError where float64 could overflow."""
    largest_q, largest_k = (float(t.detach().abs().max()) for t in (q, k))
    additive = 0.0 if bias is None else float(bias.detach().abs().max())
    finite = dial.detach()[dial.detach() < math.inf]
    additive += float(finite.max()) if finite.numel() else 0.0
    reach = (q.shape[3] * largest_q * max(largest_k, 1.0) + additive) / float(tau.detach().min())
    if not reach < LARGEST_SCALED_SCORE:
        raise InputError(
            f"scores over temperature can reach {reach:.3g}: expected below {LARGEST_SCALED_SCORE}"
        )
    return reach
