from functools import cache

import numpy as np
import pytest
from flint import arb, ctx

from locality.theory import theorem
from locality.verify.instances import EXTRAS, STRATA, Instance, Stream, family
from locality.verify.instances.ascent import OBJECTIVES, entropy, log_odds


@cache
def shard():
    return tuple(family("ascent").draw(Stream(7, "ascent"), 0, EXTRAS))


def total(terms):
    return sum(terms, arb(0))


def tightness(batch, i):
    """Of leakage, entropy and entropy-exponential on one row, in balls; NaN where unresolved."""
    ctx.prec = 300
    temperature, m = arb(float(batch.temperature[i])), batch.m
    scores = [arb(float(s)) for s in batch.scores[i]]
    margin = min(batch.scores[i, :m]) - max(batch.scores[i, m:])
    given = {"m": arb(m), "c": arb(batch.c), "x": arb(float(margin)) / temperature}
    z = [(s - scores[0]) / temperature for s in scores]
    weight = [e.exp() for e in z]
    z_mean = total(w * e for w, e in zip(weight, z, strict=True)) / total(weight)
    excess = total(weight).log() - z_mean - arb(m).log()
    odds = total(weight[m:]) / total(weight[:m])
    leakage = theorem("leakage").claim.in_balls(**given)
    bounds = [theorem(name).claim.in_balls(**given) for name in ("entropy", "entropy-exponential")]
    ratios = [odds * (1 - leakage) / leakage, *(excess / (b - arb(m).log()) for b in bounds)]
    return [float(ratio) for ratio in ratios]


def best(stratum):
    batches = [batch for batch in shard() if batch.stratum == stratum]
    rows = [tightness(b, i) for b in batches for i in range(0, b.size, 3)]
    return np.nanmax(rows, axis=0)


@pytest.mark.parametrize("stratum", range(len(STRATA)), ids=STRATA)
def test_every_stratum_comes_near_equality(stratum):
    leakage, entropy, exponential = best(stratum)
    assert 0.99 < leakage <= 1
    if stratum:
        assert 0.99 < entropy <= 1
        assert 0.99 < exponential <= 1


@pytest.mark.parametrize("stratum", range(len(STRATA) - 1), ids=STRATA[:-1])
def test_values_come_near_equality_of_truncation(stratum):
    batch = shard()[3 * len(STRATA) + stratum]
    m, values = batch.m, batch.values
    p = np.exp(
        (batch.scores - batch.scores.max(axis=1, keepdims=True)) / batch.temperature[:, None]
    )
    means = [
        np.einsum("rn,rnd->rd", p[:, part], values[:, part]) / p[:, part].sum(axis=1)[:, None]
        for part in (slice(None, m), slice(m, None))
    ]
    pairs = np.linalg.norm(values[:, :, None] - values[:, None, :], axis=3)
    reached = np.linalg.norm(means[1] - means[0], axis=1) / pairs.max(axis=(1, 2))
    assert 0.99 < reached.max() <= 1 + 1e-12


def test_rows_start_from_gaussian_scores_far_from_equality():
    gaussian = family("gaussian").draw(Stream(7, "gaussian"), 1, frozenset(), 64)
    batch = next(b for b in gaussian if b.stratum == 3 and b.m > 4)
    climbed = next(b for b in shard() if b.stratum == 3)
    medians = [np.median([tightness(b, i)[0] for i in range(0, 128, 5)]) for b in (batch, climbed)]
    assert medians[0] < 0.5
    assert medians[1] > 0.99


def test_margins_stay_planted():
    for batch in shard():
        ours, theirs = batch.scores[:, : batch.m], batch.scores[:, batch.m :]
        assert (theirs.max(axis=1) == 0).all()
        assert (ours.min(axis=1) * 2**20 % 1 == 0).all()


def test_rows_are_not_exactly_two_level():
    for batch in shard():
        if batch.n > 2:
            ours, theirs = batch.scores[:, : batch.m], batch.scores[:, batch.m :]
            assert (np.ptp(ours, axis=1) + np.ptp(theirs, axis=1) > 0).mean() > 0.9


def test_bytes_keep_a_row():
    found = shard()[20].instance(9)
    again = Instance.from_bytes(found.to_bytes())
    assert (again.scores == found.scores).all()
    assert (again.values == found.values).all()


@pytest.mark.parametrize(("gradient", "function"), [
    (log_odds, lambda p, m: np.log(p[:, m:].sum(1)) - np.log(p[:, :m].sum(1))),
    (entropy, lambda p, m: -(p * np.log(p)).sum(1)),
])  # fmt: skip
def test_gradients_are_gradients(gradient, function):
    rng = np.random.default_rng(1)
    logits, h = rng.normal(size=(5, 7)), 1e-6

    def at(z):
        return function(np.exp(z) / np.exp(z).sum(axis=1, keepdims=True), 3)

    for key in range(7):
        step = np.zeros(7)
        step[key] = h
        slope = (at(logits + step) - at(logits - step)) / (2 * h)
        assert gradient(logits, 3)[:, key] == pytest.approx(slope, abs=1e-8)


def test_every_objective_has_a_turn_in_every_stratum():
    assert [batch.stratum for batch in shard()] == [0, 1, 2, 3, 4, 5] * len(OBJECTIVES)
