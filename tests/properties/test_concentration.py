"""The theorems of concentration as properties, judged in balls from exact scores.

Every left side is computed here from its definition; the right sides are the theorems' claims.
"""

from functools import reduce
from math import ceil, floor
from operator import add

import pytest
from flint import arb, arb_series
from hypothesis import Phase, assume, find, given, settings, target
from hypothesis import strategies as st
from laws import SMALL, Law, at_most, claim, exact, vanishes

from locality.theory import theorem
from locality.verify.instances.strategies import deltas, margins, rows, values


def sizes(row):
    return {"m": row.m, "c": row.c, "x": arb(row.margin) / arb(row.temperature)}


def turning_point(row):
    law, scores = Law(row), exact(row.scores)
    return law.mean(scores, slice(row.m, None)) - law.mean(scores, slice(None, row.m))


def variable(at):
    """A parameter as a power series, so that results carry their derivative in it."""
    return arb_series([arb(at), 1], prec=2)


@pytest.mark.theorem("leakage")
@given(row=rows(SMALL))
def test_no_row_leaks_more_than_two_level_scores(row):
    leakage, bound = Law(row).leakage, claim("leakage", **sizes(row))
    assert at_most(leakage, bound)
    target(float(leakage / bound), label="leakage")


@pytest.mark.theorem("leakage")
@given(row=rows(SMALL, largest=0.0))
def test_two_level_rows_leak_just_the_bound(row):
    bound = claim("leakage", **sizes(row))
    assert vanishes(Law(row).leakage - bound, bound)


@pytest.mark.theorem("entropy")
@given(row=rows(SMALL, leads=margins(0, 64)))
def test_entropy_is_at_most_that_of_two_level_scores(row):
    base, bound = arb(row.m).log(), claim("entropy", **sizes(row))
    entropy = Law(row).entropy
    assert at_most(entropy, bound)
    target(max(-1.0, float((entropy - base) / (bound - base))), label="entropy")


@pytest.mark.theorem("entropy")
@given(row=rows(SMALL, leads=margins(-64, 64), largest=0.0))
def test_two_level_rows_have_just_that_entropy(row):
    bound = claim("entropy", **sizes(row))
    assert vanishes(Law(row).entropy - bound, bound)


@pytest.mark.theorem("entropy-exponential")
@given(row=rows(SMALL, leads=margins(0, 64)))
def test_the_exponential_bound_is_off_by_at_most_its_gap(row):
    given = sizes(row)
    entropy, exponential = claim("entropy", **given), claim("entropy-exponential", **given)
    assert at_most(Law(row).entropy, exponential)
    assert at_most(entropy, exponential)
    assert at_most(exponential - entropy, claim("entropy-exponential", 1, **given))
    base = arb(row.m).log()
    target(float((entropy - base) / (exponential - base)), label="entropy-exponential")


@pytest.mark.theorem("temperature")
@given(row=rows(SMALL, largest=16.0))
def test_entropy_changes_with_temperature_at_the_rate_of_the_variance(row):
    tau = row.temperature
    law, scores = Law(row), exact(row.scores)
    mean = law.mean(scores)
    variance = law.mean([(s - mean) ** 2 for s in scores])
    rate = claim("temperature", variance=variance, temperature=tau)
    assert vanishes(Law(row, temperature=variable(tau)).entropy[1] - rate, rate)


@pytest.mark.theorem("temperature")
@given(row=rows(SMALL, leads=margins(-16, 16), largest=16.0), rise=margins(2**-10, 4))
def test_entropy_rises_with_temperature_unless_all_scores_are_equal(row, rise):
    assume(len(set(row.scores)) > 1)
    warmer = arb(row.temperature) * (1 + arb(rise))
    assert Law(row, temperature=warmer).entropy > Law(row).entropy


@pytest.mark.theorem("threshold")
@given(row=rows(SMALL, leads=margins(0, 0)), delta=deltas(), off=margins(-8, 8))
def test_a_margin_keeps_the_fidelity_just_from_the_threshold_on(row, delta, off):
    threshold = claim("threshold", m=row.m, c=row.c, delta=delta)
    lead = arb(float((threshold + off) * row.temperature))
    lifted = [arb(float(s)) + (lead if k < row.m else 0) for k, s in enumerate(row.scores)]
    least, most = min(lifted[: row.m], key=float), max(lifted[row.m :], key=float)
    above = lead / arb(row.temperature) - threshold
    assume(not above.contains(0))  # a tie, which no precision decides
    if above > 0:
        share = fidelity(lifted, row)
        assert at_most(1 - arb(delta), share)
        target(-float((share - 1 + arb(delta)) / arb(delta)), label="threshold")
    else:
        two_level = [least] * row.m + [most] * row.c
        assert fidelity(two_level, row) < 1 - arb(delta)


def fidelity(scores, row):
    weights = [((s - scores[0]) / arb(row.temperature)).exp() for s in scores]
    return reduce(add, weights[: row.m]) / reduce(add, weights)


@pytest.mark.theorem("truncation")
@given(data=st.data(), row=rows(SMALL))
def test_cutting_attention_to_the_block_moves_the_output_by_at_most_the_bound(data, row):
    points = [exact(point) for point in data.draw(values(row.m + row.c, 2))]
    law = Law(row)
    moved = squared(*([law.mean(column, part) for column in zip(*points, strict=True)]
                      for part in (slice(None), slice(None, row.m))))  # fmt: skip
    pairs = [squared(v, w) for v in points[: row.m] for w in points[row.m :]]
    diameter = max(pairs, key=float).sqrt()
    bound = claim("truncation", leakage=law.leakage, diameter=diameter)
    assert at_most(moved, bound * bound)
    if diameter > 0:
        target(float(moved.mid()) / float(bound * bound), label="truncation")


def squared(v, w):
    """The squared distance: a ball around 0 has no square root."""
    return reduce(add, [(a - b) * (a - b) for a, b in zip(v, w, strict=True)])


@pytest.mark.theorem("dial")
@given(row=rows(SMALL), turn=margins(-32, 32))
def test_the_dial_shifts_the_log_odds_of_fidelity(row, turn):
    dial = arb(turn) * row.temperature
    predicted = claim("dial", fidelity=Law(row).fidelity, dial=dial, temperature=row.temperature)
    dialled = Law(row, dial=dial)
    assert vanishes(dialled.fidelity - predicted, predicted)
    odds = predicted / (1 - predicted)
    assert vanishes(dialled.fidelity / dialled.leakage - odds, odds)


@pytest.mark.theorem("dial")
@given(row=rows(SMALL), turns=st.tuples(margins(-32, 32), margins(-32, 32)))
def test_turning_the_dial_moves_attention_by_at_most_the_bound(row, turns):
    first, second = (Law(row, dial=arb(turn) * row.temperature) for turn in turns)
    variation = reduce(add, [abs(p - q) for p, q in zip(first.p, second.p, strict=True)]) / 2
    step = abs(arb(turns[0]) - arb(turns[1])) * row.temperature
    bound = claim("dial", 1, step=step, temperature=row.temperature)
    assert at_most(variation, bound)
    if step > 0:
        target(float(variation / bound), label="dial")


@pytest.mark.theorem("dial-entropy")
@given(row=rows(SMALL), turn=margins(-32, 32))
def test_entropy_changes_with_the_dial_at_the_claimed_rate(row, turn):
    dial = arb(turn) * row.temperature
    rate = claim(
        "dial-entropy",
        fidelity=Law(row, dial=dial).fidelity,
        turning_point=turning_point(row),
        dial=dial,
        temperature=row.temperature,
    )
    assert vanishes(Law(row, dial=variable(dial)).entropy[1] - rate, rate)


@pytest.mark.theorem("dial-entropy")
@given(
    row=rows(SMALL, leads=margins(0, 16), largest=16.0),
    turns=st.tuples(margins(0, 16), margins(2**-10, 16)),
)
def test_with_a_margin_entropy_falls_from_dial_0_on(row, turns):
    first = arb(turns[0]) * row.temperature
    second = first + arb(turns[1]) * row.temperature
    assert at_most(turning_point(row), claim("dial-entropy", 1, margin=row.margin))
    assert at_most(Law(row, dial=second).entropy, Law(row, dial=first).entropy)


QUERIES = st.lists(rows(SMALL, leads=margins(-8, 8), largest=8.0), min_size=2, max_size=3)
STEPS = st.tuples(margins(0, 8), margins(2**-10, 8))


def mean_entropy(queries, dial):
    return reduce(add, [Law(row, dial=arb(dial)).entropy for row in queries]) / len(queries)


@pytest.mark.theorem("dial-mean-entropy")
@given(queries=QUERIES, steps=STEPS)
def test_mean_entropy_falls_beyond_the_last_turning_point(queries, steps):
    points = [turning_point(row) for row in queries]
    start = max(floor(float(point)) for point in points) + 1 + steps[0]
    assert mean_entropy(queries, start) > mean_entropy(queries, start + steps[1])
    assert all(at_most(point, claim("dial-entropy", 1, margin=row.margin))
               for point, row in zip(points, queries, strict=True))  # fmt: skip


@pytest.mark.theorem("dial-mean-entropy")
@given(queries=QUERIES, steps=STEPS)
def test_mean_entropy_rises_before_the_first_turning_point(queries, steps):
    end = min(ceil(float(turning_point(row))) for row in queries) - 1 - steps[0]
    assert mean_entropy(queries, end) > mean_entropy(queries, end - steps[1])


@given(row=rows(SMALL, leads=margins(0, 64)))
@pytest.mark.parametrize("name", ["leakage", "entropy", "entropy-exponential"])
def test_public_bounds_are_the_claims_to_twelve_digits(name, row):
    bound = theorem(name).bound(m=row.m, c=row.c, margin=row.margin, temperature=row.temperature)
    assert bound == pytest.approx(float(claim(name, **sizes(row))), rel=1e-12, abs=1e-300)


def test_a_bound_a_thousandth_too_strong_is_refuted():
    def refutes(row):
        return not at_most(Law(row).leakage, claim("leakage", **sizes(row)) * 0.999)

    find(rows(SMALL), refutes, settings=settings(phases=[Phase.generate]))


@pytest.mark.parametrize("number", [arb("nan"), arb(0, 1), arb(1, 2**-80)])
def test_numbers_that_are_not_known_pass_no_check(number):
    assert not at_most(number, arb(1))
    assert not vanishes(number - 1, arb(1))
