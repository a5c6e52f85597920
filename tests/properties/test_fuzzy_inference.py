"""A Takagi–Sugeno system: firing, output, range and leading rules, judged in balls.

Every left side is computed here from the memberships of exact numbers.
"""

from dataclasses import dataclass
from functools import reduce
from itertools import starmap
from operator import add, mul

import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st
from laws import at_most, claim, exact, vanishes

from locality.verify.instances.strategies import values


def product(u, v):
    return reduce(add, starmap(mul, zip(u, v, strict=True)))


@dataclass(frozen=True)
class System:
    """Rules by their centres, widths and consequents, and an input."""

    centres: list
    widths: list
    consequents: list
    input: list

    @property
    def off(self):
        """Every rule's distance from the input along every axis, in units of its width."""
        rules = zip(self.centres, self.widths, strict=True)
        return [[(u - c) / s for u, c, s in zip(self.input, *rule, strict=True)] for rule in rules]

    @property
    def strengths(self):
        return [reduce(mul, [(-(z * z) / 2).exp() for z in rule]) for rule in self.off]

    @property
    def scores(self):
        return [-product(rule, rule) / 2 for rule in self.off]

    @property
    def output(self):
        return product(self.strengths, self.consequents) / reduce(add, self.strengths)


@st.composite
def systems(draw, least=1):
    d, n = draw(st.integers(1, 3)), draw(st.integers(least, 5))
    centres = [exact(each) for each in draw(values(n, d, largest=4))]
    widths = draw(st.lists(st.integers(4, 32), min_size=n * d, max_size=n * d))
    spread = [[arb(s) / 16 for s in widths[j * d : (j + 1) * d]] for j in range(n)]
    consequents = exact(column[0] for column in draw(values(n, 1)))
    return System(centres, spread, consequents, exact(draw(values(1, d, largest=4))[0]))


@pytest.mark.theorem("fuzzy-inference")
@given(system=systems())
def test_a_rule_fires_by_its_distance(system):
    for strength, rule in zip(system.strengths, system.off, strict=True):
        far = product(rule, rule).nonnegative_part().sqrt()
        claimed = claim("fuzzy-inference", 0, rule_distance=far)
        assert vanishes(strength.log() - claimed, 1 + abs(claimed))


@pytest.mark.theorem("fuzzy-inference")
@given(system=systems())
def test_a_rule_fires_by_a_score_and_two_lengths(system):
    for strength, centre, wide in zip(system.strengths, system.centres, system.widths, strict=True):
        key, query = ([u / s for u, s in zip(v, wide, strict=True)] for v in (centre, system.input))
        norms = {
            name: product(v, v).sqrt() for name, v in (("key_norm", key), ("query_norm", query))
        }
        claimed = claim("fuzzy-inference", 1, key_score=product(key, query), **norms)
        assert vanishes(strength.log() - claimed, 1 + product(key, key) + product(query, query))


@pytest.mark.theorem("fuzzy-inference")
@given(system=systems())
def test_the_output_is_attention_to_the_rules_and_within_their_range(system):
    scores, b = system.scores, system.consequents
    weights = [(score - scores[0]).exp() for score in scores]
    mean = product(weights, b) / reduce(add, weights)
    size = 1 + reduce(arb.max, map(abs, b))
    assert vanishes(system.output - claim("fuzzy-inference", 2, value_mean=mean), size)
    for sign in (1, -1):
        signed = [sign * each for each in b]
        highest = claim("fuzzy-inference", 3, largest_consequent=reduce(arb.max, signed))
        lacking = product(system.strengths, [highest - each for each in signed])
        assert vanishes(
            highest - sign * system.output - lacking / reduce(add, system.strengths), size
        )
        assert lacking >= 0


@pytest.mark.theorem("fuzzy-inference")
@given(system=systems(least=2), m=st.integers(1, 4))
def test_the_rules_that_do_not_lead_change_no_more_than_leakage_allows(system, m):
    order = sorted(range(len(system.scores)), key=lambda j: -float(system.scores[j].mid()))
    m = min(m, len(order) - 1)
    lead, rest = order[:m], order[m:]
    w, b, scores = system.strengths, system.consequents, system.scores
    local = product([w[j] for j in lead], [b[j] for j in lead]) / reduce(add, [w[j] for j in lead])
    gap = reduce(arb.min, [scores[j] for j in lead]) - reduce(arb.max, [scores[j] for j in rest])
    wide = reduce(arb.max, [abs(b[j] - b[k]) for j in lead for k in rest])
    claimed = claim("fuzzy-inference", 4, m=m, c=len(rest), x=gap, diameter=wide)
    assert at_most(abs(system.output - local), claimed)


def test_by_hand_two_rules_of_two_inputs():
    """Distances 1 and 2: strengths e^−½ and e^−2, so the output is (1·e^1.5 + 5)/(e^1.5 + 1)."""
    centres = [[arb(3) / 5, arb(4) / 5], [arb(0), arb(4)]]
    widths = [[arb(1), arb(1)], [arb(1), arb(2)]]
    system = System(centres, widths, [arb(1), arb(5)], [arb(0), arb(0)])
    ratio = (arb(3) / 2).exp()
    assert vanishes(system.output - (ratio + 5) / (ratio + 1), 1)
    assert vanishes(claim("fuzzy-inference", 0, rule_distance=2) + 2, 1)
