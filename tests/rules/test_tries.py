"""Simulated tries agree with the theorem, and counts prove no more than they can."""

from math import comb

import pytest

from locality.theory import InputError, theorem
from locality.verify.rules import Counts, interval, simulate

PROCESSES = {
    "usual": (0.3, 0.2, 0.1),
    "perfect verifier": (0.25, 0.0, 0.0),
    "worse than a coin": (0.5, 0.75, 0.625),
    "rarely good": (2.0**-10, 0.125, 0.25),
}
TRIALS, CONFIDENCE = 40_000, 1 - 1e-6


def claimed(name, which, **tries):
    rates = dict(zip(("good", "accept_bad", "reject_good"), PROCESSES[name], strict=True))
    return float(theorem("hot-reload").claims[which].in_balls(**rates, **tries))


def holds(p, successes, trials):
    low, high = interval(successes, trials, CONFIDENCE)
    return low <= p <= high


@pytest.mark.slow
@pytest.mark.parametrize("tries", [1, 2, 5, 40])
@pytest.mark.parametrize("name", PROCESSES)
def test_simulated_counts_agree_with_the_closed_forms(name, tries):
    counts = simulate(*PROCESSES[name], tries, TRIALS, seed=tries)
    assert counts.trials == TRIALS
    assert holds(claimed(name, 0, tries=tries), counts.answered, TRIALS)
    assert holds(claimed(name, 1), counts.good, counts.answered)
    assert holds(claimed(name, 2, tries=tries), counts.bad, TRIALS)


def test_a_claim_that_is_off_by_two_in_a_hundred_is_refuted():
    counts = simulate(*PROCESSES["usual"], 3, TRIALS, seed=1)
    assert not holds(1.02 * claimed("usual", 0, tries=3), counts.answered, TRIALS)


def test_more_tries_emit_more_bad_answers():
    bad = [simulate(*PROCESSES["usual"], tries, TRIALS, seed=9).bad for tries in (1, 2, 4, 8)]
    assert bad == sorted(set(bad))


def test_a_seed_draws_the_same_processes():
    first, second = (simulate(0.3, 0.2, 0.1, 3, 1000, seed=5) for _ in range(2))
    assert first == second != simulate(0.3, 0.2, 0.1, 3, 1000, seed=6)


def test_one_try_of_certain_verdicts_by_hand():
    """A verifier that never errs: what is emitted is good, and as often as tries are."""
    counts = simulate(0.5, 0.0, 0.0, 1, 1000, seed=3)
    assert counts.bad == 0
    assert counts + Counts(1, 2, 3) == Counts(counts.good + 1, 2, counts.refused + 3)


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (3, 10), (10, 10), (50, 80)])
def test_the_ends_of_an_interval_have_just_the_tails(successes, trials):
    """By the binomial distribution itself; a step inwards either tail would be too large."""

    def tail(p, counts):
        return sum(comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in counts)

    low, high = interval(successes, trials, 0.95)
    above, below = range(successes, trials + 1), range(successes + 1)
    if successes > 0:
        assert tail(low, above) < 0.025 + 1e-12 < tail(low + 1e-6, above)
    else:
        assert low == 0
    if successes < trials:
        assert tail(high, below) < 0.025 + 1e-12 < tail(high - 1e-6, below)
    else:
        assert high == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1.0, 0.1, 0.1, 2, 10, 0), "good = 1.0: expected 0 < a < 1"),
        ((0.5, 1.0, 0.1, 2, 10, 0), "accept_bad = 1.0: expected 0 ≤ β < 1"),
        ((0.5, 0.1, float("nan"), 2, 10, 0), "reject_good = nan"),
        ((0.5, 0.1, 0.1, 0, 10, 0), "tries = 0: expected a whole number"),
        ((0.5, 0.1, 0.1, 2, 0, 0), "trials = 0: expected a whole number"),
    ],
)
def test_a_simulation_refuses_what_is_no_process(arguments, message):
    with pytest.raises(InputError, match=message):
        simulate(*arguments)


@pytest.mark.parametrize("arguments", [(11, 10), (-1, 10), (0, 0), (1, 2, 1.0), (1, 2, 0.0)])
def test_an_interval_refuses_what_is_no_count(arguments):
    with pytest.raises(InputError, match="expected"):
        interval(*arguments)
