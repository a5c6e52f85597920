"""The theorems of rules as properties, judged in balls from exact numbers.

A rule is heard by its definition, a softmax over more keys; tries are every sequence of K outcomes
with its probability. The right sides are the theorems' claims.
"""

from dataclasses import dataclass
from functools import reduce
from itertools import product
from operator import add, mul

import pytest
from flint import arb
from hypothesis import assume, given
from hypothesis import strategies as st
from laws import SMALL, Law, at_most, claim, exact, vanishes

from locality.theory import theorem
from locality.verify.instances.strategies import deltas, rows, values


def lse(scores, temperature):
    return reduce(add, [(s / arb(temperature)).exp() for s in scores]).log()


class Injection:
    """The rule (the relevant keys of a row), the old keys, and one number as each key's value."""

    def __init__(self, row, numbers):
        scores = exact(row.scores)
        self.row, self.law, self.numbers = row, Law(row), numbers
        self.passes = {
            "lse_relevant": lse(scores[: row.m], row.temperature),
            "lse_rest": lse(scores[row.m :], row.temperature),
        }
        self.old = [p / self.law.leakage for p in self.law.p[row.m :]]
        self.means = {
            "rule_mean": self.law.mean(numbers, slice(row.m)),
            "old_output": reduce(add, map(mul, self.old, numbers[row.m :])),
        }

    @property
    def new_output(self):
        return self.law.mean(self.numbers)


@st.composite
def injections(draw):
    row = draw(rows(SMALL))
    return Injection(row, exact(column[0] for column in draw(values(len(row.scores), 1))))


@pytest.mark.theorem("rule-injection")
@given(row=rows(SMALL))
def test_a_rule_has_at_least_the_share_of_two_level_scores(row):
    x = arb(row.margin) / arb(row.temperature)
    assert at_most(claim("rule-injection", m=row.m, c=row.c, x=x), Law(row).fidelity)


@pytest.mark.theorem("rule-injection")
@given(row=rows(SMALL, largest=0.0))
def test_two_level_rows_give_the_rule_just_that_share(row):
    x = arb(row.margin) / arb(row.temperature)
    bound = claim("rule-injection", m=row.m, c=row.c, x=x)
    assert vanishes(Law(row).fidelity - bound, bound)


@pytest.mark.theorem("rule-injection")
@given(found=injections())
def test_the_distribution_and_the_output_move_as_two_passes_say(found):
    m, p = found.row.m, found.law.p
    lost = [abs(new - old) for new, old in zip(p[m:], found.old, strict=True)]
    variation = reduce(add, [*p[:m], *lost]) / 2
    assert vanishes(variation - claim("rule-injection", 1, **found.passes), 1)
    shift = claim("rule-injection", 2, **found.passes, **found.means)
    moved = found.new_output - found.means["old_output"]
    assert vanishes(moved - shift, 1 + abs(shift))


@pytest.mark.theorem("rule-injection")
@given(found=injections())
def test_without_the_rule_keys_the_old_output_is_back(found):
    removed = found.law.mean(found.numbers, slice(found.row.m, None))
    before = claim("rule-injection", 3, old_output=found.means["old_output"])
    assert vanishes(removed - before, 1 + abs(before))


@pytest.mark.theorem("rule-injection")
@given(found=injections())
def test_what_an_old_key_read_with_the_rule_in_context_stays_moved(found):
    """A second layer over the old keys alone, all of which saw the same in the first."""
    assume(found.means["rule_mean"] != found.means["old_output"])
    kept = [found.new_output] * found.row.c
    second = reduce(add, map(mul, found.old, kept))
    assert abs(second - found.means["old_output"]) > 0


def test_the_share_by_hand():
    one = claim("rule-injection", m=1, c=1, x=1)
    assert vanishes(one - arb(1).exp() / (1 + arb(1).exp()), 1)
    assert vanishes(claim("rule-injection", m=3, c=1, x=0) - arb(3) / 4, 1)


# -- hot reload -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Process:
    """Tries of a generator, each judged by a verifier."""

    good: float
    accept_bad: float
    reject_good: float

    @property
    def outcomes(self):
        """(good, accepted) -> probability of one try."""
        a, beta, gamma = exact((self.good, self.accept_bad, self.reject_good))
        good = {True: a * (1 - gamma), False: a * gamma}
        bad = {True: (1 - a) * beta, False: (1 - a) * (1 - beta)}
        return {
            (kind, v): p for kind, part in ((True, good), (False, bad)) for v, p in part.items()
        }

    def emitted(self, tries):
        """The probabilities of a good and of a bad answer, over all sequences of tries."""
        found = {True: arb(0), False: arb(0)}
        chances = self.outcomes
        for run in product(chances, repeat=tries):
            answer = next((kind for kind, accepted in run if accepted), None)
            if answer is not None:
                found[answer] += reduce(mul, [chances[outcome] for outcome in run])
        return found[True], found[False]

    def claimed(self, which, **tries):
        return claim("hot-reload", which, **vars(self), **tries)


FEW = st.integers(1, 6)  # what many tries leave unanswered is less than balls here resolve
processes = st.builds(Process, deltas(), deltas() | st.just(0.0), deltas() | st.just(0.0))


@pytest.mark.theorem("hot-reload")
@given(process=processes, tries=st.integers(1, 4))
def test_all_sequences_of_tries_sum_to_the_closed_forms(process, tries):
    right, wrong = process.emitted(tries)
    answered = process.claimed(0, tries=tries)
    assert vanishes(right + wrong - answered, answered)
    assert vanishes(right / (right + wrong) - process.claimed(1), 1)
    assert vanishes(wrong - process.claimed(2, tries=tries), answered)


@pytest.mark.theorem("hot-reload")
@given(process=processes)
def test_checking_helps_exactly_if_bad_answers_are_rejected_more_often(process):
    gain = process.claimed(1) - arb(process.good)
    slope = 1 - arb(process.accept_bad) - arb(process.reject_good)
    assert gain * slope > 0 if slope != 0 else vanishes(gain, 1)


@pytest.mark.theorem("hot-reload")
@given(process=processes, better=deltas(), tries=FEW)
def test_a_better_generator_is_better_when_it_answers_but_may_answer_less(process, better, tries):
    assume(better > process.good)
    improved = Process(better, process.accept_bad, process.reject_good)
    gain = improved.claimed(1) - process.claimed(1)
    assert gain > 0 if process.accept_bad else vanishes(gain, 1)
    more = improved.claimed(0, tries=tries) - process.claimed(0, tries=tries)
    slope = 1 - arb(process.accept_bad) - arb(process.reject_good)
    assert more * slope > 0 if slope != 0 else vanishes(more, 1)


@pytest.mark.theorem("hot-reload")
@given(process=processes, tries=FEW)
def test_a_try_more_makes_a_bad_answer_likelier(process, tries):
    grown = process.claimed(2, tries=tries + 1) - process.claimed(2, tries=tries)
    assert grown > 0 if process.accept_bad else grown == 0


@pytest.mark.theorem("hot-reload")
@given(process=processes, tries=FEW, step=st.integers(1, 20))
def test_rates_are_the_slopes_in_the_share_of_good_tries(process, tries, step):
    """The mean of a rate over an interval lies between its ends: both rates are monotone there."""
    ahead = Process(process.good * (1 + step / 1024), process.accept_bad, process.reject_good)
    assume(ahead.good < 1)
    width = arb(ahead.good) - arb(process.good)
    for which, rate, given_tries in ((0, 3, {"tries": tries}), (1, 4, {})):
        rise = (ahead.claimed(which, **given_tries) - process.claimed(which, **given_tries)) / width
        ends = process.claimed(rate, **given_tries), ahead.claimed(rate, **given_tries)
        assert at_most(ends[0].min(ends[1]), rise)
        assert at_most(rise, ends[0].max(ends[1]))


def test_two_tries_by_hand():
    """Half the tries are good, and half of the bad ones pass."""
    process = Process(0.5, 0.5, 0.0)
    assert vanishes(process.claimed(0, tries=2) - arb(15) / 16, 1)
    assert vanishes(process.claimed(1) - arb(2) / 3, 1)
    assert vanishes(process.claimed(2, tries=2) - arb(5) / 16, 1)
    assert theorem("hot-reload").bound(good=0.5, accept_bad=0.5, reject_good=0, tries=2) == 15 / 16
