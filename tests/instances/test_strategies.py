import numpy as np
import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from locality.theory import InputError
from locality.verify.instances.strategies import (
    deltas,
    margins,
    partitions,
    register_profiles,
    rows,
    scores_with_margin,
    temperatures,
    values,
)


@given(st.data(), st.floats(-1e6, 1e6), st.floats(1e-3, 1e3))
def test_the_margin_is_exact_whatever_it_is(data, margin, unit):
    m, c = data.draw(partitions(12))
    scores = data.draw(scores_with_margin(m, c, margin, unit))
    assert scores.shape == (m + c,)
    assert scores[:m].min() - scores[m:].max() == margin


@given(rows(leads=margins(1, 8)))
def test_a_row_knows_its_margin(row):
    assert row.scores[: row.m].min() - row.scores[row.m :].max() == row.margin
    assert 1 <= row.x <= 8
    assert row.c >= 1
    found = row.instance(values=np.ones((len(row.scores), 2)), dial=3.0)
    assert found.scores.shape == (1, len(row.scores))
    assert found.values.shape == (1, len(row.scores), 2)
    assert found.dial.tolist() == [3.0]


@given(partitions(9, least_m=2, least_c=3))
def test_partitions_keep_their_limits(sizes):
    m, c = sizes
    assert m >= 2
    assert c >= 3
    assert m + c <= 9


@given(temperatures())
def test_temperatures_are_short_dyadics(temperature):
    assert 1 / 16 <= temperature < 16
    assert (temperature * 2**8) % 1 == 0


def test_long_rows_are_dense():
    drawing = settings(phases=[Phase.generate], max_examples=200)
    many = find(scores_with_margin(30, 30, 1.0), lambda s: len(np.unique(s)) > 40, settings=drawing)
    assert many.shape == (60,)


def test_rows_shrink_to_two_keys_two_levels_and_no_margin():
    row = find(rows(partitions(6)), lambda _: True)
    assert row.scores.tolist() == [0.0, 0.0]
    assert row.temperature == 1.0


@given(deltas())
def test_deltas_lie_strictly_inside(delta):
    assert 0 < delta < 1


@given(values(3, 2, largest=4))
def test_values_are_short_dyadics(drawn):
    assert drawn.shape == (3, 2)
    assert np.abs(drawn).max() <= 4
    assert (drawn * 256 % 1 == 0).all()


@pytest.mark.parametrize(("make", "message"), [
    (lambda: partitions(1), "1 and 1 of 1 keys"),
    (lambda: partitions(5, least_m=0), "0 and 1 of 5 keys"),
    (lambda: margins(0.1, 0.1), "margins from 0.1 to 0.1"),
    (lambda: scores_with_margin(0, 1, 1.0), "m = 0"),
    (lambda: scores_with_margin(1, 1, float("nan")), "margin = nan"),
])  # fmt: skip
def test_impossible_requests_are_refused(make, message):
    with pytest.raises(InputError, match=message):
        make()


def test_the_campaign_profile_draws_ten_thousand_new_examples():
    register_profiles()
    profile = settings.get_profile("campaign")
    assert profile.max_examples == 10_000
    assert not profile.derandomize
    assert profile.deadline is None
