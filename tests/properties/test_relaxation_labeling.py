"""Relaxation labeling as properties, judged in balls: the update by its definition, label by label.

Probabilities and compatibilities are quotients of whole numbers; the right sides are the theorem's.
"""

from dataclasses import dataclass
from functools import reduce
from operator import add, mul

import pytest
from flint import arb
from hypothesis import assume, given
from hypothesis import strategies as st
from laws import at_most, claim, vanishes

NAME = "relaxation-labeling"


def total(numbers):
    return reduce(add, numbers, arb(0))


@dataclass(frozen=True)
class System:
    """Labels of some objects: `p` a list for each, `r` a table over all labels."""

    p: list
    r: list

    @property
    def flat(self):
        return [p for own in self.p for p in own]

    @property
    def pulls(self):
        """p q of every label, an object each."""
        flat = self.flat
        support = iter([total(map(mul, row, flat)) for row in self.r])
        return [[p * next(support) for p in own] for own in self.p]

    @property
    def consistency(self):
        return total(pull for own in self.pulls for pull in own)

    @property
    def relaxed(self):
        return System([[pull / total(own) for pull in own] for own in self.pulls], self.r)

    @property
    def entropies(self):
        """KL(p′ ‖ p) of every object."""
        both = zip(self.relaxed.p, self.p, strict=True)
        pairs = [zip(new, old, strict=True) for new, old in both]
        return [total(n * (n / o).log() for n, o in own if n != 0) for own in pairs]

    @property
    def divergence(self):
        shares = [total(own) / self.consistency for own in self.pulls]
        return total(map(mul, shares, self.entropies))

    @property
    def gain(self):
        return (self.relaxed.consistency / self.consistency).log()


def labels(most=3):
    sizes = st.lists(st.integers(1, 64), min_size=1, max_size=most)
    return sizes.map(lambda found: [arb(size) / sum(found) for size in found])


@st.composite
def systems(draw):
    """One to three objects of up to three labels, each object with a supported one."""
    p = draw(st.lists(labels(), min_size=1, max_size=3))
    n = sum(map(len, p))
    drawn = draw(st.lists(st.integers(0, 64), min_size=n * n, max_size=n * n))
    r = [[arb(drawn[max(a, b) * n + min(a, b)]) for b in range(n)] for a in range(n)]
    found = System(p, r)
    assume(all(total(own) > 0 for own in found.pulls))
    return found


@pytest.mark.theorem("relaxation-labeling")
@given(system=systems())
def test_the_gain_is_twice_what_the_labels_moved_or_more(system):
    assert at_most(claim(NAME, divergence=system.divergence), system.gain)


@pytest.mark.theorem("relaxation-labeling")
@given(system=systems())
def test_the_update_is_a_labelling_of_no_less_consistency(system):
    assert all(vanishes(total(own) - 1, 1) for own in system.relaxed.p)
    assert all(at_most(claim(NAME, 1), entropy) for entropy in system.entropies)
    assert at_most(system.consistency, system.relaxed.consistency)


@pytest.mark.theorem("relaxation-labeling")
@given(first=labels(), second=labels(), weight=st.integers(1, 64))
def test_one_pair_of_labels_attains_the_gain(first, second, weight):
    n, a, b = len(first) + len(second), 0, len(first)
    r = [[arb(weight if {x, y} == {a, b} else 0) for y in range(n)] for x in range(n)]
    system = System([first, second], r)
    bound = claim(NAME, divergence=system.divergence)
    assert vanishes(system.gain - bound, 1 + abs(bound))


@pytest.mark.theorem("relaxation-labeling")
@given(ours=st.integers(1, 64), theirs=st.integers(0, 64))
def test_two_even_labels_that_like_each_other_unequally_lose(ours, theirs):
    assume(ours != theirs)
    system = System([[arb(1) / 2] * 2], [[arb(0), arb(ours)], [arb(theirs), arb(0)]])
    lost = arb(ours - theirs) ** 2 / (4 * arb(ours + theirs))
    fall = system.consistency - system.relaxed.consistency
    assert fall > 0
    assert vanishes(fall - lost, lost)


def test_two_labels_by_hand():
    """Probabilities ¼ and ¾, the first going with itself twice as well as the second."""
    system = System([[arb(1) / 4, arb(3) / 4]], [[arb(2), arb(0)], [arb(0), arb(1)]])
    assert vanishes(system.consistency - arb(11) / 16, 1)
    assert vanishes(system.relaxed.p[0][0] - arb(2) / 11, 1)
    assert system.gain > claim(NAME, divergence=system.divergence) > 0
