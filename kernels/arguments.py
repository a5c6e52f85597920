"""Reading one argument: a tensor, a size, a list of flags; InputError in one line otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from locality.theory.core.errors import InputError

LARGEST_SIZE = 2**31  # no block and no window is larger


def shown(value: Any) -> str:
    """A value on one short line."""
    if isinstance(value, Tensor) and value.ndim:
        return described(value)
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:59] + "…"


def described(t: Tensor) -> str:
    """Dtype and shape of a tensor."""
    return f"{str(t.dtype).removeprefix('torch.')} of shape {tuple(t.shape)}"


def tensor(name: str, value: Any, expected: str, device: torch.device | None = None) -> Tensor:
    """A tensor, array, (nested) list or number as a tensor; Python floats become float64."""
    if isinstance(value, Tensor):
        return value if device is None else value.to(device)
    try:
        return torch.from_numpy(np.array(value)).to(device)
    except (TypeError, ValueError, RuntimeError):
        raise InputError(f"{name} = {shown(value)}: expected {expected}") from None


def whole(name: str, value: Any, smallest: int) -> int:
    """An int of at least `smallest`."""
    right = isinstance(value, int | np.integer) and not isinstance(value, bool)
    if not (right and smallest <= value <= LARGEST_SIZE):
        raise InputError(f"{name} = {shown(value)}: expected an integer from {smallest} to 2^31")
    return int(value)


def number(name: str, value: Any, good: Callable[[float], bool], expected: str) -> float:
    """One real number that is good."""
    right = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    if not (right and good(value)):
        raise InputError(f"{name} = {shown(value)}: expected {expected}")
    return float(value)


def integers(name: str, value: Any, expected: str, device: torch.device) -> Tensor:
    """Integers as int64."""
    t = tensor(name, value, expected, device)
    if t.dtype == torch.bool or t.is_floating_point() or t.is_complex():
        raise InputError(f"{name}: {described(t)}: expected {expected}")
    return t.to(torch.int64)


def flags(name: str, value: Any, dims: Sequence[int], shape: str) -> Tensor:
    """Booleans with one of the numbers of dimensions."""
    t = tensor(name, value, f"booleans {shape}")
    if t.dtype != torch.bool or t.ndim not in dims:
        raise InputError(f"{name}: {described(t)}: expected booleans {shape}")
    return t


def fits(sizes: Sequence[int], full: Sequence[int]) -> bool:
    """Whether each size is 1 or the full one, and there are as many."""
    return len(sizes) == len(full) and all(
        have in (1, want) for have, want in zip(sizes, full, strict=True)
    )


def per_head(name: str, value: Any, heads: int, device: torch.device) -> Tensor:
    """A number, or one a head, as float64 (heads,); gradients pass."""
    expected = f"a number, or {heads} of them, one a head"
    t = tensor(name, value, expected, device)
    if t.dtype == torch.bool or t.is_complex() or tuple(t.shape) not in ((), (heads,)):
        raise InputError(f"{name} = {shown(value)}: expected {expected}")
    return t.to(torch.float64).expand(heads)


def largest(name: str, t: Tensor, expected: str = "finite numbers") -> float:
    """The largest absolute value; InputError that shows the first value that is not finite."""
    low, high = (float(end) for end in t.detach().aminmax())
    if not math.isfinite(high - low):
        require(name, t, t.detach().isfinite(), expected)
    return max(abs(low), abs(high))


def require(name: str, t: Tensor, good: Tensor, expected: str) -> None:
    """Show the first value that is not good."""
    if not bool(good.all()):
        where = (~good).nonzero()[0].tolist()
        raise InputError(f"{name}{where} = {float(t.detach()[tuple(where)])}: expected {expected}")
