import pytest

from locality.theory.core.errors import InputError
from locality.verify.campaign.plan import Campaign, Count, Plan

SIZE = 32


def cells(plan, keys):
    return [(key.family, key.shard, key.theorems) for key in keys]


def test_samples_are_split_over_families_and_rounded_up_to_shards(campaign):
    plan = Plan(campaign("spread", families=("steady", "two-level"), samples=130))
    assert cells(plan, plan.advance({})) == [
        (family, shard, ("spread",)) for family in ("steady", "two-level") for shard in range(3)
    ]


def test_an_instance_of_two_rows_takes_twice_the_shards(campaign):
    plan = Plan(campaign("spread", "pairs", samples=64))
    assert cells(plan, plan.advance({})) == [
        ("steady", 0, ("spread", "pairs")),
        ("steady", 1, ("spread", "pairs")),
        ("steady", 2, ("pairs",)),
        ("steady", 3, ("pairs",)),
    ]


def test_a_short_cell_goes_on_alone_at_its_own_rate(campaign):
    plan = Plan(campaign("spread", "rare", samples=64))
    plan.advance({})
    counts = {("spread", "steady"): Count(2, 64, 64), ("rare", "steady"): Count(2, 64, 16)}
    added = plan.advance(counts)
    assert {key.theorems for key in added} == {("rare",)}
    assert [key.shard for key in added] == [2, 3, 4, 5, 6, 7]
    assert plan.advance(counts | {("rare", "steady"): Count(8, 256, 64)}) == []


def test_a_finite_family_ends_and_says_so(campaign):
    plan = Plan(campaign("rare", families=("short",), samples=1_000))
    plan.advance({})
    count = Count(2, 64, 5)
    assert plan.advance({("rare", "short"): count}) == []
    why = "finite family: 5 of 64 drawn are applicable"
    assert plan.reason(("rare", "short"), count) == why


def test_a_hopeless_cell_stops_at_the_stated_limit(campaign):
    plan = Plan(campaign("never", samples=64, drawn_limit=5))
    counts, rounds = {}, 0
    while plan.advance(counts):
        reach = plan.reach["never", "steady"]
        counts = {("never", "steady"): Count(reach, reach * SIZE, 0)}
        rounds += 1
    assert plan.reach["never", "steady"] * SIZE == 5 * 64
    assert rounds < 6
    why = "0 of 320 drawn are applicable"
    assert plan.reason(("never", "steady"), counts["never", "steady"]) == why


def test_a_full_cell_needs_no_reason(campaign):
    plan = Plan(campaign("spread", samples=64))
    plan.advance({})
    assert plan.reason(("spread", "steady"), Count(2, 64, 64)) == "only 64 were asked for"
    assert plan.reason(("spread", "steady"), Count(40, 1280, 1000)) is None


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"samples": 0}, "samples is 0; expected an integer, at least 1"),
        ({"samples": 1.5}, "samples is 1.5; expected an integer, at least 1"),
        ({"seed": -1}, "seed is -1; expected an integer, at least 0"),
        ({"keys": 1}, "keys is 1; expected at least 2"),
        ({"families": ()}, "no families; expected at least one"),
    ],
)
def test_bad_input_is_refused_in_one_line(change, line):
    with pytest.raises(InputError, match=line):
        Campaign(**({"theorems": ("spread",), "families": ("steady",)} | change))


def test_unknown_names_are_refused_with_the_known_ones(campaign):
    with pytest.raises(InputError, match="no family 'odd'; expected one of steady, short"):
        Plan(campaign("spread", families=("odd",)))
    with pytest.raises(InputError, match="no theorem 'odd'; expected one of spread"):
        Plan(campaign("odd"))
