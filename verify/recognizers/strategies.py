"""Hypothesis strategies for formulas and words, for property tests of your own.

    from hypothesis import given
    from locality.theory.expressivity.types import GLOBAL
    from locality.verify.recognizers.strategies import formulas, words

    @given(formula=formulas(GLOBAL), word=words())
    def test_my_recogniser(formula, word):
        assert my_recogniser(formula)(word) == accepts(formula, [word], "ab")[0]

Formulas shrink towards letters, words towards the empty word.
"""

from __future__ import annotations

from hypothesis import strategies as st

from locality.theory.expressivity.formulas import (
    FALSE,
    TRUE,
    And,
    Formula,
    Letter,
    Not,
    Or,
    Past,
    Since,
    Within,
)
from locality.theory.expressivity.types import Operators

ALL = Operators(past=True, windows=(1, 2, 3), since=True)
Formulas = st.SearchStrategy[Formula]


def formulas(
    operators: Operators = ALL, alphabet: str = "ab", deepest: int = 3, leaves: int = 4
) -> Formulas:
    """Formulas of some operators, at most `deepest` of them inside one another.

    Between two operators, at most `leaves` parts are joined by ¬, ∧ and ∨.
    """
    atoms: Formulas = st.sampled_from([*map(Letter, alphabet), TRUE, FALSE])
    found = _boolean(atoms, leaves)
    for _ in range(deepest):
        found = _boolean(st.one_of(atoms, *_past(operators, found)), leaves)
    return found


def words(alphabet: str = "ab", longest: int = 20) -> st.SearchStrategy[str]:
    """Words over the alphabet, of at most `longest` letters."""
    return st.text(alphabet, max_size=longest)


def _boolean(parts: Formulas, leaves: int) -> Formulas:
    return st.recursive(
        parts,
        lambda inner: st.one_of(
            inner.map(Not),
            st.lists(inner, max_size=3).map(lambda found: And(tuple(found))),
            st.lists(inner, max_size=3).map(lambda found: Or(tuple(found))),
        ),
        max_leaves=leaves,
    )


def _past(operators: Operators, inner: Formulas) -> list[Formulas]:
    found: list[Formulas] = []
    if operators.past:
        found.append(inner.map(Past))
    if operators.windows:
        found.append(st.builds(Within, inner, st.sampled_from(operators.windows)))
    if operators.since:
        found.append(st.builds(Since, inner, inner))
    return found
