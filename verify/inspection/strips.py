"""One row of attention as a line of text: every token with the weight that a query gives it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from locality.verify.instances.models import Reading

AROUND = 60  # tokens on either side of the query
NAMED = 4  # keys with the largest weights, named beside the text
LEAST = 0.005  # half a per cent, which rounds to one
EXAMPLES = 2


@dataclass(frozen=True)
class Chip:
    """A token; `gap` is the white space before it, `shade` its weight over the row's largest."""

    text: str
    gap: str
    weight: float
    shade: float
    is_query: bool


@dataclass(frozen=True)
class Strip:
    """A query, the tokens around it, and what it attends to most; `outside` is the weight beyond.

    `best` holds a key's text and weight, largest first.
    """

    query: str
    chips: tuple[Chip, ...]
    cut: tuple[bool, bool]
    outside: float
    best: tuple[tuple[str, float], ...]


def example_queries(reading: Reading, ids: NDArray[np.int64]) -> tuple[int, ...]:
    """Tokens that make good examples: the longest near evenly spaced places in the text."""
    inside = np.flatnonzero(ids >= 0)
    lengths = np.diff(reading.spans, axis=1).ravel()
    near = max(1, len(inside) // 10)
    places = (round(len(inside) * (i + 1) / (EXAMPLES + 1)) for i in range(EXAMPLES))
    parts = (inside[max(0, place - near) : place + near + 1] for place in places)
    return tuple(dict.fromkeys(int(part[np.argmax(lengths[part])]) for part in parts))


def strip(reading: Reading, query: int, weights: NDArray[np.float64]) -> Strip:
    """The row of one query; weights (keys,)."""
    start, stop = max(0, query - AROUND), min(len(weights), query + AROUND + 1)
    top = float(weights.max()) or 1.0
    chips = (
        Chip(_text(reading, i), _gap(reading, i), float(w), float(w) / top, i == query)
        for i, w in zip(range(start, stop), weights[start:stop], strict=True)
    )
    best = np.argsort(-weights, kind="stable")[:NAMED]
    best = best[weights[best] >= LEAST]
    return Strip(
        _text(reading, query).strip(),
        tuple(chips),
        (start > 0, stop < len(weights)),
        max(0.0, 1.0 - float(weights[start:stop].sum())),
        tuple((_text(reading, int(i)).strip(), float(weights[i])) for i in best),
    )


def _text(reading: Reading, i: int) -> str:
    start, stop = (int(end) for end in reading.spans[i])
    return reading.text[start:stop] if stop > start else reading.tokens[i]


def _gap(reading: Reading, i: int) -> str:
    """A space where the text has some before the token, or the token is no part of the text."""
    start, stop = (int(end) for end in reading.spans[i])
    before = _end(reading.spans[:i])
    return " " if stop == start or start > before or before == 0 else ""


def _end(spans: Sequence[Sequence[int]] | NDArray[np.int64]) -> int:
    return max((int(stop) for _, stop in spans), default=0)
