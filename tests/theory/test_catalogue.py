"""Ids and tags are permanent; every theorem carries all that a reader is promised."""

import re

import pytest

from locality.theory import UnknownTheorem, find, index, theorem, theorems
from locality.theory.core.printer import source
from locality.theory.core.proofs import statements
from locality.theory.core.symbols import QUANTITIES
from locality.theory.core.theorem import Source

TAGS = {
    "leakage": "K7QD",
    "entropy": "E4MX",
    "entropy-exponential": "R9XC",
    "temperature": "T2VH",
    "threshold": "W5HA",
    "truncation": "U8NB",
    "dial": "D3AL",
    "dial-entropy": "P6EK",
    "dial-mean-entropy": "M7QS",
    "group-lasso": "L2GS",
    "group-lasso-attention": "A9GL",
    "group-sparsemax": "S6MX",
    "anchor-capacity": "C8AN",
    "anchor-redundancy": "N3RA",
    "rule-injection": "J5RB",
    "hot-reload": "B7HR",
    "recruitment": "V4RC",
    "progressive": "Q2PL",
    "local-mean": "L4MN",
    "attention-is-local-mean": "T6SA",
    "kernel-regression": "K9RG",
    "lazy-learning": "N2LZ",
    "mean-shift": "M7SH",
    "hopfield": "H3PF",
    "relaxation-labeling": "X5RL",
    "lle": "E8LC",
    "fuzzy-inference": "F4TS",
    "denoiser": "D6NZ",
    "transformer-is-hierarchical-local-model": "Y9TH",
    "adaptive-and-nonlocal": "W3AN",
    "window-hierarchy": "W7KH",
    "complementary": "P4YQ",
    "classes": "C6LT",
    "depth-cost": "D5YK",
    "compile": "B2TF",
    "global-tokens": "S8GT",
    "merge": "G5VY",
    "entropy-identity": "H8ZT",
    "fidelity-identity": "F6LJ",
    "skip-certificate": "S4KC",
    "rounding": "R7ND",
}


def test_ids_and_tags_are_permanent():
    assert {entry.id: entry.tag for entry in index()} == TAGS


def test_the_index_agrees_with_the_theorems():
    for entry in index():
        stated = theorem(entry.id)
        assert (entry.tag, entry.title, entry.part) == (stated.tag, stated.title, stated.part)


@pytest.mark.parametrize("name", TAGS)
def test_nothing_a_reader_needs_is_missing(name):
    stated = theorem(name)
    for text in ("statement", "intuition", "proof", "literature"):
        assert len(getattr(stated, text)) > 60, text
    assert stated.assumptions
    assert stated.source.claim
    assert stated.rocq
    assert all(quantity.name in QUANTITIES for quantity in stated.symbols)


@pytest.mark.parametrize("name", TAGS)
def test_a_theorem_depends_only_on_earlier_ones(name):
    ids = list(TAGS)
    assert all(ids.index(used) < ids.index(name) for used in theorem(name).depends_on)


ANNOUNCING = {
    "localist", "recruitment", "aila", "progressive", "rules", "localization", "expressivity",
    "fixedprec",
}  # fmt: skip


@pytest.mark.parametrize("name", TAGS)
def test_what_a_paper_announced_has_a_verdict(name):
    source = theorem(name).source
    assert bool(source.verdict) == (source.key in ANNOUNCING)


def test_a_verdict_is_one_of_three_and_tells_what_is_true_instead():
    with pytest.raises(ValueError, match="verdict 'perhaps'"):
        Source("localist", "a claim", "perhaps")
    for verdict, truth in (("fails", ""), ("more", ""), ("holds", "a condition"), ("", "a truth")):
        with pytest.raises(ValueError, match="a truth is for"):
            Source("localist", "a claim", verdict, truth)


def test_every_cross_reference_leads_to_a_theorem():
    for stated in theorems():
        for text in (stated.statement, stated.proof, stated.intuition, stated.literature):
            for target in re.findall(r"#thm-([a-z-]+)", text):
                assert target in TAGS


def test_every_headline_belongs_to_exactly_one_theorem():
    claimed = [name for stated in theorems() for name in stated.rocq]
    assert sorted(claimed) == sorted(statements())


def test_the_printer_refuses_floats():
    import sympy as sp

    with pytest.raises(TypeError, match="no printed form"):
        source(sp.Symbol("x") * sp.Float(0.1))


@pytest.mark.parametrize("name", TAGS)
def test_every_lemma_that_a_derivation_uses_is_named(name):
    stated = theorem(name)
    terms = [
        term
        for claim in stated.claims
        for step in claim.derivation.steps
        for term in getattr(step, "terms", ())
    ]
    assert {term.lemma for term in terms if term.lemma} <= set(stated.depends_on)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("leekage", "; did you mean leakage?"),
        ("Hop", "; did you mean hopfield?"),
        ("dial-entropie", "; did you mean dial-entropy or dial-mean-entropy"),
        ("nothing-like-it", ""),
        ("", ""),
    ],
)
def test_an_unknown_theorem_is_told_from_its_nearest_ones(name, meant):
    with pytest.raises(UnknownTheorem) as refused:
        find(name)
    told = f"unknown theorem {name!r}: expected one that `locality list` has{meant}"
    assert str(refused.value).startswith(told)
    assert len(str(refused.value)) < 150
