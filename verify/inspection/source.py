"""Where attention comes from: a file of arrays, or a model on a text. Pickles are never read."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from locality.theory.core.errors import InputError
from locality.verify.instances import models

Kind = Literal["scores", "pattern"]
MOST_ROWS = 1 << 22  # rows of one file: above that a file is a mistake, or needs to be cut


@dataclass(frozen=True)
class Head:
    """One head's rows: scores or probabilities (queries, keys), and what belongs to them.

    `relevant` and `visible` are booleans (queries, keys); `unit` is the unit roundoff of the
    numbers as they were stored.
    """

    layer: int
    head: int
    kind: Kind
    matrix: NDArray[np.float64]
    relevant: NDArray[np.bool_]
    visible: NDArray[np.bool_]
    temperature: float
    unit: float


def top_keys(scores: NDArray[np.float64], visible: NDArray[np.bool_], m: int) -> NDArray[np.bool_]:
    """The m largest visible scores of each row, as booleans."""
    if not 1 <= m < scores.shape[-1]:
        raise InputError(f"top = {m}: expected between 1 and {scores.shape[-1] - 1} keys")
    seen = np.where(visible, scores, -np.inf)
    chosen = np.argpartition(-seen, m - 1, axis=-1)[..., :m]
    found = np.zeros(scores.shape, dtype=np.bool_)
    np.put_along_axis(found, chosen, True, axis=-1)
    return found & visible


# -- files --------------------------------------------------------------------------------------


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
    arrays = read_arrays(path)
    extra = sorted(set(arrays) - _ALLOWED)
    if extra:
        raise InputError(
            f"{path}: unknown array {extra[0]!r}: expected {', '.join(sorted(_ALLOWED))}"
        )
    kind, matrix, unit = _matrix(arrays)
    _finite(matrix, "pattern" if kind == "pattern" else "scores")
    temperature = _temperature(arrays, kind)
    visible = _visible(arrays, matrix, kind)
    relevant = None if top is not None else _relevant(arrays, matrix.shape)
    for batch in range(matrix.shape[0]):
        for head in range(matrix.shape[1]):
            one, seen = matrix[batch, head], np.broadcast_to(visible, matrix.shape)[batch, head]
            chosen = top_keys(one, seen, top) if top is not None else relevant
            if chosen is None:
                raise InputError("relevant is missing: expected blocks and relevant, or --top M")
            yield Head(batch, head, kind, one, chosen & seen, seen, temperature[head], unit)


def _matrix(arrays: dict[str, NDArray[Any]]) -> tuple[Kind, NDArray[np.float64], float]:
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
        wide = np.repeat(k.astype(np.float64), q.shape[1] // k.shape[1], axis=1)
        return "scores", _sized(q.astype(np.float64) @ wide.swapaxes(-1, -2)), _unit(q)
    for kind in ("scores", "pattern"):
        if kind in arrays:
            found = _floats(arrays, kind)
            if found.ndim != 4:
                raise InputError(f"{kind} {found.shape}: expected (batch, heads, queries, keys)")
            name: Kind = "scores" if kind == "scores" else "pattern"
            return name, _sized(found.astype(np.float64)), _unit(found)
    raise InputError(f"arrays {sorted(arrays)}: expected q and k, or scores, or pattern")


def _floats(arrays: dict[str, NDArray[Any]], name: str) -> NDArray[Any]:
    found = arrays[name]
    if found.dtype.kind != "f" or found.size == 0:
        raise InputError(f"{name} {found.shape} of {found.dtype}: expected a non-empty float array")
    return found


def _unit(array: NDArray[Any]) -> float:
    return float(np.finfo(array.dtype).eps) / 2


def _sized(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    rows = int(np.prod(matrix.shape[:3]))
    if rows > MOST_ROWS:
        raise InputError(f"{rows} rows: expected at most {MOST_ROWS}")
    return matrix


def _finite(matrix: NDArray[np.float64], name: str) -> None:
    if np.isnan(matrix).any() or np.isposinf(matrix).any():
        where = tuple(int(i) for i in np.argwhere(np.isnan(matrix) | np.isposinf(matrix))[0])
        raise InputError(f"{name}{list(where)} = {matrix[where]}: expected finite numbers")
    if name == "pattern" and (matrix < 0).any():
        where = tuple(int(i) for i in np.argwhere(matrix < 0)[0])
        raise InputError(f"pattern{list(where)} = {matrix[where]}: expected probabilities ≥ 0")


def _temperature(arrays: dict[str, NDArray[Any]], kind: Kind) -> NDArray[np.float64]:
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


def _visible(
    arrays: dict[str, NDArray[Any]], matrix: NDArray[np.float64], kind: Kind
) -> NDArray[np.bool_]:
    seen = matrix > 0 if kind == "pattern" else ~np.isneginf(matrix)
    if "visible" not in arrays:
        return seen
    given = arrays["visible"]
    try:
        return seen & np.broadcast_to(given.astype(np.bool_), matrix.shape)
    except ValueError as error:
        raise InputError(f"visible {given.shape}: expected to fit {matrix.shape}") from error


def _relevant(arrays: dict[str, NDArray[Any]], shape: tuple[int, ...]) -> NDArray[np.bool_] | None:
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


# -- models -------------------------------------------------------------------------------------


def model_heads(folder: Path, text: Path, blocks: str, top: int | None) -> Iterator[Head]:
    """The heads of a model on a text; R is the query's own block, or the row's top m keys."""
    if not text.is_file():
        raise InputError(f"{text}: expected a text file")
    try:
        words = text.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{text}: expected UTF-8 text: {error.reason}") from error
    reading = models.load(folder).read(words)
    ids = _block_ids(reading, blocks)
    own = (ids[:, None] == ids[None, :]) & (ids[:, None] >= 0)
    for number, layer in enumerate(reading.layers):
        for head in range(layer.q.shape[0]):
            yield _model_head(number, head, layer, own, top)


def _block_ids(reading: models.Reading, blocks: str) -> NDArray[np.int64]:
    if blocks == "sentences":
        return reading.sentences()
    if not blocks.isdigit():
        raise InputError(f"blocks = {blocks!r}: expected sentences or a number of tokens")
    return reading.blocks(int(blocks))


def _model_head(
    number: int, head: int, layer: models.Layer, own: NDArray[np.bool_], top: int | None
) -> Head:
    group = layer.q.shape[0] // layer.k.shape[0]
    scores = layer.q[head].astype(np.float64) @ layer.k[head // group].astype(np.float64).T
    visible = np.ones(scores.shape, np.bool_) if layer.visible is None else layer.visible
    relevant = own if top is None else top_keys(scores, visible, top)
    temperature = float(layer.temperature)
    return Head(number, head, "scores", scores, relevant & visible, visible, temperature, 2.0**-24)
