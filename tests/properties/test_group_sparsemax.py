"""Group sparsemax by its definition: the objective of every other distribution, judged in balls."""

from functools import reduce
from operator import add

import pytest
from flint import arb
from hypothesis import assume, given
from hypothesis import strategies as st
from laws import SMALL, at_most, claim, exact, vanishes

from locality.verify.instances.strategies import margins, rows


def total(numbers):
    return reduce(add, numbers, arb(0))


def length(numbers):
    return total(x * x for x in numbers).nonnegative_part().sqrt()


def over(scores, level):
    return [(z - level).max(arb(0)) for z in scores]


def objective(z, p, penalties):
    """½‖p − z‖² + Σ λ‖p‖ over groups of scores and weights."""
    groups = zip(z, p, penalties, strict=True)
    return total(
        total((w - s) * (w - s) for s, w in zip(scores, weights, strict=True)) / 2
        + lam * length(weights)
        for scores, weights, lam in groups
    )


class Problem:
    """A row as two groups, and the problem of R alone at a multiplier `low` below all it may be.

    R's penalty is the one to which that multiplier belongs.
    """

    def __init__(self, row, low):
        z = [score / arb(row.temperature) for score in exact(row.scores)]
        self.z = z[: row.m], z[row.m :]
        self.level = reduce(arb.max, self.z[0]) - 1 - arb(low)
        self.own, self.others = (over(part, self.level) for part in self.z)
        self.sum = total(self.own)
        self.penalty = length(self.own) * (1 - 1 / self.sum)
        self.alone = [e / self.sum for e in self.own], [arb(0)] * row.c
        self.excess = length(self.others)

    def objective(self, p, penalty):
        return objective(self.z, p, (self.penalty, penalty))


@st.composite
def problems(draw):
    row = draw(rows(SMALL, leads=margins(-8, 4), largest=8.0))
    return Problem(row, draw(st.integers(1, 64)) / 16)


def distributions(problem):
    """Other weights, of whole numbers over their sum."""
    sizes = [len(part) for part in problem.z]
    counts = st.lists(st.integers(0, 16), min_size=sum(sizes), max_size=sum(sizes)).filter(any)

    def split(numbers):
        weights = [arb(number) / sum(numbers) for number in numbers]
        return weights[: sizes[0]], weights[sizes[0] :]

    return counts.map(split)


def squared_distance(p, q):
    return total(
        (x - y) * (x - y)
        for one, other in zip(p, q, strict=True)
        for x, y in zip(one, other, strict=True)
    )


def test_a_case_one_can_compute_by_hand():
    # one key each, at 0 and −½, both with penalty 1: (1, 0) costs 13/8 and (¾, ¼) only 25/16
    z, penalties = ([arb(0)], [arb(-0.5)]), (arb(1), arb(1))
    alone = objective(z, ([arb(1)], [arb(0)]), penalties)
    assert alone == arb(13) / 8
    assert objective(z, ([arb(0.75)], [arb(0.25)]), penalties) == arb(25) / 16


@pytest.mark.theorem("group-sparsemax")
@given(data=st.data(), problem=problems())
def test_a_covered_group_gets_nothing_from_any_distribution(data, problem):
    penalty = claim("group-sparsemax", excess=problem.excess) + data.draw(margins(0, 4))
    other = data.draw(distributions(problem))
    gained = problem.objective(other, penalty) - problem.objective(problem.alone, penalty)
    assert at_most(squared_distance(problem.alone, other) / 2, gained)


@pytest.mark.theorem("group-sparsemax")
@given(problem=problems(), share=st.integers(1, 255))
def test_a_group_that_is_not_covered_takes_weight(problem, share):
    assume(problem.excess > 0)
    short = problem.excess * share / 256
    reach = total(problem.others)
    alone = length(problem.alone[0])
    step = problem.excess * short / (reach**2 * alone**2 + problem.excess**2)
    step = step.min(1 / (2 * reach))
    moved = [p * (1 - step * reach) for p in problem.alone[0]], [step * e for e in problem.others]
    bound = claim("group-sparsemax", excess=problem.excess) - short
    assert problem.objective(moved, bound) < problem.objective(problem.alone, bound)


@pytest.mark.theorem("group-sparsemax")
@given(row=rows(SMALL, leads=margins(-8, 4), largest=8.0))
def test_an_unpenalised_blocks_excesses_are_within_the_lead_plus_one(row):
    own, others = exact(row.scores[: row.m]), exact(row.scores[row.m :])
    z = [score / arb(row.temperature) for score in own]
    low, high = reduce(arb.max, z) - 1, reduce(arb.max, z)
    for _ in range(200):
        level = (low + high) / 2
        low, high = (level, high) if total(over(z, level)) > 1 else (low, level)
    excess = length(over([score / arb(row.temperature) for score in others], high))
    lead = -arb(row.margin) / arb(row.temperature)
    lead -= reduce(arb.max, z) - reduce(arb.min, z)
    bound = claim("group-sparsemax", 1, group_size=row.c, group_lead=lead)
    assert excess <= bound + arb(2) ** -180


@pytest.mark.theorem("group-sparsemax")
@given(ties=st.integers(1, 9), lead=margins(-1, 8))
def test_one_key_against_ties_attains_that(ties, lead):
    excess = length([arb(lead) + 1] * ties)
    bound = claim("group-sparsemax", 1, group_size=ties, group_lead=lead)
    assert vanishes(excess - bound, 1 + bound)
