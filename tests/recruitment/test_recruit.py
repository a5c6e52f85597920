"""Blocks are recruited while they save bits, and the code is one that a receiver could read."""

import math
from itertools import pairwise

import numpy as np
import pytest

from locality.theory import InputError
from locality.verify.recruitment import Code, Mixture, recruit
from locality.verify.recruitment.code import gamma, numerators
from locality.verify.recruitment.mixture import single, stepped


def clusters(apart, each=40, seed=0):
    labels = np.repeat(np.arange(3), each)
    noise = np.random.default_rng(seed).normal(size=(len(labels), 3))
    return labels, apart * np.eye(3)[labels] + noise


@pytest.fixture(params=[False, True], ids=["flat", "hierarchical"])
def found(request):
    labels, points = clusters(8)
    return labels, points, recruit(points, 0.25, 8.0, hierarchical=request.param)


def test_clusters_are_found(found):
    labels, points, result = found
    assert result.mixture.blocks == 3
    assert len({*zip(labels, result.mixture.labels(points), strict=True)}) == 3


def test_the_theorem_holds_of_the_search(found):
    _, _, result = found
    assert 2 == result.recruitments <= result.bound
    assert all(saved < result.saving for saved in result.scan)
    for before, after in pairwise(result.history):
        due = result.saving if after.kind == "recruit" else 0
        assert before.bits - after.bits >= due


def test_the_code_length_is_that_of_what_is_sent(found):
    _, points, result = found
    assert result.code.bits(points, result.mixture) == result.bits
    again = result.code.sent(result.mixture)
    np.testing.assert_allclose(again.means, result.mixture.means, rtol=0, atol=1e-12)
    np.testing.assert_allclose(again.variances, result.mixture.variances, rtol=1e-12)
    assert (result.mixture.variances >= result.code.least).all()
    assert result.mixture.weights.sum() == pytest.approx(1, abs=1e-15)
    assert result.bits >= result.floor


def test_one_block_stays_one():
    points = np.random.default_rng(1).normal(size=(120, 3))
    result = recruit(points, 0.25, 8.0)
    assert (result.recruitments, len(result.history)) == (0, 1)


def test_a_larger_saving_recruits_less_and_an_impossible_one_never():
    _, points = clusters(4)
    counts = [recruit(points, 0.25, saving).recruitments for saving in (1.0, 64.0, 1e6)]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 0


def test_points_at_one_place_cost_the_floor_and_the_model():
    points = np.full((8, 2), 3.0)
    result = recruit(points, 0.5, 1.0)
    assert result.bits == pytest.approx(result.floor + result.code.model_bits(result.mixture))


def test_density_by_hand():
    one = Mixture(np.ones(1), np.zeros((1, 2)), np.array([[1.0, 4.0]]), np.zeros(1, dtype=int))
    wanted = -math.log(2 * math.pi * 2) - 9 / 2 - 4 / 8
    assert one.joint(np.array([[3.0, 2.0]]))[0, 0] == pytest.approx(wanted, rel=1e-14)


def test_a_step_never_loses_likelihood():
    _, points = clusters(2)
    mixture = single(points, 0.01)
    parts = Mixture(
        np.array([0.5, 0.5]),
        points[:2],
        np.repeat(mixture.variances, 2, axis=0),
        np.arange(2),
    )
    code, bits = Code.of(points, 0.1), math.inf
    for _ in range(10):
        now = code.data_bits(parts.joint(points))
        assert now <= bits + 1e-9
        parts, bits = stepped(points, parts, 0.01), now


@pytest.mark.parametrize(("number", "length"), [(1, 1), (2, 3), (3, 3), (4, 5), (255, 15)])
def test_gamma_codes(number, length):
    assert gamma(number) == length


@pytest.mark.parametrize("weights", [[1.0], [0.5, 0.5], [0.999, 0.0005, 0.0005], [0.2] * 5])
def test_numerators_are_whole_positive_and_add_up(weights):
    made = numerators(np.array(weights), 7)
    assert made.sum() == 7
    assert (made >= 1).all()
    assert (made % 1 == 0).all()


@pytest.mark.parametrize(
    ("points", "deviation", "saving", "words"),
    [
        (np.zeros(4), 1.0, 1.0, r"shape \(4,\)"),
        (np.zeros((1, 2)), 1.0, 1.0, r"shape \(1, 2\)"),
        (np.full((4, 2), np.nan), 1.0, 1.0, "all finite"),
        (np.zeros((4, 2)), 0.0, 1.0, "deviation = 0.0"),
        (np.zeros((4, 2)), 1.0, math.nan, "saving = nan"),
    ],
)
def test_bad_input_is_refused(points, deviation, saving, words):
    with pytest.raises(InputError, match=words):
        recruit(points, deviation, saving)
