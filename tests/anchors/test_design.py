"""Anchors that are made: by hand in the plane, against their bounds, and in attention that runs."""

import math

import numpy as np
import pytest
import torch

from locality import AuxRequest, attend, theorem
from locality.theory import InputError
from locality.verify.anchors import cross_polytope, design_anchors, simplex

UNIT = 2.0**-53


def cosines(anchors):
    return (anchors @ anchors.T)[~np.eye(len(anchors), dtype=bool)]


def fidelities(design):
    keys = torch.from_numpy(design.anchors)[None, None]
    ids = torch.arange(len(design.anchors))
    aux = AuxRequest(fidelity=True)
    return attend(keys, keys, keys, blocks=ids, relevant=ids, temperature=design.temperature,
                  aux=aux, backend="reference").fidelity.flatten().numpy()  # fmt: skip


def test_two_anchors_by_hand():
    design = design_anchors(2, 1, 0.9)
    assert design.anchors.tolist() == [[-1.0], [1.0]]
    assert design.best == 2.0
    assert design.margin == pytest.approx(2, abs=1e-14)
    assert design.temperature == pytest.approx(2 / math.log(9), rel=1e-14)


def test_a_triangle_in_the_plane_by_hand():
    design = design_anchors(3, 2, 0.9)
    half, height = 0.5, math.sqrt(3) / 2
    assert np.allclose(design.anchors, [[-height, -half], [height, -half], [0, 1]], atol=1e-15)
    assert design.temperature == pytest.approx(1.5 / math.log(18), rel=1e-14)


def test_a_cross_in_the_plane_by_hand():
    design = design_anchors(4, 2, 0.9)
    assert design.kind == "cross-polytope"
    assert design.anchors.tolist() == [[1, 0], [0, 1], [-1, 0], [0, -1]]
    assert (design.best, design.attained) == (1.0, True)


@pytest.mark.parametrize(("count", "dimension"), [(2, 7), (5, 4), (9, 8), (17, 31), (64, 63)])
def test_a_simplex_has_one_product(count, dimension):
    corners = simplex(count, dimension)
    assert np.allclose((corners**2).sum(axis=1), 1, atol=1e-14)
    assert np.allclose(cosines(corners), -1 / (count - 1), atol=1e-14)


@pytest.mark.parametrize("count", [2, 5, 8])
def test_a_cross_polytope_has_no_positive_product(count):
    assert cosines(cross_polytope(count, 4)).max() <= 0


CASES = [(2, 1), (3, 2), (4, 2), (5, 2), (9, 8), (12, 8), (16, 8), (17, 8), (40, 8), (111, 63)]


@pytest.mark.parametrize(("count", "dimension"), CASES)
@pytest.mark.parametrize("fidelity", [0.6, 0.99, 1 - 1e-9])
def test_attention_reaches_the_fidelity(count, dimension, fidelity):
    design = design_anchors(count, dimension, fidelity)
    assert design.anchors.shape == (count, dimension)
    assert design.anchors.dtype == np.float64
    # Beyond the margin's own room: scores over the temperature and `count` exponentials, rounded.
    off = (count + 8 + 4 / design.temperature) * 8 * UNIT
    assert fidelities(design).min() >= fidelity - off


@pytest.mark.parametrize(("count", "dimension"), CASES)
def test_the_margin_is_what_it_is_said_to_be(count, dimension):
    design = design_anchors(count, dimension, 0.9)
    room = 8 * (dimension + 2) * UNIT
    assert 0 <= 1 - cosines(design.anchors).max() - design.margin <= room
    assert design.margin <= design.best
    assert design.attained == (count <= 2 * dimension)
    assert (design.margin >= design.best - room) == design.attained


def test_a_simplex_needs_its_temperature():
    design = design_anchors(9, 8, 0.99)
    warmer = design_anchors(9, 8, 0.989)
    assert fidelities(design).max() < 0.99 + 1e-12
    assert warmer.temperature > design.temperature


def test_drawn_anchors_are_better_than_promised_and_come_again():
    design = design_anchors(40, 8, 0.9)
    assert design.kind == "random"
    generator = np.random.default_rng(7).standard_normal((40, 8))
    drawn = generator / np.linalg.norm(generator, axis=1, keepdims=True)
    assert design.margin > 1 - cosines(drawn).max() + 0.2
    assert (design_anchors(40, 8, 0.9).anchors == design.anchors).all()
    assert (design_anchors(40, 8, 0.9, seed=8).anchors != design.anchors).any()


def test_three_anchors_on_a_line_have_no_temperature():
    design = design_anchors(3, 1, 0.9)
    assert (design.margin, design.temperature) == (0.0, None)
    assert "no temperature" in design.reason


def test_a_modest_fidelity_needs_no_cold():
    design = design_anchors(4, 3, 0.25)
    assert design.temperature == math.inf
    assert design.reason == "uniform attention is already enough"


@pytest.mark.parametrize(
    ("bad", "told"),
    [
        ((1, 4, 0.9), "count = 1: expected a whole number, at least 2"),
        ((2.5, 4, 0.9), r"count = 2\.5"),
        ((3, 0, 0.9), "dimension = 0"),
        ((3, 2, 1.0), r"fidelity = 1\.0: expected 0 < fidelity < 1"),
        ((3, 2, math.nan), "fidelity = nan"),
        ((5000, 2, 0.9), "count = 5000: expected at most 4096"),
    ],
)
def test_bad_input_is_refused(bad, told):
    with pytest.raises(InputError, match=told):
        design_anchors(*bad)


def test_the_best_margin_is_the_theorem():
    assert design_anchors(5, 8, 0.9).best == theorem("anchor-capacity").bound(anchors=5)
