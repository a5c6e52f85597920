"""Does one group's own problem decide the whole one? Certificates against global solutions.

Random rows of 16 keys in 4 groups, with random penalties, some of them 0, and random leads of the
first group. `certifies_block` sees that group and its penalty, and compares the others with its
multiplier; the whole problem is solved by halving an interval that holds its multiplier, which
shares nothing with the kernel. A false answer is one that the certificate gives beyond its rounding
and the solution contradicts; rows within the rounding are counted apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from locality.kernels import BlockCertificate, certifies_block, group_sparsemax
from locality.verify.experiments.study import Part, Study

Floats = NDArray[np.float64]
Index = NDArray[np.int64]
Decide = Callable[[Floats, Index, Floats, int], BlockCertificate]

SEED = 7
PART = 10_000  # instances
BATCH = 500  # instances that share penalties
KEYS, GROUPS = 16, 4
HALVINGS = 64  # from less than 8 down to the resolution of a double
ACCURACY = 1e-10  # of weights
SCALES = (0.0, 0.25, 0.5, 1.0, 2.0)


def rows(generator: np.random.Generator) -> tuple[Floats, Index, Floats]:
    """Scores (batch, keys), groups (batch, keys) and penalties (groups,): dyadic numbers.

    Sums of four words, of standard deviation about 1.2; the first key is in the first group, and
    that group leads by −2 to 3.
    """
    words = generator.integers(-(2**15), 2**15, (BATCH, KEYS, 4))
    index = generator.integers(0, GROUPS, (BATCH, KEYS))
    index[:, 0] = 0
    lead = generator.integers(-2 * 2**10, 3 * 2**10, (BATCH, 1)) / 2**10
    scores = words.sum(axis=2) / 2**15 + lead * (index == 0)
    scale = np.array(SCALES)[generator.integers(0, len(SCALES), GROUPS)]
    return scores, index, scale * generator.integers(1, 2**12, GROUPS) / 2**12


def by_halving(scores: Floats, index: Index, penalties: Floats) -> Floats:
    """The weights of the whole problem (batch, keys)."""
    own = [index == group for group in range(GROUPS)]

    def weights(level: Floats) -> Floats:
        excess = np.maximum(scores - level[:, None], 0)
        lengths = [np.sqrt((excess**2 * mine).sum(axis=1)) for mine in own]
        with np.errstate(divide="ignore", invalid="ignore"):
            factors = [
                np.where(length > penalty, 1 - penalty / length, 0.0)
                for length, penalty in zip(lengths, penalties, strict=True)
            ]
        shrunk = [f[:, None] * mine * excess for f, mine in zip(factors, own, strict=True)]
        return np.sum(shrunk, axis=0)  # groups are disjoint

    high = scores.max(axis=1)
    low = high - 1 - penalties.max()
    for _ in range(HALVINGS):
        level = (low + high) / 2
        enough = weights(level).sum(axis=1) > 1
        low, high = np.where(enough, level, low), np.where(enough, high, level)
    return weights(low)


def compared(decide: Decide, number: int, folder: Path) -> dict[str, Any]:
    """One part: PART instances, BATCH at a time."""
    generator = np.random.Generator(np.random.Philox(key=[SEED, number]))
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # for small tensors more would wait for each other
    try:
        return merged([_batch(decide, *rows(generator)) for _ in range(PART // BATCH)])
    finally:
        torch.set_num_threads(threads)


def _batch(decide: Decide, scores: Floats, index: Index, penalties: Floats) -> dict[str, Any]:
    said = decide(scores, index, penalties, 0)
    certified, refuted = said.certified.numpy(), said.refuted.numpy()
    solved = by_halving(scores, index, penalties)
    leaks = (solved * (index != 0)).sum(axis=1) > 0
    kernel = group_sparsemax(scores, index, penalties).numpy()
    away = np.abs(said.slack.numpy()[certified | refuted])
    return {
        "instances": len(scores),
        "penalised": len(scores) * bool(penalties[0] > 0),
        "certified": int(certified.sum()),
        "refuted": int(refuted.sum()),
        "undecided": int(said.undecided.sum()),
        "false_certified": int((certified & leaks).sum()),
        "false_refuted": int((refuted & ~leaks).sum()),
        "nearest": float(away[away > 0].min()),
        "difference": float(np.abs(kernel - solved).max()),
    }


def merged(parts: list[Mapping[str, Any]]) -> dict[str, Any]:
    """Counts added; the smallest slack that was decided, and the largest difference of weights."""
    ends: dict[str, Callable[..., Any]] = {"nearest": min, "difference": max}
    return {name: ends.get(name, sum)(part[name] for part in parts) for name in parts[0]}


def parts(quick: bool, decide: Decide = certifies_block) -> Mapping[str, Part]:
    """10⁴ instances, or 10⁶."""
    return {f"{k:03}": partial(compared, decide, k) for k in range(1 if quick else 100)}


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of all parts."""
    return merged([*found.values()])


def faults(found: Mapping[str, Any]) -> list[str]:
    """What contradicts the theorem, or shows that nothing was tested."""
    told = []
    for name, words in (("certified", "certified rows leak"), ("refuted", "refuted rows do not")):
        if found[f"false_{name}"]:
            told.append(f"{found[f'false_{name}']} of {found[name]} {words}")
        if not found[name] > found["instances"] / 10:
            told.append(f"only {found[name]} of {found['instances']} rows are {name}")
    if not found["penalised"] > found["instances"] / 2:
        told.append(f"only {found['penalised']} rows have a penalty on the relevant group")
    if not found["difference"] <= ACCURACY:
        told.append(f"weights differ by {found['difference']}")
    return told


STUDY = Study(
    name="group-sparsemax",
    title="One group's own problem against the whole one",
    theorems=("group-sparsemax",),
    inequality="no certificate that is beyond rounding is contradicted by the global solution, "
    f"and the kernel's weights are within {ACCURACY} of that solution",
    parts=parts,
    summary=summary,
    faults=faults,
    modules=("locality.kernels.group_sparsemax",),
)
