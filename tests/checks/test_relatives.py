"""The relatives of local means: floats lie within their bounds of balls, and defects are seen."""

import numpy as np
import pytest
from check_cases import batches, row

from locality.theory.core.numbers import precision
from locality.verify.checks import Rows, checks, lle
from locality.verify.checks import relaxation_labeling as labeling

FEW = ("gaussian", "near-tie", "two-level")


def gains(instance):
    """Of both updates of a row: in floats, the relative error of its numbers, and in balls."""
    rows, check = Rows(instance.batch()), checks()["relaxation-labeling"]
    sizes, g = labeling._sizes(rows.batch)
    m, rates = instance.m, list(instance.rates.T)
    parts = ((rows.ahead, slice(m)), (rows.behind, slice(m, None)))
    two = [labeling._float_object(part, sizes[:, own], g[:, own]) for part, own in parts]
    one = labeling.attended(labeling._float_object(rows.whole, sizes, g))
    exact = labeling.attended(labeling._balls(instance, slice(None)))
    yield one, labeling._error(rows.whole), exact
    errors = sum(labeling._error(part) for part, _ in parts)
    yield labeling.labelled(two, labeling.symmetric(rates)), errors, check._two(instance)


@pytest.mark.parametrize("family", FEW)
def test_gains_in_floats_lie_within_their_bounds_of_balls(family):
    extras = checks()["relaxation-labeling"].extras
    for batch in batches(family, extras=extras, seed=12)[::5]:
        for i in range(0, batch.size, 256):
            with precision(4096):
                for found, error, exact in gains(batch.instance(i)):
                    off = abs(exact.excess - float(found.excess[0]))
                    assert off <= float((error * found.unsure)[0]) + labeling.FAINT


def test_a_gain_off_by_a_millionth_is_seen(monkeypatch):
    check = checks()["relaxation-labeling"]
    instance = row([2.0**-20], [0, 0])
    honest = labeling._fall
    monkeypatch.setattr(labeling, "_fall", lambda z: honest(z) * (1 + 1e-6))
    found = check.evaluate(Rows(instance.batch()))
    assert found.slack[0] < -found.rounding[0]
    monkeypatch.undo()
    assert check.evaluate(Rows(instance.batch())).slack[0] > 0
    assert check.judge(instance).verdict == "holds"


@pytest.mark.parametrize("family", FEW)
def test_costs_lie_within_their_allowance(family):
    check = checks()["lle"]
    for batch in batches(family, extras=check.extras, seed=13):
        found = check.evaluate(Rows(batch))
        assert (found.slack[found.applicable] >= 0).all()
        assert (found.slack[found.applicable] > 0).mean() > 0.8


def test_weights_off_by_a_millionth_are_seen(monkeypatch):
    check, instance = checks()["lle"], row([2], [1, 0], rates=(0.25, 0.5, 0.5, 0.5))
    honest = lle._solved

    def spoiled(matrix, right):
        first, *rest = honest(matrix, right)
        return [first * (1 + 1e-6), *rest]

    monkeypatch.setattr(lle, "_solved", spoiled)
    assert check.evaluate(Rows(instance.batch())).slack[0] < 0
    monkeypatch.undo()
    assert check.evaluate(Rows(instance.batch())).slack[0] > 0
    assert check.judge(instance).verdict == "holds"


def test_a_query_on_all_its_neighbours_is_left_out():
    instance = row([1], [0], values=[[2.0], [2.0]], query=[2.0])
    assert not checks()["lle"].evaluate(Rows(instance.batch())).applicable.any()


def test_elimination_solves_by_hand():
    found = lle._solved([[2.0, 1.0], [1.0, 3.0]], [5.0, 10.0])
    assert np.allclose(found, [1.0, 3.0])
