import pytest
from locality_book import studies

RECORD = {
    "faults": [],
    "inequality": "ε < 1",
    "command": "locality experiment doubling",
    "date": "2026-11-22",
    "seconds": {"1": 100.0, "2": 80.0},
    "machine": {"processor": "a processor"},
    "versions": {"torch": "2"},
}
SEEDS = {"mean": 2.0, "min": 1.5, "max": 2.25}


def test_a_study_that_held_says_so_and_how_it_was_made():
    said = studies.held(RECORD)
    assert "ε &lt; 1" in said
    assert '<span class="ok">held in every case</span>' in said
    assert "2 parts, 3 minutes" in said


def test_a_study_that_failed_is_marked_with_its_faults():
    said = studies.held(RECORD | {"faults": ["layer 2 & 3"]})
    assert '<span class="bad">failed: layer 2 &amp; 3</span>' in said
    assert "held" not in said


def test_a_spread_is_the_mean_and_the_range():
    assert studies.between(SEEDS) == "2.00 (1.50 to 2.25)"
    assert studies.between(SEEDS, digits=1) == "2.0 (1.5 to 2.2)"


def test_a_band_reaches_from_the_least_to_the_largest():
    figures = pytest.importorskip("matplotlib.figure")
    axes = figures.Figure().add_subplot()
    studies.ranged(axes, [0, 1], [SEEDS, SEEDS], color="#010204")
    assert axes.lines[0].get_ydata().tolist() == [2.0, 2.0]
    low, high = axes.collections[0].get_paths()[0].get_extents().intervaly
    assert (low, high) == pytest.approx((1.5, 2.25))
