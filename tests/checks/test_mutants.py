from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from check_cases import FAMILIES, batches, row

from locality.verify.checks import FalsePoint, Mutant, Rows, checks, controls, mutants

IDS = tuple(checks())
MUTANTS = [(name, mutant.name) for name in IDS for mutant in mutants(name)]
CONTROLS = [(name, control.name) for name in IDS for control in controls(name)]


@cache
def drawn(theorem):
    extras = checks()[theorem].extras
    return [(batch, Rows(batch)) for family in FAMILIES for batch in batches(family, extras=extras)]


def by_name(variants, name):
    return {variant.name: variant for variant in variants}[name]


def refuted(check, theorem, every=1):
    """Whether a campaign's way refutes the check: balls on the worst instance of a micro-batch."""
    for batch, rows in drawn(theorem)[::every]:
        found = check.evaluate(rows)
        if found.in_doubt.any():
            slack = np.where(found.in_doubt, np.nan_to_num(found.slack, nan=-np.inf), np.inf)
            worst = batch.instance(int(np.argmin(slack)) * check.width, check.width)
            if check.judge(worst).verdict == "violated":
                return True
    return False


def test_every_check_has_mutants_and_controls():
    assert all(len(mutants(name)) >= 3 for name in IDS)
    assert all(controls(name) for name in IDS)
    assert len({*MUTANTS}) == len(MUTANTS)


@pytest.mark.parametrize(("theorem", "name"), MUTANTS)
def test_mutants_are_false_at_their_point_where_the_theorem_is_true(theorem, name):
    mutant = by_name(mutants(theorem), name)
    assert mutant.check.judge(mutant.point).verdict == "violated"
    assert checks()[theorem].judge(mutant.point).verdict in {"holds", "attained", "undecided"}


@pytest.mark.slow
@pytest.mark.parametrize(("theorem", "name"), MUTANTS)
def test_a_small_campaign_refutes_every_mutant(theorem, name):
    assert refuted(by_name(mutants(theorem), name).check, theorem)


@pytest.mark.slow
@pytest.mark.parametrize(("theorem", "name"), CONTROLS)
def test_no_control_is_refuted(theorem, name):
    control = by_name(controls(theorem), name)
    assert control.why
    assert not refuted(control.check, theorem, every=2)


@pytest.mark.slow
@pytest.mark.parametrize("theorem", IDS)
def test_no_theorem_is_refuted(theorem):
    assert not refuted(checks()[theorem], theorem, every=4)


@pytest.mark.parametrize("theorem", IDS)
def test_a_true_claim_is_refused_as_mutant(theorem):
    """A mutant that is the theorem itself has no point at which it is false."""
    first = mutants(theorem)[0]
    with pytest.raises(FalsePoint, match="expected violated"):
        replace(first, check=checks()[theorem])


def test_a_mutant_is_refused_at_a_point_where_it_holds():
    weak = by_name(mutants("leakage"), "odds-0.1%")
    with pytest.raises(FalsePoint, match="'weak' at its point: holds"):
        Mutant("weak", "", "constant", weak.check, row([2, 9], [0, -9]))


@pytest.mark.parametrize(("theorem", "name"), CONTROLS)
def test_controls_differ_from_the_theorem(theorem, name):
    assert by_name(controls(theorem), name).check != checks()[theorem]
