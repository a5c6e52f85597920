"""Hopfield retrieval under a dial: how many other patterns a block can stand.

A block of m patterns leads the others by the margin x, in units of the temperature 1/β; a dial of
λ nats makes that x + λ. By `threshold` the block keeps the share 1 − δ among c other patterns if
x + λ ≥ ln(c/m) + logit(1 − δ): the number of others that it can stand is multiplied by e^λ. By
`truncation` what is retrieved then lies within δ·D of what the block alone retrieves. How many it
does stand follows from undialled weights: by `dial` as many as leave logit F(0) + λ ≥ logit(1 − δ).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from locality.kernels import LocalMean
from locality.kernels.localization import LocalMeans
from locality.theory import theorem
from locality.verify.instances.batch import Floats

SEED = 7
CLASSES, SIZE = 10, 8  # digits, and how many images of one are a block
BLANK = 3  # columns of the 8 by 8 image that the query lacks
BETA = 4.0
DELTA = 0.1  # weight that others may have
UNIT = 2.0**-53
DIALS = tuple(math.log(4.0) * k for k in range(6))  # in nats


@dataclass(frozen=True)
class Query:
    """A state (d,), its block's patterns (m, d), and all others (c, d) in the order of storing."""

    state: Floats
    block: Floats
    others: Floats

    @property
    def margin(self) -> float:
        """By how much the block leads all others, in units of the temperature."""
        inner, outer = self.block @ self.state, self.others @ self.state
        return float(BETA * (inner.min() - outer.max()))

    def retrieved(self, others: int, dial: float) -> LocalMeans:
        """One step of retrieval among the block and the first so many others."""
        patterns = torch.from_numpy(np.concatenate([self.block, self.others[:others]]))
        blocks = (torch.arange(len(patterns)) >= len(self.block)).long()
        model = LocalMean("dot", 1 / BETA, dial).fit(patterns, patterns, blocks)
        return model.describe(torch.from_numpy(self.state)[None], relevant=0)


def queries(each: int) -> list[Query]:
    """So many queries a digit: an image of the block with its left columns blanked."""
    from sklearn.datasets import load_digits

    patterns, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(SEED).permutation(len(patterns))
    patterns, labels = patterns[order] - patterns.mean(axis=0), labels[order]
    patterns /= np.linalg.norm(patterns, axis=1, keepdims=True)
    found = []
    for label in range(CLASSES):
        block, others = patterns[labels == label][:SIZE], patterns[labels != label]
        for pattern in block[:each]:
            state = pattern.reshape(8, 8).copy()
            state[:, :BLANK] = 0.0
            found.append(Query(state.ravel(), block, others))
    return found


def admissible(query: Query, dial: float) -> int:
    """How many others leave the block its share for certain, by `threshold`."""
    counts = np.arange(1, len(query.others) + 1)
    needed = theorem("threshold").bound(m=SIZE, c=counts, delta=DELTA)
    return int((needed <= query.margin + dial).sum())


def stands(query: Query, dial: float) -> int:
    """How many others leave the block its share when they are stored one after the other.

    Each takes some weight from the block, so the largest number is found by halving.
    """
    low, high = 0, len(query.others) + 1
    while high - low > 1:
        middle = (low + high) // 2
        kept = 1 - float(query.retrieved(middle, dial).fidelity[0]) <= DELTA  # type: ignore[index]
        low, high = (middle, high) if kept else (low, middle)
    return low


def law(query: Query, others: int, dial: float) -> float:
    """The block's share among so many others, from the undialled one by `dial`."""
    fidelity = float(query.retrieved(others, 0.0).fidelity[0])  # type: ignore[index]
    return float(theorem("dial").bound(fidelity=fidelity, dial=dial, temperature=1.0))


def rounding(query: Query) -> float:
    """The absolute error of a share: a log weight is d products and their sum, over τ, less λ; an
    exponential over a sum of n at most doubles its error and adds n roundings; two are compared.
    """
    d, n = len(query.state), SIZE + len(query.others)
    largest = BETA * float(np.linalg.norm(query.state)) + max(DIALS)
    return 2 * UNIT * (2 * (d + 2) * largest + n)


def _lawful(query: Query, count: int, dial: float) -> bool:
    """Whether by `dial` the block stands that many others, and not one more."""
    share, error = 1 - DELTA, rounding(query)
    enough = count == 0 or law(query, count, dial) >= share - error
    most = count == len(query.others) or law(query, count + 1, dial) < share + error
    return enough and most


def study(each: int, dials: tuple[float, ...], folder: Path) -> dict[str, Any]:
    """By dial, each query's admissible and tolerated number of others, and what is retrieved."""
    made = queries(each)
    return {
        "stored": [len(query.others) for query in made],
        "margins": [query.margin for query in made],
        "rows": [_row(made, dial) for dial in dials],
    }


def _row(made: list[Query], dial: float) -> dict[str, Any]:
    counts = [admissible(query, dial) for query in made]
    stood = [stands(query, dial) for query in made]
    return {
        "dial": dial,
        "admissible": counts,
        "stands": stood,
        "lawful": [_lawful(q, c, dial) for q, c in zip(made, stood, strict=True)],
        "moved": [_moved(q, c, dial) for q, c in zip(made, counts, strict=True)],
    }


def _moved(query: Query, others: int, dial: float) -> dict[str, float]:
    """How far the admissible others move what is retrieved, and how far they may."""
    whole, alone = query.retrieved(others, dial), query.retrieved(0, dial)
    apart = np.linalg.norm(query.block[:, None] - query.others[:others], axis=2)
    widest = float(apart.max(initial=0.0))
    bound = theorem("truncation").bound(leakage=DELTA, diameter=widest)
    return {"by": float((whole.mean - alone.mean).norm()), "at most": float(bound)}


def faults(found: dict[str, Any]) -> list[str]:
    """Where fewer patterns are tolerated than are admissible, or more is moved than can be."""
    said = []
    for row in found["rows"]:
        where = f"retrieval, dial {row['dial']:g}"
        for least, count in zip(row["admissible"], row["stands"], strict=True):
            if not count >= least:
                said.append(f"{where}: {count} patterns, {least} are admissible")
        if not all(row["lawful"]):
            said.append(f"{where}: {row['lawful'].count(False)} counts are not by the dial's law")
        for moved in row["moved"]:
            if not moved["by"] <= moved["at most"]:
                said.append(f"{where}: moved by {moved['by']:g}, {moved['at most']:g} at most")
    return said
