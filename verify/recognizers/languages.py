"""The eight languages of the training study, and which attention each of them needs.

Each stands over an alphabet that makes it the class it is meant to be: over {a, b} alone, "ab
occurs" is the same as "a occurs, and later b", which is a class lower. A formula shows that a
pattern of attention suffices; that another does not is shown by words that no formula of small
depth tells apart, one of them in the language.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from locality.theory import InputError
from locality.theory.expressivity.automata import Automaton
from locality.theory.expressivity.formulas import (
    TRUE,
    Formula,
    Letter,
    Past,
    Since,
    Within,
    subformulas,
    windows,
)
from locality.theory.expressivity.types import Operators

Pair = Callable[[int], tuple[str, str]]
A, B, C = map(Letter, "abc")


@dataclass(frozen=True)
class Language:
    """A regular language, and what decides it.

    `family` is the first of definite, R-trivial, locally R-trivial and aperiodic that it belongs
    to. `formulas` define the language, each for a weakest pattern that suffices.

    `far(r)` is a word of the language and one that is not, for patterns with global heads that do
    not suffice: no formula of theirs tells these apart if its depth is small beside r. `near(r)` is
    the same for patterns of local heads alone. What those see of the ends is the same letter by
    letter, or as bags of letters.
    """

    key: str
    name: str
    regex: str
    family: str
    automaton: Automaton
    formulas: tuple[Formula, ...]
    far: Pair | None
    near: Pair

    @property
    def alphabet(self) -> str:
        """Its letters."""
        return self.automaton.alphabet

    def suffices(self, pattern: Operators) -> bool:
        """Whether attention of the pattern recognises the language: whether a formula is in it."""
        return any(expressible(formula, pattern) for formula in self.formulas)

    def pair(self, pattern: Operators, size: int) -> tuple[str, str]:
        """A word of the language and one that is not, alike for a pattern that does not suffice.

        InputError if the pattern suffices.
        """
        made = self.far if pattern.past else self.near
        if made is None or self.suffices(pattern):
            raise InputError(
                f"pattern {pattern}: expected one that does not suffice for {self.key}"
            )
        return made(size)


def expressible(formula: Formula, pattern: Operators) -> bool:
    """Whether the pattern has the formula's operators, Y≤k from every Y≤j with j ≤ k included.

    `window-hierarchy` defines Y≤(k+1) by Y≤k.
    """
    past = any(isinstance(one, Past) for one in subformulas(formula))
    since = any(isinstance(one, Since) for one in subformulas(formula))
    asked = min(windows(formula), default=None)
    finest = min(pattern.windows, default=None)
    seen = asked is None or (finest is not None and finest <= asked)
    return seen and past <= pattern.past and since <= pattern.since


def _just_before(one: Formula, other: Formula) -> Formula:
    """`other` here and `one` at the position before."""
    return other & Within(one, 1)


def _ab_by_pairs() -> Formula:
    """ "ab occurs" by windows of two letters, which do not show their order.

    At the position after the first ab, {a, b} is seen, and that b sees an a. After "ba", the only
    other way to see both, the a sees the b; should the b see an a as well, it is the b of "acb",
    sees the c, and the c sees the a. All of this after the first ab means "abcab": not the first.
    """
    after_ba = (
        Within(A & Within(B, 2), 2)
        & Within(B & Within(C, 2), 2)
        & Within(B & Within(C & Within(A, 2), 2), 2)
    )
    found = Within(A, 2) & Within(B & Within(A, 2), 2) & ~after_ba
    return found | Past(found)


def _turns(run: str, first: str, last: str, size: int) -> tuple[str, str]:
    """Two letters take turns between long runs; which of them came last: first, or last."""
    turns = (first + run + last + run) * size
    return turns + first + run, turns


LANGUAGES = (
    Language(
        key="last-a",
        name="Σ*a",
        regex=".*a",
        family="definite",
        automaton=Automaton("abc", ((1, 0, 0), (1, 0, 0)), frozenset({1})),
        formulas=(Within(A, 1),),
        far=lambda r: ("ab" * r + "a", "ab" * r),
        near=lambda r: ("ab" * r + "a", "ab" * r),
    ),
    Language(
        key="last-ab",
        name="Σ*ab",
        regex=".*ab",
        family="definite",
        automaton=Automaton("abc", ((1, 0, 0), (1, 2, 0), (1, 0, 0)), frozenset({2})),
        formulas=(Within(_just_before(A, B), 1),),
        far=lambda r: ("ab" * r, "ab" * r + "a"),
        near=lambda r: ("ab" * r, "ab" * r + "a"),
    ),
    Language(
        key="first-a",
        name="aΣ*",
        regex="a.*",
        family="R-trivial",
        automaton=Automaton("abc", ((1, 2, 2), (1, 1, 1), (2, 2, 2)), frozenset({1})),
        formulas=(Past(A & ~Past(TRUE)),),
        far=None,
        near=lambda r: ("a" + "bc" * r, "b" + "bc" * r),
    ),
    Language(
        key="a-then-b",
        name="Σ*aΣ*bΣ*",
        regex=".*a.*b.*",
        family="R-trivial",
        automaton=Automaton("abc", ((1, 0, 0), (1, 2, 1), (2, 2, 2)), frozenset({2})),
        formulas=(Past(B & Past(A)),),
        far=None,
        near=lambda r: ("ab" + "c" * r, "ba" + "c" * r),
    ),
    Language(
        key="alternating",
        name="(ab)*",
        regex="(ab)*",
        family="locally R-trivial",
        automaton=Automaton("abc", ((1, 2, 2), (2, 0, 2), (2, 2, 2)), frozenset({0})),
        formulas=(~Within(A, 1) & ~Past(C | _just_before(A, A) | (B & ~Within(A, 1))),),
        far=lambda r: ("ab" * r, "ab" * r + "a"),
        near=lambda r: ("ab" * r, "b" + "ab" * r),
    ),
    Language(
        key="factor-ab",
        name="Σ*abΣ*",
        regex=".*ab.*",
        family="locally R-trivial",
        automaton=Automaton("abc", ((1, 0, 0), (1, 2, 0), (2, 2, 2)), frozenset({2})),
        formulas=(Past(_just_before(A, B)), _ab_by_pairs()),
        far=lambda r: ("ccba" * r + "b", "ccba" * r + "cb"),
        near=lambda r: ("ab" + "c" * r, "ba" + "c" * r),
    ),
    Language(
        key="last-reset",
        name="Σ*ab*",
        regex=".*ab*",
        family="aperiodic",
        automaton=Automaton("abc", ((1, 0, 0), (1, 1, 0)), frozenset({1})),
        formulas=(Since(B, A),),
        far=lambda r: _turns("b" * r, "a", "c", r),
        near=lambda r: ("a" + "b" * r, "c" + "b" * r),
    ),
    Language(
        key="dyck-2",
        name="(a(ab)*b)*",
        regex="(a(ab)*b)*",
        family="aperiodic",
        automaton=Automaton("ab", ((1, 2), (3, 0), (2, 2), (2, 1)), frozenset({0})),
        formulas=(),
        far=lambda r: _turns("ab" * r, "a", "b", r)[::-1],
        near=lambda r: ("ab" * r, "b" + "ab" * r),
    ),
)


def language(key: str) -> Language:
    """The language of that key; InputError where there is none."""
    for one in LANGUAGES:
        if one.key == key:
            return one
    raise InputError(f"language {key!r}: expected one of {', '.join(o.key for o in LANGUAGES)}")
