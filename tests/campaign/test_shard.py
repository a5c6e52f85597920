import math
import pickle
from dataclasses import replace

import pytest

from locality.verify.campaign.plan import ShardKey
from locality.verify.campaign.shard import KEPT_FAILURES, Measured, run_shard, verdict
from locality.verify.instances.batch import Instance


def key(*theorems, family="steady", shard=1, keys=None):
    return ShardKey(family, 7, shard, 32, theorems, keys, "fakes:catalogue")


def record(theorem, **rest):
    return run_shard(key(theorem, **rest)).records[0]


def timeless(result):
    return [replace(record, seconds=0) for record in result.records]


def kept(found):
    return [extreme for extreme in found.extremes if extreme.instance is not None]


def test_a_shard_is_a_pure_function_of_its_key():
    together = run_shard(key("spread", "pairs"))
    assert timeless(run_shard(key("spread", "pairs"))) == timeless(together)
    alone = timeless(run_shard(key("spread"))) + timeless(run_shard(key("pairs")))
    assert alone == timeless(together)
    assert timeless(pickle.loads(pickle.dumps(together))) == timeless(together)


def test_extremes_are_the_closest_and_the_tightest_of_each_stratum():
    found = record("spread")
    assert (found.drawn, found.applicable) == (32, 32)
    assert found.strata == {0: 16, 1: 16}
    smallest, *tightest = found.extremes
    assert (smallest.role, {(one.role, one.stratum) for one in tightest}) == (
        "smallest",
        {("tightest", 0), ("tightest", 1)},
    )
    for extreme in kept(found):
        scores = Instance.from_bytes(extreme.instance).scores[0, :3]
        assert extreme.certified == pytest.approx(scores.min() / scores.mean())
        assert extreme.slack[0] == pytest.approx(scores.mean() - scores.min())


def test_an_instance_of_two_rows_keeps_both():
    found = record("pairs")
    assert found.drawn == 16
    assert {Instance.from_bytes(extreme.instance).width for extreme in kept(found)} == {2}
    assert all(extreme.row % 2 == 0 for extreme in found.extremes)


def test_what_can_be_drawn_again_is_stored_only_where_it_is_extremal():
    found, stored = record("spread"), record("spread", family="kept")
    tightest = max(extreme.certified for extreme in found.extremes)
    assert {extreme.role for extreme in kept(found)} == {"smallest", "tightest"}
    assert {one.certified for one in kept(found) if one.role == "tightest"} == {tightest}
    assert kept(stored) == stored.extremes


def test_attained_instances_are_counted_apart_from_slack():
    found = record("spread", family="two-level")
    assert found.attained == found.applicable == 32
    assert [(extreme.role, extreme.stratum) for extreme in found.extremes] == [
        ("attained", 0),
        ("attained", 1),
    ]


@pytest.mark.parametrize(
    ("theorem", "counted", "named"),
    [
        ("false", "violations", "violated"),
        ("liar", "disagreements", "disagreement"),
        ("nan", "disagreements", "disagreement"),
    ],
)
def test_every_failure_is_counted_and_the_worst_are_kept(theorem, counted, named):
    found = record(theorem)
    kept = [extreme for extreme in found.extremes if extreme.role == "failure"]
    assert getattr(found, counted) > KEPT_FAILURES == len(kept)
    assert {extreme.verdict for extreme in kept} == {named}
    slacks = [extreme.slack[0] for extreme in kept]
    assert slacks == sorted(slacks)
    assert slacks[0] == min(extreme.slack[0] for extreme in found.extremes)


def test_a_recorded_extreme_that_balls_cannot_decide_is_counted():
    found = record("shy")
    assert found.undecided == len({extreme.row for extreme in found.extremes}) > 1


def test_nan_never_agrees_with_balls():
    class Holds:
        verdict = "holds"

    assert verdict(Measured(math.nan, 1.0, 0.0), Holds) == "disagreement"
    assert verdict(Measured(1.0, math.nan, 0.0), Holds) == "disagreement"
    assert verdict(Measured(-1.0, 1.0, 0.0), Holds) == "holds"


def test_mutants_fall_and_controls_stand_on_the_first_shard():
    trials = {trial.name: trial for trial in record("spread", shard=0, family="two-level").trials}
    assert trials["sharper"].refuted is not None
    assert trials["untouched"].refuted is None
    assert (trials["weaker"].refuted, trials["weaker"].tested) == (None, 32)
    assert record("spread", shard=1).trials == []


def test_n_can_be_fixed():
    found = record("spread", keys=9)
    assert {Instance.from_bytes(extreme.instance).scores.shape for extreme in kept(found)} == {
        (1, 9)
    }
