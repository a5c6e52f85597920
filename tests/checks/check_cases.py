"""The case table of this folder: rows with something extreme, and all the extras."""

from __future__ import annotations

from itertools import islice

import numpy as np

from locality.verify.instances import Instance, Stream, family

EXTRAS = frozenset({"values", "query", "dial", "step", "delta", "rates"})
FAMILIES = ("gaussian", "heavy-tailed", "near-tie", "two-level")


def row(
    relevant,
    others,
    temperature=1.0,
    dial=0.5,
    step=0.25,
    delta=0.375,
    values=None,
    query=None,
    rates=(0.5, 0.25, 0.125, 0.75),
    width=1,
) -> Instance:
    """`width` equal rows; by default values count the keys and the query is (½, −¼, …)."""
    scores = np.array([[*relevant, *others]] * width, dtype=np.float64)
    n = scores.shape[1]
    if values is None:
        values = [[float(k), float(k * k % 7)] for k in range(n)]
    if query is None:
        query = [(-0.5) ** (k + 1) * -temperature for k in range(len(values[0]))]
    return Instance(
        scores=scores,
        m=len(relevant),
        temperature=np.full(width, temperature),
        values=np.array([values] * width, dtype=np.float64),
        query=np.array([query] * width, dtype=np.float64),
        dial=np.full(width, dial),
        step=np.full(width, step),
        delta=np.full(width, delta),
        rates=np.array([rates] * width),
    )


CASES = {
    "weights 1 and e": row([1], [0]),
    "one key each, trailing": row([-3], [2]),
    "one relevant key": row([2], [0, -1, 1.5]),
    "one other key": row([2, 3, 2.5], [1]),
    "no margin": row([0, 1], [0, -1]),
    "all scores equal": row([1, 1], [1, 1, 1]),
    "two-level": row([1, 1], [0, 0, 0]),
    "ties": row([1, 1, 2], [0, 0, -1]),
    "nearly tied": row([1, 1 + 2.0**-40], [1 - 2.0**-40, 1 - 2.0**-39]),
    "x = 800": row([800], [0, -1]),
    "x = 800, two-level": row([800, 800], [0, 0]),
    "x = -800": row([-800], [0, -1]),
    "saturated": row([1e5], [0, -3e4]),
    "tiny temperature": row([2.0, 2.5], [1.0, 0.5], temperature=2.0**-40, dial=2.0**-40),
    "huge temperature": row([2.0, 2.5], [1.0, 0.5], temperature=2.0**40, dial=2.0**40),
    "large offset": row([1e6 + 1, 1e6 + 2], [1e6, 1e6 - 1]),
    "63 keys": row([3.0 + k / 8 for k in range(7)], [-k / 4 for k in range(56)]),
    "smallest step": row([2, 3], [0, 1], step=2.0**-40),
    "dial far": row([2, 3], [0, 1], dial=512.0),
    "dial back": row([2, 3], [0, 1], dial=-64.0),
    "level next to the critical one": row([1], [0, 0], delta=2.0**-40),
    "level next to the critical one, below": row([1], [0, 0], delta=1 - 2.0**-40),
}


def widened(instance: Instance, width: int) -> Instance:
    """The row of a case, `width` times."""
    repeated = {
        name: np.repeat(getattr(instance, name), width, axis=0)
        for name in ("scores", "temperature", *sorted(EXTRAS))
    }
    return Instance(m=instance.m, **repeated)


def batches(name: str, shard: int = 0, extras: frozenset[str] = EXTRAS, seed: int = 11) -> list:
    """The first 16 micro-batches of a shard: every stratum of the margin."""
    return list(islice(family(name).draw(Stream(seed, name), shard, extras), 16))
