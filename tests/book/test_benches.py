"""What the book says of a bench follows its record, whoever wins."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("sphinx")

MACHINE = {"processor": "a", "cpu": "b", "machine": "c", "python": "3", "numpy": "2", "torch": "2"}


@pytest.fixture
def found() -> dict[str, Any]:
    ways = {"block-local": 0.02, "SDPA, block mask": 0.06, "FlexAttention, block mask": 0.01}
    return {
        "heads": 8,
        "dim": 64,
        "block": 256,
        "threads": 2,
        "bars": [
            {"name": "one < two", "ratio": 2.5, "bar": "≤ 2", "ok": False},
            {"name": "three", "ratio": 5.0, "bar": "≥ 4", "ok": True},
        ],
        "seconds": {f"{way}, n = 4096": spent for way, spent in ways.items()}
        | {"block-local, n = 2048": 0.01},
        "machine": MACHINE | {"threads": 2},
    }


def test_bars_say_met_and_missed(found: dict[str, Any]) -> None:
    from locality_book import benches

    shown = benches.bars(found)
    assert shown.index("one &lt; two") < shown.index("2.50") < shown.index("missed")
    assert shown.index("missed") < shown.index("three") < shown.index(">met<")
    assert shown.count("missed") == shown.count(">met<") == 1


def test_peer_that_wins_is_named_first(found: dict[str, Any]) -> None:
    from locality_book import benches

    (told,) = benches.contests(found)  # at 2048 keys there is nobody to compare with
    assert "4096 keys: FlexAttention, block mask is fastest with 10 ms" in told
    assert "attend: block-local takes 2.0 times as long" in told
    assert "SDPA, block mask takes 6.0 times as long" in told


def test_ours_is_named_first_where_it_wins(found: dict[str, Any]) -> None:
    from locality_book import benches

    found["seconds"]["block-local, n = 4096"] = 0.005
    (told,) = benches.contests(found)
    assert "attend: block-local is fastest with 5 ms" in told


def test_ways_are_sorted_by_time_and_lengths_by_size(found: dict[str, Any]) -> None:
    from locality_book import benches

    assert benches.at(found, 4096)[0][1] == "FlexAttention, block mask"
    assert benches.lengths(found) == [2048, 4096]
    assert benches.milliseconds(4.5678) == "4570"
    assert "8 heads of 64" in benches.conditions(found)
