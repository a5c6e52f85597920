import pickle
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locality.theory import InputError
from locality.theory.expressivity.formulas import (
    And,
    Constant,
    Letter,
    Not,
    Or,
    Past,
    Within,
    depth,
    letters,
    subformulas,
    windows,
    yesterday,
)
from locality.theory.expressivity.semantics import accepts, encode, evaluate
from locality.theory.expressivity.syntax import parse
from locality.verify.recognizers.strategies import formulas, words


def holds(formula, word, n, strict=True):
    """The definition, position by position; positions are 1 … |word| + 1."""
    if isinstance(formula, Constant):
        return formula.value
    if isinstance(formula, Letter):
        return n <= len(word) and word[n - 1] == formula.symbol
    if isinstance(formula, Not):
        return not holds(formula.operand, word, n, strict)
    if isinstance(formula, And):
        return all(holds(part, word, n, strict) for part in formula.operands)
    if isinstance(formula, Or):
        return any(holds(part, word, n, strict) for part in formula.operands)
    if isinstance(formula, Past):
        return any(holds(formula.operand, word, m, strict) for m in range(1, n + (not strict)))
    if isinstance(formula, Within):
        first = max(1, n - formula.window)
        return any(holds(formula.operand, word, m, strict) for m in range(first, n))
    return any(
        holds(formula.start, word, m, strict)
        and all(holds(formula.holds, word, j, strict) for j in range(m + 1, n))
        for m in range(1, n)
    )


def disagreements(formula, word, strict):
    truth = evaluate(formula, encode([word], "ab"), "ab")[0]
    return [n for n in range(1, len(word) + 2) if truth[n - 1] != holds(formula, word, n, strict)]


@given(formula=formulas(deepest=2), word=words(longest=7))
def test_agrees_with_the_definition_at_every_position(formula, word):
    assert not disagreements(formula, word, strict=True)


def test_reflexive_past_would_be_noticed():
    assert disagreements(Past(Letter("a")), "ba", strict=False) == [2]


@pytest.mark.parametrize(
    ("text", "belongs"),
    [
        ("Y a", lambda word: word.endswith("a")),
        ("Y(b & Y a)", lambda word: word.endswith("ab")),
        ("P(a & !P true)", lambda word: word.startswith("a")),
        ("P(b & Y a)", lambda word: "ab" in word),
        ("P(b & P a)", lambda word: "b" in word[word.find("a") + 1 :] and "a" in word),
        ("Y<=2 a", lambda word: "a" in word[-2:]),
        ("!P b S a", lambda word: word[-1:] == "a" or ("a" in word and "b" not in word[:-1])),
        ("a S b", lambda word: "b" in word and set(word[word.rfind("b") + 1 :]) <= {"a"}),
        ("!P true", lambda word: not word),
        ("a", lambda word: False),
        ("Y(true & !Y true)", lambda word: len(word) == 1),
        ("YY true", lambda word: len(word) >= 2),
    ],
)
def test_languages_by_hand(text, belongs):
    tried = ["".join(word) for length in range(6) for word in product("abc", repeat=length)]
    truth = accepts(parse(text), tried, "abc")
    assert truth.tolist() == [belongs(word) for word in tried]


def test_words_of_different_lengths_share_a_batch():
    truth = accepts(parse("Y a"), ["", "a", "ab", "bba"], "ab")
    assert truth.tolist() == [False, True, False, True]


@given(st.lists(words(longest=5), max_size=5), formulas(deepest=1))
def test_a_batch_is_its_words(batch, formula):
    each = [bool(accepts(formula, [word], "ab")[0]) for word in batch]
    assert accepts(formula, batch, "ab").tolist() == each


def test_foreign_letters():
    with pytest.raises(InputError, match="letter 'c' of 'abc': expected one of 'ab'"):
        encode(["abc"], "ab")
    assert not evaluate(Letter("z"), encode(["ab"], "ab"), "ab").any()


def test_windows_are_positive():
    with pytest.raises(InputError, match="window 0: expected an integer of at least 1"):
        Within(Letter("a"), 0)


def test_a_long_chain_is_evaluated():
    word = "a" + "b" * 1200
    assert accepts(yesterday(Letter("a"), 1201), [word, word[1:]], "ab").tolist() == [True, False]


def test_measures():
    formula = parse("P(a & Y<=2 b) | !Y<=2 b S Y c")
    assert depth(formula) == 2
    assert depth(parse("!(a & b)")) == 0
    assert letters(formula) == set("abc")
    assert windows(formula) == {1, 2}
    assert [str(part) for part in subformulas(parse("P a & !P a"))] == [
        "a",
        "P a",
        "!P a",
        "P a & !P a",
    ]


def test_equal_formulas_are_one_object():
    assert parse("P(a | b)") is Past(Letter("a") | Letter("b"))
    assert pickle.loads(pickle.dumps(parse("Y a S b"))) is parse("Y a S b")
