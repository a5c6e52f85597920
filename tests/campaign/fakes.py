"""A small catalogue whose checks hold, fail, are undecided or lie on demand.

Claim of `spread`: the smallest relevant score is at most their mean; equal scores attain it.
"""

import os
import signal
from dataclasses import dataclass, replace
from fractions import Fraction
from types import SimpleNamespace

import numpy as np

from locality.verify.campaign.catalogue import Catalogue
from locality.verify.checks.protocol import Evaluation, Judgement
from locality.verify.instances.batch import Batch, Instance
from locality.verify.instances.stream import Stream

ROWS, BATCHES, KEYS, M = 8, 4, 6, 3
STRATA = ("low", "high")


@dataclass(frozen=True)
class Family:
    name: str
    witness: bool = False
    stored: bool = False
    end: int | None = None
    shard_size: int = ROWS * BATCHES

    def shards(self, limit):
        return self.end if limit is None or self.end is None else min(limit, self.end)

    def draw(self, stream, shard, extras, n=None):
        for index in range(shard * BATCHES, (shard + 1) * BATCHES):
            words = stream.words("scores", index * ROWS, ROWS, n or KEYS)
            scores = (words >> np.uint64(58)).astype(float)
            if self.witness:
                scores[:, :M] = scores[:, :1]
            ones = np.ones(ROWS)
            dial = ones * shard if "dial" in extras else None
            yield Batch(scores, M, ones, index % len(STRATA), dial=dial)


@dataclass(frozen=True)
class Spread:
    """`claimed` < 1 makes the claim false, `floats` spoils the float side, `says` the balls."""

    theorem: str = "spread"
    extras: frozenset[str] = frozenset()
    width: int = 1
    kind: str = "upper"
    claimed: float = 1.0
    floats: float = 0.0
    says: str | None = None
    scope: float = 64.0

    def evaluate(self, rows):
        low = rows.low[:: self.width][: len(rows.low) // self.width]
        mean = rows.mean[:: self.width][: len(low)]
        slack = self.claimed * mean - low + self.floats
        return Evaluation(
            applicable=low < self.scope,
            slack=slack,
            rounding=np.full(len(low), 1e-9),
            tightness=low / np.maximum(mean, 1e-300),
            lhs=low,
            rhs=mean,
        )

    def judge(self, instance: Instance):
        relevant = [Fraction(float(score)) for score in instance.scores[0, : instance.m]]
        mean = sum(relevant) / len(relevant)
        slack = Fraction(self.claimed) * mean - min(relevant)
        verdict = "holds" if slack > 0 else "violated" if slack < 0 else "attained"
        tightness = float(min(relevant) / mean) if mean else float("nan")
        return Judgement(self.says or verdict, (float(slack), float(slack)), tightness)


@dataclass(frozen=True)
class Deadly(Spread):
    """Kills the process that evaluates it."""

    def evaluate(self, rows):
        os.kill(os.getpid(), signal.SIGKILL)


SPREAD = Spread()
CHECKS = {
    check.theorem: check
    for check in (
        SPREAD,
        Spread(theorem="pairs", width=2, extras=frozenset({"dial"})),
        Spread(theorem="false", claimed=0.5),
        Spread(theorem="shy", says="undecided"),
        Spread(theorem="liar", floats=-1e6),
        Spread(theorem="nan", floats=float("nan")),
        Spread(theorem="rare", scope=1.0),
        Spread(theorem="never", scope=-1.0),
        Deadly(theorem="deadly"),
    )
}
FAMILIES = {
    family.name: family
    for family in (
        Family("steady"), Family("short", end=2), Family("two-level", witness=True),
        Family("kept", stored=True, end=3),
    )
}  # fmt: skip


def mutants(theorem):
    check = CHECKS[theorem]
    sharper = SimpleNamespace(
        name="sharper", text="one percent too strong", check=replace(check, claimed=0.99)
    )
    return (
        (sharper, SimpleNamespace(name="untouched", text="the claim itself", check=check))
        if theorem == "spread"
        else ()
    )


def controls(theorem):
    weaker = SimpleNamespace(
        name="weaker", text="twice the mean", check=replace(CHECKS[theorem], claimed=2.0)
    )
    return (weaker,) if theorem == "spread" else ()


def rows(batch):
    relevant = batch.scores[:, : batch.m]
    return SimpleNamespace(
        batch=batch, low=relevant.min(1), mean=relevant.mean(1), x=relevant[:, 0]
    )


def catalogue():
    return Catalogue(
        checks=CHECKS,
        families=FAMILIES,
        tags={name: f"TAG{i}" for i, name in enumerate(CHECKS)},
        strata=STRATA,
        mutants=mutants,
        controls=controls,
        rows=rows,
        stream=Stream,
        instance=Instance.from_bytes,
        claim_hash=lambda theorem: f"hash-{theorem}",
    )
