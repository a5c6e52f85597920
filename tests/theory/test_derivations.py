"""Every step of every derivation is checked, and the checker refuses planted faults."""

from dataclasses import replace

import pytest
import sympy as sp

from locality.theory import index, theorem
from locality.theory.concentration import leakage
from locality.theory.core.derivation import (
    CITED,
    Aggregates,
    Decided,
    Decomposition,
    Derivation,
    Identity,
    Induction,
    Limit,
    Strict,
    Term,
    nonnegative,
)
from locality.theory.core.functions import MONOTONE, gap_log, monotone_holds, rise
from locality.theory.core.symbols import m, p, x
from locality.theory.core.theorem import Statement
from locality.theory.core.witness import Shown

IDS = [entry.id for entry in index()]


@pytest.mark.parametrize("name", IDS)
def test_every_step_holds_and_they_arrive_at_the_claims(name):
    report = theorem(name).check()
    assert report.ok, [step for step in report.steps if not step.ok]
    stated = theorem(name)
    arrived = [step for step in report.steps if step.kind in ("conclusion", CITED)]
    assert len(arrived) == len(stated.claims) + len(stated.statements)


def conclusion(claim):
    return next(step for step in claim.check() if step.kind == "conclusion")


RELATIONS = [name for name in IDS if theorem(name).claims]


@pytest.mark.slow
@pytest.mark.parametrize("name", [n for n in RELATIONS if theorem(n).claim.direction != "iff"])
def test_steps_that_prove_another_claim_are_refused(name):
    claim = theorem(name).claim
    assert not conclusion(replace(claim, rhs=claim.rhs + sp.Rational(1, 1000))).ok


def test_a_step_may_use_only_what_the_claim_assumes():
    with pytest.raises(ValueError, match="does not assume"):
        replace(theorem("entropy").claim, domain={})


@pytest.mark.parametrize("name", IDS)
def test_both_witnesses_hold(name):
    stated = theorem(name)
    assert stated.sharp.check().ok, stated.sharp.check()
    assert stated.boundary.check().ok, stated.boundary.check()


@pytest.mark.parametrize("gap", MONOTONE)
def test_the_sign_of_every_gap_has_its_reason(gap):
    assert monotone_holds(gap)


def steps_of(derivation):
    return derivation.definitions, derivation.steps[-1]


def test_a_decomposition_with_a_wrong_factor_is_refused():
    definitions, step = steps_of(leakage.derivation)
    wrong = Term(step.terms[0].expr * sp.Rational(1001, 1000), "planted")
    report = Decomposition("planted", step.slack, (wrong,)).check(definitions)
    assert not report.ok
    assert "not 0" in report.detail


def test_a_term_without_a_sign_is_refused():
    definitions, step = steps_of(leakage.derivation)
    half = step.terms[0].expr / 2
    terms = (Term(half + x, "planted"), Term(half - x, "planted"))
    report = Decomposition("planted", step.slack, terms).check(definitions)
    assert not report.ok
    assert "sign" in report.detail


def test_a_lemma_must_be_the_lemmas_slack():
    term = Term(2 * leakage.SLACK, "planted", lemma="leakage")
    assert not term.is_nonnegative(())
    assert Term(2 * leakage.SLACK, "honest", "leakage", sp.Integer(2)).is_nonnegative(())


def test_a_lemma_with_a_factor_of_unknown_sign_is_refused():
    term = Term(x * leakage.SLACK, "planted", lemma="leakage", factor=x)
    assert not term.is_nonnegative(())
    assert term.is_nonnegative((x,))


def test_a_false_identity_is_refused():
    assert not Identity("planted", sp.exp(x), 1 + x).check({}).ok
    assert Identity("honest", sp.exp(x) * sp.exp(-x), sp.Integer(1)).check({}).ok


def test_an_induction_must_start_and_must_step():
    index, size = sp.symbols("index size", integer=True, positive=True)
    odd = sp.Sum(2 * index - 1, (index, 1, size))
    assert Induction("odd numbers", odd, size**2).check({}).ok
    assert not Induction("starts at 1", odd, size**2 + 1).check({}).ok
    assert not Induction("steps too far", odd, size**2 + size).check({}).ok


def test_a_product_rule_that_forced_logarithms_would_accept_is_refused_in_balls():
    # ln(x²) = 2 ln x needs x > 0: the normal form splits it, balls at negative x do not
    assert not Identity("planted", sp.log(x**2), 2 * sp.log(x)).check({}).ok


def test_an_aggregate_declared_positive_must_be():
    name = sp.Symbol("name", positive=True)
    assert not Aggregates("planted", {name: x}).check({}).ok
    assert Aggregates("honest", {name: sp.exp(x)}).check({}).ok


def test_a_strict_sign_must_be_strict():
    y = sp.Symbol("y", nonnegative=True)
    assert not Strict("planted", rise(y), "not at 0").check({}).ok
    assert Strict("honest", rise(sp.Symbol("y", positive=True)), "").check({}).ok


def test_a_limit_is_computed():
    assert Limit("honest", x * sp.exp(-x), x, sp.oo, sp.Integer(0)).check({}).ok
    assert not Limit("planted", x * sp.exp(-x), x, sp.oo, sp.Integer(1)).check({}).ok


def test_what_a_computation_denies_is_refused():
    assert not Decided("planted", lambda: (False, "a word tells them apart")).check({}).ok
    assert not Shown("planted", lambda: (False, "nothing breaks")).check().ok
    assert Decided("honest", lambda: (True, "no word tells them apart")).check({}).ok


def concluded(**by):
    return Statement("planted", "x", Derivation(()), **by).check()[-1]


def test_a_statement_is_concluded_by_a_proof_or_a_citation():
    assert concluded(rocq="headline_leakage").ok
    assert not concluded(rocq="headline_that_nobody_proved").ok
    assert concluded(cited="expressivity").kind == CITED
    assert not concluded(cited="nobody").ok
    for by in ({}, {"rocq": "headline_leakage", "cited": "expressivity"}):
        with pytest.raises(ValueError, match="either a Rocq headline or a citation"):
            concluded(**by)


def test_a_theorem_says_something_and_names_its_headlines():
    stated, one = theorem("leakage"), Statement("x", "x", Derivation(()), rocq="headline_entropy")
    with pytest.raises(ValueError, match="expected claims, or statements"):
        replace(stated, claims=())
    with pytest.raises(ValueError, match="headline_entropy"):
        replace(stated, statements=(one,))


def test_signs_are_read_off_the_structure():
    i = sp.Symbol("i", integer=True, positive=True)
    assert nonnegative(sp.Sum(gap_log(p[i]) * p[i], (i, 1, m)))
    assert nonnegative((x - 1) ** 2)
    assert not nonnegative(sp.Sum(p[i] - 1, (i, 1, m)))
