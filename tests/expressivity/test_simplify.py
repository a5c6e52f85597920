import pytest
from hypothesis import given

from locality.theory.expressivity.equivalence import distinguishing_word
from locality.theory.expressivity.formulas import (
    Letter,
    Not,
    Past,
    Since,
    Within,
    depth,
    subformulas,
    windows,
)
from locality.theory.expressivity.simplify import simplify
from locality.theory.expressivity.syntax import parse
from locality.theory.expressivity.types import Operators
from locality.verify.recognizers.strategies import formulas


def size(formula):
    sizes = {}
    for one in subformulas(formula):
        sizes[one] = 1 + sum(sizes[part] for part in one.parts)
    return sizes[formula]


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        ("!!a", "a"),
        ("!true", "false"),
        ("a & true", "a"),
        ("a | false", "a"),
        ("a & false", "false"),
        ("P a & P a", "P a"),
        ("P a & (P b & P c)", "P a & P b & P c"),
        ("P a | !P a", "true"),
        ("P a & !P a", "false"),
        ("P a & (P a | Y b)", "P a"),
        ("P a & (!P a | P b)", "P a & P b"),
        ("P a & (!P a | false)", "false"),
        ("a & b", "false"),
        ("a & !b", "a"),
        ("a | !b", "!b"),
        ("!a | !b", "true"),
        ("!(!P a & P b)", "P a | !P b"),
        ("P a | P b", "P(a | b)"),
        ("Y<=2 a | Y<=2 b", "Y<=2(a | b)"),
        ("Y !a & Y !b", "Y(!a & !b)"),
        ("Y a & Y b", "false"),
        ("Y<=2 a & Y<=2 b", "Y<=2 a & Y<=2 b"),
        ("P a & P b", "P a & P b"),
        ("Y<=2 a | P a", "P a"),
        ("Y<=2 a & P a", "Y<=2 a"),
        ("Y<=3 a | Y<=2 a", "Y<=3 a"),
        ("P true & Y a", "Y a"),
        ("P true | Y a | a S b", "P true"),
        ("Y true & a S b", "a S b"),
        ("P true & Y true", "Y true"),
        ("P false", "false"),
        ("Y<=2 false", "false"),
        ("P true", "P true"),
        ("Y<=2 true", "Y<=2 true"),
        ("P P a", "P P a"),
        ("Y P a", "P P a"),
        ("P Y<=2 a", "P P a"),
        ("P(a | P a)", "P a"),
        ("true S a", "P a"),
        ("!a S a", "P a"),
        ("false S a", "Y a"),
        ("a S a", "Y a"),
        ("a S false", "false"),
        ("a S b", "a S b"),
    ],
)
def test_by_hand(text, simple):
    assert str(simplify(parse(text))) == simple
    assert not _differ(parse(text), parse(simple))


def _differ(first, second):
    """A word that ends with a letter, or not, where the two differ."""
    return distinguishing_word(first, second, "abc") or distinguishing_word(
        Within(first, 1), Within(second, 1), "abc"
    )


@given(formulas(alphabet="ab"))
def test_the_same_meaning_at_every_position(formula):
    assert not _differ(formula, simplify(formula))


@given(formulas(alphabet="ab"))
def test_the_same_words_accepted(formula):
    assert not distinguishing_word(formula, simplify(formula, at_end=True), "ab")


@pytest.mark.slow
@given(formulas(alphabet="ab"))
def test_never_larger_or_deeper_or_wider(formula):
    for simpler in simplify(formula), simplify(formula, at_end=True):
        assert size(simpler) <= size(formula)
        assert depth(simpler) <= depth(formula)
        had_since = any(isinstance(one, Since) for one in subformulas(formula))
        assert windows(simpler) <= windows(formula) | ({1} if had_since else set())


@given(formulas(Operators(windows=(1, 2)), alphabet="ab"))
def test_local_formulas_stay_local(formula):
    assert not any(isinstance(one, Past | Since) for one in subformulas(simplify(formula)))


@pytest.mark.slow
@given(formulas(alphabet="ab"))
def test_nothing_is_left_to_simplify(formula):
    once = simplify(formula)
    assert simplify(once) is once


def test_letters_do_not_hold_at_the_end():
    assert str(simplify(parse("a | Y b"), at_end=True)) == "Y b"
    assert str(simplify(parse("!a & (b | P a)"), at_end=True)) == "P a"
    assert str(simplify(parse("a | Y b"))) == "a | Y b"


def test_a_wrong_rule_would_be_noticed():
    assert _differ(parse("P P a"), parse("P a")) == "a"
    assert _differ(parse("P true"), parse("true")) is not None
    assert _differ(parse("P a & P b"), parse("P(a & b)")) == "ab"


def test_chains_of_thousands_need_no_recursion():
    chain = Letter("a")
    for _ in range(1500):
        chain = Not(Not(Past(chain)))
    assert depth(simplify(chain)) == 1500
    assert not any(isinstance(one, Not) for one in subformulas(simplify(chain)))
