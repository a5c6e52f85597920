"""Properties of the theorems on anchors."""

from functools import reduce
from itertools import combinations
from operator import add

import numpy as np
import pytest
from flint import arb
from hypothesis import assume, given, target
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from laws import at_most, claim, exact, vanishes

from locality import theorem
from locality.verify.instances.strategies import margins

# -- anchor-capacity --------------------------------------------------------------------------


def dot(some, other):
    return reduce(add, [x * y for x, y in zip(some, other, strict=True)])


def margin(vectors):
    """1 less the largest product of two directions."""
    cosines = [dot(u, v) / (dot(u, u) * dot(v, v)).sqrt() for u, v in combinations(vectors, 2)]
    return 1 - reduce(arb.max, cosines)


@st.composite
def directions(draw, crowded=False):
    """Vectors of whole numbers, none of them 0, and their dimension."""
    dimension = draw(st.integers(1, 4))
    counts = st.integers(dimension + 2, 10) if crowded else st.integers(2, dimension + 1)
    shape = (draw(counts), dimension)
    numbers = draw(arrays(np.int64, shape, elements=st.integers(-8, 8), fill=st.nothing()))
    assume(numbers.any(axis=1).all())
    return [exact(vector) for vector in numbers], dimension


@pytest.mark.theorem("anchor-capacity")
@given(found=directions())
def test_few_anchors_are_no_farther_apart_than_a_simplex(found):
    vectors, _ = found
    bound = claim("anchor-capacity", anchors=len(vectors))
    assert at_most(margin(vectors), bound)
    target(float(margin(vectors) / bound), label="anchor-capacity")


@pytest.mark.theorem("anchor-capacity")
@given(found=directions(crowded=True))
def test_many_anchors_are_not_all_beyond_a_right_angle(found):
    vectors, dimension = found
    lead = margin(vectors)
    assert at_most(lead, arb(1))
    assert len(vectors) <= 2 * dimension or bool(lead < 1)


@pytest.mark.theorem("anchor-capacity")
@given(count=st.integers(2, 12))
def test_corners_around_their_middle_attain_the_bound(count):
    """Bᵢ = B·eᵢ − (1, …, 1) are the corners of a simplex in B − 1 of B dimensions."""
    corners = [exact(count * row - 1) for row in np.eye(count, dtype=int)]
    bound = claim("anchor-capacity", anchors=count)
    assert vanishes(margin(corners) - bound, bound)


def test_a_triangle_by_hand():
    assert theorem("anchor-capacity").bound(anchors=3) == 1.5
    assert theorem("anchor-capacity").bound(anchors=2) == 2.0


def test_what_random_anchors_are_promised_by_hand():
    """√(2 ln(100·99/0.1)/512) is a fifth; in five dimensions nothing is promised."""
    stated = theorem("anchor-capacity")
    promised = stated.solve("margin", anchors=100, dimension=512, chance=0.05)
    assert promised.value == pytest.approx(1 - (2 * np.log(99000) / 512) ** 0.5, rel=1e-14)
    tail = claim("anchor-capacity", 2, anchors=100, dimension=512, level_of_overlap=0.25)
    assert float(tail) == pytest.approx(4950 * np.exp(-16), rel=1e-12)
    assert stated.solve("margin", anchors=100, dimension=5, chance=0.05).relation == "none"


# -- anchor-redundancy ------------------------------------------------------------------------


def entropy(copies, rest, gap):
    """−Σ p ln p of so many tokens at the gap and so many at 0."""
    whole = copies * gap.exp() + rest
    ours, theirs = gap.exp() / whole, 1 / whole
    return -(copies * ours * ours.log() + rest * theirs * theirs.log())


GAPS = margins(2**-6, 40)


@pytest.mark.theorem("anchor-redundancy")
@given(gap=GAPS, n=st.integers(2, 60), data=st.data())
def test_entropy_falls_to_the_turning_point_and_rises_beyond(gap, n, data):
    copies = data.draw(st.integers(0, n - 1))
    here, there = (entropy(arb(r), arb(n - r), arb(gap)) for r in (copies, copies + 1))
    turn = claim("anchor-redundancy", n=n, x=gap)
    assert bool(turn > 0)
    assert bool(turn < claim("anchor-redundancy", 2, n=n))
    if copies >= turn:
        assert bool(here < there)
    elif copies + 1 <= turn:
        assert bool(there < here)
    assert bool(arb(copies) / (copies * arb(gap).exp() + n - copies)
                < arb(copies + 1) / ((copies + 1) * arb(gap).exp() + n - copies - 1))  # fmt: skip


@pytest.mark.theorem("anchor-redundancy")
@given(gap=GAPS, n=st.integers(2, 60), data=st.data())
def test_what_entropy_exceeds_its_least_value_by(gap, n, data):
    copies = arb(data.draw(st.integers(0, n - 1)))
    turn = claim("anchor-redundancy", n=n, x=gap)
    over = entropy(copies, n - copies, arb(gap)) - entropy(turn, n - turn, arb(gap))
    stated = claim("anchor-redundancy", 1, copies=copies, n=n, x=gap)
    assert vanishes(over - stated, 1 + abs(stated))
    assert bool(stated >= 0)


@pytest.mark.theorem("anchor-redundancy")
@given(gap=GAPS, others=st.integers(1, 60), copies=st.integers(1, 60))
def test_copies_that_are_added_turn_entropy_elsewhere(gap, others, copies):
    here, there = (entropy(arb(r), arb(others), arb(gap)) for r in (copies, copies + 1))
    turn = claim("anchor-redundancy", 3, c=others, x=gap)
    if copies >= turn:
        assert bool(here < there)
    elif copies + 1 <= turn:
        assert bool(there < here)


def test_a_gap_of_ln_2_by_hand():
    """eˣ = 2: r_c = n(2 ln 2 − 1), and with three other tokens any copy raises entropy."""
    turn = theorem("anchor-redundancy").bound(n=10, x=float(np.log(2)))
    assert turn == pytest.approx(10 * (2 * np.log(2) - 1), rel=1e-14)
    assert claim("anchor-redundancy", 3, c=3, x=float(np.log(2))) < 0


def test_the_stable_form_keeps_its_accuracy_near_0_and_far_out():
    gaps = np.concatenate([np.logspace(-12, 0, 200), np.linspace(0.4, 0.6, 101), [3, 80, 700.0]])
    shares = theorem("anchor-redundancy").bound(n=np.ones_like(gaps), x=gaps)
    for gap, share in zip(gaps, shares, strict=True):
        assert share == pytest.approx(float(claim("anchor-redundancy", n=1, x=gap)), rel=1e-14)
    small = gaps[gaps < 1e-4]
    assert np.allclose(shares[: len(small)], 1 / 2 - small / 6, rtol=0, atol=1e-13)
