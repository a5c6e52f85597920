"""What a check is run on: a batch of rows, and one instance of it kept as exact bytes.

The columns of every row are ordered: the first `m` keys are the relevant set R, the others are C.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from locality.theory import InputError

Floats = NDArray[np.float64]

STRATA: Final = ("negative", "0", "(0,1)", "[1,8)", "[8,30)", ">=30")
EXTRAS: Final = frozenset({"values", "query", "dial", "step", "delta", "rates"})

_EDGES: Final = np.array([0.0, np.nextafter(0.0, 1.0), 1.0, 8.0, 30.0])
_EXPECTED: Final = "an instance written by Instance.to_bytes"


def stratum_of(x: Floats) -> NDArray[np.intp]:
    """The index into STRATA of each margin x = margin/temperature."""
    return np.digitize(x, _EDGES)


@dataclass(frozen=True)
class Batch:
    """Rows of attention scores that share one size `n` and one number `m` of relevant keys.

    `scores` (size, n) in units of s, `temperature` (size,) > 0, `stratum` an index into STRATA or
    one for each row. Only on request: `values` (size, n, d), `dial` (size,) in units of s, `step`
    (size,) relative and > 0, `delta` (size,) in (0, 1), `rates` (size, 4) in (0, 1) for whatever a
    theorem needs besides: probabilities, penalties, factors; `query` (size, d) in units of s over
    those of `values`, for theorems about keys: they take the values for keys, and ⟨query, value⟩,
    not `scores`, for their scores. Families plant the margin min scores[:, :m] - max scores[:, m:]
    exactly.
    """

    scores: Floats
    m: int
    temperature: Floats
    stratum: int | NDArray[np.intp]
    values: Floats | None = None
    dial: Floats | None = None
    step: Floats | None = None
    delta: Floats | None = None
    query: Floats | None = None
    rates: Floats | None = None

    @property
    def size(self) -> int:
        """The number of rows."""
        return self.scores.shape[0]

    @property
    def n(self) -> int:
        """The number of visible keys of a row."""
        return self.scores.shape[1]

    @property
    def c(self) -> int:
        """The number of visible keys outside R."""
        return self.n - self.m

    def instance(self, i: int, width: int = 1) -> Instance:
        """Rows i … i + width - 1 as an instance of their own; InputError if they do not exist."""
        if not (width >= 1 and 0 <= i <= self.size - width):
            raise InputError(f"rows {i} to {i + width - 1}: expected some of {self.size}")
        taken: dict[str, Any] = {name: _rows(getattr(self, name), i, width) for name in _ARRAYS}
        return Instance(m=self.m, **taken)


@dataclass(frozen=True)
class Instance:
    """One row of a batch, or a group of `width` consecutive rows; the arrays are a batch's."""

    scores: Floats
    m: int
    temperature: Floats
    values: Floats | None = None
    dial: Floats | None = None
    step: Floats | None = None
    delta: Floats | None = None
    query: Floats | None = None
    rates: Floats | None = None

    @property
    def width(self) -> int:
        """The number of rows."""
        return self.scores.shape[0]

    def batch(self) -> Batch:
        """The instance as a batch of its own, its strata recomputed from the scores."""
        margin = self.scores[:, : self.m].min(axis=1) - self.scores[:, self.m :].max(axis=1)
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        return Batch(m=self.m, stratum=stratum_of(margin / self.temperature), **arrays)

    def to_bytes(self) -> bytes:
        """The instance as an npz file: the same numbers, bit for bit, on any machine."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        kept: dict[str, Any] = {
            name: np.ascontiguousarray(a) for name, a in arrays.items() if a is not None
        }
        file = io.BytesIO()
        np.savez(file, m=np.int64(self.m), **kept)
        return file.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Instance:
        """The instance that `to_bytes` wrote; InputError on anything else, pickles included."""
        try:
            arrays = _arrays(data)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError) as error:
            why = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise InputError(f"{len(data)} bytes ({why}): expected {_EXPECTED}") from error
        _check(arrays)
        return cls(m=int(arrays.pop("m")), **arrays)


_ARRAYS: Final = tuple(field.name for field in fields(Instance) if field.name != "m")
_AXES: Final = {"scores": (2, 0), "values": (2, 1), "query": (1, 1), "rates": (1, 1)}
"""How many axes an array shares with the scores, and how many it has of its own."""


_HEADER: Final = re.compile(
    rb"\x93NUMPY\x01\x00..{'descr': '<(f8|i8)', "
    rb"'fortran_order': False, 'shape': \(([\d, ]*)\), } *\n",
    re.DOTALL,
)


def _rows(array: Floats | None, i: int, width: int) -> Floats | None:
    return None if array is None else np.ascontiguousarray(array[i : i + width])


def _arrays(data: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        if any(entry.compress_type or entry.flag_bits & 1 for entry in entries):
            raise ValueError("compressed or encrypted entries")
        return {e.filename.removesuffix(".npy"): _array(archive.read(e)) for e in entries}


def _array(entry: bytes) -> Any:
    """One npy file, if its header is letter by letter one that NumPy writes for such an array."""
    header = _HEADER.match(entry)
    if header is None:
        raise ValueError("an entry that is no array of float64 or int64")
    shape = [int(axis) for axis in header[2].split(b",") if axis.strip()]
    return np.frombuffer(entry, dtype=f"<{header[1].decode()}", offset=header.end()).reshape(shape)


def _check(arrays: dict[str, Any]) -> None:
    if not {"m", "scores", "temperature"} <= arrays.keys() <= {"m", *_ARRAYS}:
        raise InputError(f"arrays {sorted(arrays)}: expected {_EXPECTED}")
    m, scores = arrays["m"], arrays["scores"]
    if m.dtype != np.int64 or m.shape != () or scores.ndim != 2 or not 1 <= m < scores.shape[1]:
        raise InputError(f"m = {m} for scores of shape {scores.shape}: expected {_EXPECTED}")
    for name in arrays.keys() - {"m"}:
        array, (shared, own) = arrays[name], _AXES.get(name, (1, 0))
        if array.dtype != np.float64 or array.shape[:shared] != scores.shape[:shared]:
            raise InputError(f"{name}: {array.dtype} of shape {array.shape}: expected {_EXPECTED}")
        if array.ndim != shared + own:
            raise InputError(f"{name} with {array.ndim} axes: expected {shared + own}")
    if {"values", "query"} <= arrays.keys():
        ours, theirs = arrays["query"].shape[1], arrays["values"].shape[2]
        if ours != theirs:
            raise InputError(f"query in {ours} dimensions: expected the {theirs} of the values")
