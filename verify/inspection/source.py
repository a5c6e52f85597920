"""Attention in files: arrays of queries and keys, scores or probabilities. Pickles are never read.

A head is read a tile of rows at a time, so that no more than a tile of it is ever held in float64.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from locality.theory.core.errors import InputError

Kind = Literal["scores", "pattern"]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MOST_ROWS = 1 << 22  # rows of one file: above that a file is a mistake, or needs to be cut
AT_ONCE = 1 << 15  # pairs of a query and a key in a tile, few enough for a core's cache


@dataclass(frozen=True)
class Rows:
    """Some rows of a head: scores or probabilities (rows, keys), booleans of the same shape.

    `first` is the position of the first row's query among the keys.
    """

    matrix: Floats
    relevant: Flags
    visible: Flags
    first: int


@dataclass(frozen=True)
class Head:
    """One head: `tiles` gives its rows from the first to the last, as often as it is called.

    `unit` is the unit roundoff of the numbers as they were stored. `aligned` says that keys stand
    at positions 0, 1, … and queries at the last of them, so that |i − j| is a distance in tokens;
    `anchors` are the positions of the first token and of special ones.
    """

    layer: int
    head: int
    kind: Kind
    temperature: float
    unit: float
    tiles: Callable[[], Iterator[Rows]]
    aligned: bool = False
    anchors: tuple[int, ...] = (0,)


@dataclass(frozen=True)
class Grid:
    """One head of one text by slices of its rows: each function gives (rows, keys).

    Without weight, and not visible, are a probability of 0 and a score of −inf. `relevant` is a
    number m where it is each row's m largest.
    """

    kind: Kind
    queries: int
    keys: int
    matrix: Callable[[slice], Floats]
    visible: Callable[[slice], Flags]
    relevant: Callable[[slice], Flags] | int

    def tiles(self) -> Iterator[Rows]:
        """The rows, so many at a time that a tile has about AT_ONCE pairs."""
        height = max(1, AT_ONCE // self.keys)
        for start in range(0, self.queries, height):
            cut = slice(start, min(start + height, self.queries))
            matrix = self.matrix(cut)
            live = matrix > 0 if self.kind == "pattern" else ~np.isneginf(matrix)
            seen = self.visible(cut) & live
            top = self.relevant
            chosen = top_keys(matrix, seen, top) if isinstance(top, int) else top(cut)
            yield Rows(matrix, chosen & seen, seen, self.keys - self.queries + start)


def top_keys(scores: Floats, visible: Flags, m: int) -> Flags:
    """The m largest visible scores of each row, as booleans."""
    if not 1 <= m < scores.shape[-1]:
        raise InputError(f"top = {m}: expected between 1 and {scores.shape[-1] - 1} keys")
    seen = np.where(visible, scores, -np.inf)
    chosen = np.argpartition(-seen, m - 1, axis=-1)[..., :m]
    found = np.zeros(scores.shape, dtype=np.bool_)
    np.put_along_axis(found, chosen, True, axis=-1)
    return found & visible


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """The arrays of an npz or safetensors file; InputError for anything else, in one line."""
    if not path.is_file():
        raise InputError(f"{path}: expected a file")
    try:
        if path.suffix == ".safetensors":
            from safetensors.numpy import load_file

            return dict(load_file(path))
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as found:
            if not isinstance(found, np.lib.npyio.NpzFile):
                raise InputError(f"{path}: expected named arrays (npz), found a single one")
            return {name: found[name] for name in found.files}
    except InputError:
        raise
    except (OSError, ValueError, EOFError, MemoryError, zipfile.BadZipFile) as error:
        raise InputError(
            f"{path}: expected npz or safetensors arrays, not pickled: {error}"
        ) from error
    except Exception as error:  # safetensors raises its own type, which it does not export stably
        raise InputError(f"{path}: unreadable as safetensors: {error}") from error


_ALLOWED = {"q", "k", "v", "scores", "pattern", "blocks", "relevant", "temperature", "visible"}


def file_heads(path: Path, top: int | None) -> Iterator[Head]:
    """The heads of a file; InputError names the array that is wrong and what was expected."""
    from locality.verify.inspection.cache import cache_heads, is_cache

    arrays = read_arrays(path)
    if is_cache(arrays):
        yield from cache_heads(arrays, top)
        return
    extra = sorted(set(arrays) - _ALLOWED)
    if extra:
        raise InputError(
            f"{path}: unknown array {extra[0]!r}: expected {', '.join(sorted(_ALLOWED))}"
        )
    _sized(arrays)
    for entry in range(_stored(arrays).shape[0]):
        yield from entry_heads(arrays, entry, top)


def entry_heads(arrays: Mapping[str, NDArray[Any]], entry: int, top: int | None) -> Iterator[Head]:
    """The heads of one entry of the batch, which stands for a layer in a file."""
    stored, kind = _stored(arrays), _kind(arrays)
    temperature = _temperature(arrays, kind)
    for head in range(stored.shape[1]):
        grid = head_grid(arrays, entry, head, top)
        yield Head(entry, head, kind, float(temperature[head]), _unit(stored), grid.tiles)


def head_grid(arrays: Mapping[str, NDArray[Any]], entry: int, head: int, top: int | None) -> Grid:
    """One head of one entry of the batch; InputError as in `file_heads`."""
    shape = _shape(arrays)
    relevant = top if top is not None else _relevant(arrays, shape)
    if relevant is None:
        raise InputError("relevant is missing: expected blocks and relevant, or --top M")
    return Grid(
        _kind(arrays),
        *shape[2:],
        partial(_tile, arrays, entry, head),
        _visible(arrays, shape)[entry, head].__getitem__,
        relevant if isinstance(relevant, int) else relevant.__getitem__,
    )


def _kind(arrays: Mapping[str, NDArray[Any]]) -> Kind:
    return "scores" if {"q", "k"} <= arrays.keys() or "scores" in arrays else "pattern"


def _tile(arrays: Mapping[str, NDArray[Any]], entry: int, head: int, cut: slice) -> Floats:
    """Rows of scores or of probabilities in float64, finite but for hidden scores of −inf."""
    if {"q", "k"} <= arrays.keys():
        q, k = arrays["q"], arrays["k"]
        keys = k[entry, head // (q.shape[1] // k.shape[1])].astype(np.float64)
        return _finite(
            q[entry, head, cut].astype(np.float64) @ keys.T, "scores", (entry, head, cut)
        )
    name = _kind(arrays)
    return _finite(arrays[name][entry, head, cut].astype(np.float64), name, (entry, head, cut))


def _stored(arrays: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    """The array that says how many entries, heads and queries there are, checked."""
    if {"q", "k"} <= arrays.keys():
        q, k = _floats(arrays, "q"), _floats(arrays, "k")
        if q.ndim != 4 or k.ndim != 4 or q.shape[-1] != k.shape[-1] or q.shape[0] != k.shape[0]:
            raise InputError(
                f"q {q.shape}, k {k.shape}: expected (batch, heads, queries|keys, dim), equal dim"
            )
        if q.shape[1] % k.shape[1]:
            raise InputError(
                f"{q.shape[1]} query heads, {k.shape[1]} key heads: expected a multiple"
            )
        return q
    for kind in ("scores", "pattern"):
        if kind in arrays:
            found = _floats(arrays, kind)
            if found.ndim != 4:
                raise InputError(f"{kind} {found.shape}: expected (batch, heads, queries, keys)")
            return found
    raise InputError(f"arrays {sorted(arrays)}: expected q and k, or scores, or pattern")


def _shape(arrays: Mapping[str, NDArray[Any]]) -> tuple[int, int, int, int]:
    """(batch, heads, queries, keys)."""
    batch, heads, queries, last = _stored(arrays).shape
    return batch, heads, queries, arrays["k"].shape[2] if {"q", "k"} <= arrays.keys() else last


def _floats(arrays: Mapping[str, NDArray[Any]], name: str) -> NDArray[Any]:
    found = arrays[name]
    if found.dtype.kind != "f" or found.size == 0:
        raise InputError(f"{name} {found.shape} of {found.dtype}: expected a non-empty float array")
    return found


def _unit(array: NDArray[Any]) -> float:
    return float(np.finfo(array.dtype).eps) / 2


def _sized(arrays: Mapping[str, NDArray[Any]]) -> None:
    rows = int(np.prod(_stored(arrays).shape[:3]))
    if rows > MOST_ROWS:
        raise InputError(f"{rows} rows: expected at most {MOST_ROWS}")


def _finite(matrix: Floats, name: str, place: tuple[int, int, slice]) -> Floats:
    bad = np.isnan(matrix) | np.isposinf(matrix) | ((matrix < 0) & (name == "pattern"))
    if bad.any():
        row, key = (int(i) for i in np.argwhere(bad)[0])
        where = [*place[:2], place[2].start + row, key]
        expected = "probabilities ≥ 0" if name == "pattern" else "finite numbers"
        raise InputError(f"{name}{where} = {matrix[row, key]}: expected {expected}")
    return matrix


def _temperature(arrays: Mapping[str, NDArray[Any]], kind: Kind) -> NDArray[np.float64]:
    heads = arrays["q" if "q" in arrays else kind].shape[1]
    default = arrays["q"].shape[-1] ** 0.5 if "q" in arrays else 1.0
    found = np.asarray(arrays.get("temperature", default), dtype=np.float64)
    if found.shape not in ((), (1,), (heads,)):
        raise InputError(f"temperature {found.shape}: expected a number or ({heads},)")
    if not (np.isfinite(found) & (found > 0)).all():
        raise InputError(f"temperature = {found.ravel().tolist()}: expected finite numbers > 0")
    if kind == "pattern" and "temperature" in arrays:
        raise InputError("temperature with a pattern: expected none, its margin is in units of τ")
    return np.broadcast_to(found, (heads,))


def _visible(arrays: Mapping[str, NDArray[Any]], shape: tuple[int, ...]) -> Flags:
    """What the file says of visibility, of that shape; a view, so it costs nothing."""
    given = arrays.get("visible", np.ones((), dtype=np.bool_))
    try:
        return np.broadcast_to(given.astype(np.bool_), shape)
    except ValueError as error:
        raise InputError(f"visible {given.shape}: expected to fit {shape}") from error


def _relevant(arrays: Mapping[str, NDArray[Any]], shape: tuple[int, ...]) -> Flags | None:
    if "blocks" not in arrays or "relevant" not in arrays:
        return None
    blocks, wanted = (_ids(arrays[name], name) for name in ("blocks", "relevant"))
    if blocks.shape != (shape[3],) or wanted.shape != (shape[2],):
        raise InputError(
            f"blocks {blocks.shape}, relevant {wanted.shape}: "
            f"expected ({shape[3]},) and ({shape[2]},)"
        )
    unknown = sorted(set(wanted.tolist()) - set(blocks[blocks >= 0].tolist()))
    if unknown:
        raise InputError(f"relevant block {unknown[0]}: expected an id that blocks holds")
    found = blocks[None, :] == wanted[:, None]
    if found.all():
        raise InputError("every key is relevant to every query: expected some other keys")
    return found


def _ids(array: NDArray[Any], name: str) -> NDArray[np.int64]:
    if array.dtype.kind not in "iu":
        raise InputError(f"{name} of {array.dtype}: expected integers")
    return array.astype(np.int64)
