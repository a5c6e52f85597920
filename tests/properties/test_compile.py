"""Compiled attention as properties: judged in balls from exact scores, or in exact fractions."""

from fractions import Fraction

import pytest
from flint import arb
from hypothesis import assume, given
from hypothesis import strategies as st
from laws import SMALL, Law, at_most, claim, vanishes

from locality.theory.expressivity.heads import exact, least, mass, step
from locality.theory.expressivity.types import Operators
from locality.verify.instances.strategies import deltas, margins, rows
from locality.verify.recognizers.strategies import formulas, words

HYBRID = Operators(past=True, windows=(1, 2, 3))


def bound(row):
    return claim("compile", n=row.m + row.c, x=arb(row.margin) / arb(row.temperature))


@pytest.mark.theorem("compile")
@given(row=rows(SMALL))
def test_no_row_leaks_more_than_one_true_key_would(row):
    leakage, most = Law(row).leakage, bound(row)
    assert at_most(leakage, most)


@pytest.mark.theorem("compile")
@given(row=rows(SMALL, largest=0.0))
def test_one_true_key_leaks_just_the_bound_and_more_leak_less(row):
    leakage, most = Law(row).leakage, bound(row)
    if row.m == 1:
        assert vanishes(leakage - most, most)
    else:
        assert leakage < most


@pytest.mark.theorem("compile")
@given(keys=st.integers(2, 10_000), true=st.integers(1, 9999), delta=deltas(), off=margins(-8, 8))
def test_true_keys_keep_their_share_just_from_the_least_scale_on(keys, true, delta, off):
    assume(true < keys)
    scale = claim("compile", 1, n=keys, delta=delta) + arb(off)
    assume(not arb(off).contains(0))

    def share(count):
        return count / (count + (keys - count) * (-scale).exp())

    if off > 0:
        assert at_most(1 - arb(delta), share(arb(true)))
    else:
        assert share(arb(1)) < 1 - arb(delta)


@pytest.mark.theorem("compile")
@given(truths=st.lists(st.booleans(), max_size=60), short=st.fractions(0, 1).filter(bool))
def test_a_head_and_a_step_see_whether_something_is_true(truths, short):
    values = [Fraction(truth) for truth in truths]
    assert step(mass(values, least(len(values)))) == any(truths)
    if len(values) > 1:
        alone = [Fraction(1), *[Fraction(0)] * (len(values) - 1)]
        assert step(mass(alone, least(len(values)) * (1 - short))) < 1


@pytest.mark.theorem("compile")
@given(formula=formulas(HYBRID), word=words("ab", 8))
def test_every_part_of_a_compiled_formula_is_its_truth(formula, word):
    assert exact(formula, [word], "ab") is None
