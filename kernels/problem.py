"""The public boundary of `attend`: every argument is checked here, once, and put into one shape."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from locality.kernels.arguments import (
    described,
    fits,
    integers,
    largest,
    per_head,
    require,
    shown,
    tensor,
    whole,
)
from locality.kernels.masks import NAMED, BlockLocal, Dense, Keys, Mask
from locality.kernels.results import AuxRequest
from locality.theory.core.errors import InputError

FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
LARGEST_SCORE = 1e300
NEEDS_RELEVANT = ("fidelity", "leakage", "local_output", "margin", "certificate")


@dataclass(frozen=True)
class Problem:
    """A checked call of `attend`.

    temperature and dial are float64 (heads,); block ids int64 (batch or 1, keys) with −1 for none,
    without blocks one row of −1; relevant int64 (batch or 1, heads or 1, queries); bias
    4-dimensional, sizes may be 1; `reach` bounds every |score|, scaled or not.
    """

    q: Tensor
    k: Tensor
    v: Tensor
    temperature: Tensor
    dial: Tensor
    mask: Mask
    bias: Tensor | None
    block_ids: Tensor
    relevant: Tensor | None
    aux: AuxRequest
    reach: float

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
        return int(self.block_ids.max()) + 1

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
    size = _check_tensors(q, k, v)
    rows, keys = tuple(q.shape[:3]), k.shape[2]
    root = math.sqrt(q.shape[3])
    tau = per_head("temperature", root if temperature is None else temperature, rows[1], q.device)
    require("temperature", tau, (tau > 0) & (tau < math.inf), "a finite number > 0")
    penalty = per_head("dial", dial, rows[1], q.device)
    require("dial", penalty, penalty >= 0, "a number ≥ 0 (inf is block-local)")
    ids = _block_ids(blocks, rows[0], keys, q.device)
    shift = None if bias is None else _bias(bias, (*rows, keys), q.device)
    problem = Problem(
        q=q,
        k=k,
        v=v,
        temperature=tau,
        dial=penalty,
        mask=_mask(mask),
        bias=shift,
        block_ids=ids,
        relevant=None if relevant is None else _relevant(relevant, ids, rows),
        aux=_aux(aux),
        reach=_reach(q.shape[3] * size["q"] * max(size["k"], 1.0), tau, penalty, shift),
    )
    _check_mask(problem)
    _check_needs(problem)
    return problem


# -- tensors -----------------------------------------------------------------------------------


def _check_tensors(q: Any, k: Any, v: Any) -> dict[str, float]:
    """The largest absolute value of each; InputError for what attention cannot be of."""
    size = {}
    for name, t in (("q", q), ("k", k), ("v", v)):
        if not isinstance(t, Tensor) or t.ndim != 4 or t.dtype not in FLOATS:
            raise InputError(
                f"{name} = {shown(t)}: expected a floating tensor (batch, heads, positions, dim)"
            )
        if min(t.shape) < 1:
            raise InputError(f"{name} has shape {tuple(t.shape)}: expected every size ≥ 1")
        if t.device.type not in ("cpu", "cuda"):
            raise InputError(f"{name} is on {t.device}: expected cpu or cuda")
        size[name] = largest(name, t)
    _check_agreement(q, k, v)
    return size


def _check_agreement(q: Tensor, k: Tensor, v: Tensor) -> None:
    shapes = f"q {tuple(q.shape)}, k {tuple(k.shape)}, v {tuple(v.shape)}"
    if not (q.shape[0] == k.shape[0] and k.shape[:3] == v.shape[:3] and q.shape[3] == k.shape[3]):
        raise InputError(
            f"{shapes}: expected q (batch, heads, queries, dim), k and v (batch, kv heads, keys, …)"
        )
    if q.shape[1] % k.shape[1]:
        raise InputError(f"{shapes}: expected heads to be a multiple of kv heads")
    kinds = [f"{t.dtype} on {t.device}" for t in (q, k, v)]
    if len(set(kinds)) > 1:
        raise InputError(f"q, k, v are {', '.join(kinds)}: expected one dtype on one device")


def _bias(bias: Any, pairs: tuple[int, ...], device: torch.device) -> Tensor:
    expected = f"numbers broadcastable to (batch, heads, queries, keys) = {pairs}"
    t = tensor("bias", bias, expected, device)
    wide = (1,) * (4 - t.ndim) + tuple(t.shape)
    if t.dtype not in FLOATS or not fits(wide, pairs):
        raise InputError(f"bias: {described(t)}: expected {expected}")
    largest("bias", t, "finite numbers (hide keys by a mask)")
    return t.reshape(wide)


def _reach(product: float, tau: Tensor, dial: Tensor, bias: Tensor | None) -> float:
    """A bound of |score|, scaled or not, and of |q/τ|, `product` being one of |⟨q, k⟩| and |q|;
    InputError where float64 could overflow.
    """
    additive = 0.0 if bias is None else largest("bias", bias)
    penalty = float(dial.detach().masked_fill(dial.isinf(), 0.0).max())
    reach = (product + additive + penalty) / min(1.0, float(tau.detach().min()))
    if not reach < LARGEST_SCORE:
        raise InputError(
            f"scores over temperature can reach {reach:.3g}: expected less than {LARGEST_SCORE}"
        )
    return reach


# -- blocks ------------------------------------------------------------------------------------


def _block_ids(blocks: Any, batch: int, keys: int, device: torch.device) -> Tensor:
    if blocks is None:
        return torch.full((1, keys), -1, dtype=torch.int64, device=device)
    if isinstance(blocks, int | np.integer):
        width = whole("blocks", blocks, 1)
        return (torch.arange(keys, device=device) // width).unsqueeze(0)
    if isinstance(blocks, Tensor | np.ndarray) or _are_integers(blocks):
        return _given_ids(blocks, batch, keys, device)
    return _ids_of_ranges(_ranges(blocks), keys).to(device)


def _are_integers(items: Any) -> bool:
    right = isinstance(items, list | tuple) and len(items) > 0
    return right and all(isinstance(item, int | np.integer) for item in items)


def _given_ids(blocks: Any, batch: int, keys: int, device: torch.device) -> Tensor:
    expected = f"integer ids of shape ({keys},) or ({batch}, {keys})"
    ids = integers("blocks", blocks, expected, device)
    if tuple(ids.shape) not in ((keys,), (batch, keys)):
        raise InputError(f"blocks: {described(ids)}: expected {expected}")
    low, high = int(ids.min()), int(ids.max())
    if low < -1 or high >= keys:
        raise InputError(f"block ids from {low} to {high}: expected −1 (none) to {keys - 1}")
    if high < 0:
        raise InputError("block ids are all −1: expected a key in some block")
    return ids.reshape(-1, keys)


def _ranges(blocks: Any) -> list[tuple[int, int]]:
    pairs = list(blocks) if isinstance(blocks, list | tuple) else []
    if not pairs or not all(_are_integers(pair) and len(pair) == 2 for pair in pairs):
        raise InputError(
            f"blocks = {shown(blocks)}: expected a block size, ids, or (start, stop) ranges"
        )
    return [(int(start), int(stop)) for start, stop in pairs]


def _ids_of_ranges(ranges: list[tuple[int, int]], keys: int) -> Tensor:
    ids = torch.full((1, keys), -1, dtype=torch.int64)
    for block, (start, stop) in enumerate(ranges):
        if not 0 <= start < stop <= keys:
            raise InputError(
                f"block range ({start}, {stop}): expected 0 ≤ start < stop ≤ {keys} keys"
            )
        taken = int(ids[0, start:stop].max())
        if taken >= 0:
            raise InputError(
                f"block ranges {ranges[taken]} and ({start}, {stop}) overlap: expected disjoint"
            )
        ids[0, start:stop] = block
    return ids


def _relevant(relevant: Any, ids: Tensor, rows: tuple[int, ...]) -> Tensor:
    if int(ids.max()) < 0:
        raise InputError(f"relevant = {shown(relevant)} without blocks: expected blocks too")
    batch, _, queries = rows
    expected = f"a block id, or ids ({queries},), ({batch}, {queries}) or {rows}, sizes 1 allowed"
    t = integers("relevant", relevant, expected, ids.device)
    shape = tuple(t.shape)
    wide = {0: (1, 1, 1), 1: (1, 1, *shape), 2: (*shape[:1], 1, *shape[1:])}.get(t.ndim, shape)
    if not fits(wide, rows):
        raise InputError(f"relevant: {described(t)}: expected {expected}")
    targets = t.reshape(wide).expand(-1, -1, queries)
    _check_targets(targets, ids)
    return targets


def _check_targets(targets: Tensor, ids: Tensor) -> None:
    count = int(ids.max()) + 1
    outside = targets[(targets < 0) | (targets >= count)]
    if outside.numel():
        raise InputError(f"relevant block {int(outside[0])}: expected an id from 0 to {count - 1}")
    held = torch.zeros(ids.shape[0], count + 1, dtype=torch.bool, device=ids.device)
    held.scatter_(1, ids + 1, True)
    batch = max(ids.shape[0], targets.shape[0])
    wanted = targets.expand(batch, -1, -1).flatten(1)
    empty = wanted[~held[:, 1:].expand(batch, -1).gather(1, wanted)]
    if empty.numel():
        raise InputError(f"relevant block {int(empty[0])} holds no key: expected a block with keys")


# -- mask and requests -------------------------------------------------------------------------


def _mask(mask: Any) -> Mask:
    if mask is None:
        return Mask()
    if isinstance(mask, Mask):
        return mask
    if isinstance(mask, str) and mask in NAMED:
        return NAMED[mask]
    raise InputError(f"mask = {shown(mask)}: expected None, a Mask, or one of {', '.join(NAMED)}")


def _aux(aux: Any) -> AuxRequest:
    if not isinstance(aux, AuxRequest):
        raise InputError(f"aux = {shown(aux)}: expected an AuxRequest")
    return aux


def _check_mask(problem: Problem) -> None:
    batch, keys = problem.rows[0], problem.keys
    for part in problem.mask.parts:
        if isinstance(part, BlockLocal) and problem.relevant is None:
            raise InputError("mask block_local without relevant: expected blocks and relevant")
        if isinstance(part, Keys | Dense) and part.visible.device != problem.q.device:
            raise InputError(f"mask on {part.visible.device}: expected {problem.q.device}")
        if isinstance(part, Keys) and tuple(part.visible.shape) not in ((keys,), (batch, keys)):
            shape = tuple(part.visible.shape)
            raise InputError(f"Mask.keys of shape {shape}: expected ({keys},) or ({batch}, {keys})")
        if isinstance(part, Dense):
            shape, pairs = tuple(part.visible.shape), problem.pairs[-part.visible.ndim :]
            if not fits(shape, pairs):
                raise InputError(f"Mask.dense of shape {shape}: expected {pairs}, sizes 1 allowed")


def _check_needs(problem: Problem) -> None:
    asked = problem.aux.names()
    if "block_mass" in asked and not problem.block_count:
        raise InputError("aux asks for block_mass without blocks: expected blocks")
    if problem.relevant is not None:
        return
    for name in NEEDS_RELEVANT:
        if name in asked:
            raise InputError(f"aux asks for {name} without relevant: expected blocks and relevant")
    if bool((problem.dial > 0).any()):
        value = float(problem.dial.detach().max())
        raise InputError(f"dial = {value} without relevant: expected blocks and relevant")
