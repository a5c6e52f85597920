import math

import pytest

from locality.verify.benchmarks import bars


@pytest.mark.parametrize(("at_most", "text"), [(True, "≤ 2"), (False, "≥ 2")])
def test_a_bar_is_met_on_it_and_on_its_side(at_most, text):
    bar = bars.Bar("twice", 2.0, at_most)
    assert bar.text == text
    assert [bar.met(ratio) for ratio in (1.9, 2.0, 2.1)] == [at_most, True, not at_most]
    assert not bar.met(math.nan)


def test_ratios_are_taken_within_a_run():
    spent = {"one": [1.0, 20.0, 3.0], "other": [0.5, 10.0, 1.0]}
    assert bars.over(spent, "one", "other") == 2.0


def test_ways_take_turns_and_warm_up_at_each(monkeypatch):
    monkeypatch.setattr(bars, "TURN", 0.0)
    called = []
    ways = {name: lambda name=name: called.append(name) for name in "ab"}
    spent = bars.alternating(ways, 2)
    assert "".join(called) == "aabbaabb"
    assert {name: len(each) for name, each in spent.items()} == {"a": 2, "b": 2}


def test_short_calls_fill_their_turn(monkeypatch):
    ticks = iter([0.0, 0.1, 1.0, 1.1, 2.0, 2.4])  # the first call is not timed
    monkeypatch.setattr(bars, "TURN", 0.5)
    monkeypatch.setattr(bars, "perf_counter", lambda: next(ticks))
    assert bars.alternating({"a": lambda: None}, 1) == {"a": [pytest.approx(0.1)]}
