"""What only the checks of the local mean and of attention as one promise."""

from dataclasses import replace

import numpy as np
import pytest
from check_cases import batches, row

from locality.verify.checks import Rows, checks
from locality.verify.checks.attention_is_local_mean import LARGEST, between, scaled
from locality.verify.checks.local_mean import Apart
from locality.verify.checks.statistics import Statistics

BOTH = ("local-mean", "attention-is-local-mean")
SPLIT = row([2, 2], [0, 0, 0], values=[[0.0], [0.0], [1.0], [1.0], [1.0]])
OPPOSED = row([0], [1.5], values=[[2.0, 1.0], [0.0, -0.5]])


@pytest.mark.parametrize("family", ["gaussian", "two-level"])
@pytest.mark.parametrize("theorem", BOTH)
def test_no_slack_is_below_its_rounding(theorem, family):
    check = checks()[theorem]
    for batch in batches(family, extras=check.extras, seed=13)[::4]:
        found = check.evaluate(Rows(batch))
        assert (found.slack[found.applicable] >= -found.rounding[found.applicable]).all()


def test_minimisers_that_are_off_are_seen(monkeypatch):
    honest = Apart.minimiser
    monkeypatch.setattr(Apart, "minimiser", lambda self, shares: honest(self, shares) * (1 + 1e-6))
    found = checks()["local-mean"].evaluate(Rows(SPLIT.batch()))
    assert found.slack[0] < -found.rounding[0]
    monkeypatch.undo()
    assert checks()["local-mean"].judge(SPLIT).verdict == "attained"


def test_a_logarithm_that_is_off_is_seen(monkeypatch):
    honest = Statistics._lse
    monkeypatch.setattr(Statistics, "_lse", lambda self, part: honest(self, part) + 1e-6 * part.top)
    found = checks()["attention-is-local-mean"].evaluate(Rows(OPPOSED.batch()))
    assert found.slack[0] < -found.rounding[0]
    monkeypatch.undo()
    assert checks()["attention-is-local-mean"].judge(OPPOSED).verdict == "attained"


@pytest.mark.parametrize(("theorem", "sharp"), [("local-mean", SPLIT), (BOTH[1], OPPOSED)])
def test_what_attains_a_bound_is_told_from_what_nearly_does(theorem, sharp):
    check = checks()[theorem]
    assert check.evaluate(Rows(sharp.batch())).attained.all()
    assert check.judge(sharp).verdict == "attained"
    values = np.concatenate([sharp.values, sharp.values[:, -1:] - 2.0**-20], axis=1)
    scores = np.concatenate([sharp.scores, sharp.scores[:, -1:]], axis=1)
    near = replace(sharp, values=values, scores=scores)
    assert not check.evaluate(Rows(near.batch())).attained.any()
    assert check.judge(near).verdict == "holds"


def test_keys_are_scaled_by_powers_of_two_and_scores_are_not():
    for batch in batches("heavy-tailed", extras=checks()[BOTH[1]].extras)[:4]:
        keys, query = scaled(batch)
        squared = (keys**2).sum(axis=2).max(axis=1) / batch.temperature
        assert ((squared <= LARGEST) & (squared > LARGEST / 4)).all()
        before = np.einsum("rd,rkd->rk", batch.query, batch.values)
        assert np.array_equal(np.einsum("rd,rkd->rk", query, keys), before)


def test_the_second_query_turns_the_odds_of_two_keys_over():
    keys, _ = scaled(OPPOSED)
    query = between(OPPOSED)[0]
    plain = query @ keys[0, 0] - query @ keys[0, 1]
    longer = (keys[0, 0] ** 2).sum() - (keys[0, 1] ** 2).sum()
    assert plain == longer / 4
