import pytest
from hypothesis import given
from hypothesis import strategies as st

from locality.theory import InputError
from locality.theory.expressivity.formulas import (
    FALSE,
    TRUE,
    And,
    Letter,
    Not,
    Or,
    Past,
    Since,
    Within,
    with_parts,
    yesterday,
)
from locality.theory.expressivity.machine import TooLarge
from locality.theory.expressivity.syntax import latex, parse, plain, short, unicode
from locality.verify.recognizers.strategies import formulas

A, B, C = map(Letter, "abc")

READ = {
    "a": A,
    "0": Letter("0"),
    "π_a": A,
    "π_P": Letter("P"),
    "'('": Letter("("),
    "'''": Letter("'"),
    "true": TRUE,
    "⊤": TRUE,
    "false": FALSE,
    "⊥": FALSE,
    "!a": Not(A),
    "~a": Not(A),
    "¬a": Not(A),
    "Pa": Past(A),
    "Ya": Within(A, 1),
    "Y<=3 a": Within(A, 3),
    "Y≤3a": Within(A, 3),
    "Y <= 12 a": Within(A, 12),
    "Y<=1 a": Within(A, 1),
    "YYY a": yesterday(A, 3),
    "Ha": Not(Past(Not(A))),
    "a S b": Since(A, B),
    "aSb": Since(A, B),
    "a & b & c": And((A, B, C)),
    "a ∧ b ∨ c": Or((And((A, B)), C)),
    "a | b | c": Or((A, B, C)),
    "a | b & c": Or((A, And((B, C)))),
    "(a & b) & c": And((And((A, B)), C)),
    "a & (b & c)": And((A, And((B, C)))),
    "a & b S c": And((A, Since(B, C))),
    "!a S Pb": Since(Not(A), Past(B)),
    "!(a S b)": Not(Since(A, B)),
    "a S b S c": Since(Since(A, B), C),
    "a S (b S c)": Since(A, Since(B, C)),
    "a -> b": Or((Not(A), B)),
    "a → b -> c": Or((Not(A), Or((Not(B), C)))),
    "a & b -> c | a": Or((Not(And((A, B))), Or((C, A)))),
    "P(a & !P b)": Past(And((A, Not(Past(B))))),
    " ( ( a ) ) ": A,
}

REFUSED = {
    "": "the end at character 1, expected a letter",
    "a b": "'b' at character 3, expected & | -> S or the end",
    "a &": "the end at character 4, expected a letter",
    "(a & b": "'(' at character 1, expected a ) that closes it",
    "a)": "')' at character 2, expected a ( before it",
    "()": "')' at character 2, expected a letter",
    "Y<=0 a": "'Y' at character 1, expected a window from 1",
    "P Y<= a": "'Y' at character 3, expected a window from 1",
    "Y<=1000000000 a": "expected a window from 1 to 999999999",
    "& a": "'&' at character 1, expected a letter",
    "a - b": "'-' at character 3, expected &",
    "Ab": "'A' at character 1, expected a letter",
    "P é": "! P Y H or (; as a letter it is written in quotes, 'é'",
    "a !b": "'!' at character 3, expected &",
    "a\n&\n?": r"'a\n&\n?': '?' at character 5",
}


@pytest.mark.parametrize("text", READ)
def test_reads(text):
    assert parse(text) is READ[text]


@pytest.mark.parametrize("text", REFUSED)
def test_refusal_shows_place_and_what_was_expected(text):
    with pytest.raises(InputError) as refused:
        parse(text)
    assert REFUSED[text] in str(refused.value)
    assert "\n" not in str(refused.value)


def test_refusal_of_a_long_text_shows_where():
    with pytest.raises(InputError) as refused:
        parse("a & " * 1000 + "?" + " & b" * 1000)
    assert "& a & ? & b &" in str(refused.value)
    assert "character 4001" in str(refused.value)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize("write", [plain, unicode, str])
@given(formula=formulas(alphabet="ab0'(P"))
def test_what_is_written_reads_back_as_the_same_object(write, formula):
    again = parse(write(formula))
    assert parse(write(again)) is again
    assert again is _without_small_joins(formula)


def _without_small_joins(formula):
    """A join of one part is that part, and of none a constant: they have no text of their own."""
    parts = tuple(map(_without_small_joins, formula.parts))
    if isinstance(formula, And | Or) and len(parts) < 2:
        return parts[0] if parts else (TRUE if isinstance(formula, And) else FALSE)
    return with_parts(formula, parts)


def test_writes():
    formula = Past(And((A, Not(Within(Or((B, Since(A, C))), 2)))))
    assert str(formula) == "P(a & !Y<=2(b | a S c))"
    assert repr(formula) == "parse('P(a & !Y<=2(b | a S c))')"
    assert unicode(formula) == "P(a ∧ ¬Y≤2(b ∨ a S c))"
    assert latex(formula) == (
        r"\mathbf{P}(\pi_{a} \land \lnot \mathbf{Y}_{\le 2}(\pi_{b} \lor "
        r"\pi_{a} \mathbin{\mathbf{S}} \pi_{c}))"
    )
    assert latex(Letter("_")) == r"\pi_{\_}"


def test_chains_of_thousands_need_no_recursion():
    formula = A
    for _ in range(3000):
        formula = Not(Past(formula))
    assert parse(str(formula)) is formula
    assert parse("(" * 3000 + "a" + ")" * 3000) is A


def test_shared_parts_do_not_fill_memory():
    formula = A
    for _ in range(200):
        formula = Past(And((formula, Not(formula))))
    assert str(formula) == short(formula) == "<formula of depth 200 with 601 parts>"
    with pytest.raises(TooLarge, match="601 parts>: expected at most 20000 characters"):
        unicode(formula)
    assert plain(And((A, B)), most=5) == "a & b"
    with pytest.raises(TooLarge):
        plain(And((A, B)), most=4)


@given(st.text("ab!PYS<=3&|->() '", max_size=12))
def test_any_text_is_read_or_refused_in_one_line(text):
    read = _read(text)
    assert "\n" not in read if isinstance(read, str) else parse(str(read)) is read


def _read(text):
    try:
        return parse(text)
    except InputError as refused:
        return str(refused)
