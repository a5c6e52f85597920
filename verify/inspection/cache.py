"""Attention cached by name, as interpretability tools keep it: blocks.0.attn.hook_pattern, ….

Of each layer, probabilities (hook_pattern) or scaled and masked scores (hook_attn_scores), both
(batch, heads, queries, keys), are read as they are; queries and keys (hook_q, hook_k, or hook_rot_q
and hook_rot_k where positions are rotated in), (batch, positions, heads, dim), only beside
`visible`, since nothing else says which keys a query saw. Scores come before probabilities, which
come before queries and keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from locality.theory.core.errors import InputError
from locality.verify.inspection.source import Head, Rows, entry_heads

_HOOK: Final = re.compile(r"blocks\.(\d+)\.attn\.hook_(\w+)")
_SHARED: Final = ("blocks", "relevant", "visible", "temperature")
Arrays = dict[str, NDArray[Any]]


def is_cache(names: Mapping[str, Any]) -> bool:
    """Whether some name is that of a layer's attention."""
    return any(_HOOK.fullmatch(name) for name in names)


def cache_heads(cache: Mapping[str, Any], top: int | None = None) -> Iterator[Head]:
    """The heads of a cache of arrays or tensors; the entries of a batch give rows of one head.

    Beside the layers it holds blocks (keys,) and relevant (queries,), unless `top` is given; other
    names are passed over. InputError names the entry that is wrong and what was expected.
    """
    shared = {name: _array(cache[name]) for name in _SHARED if name in cache}
    for layer, hooks in sorted(_layers(cache).items()):
        arrays, name = _attention(layer, hooks, shared)
        try:
            yield from _layer_heads(layer, arrays, top)
        except InputError as error:
            raise InputError(f"{name}: {error}") from error


def _layers(cache: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
    """Each layer's entries by the last part of their names."""
    found: dict[int, dict[str, Any]] = {}
    for name, value in cache.items():
        if place := _HOOK.fullmatch(name):
            found.setdefault(int(place[1]), {})[place[2]] = value
    return found


def _attention(layer: int, hooks: dict[str, Any], shared: Arrays) -> tuple[Arrays, str]:
    """The layer's arrays as a file would name them, and the entry that they are from."""
    prefix = f"blocks.{layer}.attn.hook_"
    for hook, kind in (("attn_scores", "scores"), ("pattern", "pattern")):
        if hook in hooks:
            return {kind: _array(hooks[hook])} | shared, prefix + hook
    for q, k in (("rot_q", "rot_k"), ("q", "k")):
        if {q, k} <= hooks.keys():
            if "visible" not in shared:
                raise InputError(
                    f"{prefix}{q} without scores or pattern: expected visible (queries, keys) too"
                )
            return {
                "q": _by_head(prefix + q, hooks[q]),
                "k": _by_head(prefix + k, hooks[k]),
            } | shared, prefix + q
    raise InputError(
        f"{prefix}{min(hooks)}: expected {prefix}attn_scores, {prefix}pattern, or q and k"
    )


def _array(value: Any) -> NDArray[Any]:
    """A NumPy array of the value, in its own precision if NumPy has it."""
    if isinstance(value, np.ndarray):
        return value
    try:
        return np.asarray(value.detach().cpu())
    except TypeError as error:
        raise InputError(f"{value.dtype}: expected float16, float32 or float64") from error


def _by_head(name: str, value: Any) -> NDArray[Any]:
    array = _array(value)
    if array.ndim != 4:
        raise InputError(f"{name} {array.shape}: expected (batch, positions, heads, dim)")
    return array.swapaxes(1, 2)


def _layer_heads(layer: int, arrays: Arrays, top: int | None) -> Iterator[Head]:
    """The heads of a layer, the rows of the batch's entries one after the other."""
    entries = len(arrays.get("q", arrays.get("scores", arrays.get("pattern", ()))))
    for heads in zip(*(entry_heads(arrays, entry, top) for entry in range(entries)), strict=True):

        def tiles(heads: tuple[Head, ...] = heads) -> Iterator[Rows]:
            return (rows for head in heads for rows in head.tiles())

        yield replace(heads[0], layer=layer, tiles=tiles, aligned=True)
