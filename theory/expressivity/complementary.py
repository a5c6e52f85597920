"""P and Y are complementary: each defines what the other cannot, and some languages need both.

Statement  over at least two letters: aΣ* has a formula with P and none without; Σ*a has one with Y
           and none with P alone; (ab)* has one with P and Y, none without P and none without Y
Assumes    two different letters
Sharp      the pairs of words that show it agree up to depth r and no further
Fails      over one letter, where aΣ* and Σ*a are one language, which P and Y both define
Source     expressivity
"""

from __future__ import annotations

from locality.theory.core.derivation import ByHand, Decided, Derivation
from locality.theory.core.theorem import Assumption, Source, Statement, Theorem
from locality.theory.core.witness import Shown
from locality.theory.expressivity.automata import Automaton, from_formula
from locality.theory.expressivity.decisions import defines, parted
from locality.theory.expressivity.formulas import TRUE, Formula, Letter, Past, Within, yesterday
from locality.theory.expressivity.types import GLOBAL, hybrid, local

A, B = Letter("a"), Letter("b")

BEGINS: Formula = Past(A & ~Past(TRUE))
ENDS: Formula = yesterday(A)


def alternates(alphabet: str) -> Formula:
    """(ab)*: no other letter, a where no letter was before, each letter after the other, b last."""
    first, last = Past(B & ~Past(TRUE)), yesterday(A)
    twice = Past(A & yesterday(A)) | Past(B & yesterday(B))
    found = ~(first | last | twice)
    for other in alphabet[2:]:
        found &= ~Past(Letter(other))
    return found


def begins(alphabet: str) -> Automaton:
    """aΣ*; a is the first letter."""
    others = len(alphabet) - 1
    return Automaton(
        alphabet,
        ((1, *[2] * others), (1,) * (others + 1), (2,) * (others + 1)),
        frozenset({1}),
    )


def ends(alphabet: str) -> Automaton:
    """Σ*a; a is the first letter."""
    row = (1, *[0] * (len(alphabet) - 1))
    return Automaton(alphabet, (row, row), frozenset({1}))


def alternation(alphabet: str) -> Automaton:
    """(ab)*; a and b are the first letters."""
    lost = [2] * (len(alphabet) - 2)
    return Automaton(alphabet, ((1, 2, *lost), (2, 0, *lost), (2, 2, *lost)), frozenset({0}))


def beginnings(rounds: int) -> tuple[str, str]:
    """A word that begins with a and one that does not, of the same end."""
    return "a" + "b" * rounds, "b" + "b" * rounds


def endings(rounds: int) -> tuple[str, str]:
    """A word that ends with a and one that does not, of the same past; one in (ab)*, one not."""
    return "ab" * rounds + "a", "ab" * rounds


def delayed(rounds: int) -> tuple[str, str]:
    """A word in (ab)* and one that is not, of the same end."""
    return "ab" * rounds, "b" + "ab" * rounds


def _all_parted() -> tuple[bool, str]:
    found = [
        parted(beginnings, local(1)),
        parted(endings, GLOBAL),
        parted(delayed, local(1), 2),
        parted(endings, hybrid(2)),
    ]
    return all(ok for ok, _ in found), "; ".join(detail for _, detail in found)


def _one_letter() -> tuple[bool, str]:
    asked = (BEGINS, ENDS, Past(TRUE), Within(TRUE, 1))
    ok = len({from_formula(formula, "a") for formula in asked}) == 1
    return ok, "over {a} all of them mean that there is a letter: P⊤ says so, and Y⊤ as well"


first_letter = Derivation(
    (
        Decided(
            "Some a has nothing before it: a formula with P",
            lambda: defines(lambda _: BEGINS, begins),
            r"a\Sigma^* = \mathbf P(a\wedge\neg\mathbf P\top)",
        ),
        Decided(
            "Two words that differ in the first letter alone agree up to the depth that reaches it",
            lambda: parted(beginnings, local(1)),
            r"ab^r,\; b^{r+1}",
        ),
        ByHand(
            "Without P, and with windows up to k, depth r does not reach back beyond rk letters",
            r"ab^{rk}\equiv_r b^{rk+1},\quad (ab)^{rk}\equiv_r b(ab)^{rk}",
            "headline_first_letter_agree",
        ),
    )
)

last_letter = Derivation(
    (
        Decided(
            "a was yesterday: a formula with Y",
            lambda: defines(lambda _: ENDS, ends),
            r"\Sigma^*a = \mathbf Ya",
        ),
        Decided(
            "With P alone, an a more after r rounds of ab is seen from depth r + 1 on",
            lambda: parted(endings, GLOBAL),
            r"(ab)^ra,\; (ab)^r",
        ),
        ByHand(
            "For every r: what is seen from the end of r rounds has been seen r rounds deep before",
            r"(ab)^ra\equiv_r(ab)^r",
            "headline_last_letter_agree",
        ),
    )
)

both = Derivation(
    (
        Decided(
            "No other letter, a first, b last, and never the same letter twice in a row",
            lambda: defines(alternates, alternation),
            r"(ab)^* = \neg\bigl(\mathbf P(b\wedge\neg\mathbf P\top)\vee\mathbf Ya\vee"
            r"\mathbf P(a\wedge\mathbf Ya)\vee\mathbf P(b\wedge\mathbf Yb)\vee"
            r"\textstyle\bigvee_{c\ne a,b}\mathbf Pc\bigr)",
        ),
        Decided(
            "Without P a b in front is out of sight",
            lambda: parted(delayed, local(1), 2),
            r"(ab)^r,\; b(ab)^r",
        ),
        Decided(
            "Without Y, even with windows of two, an a at the end is not seen",
            lambda: parted(endings, hybrid(2)),
            r"(ab)^r,\; (ab)^ra",
        ),
        ByHand(
            "For every r, and every choice of wider windows",
            r"(ab)^*\in\mathrm{LTL}[\mathbf P,\mathbf Y]\setminus"
            r"(\mathrm{LTL}[\mathbf Y]\cup\mathrm{LTL}[\mathbf P,\mathbf Y_{\le 2}])",
            "headline_alternation_needs_both",
        ),
    )
)

THEOREM = Theorem(
    id="complementary",
    tag="P4YQ",
    title="Global and local attention are complementary",
    statement=r"""Over an alphabet $\Sigma$ with two letters $a\ne b$, or more,
$$a\Sigma^* \in \mathrm{LTL}[\mathbf P]\setminus\mathrm{LTL}[\mathbf Y], \qquad
\Sigma^*a \in \mathrm{LTL}[\mathbf Y]\setminus\mathrm{LTL}[\mathbf P],$$
and $(ab)^*$ is in $\mathrm{LTL}[\mathbf P,\mathbf Y]$ and in neither. No other window helps:
$a\Sigma^*$ and $(ab)^*$ have no formula without $\mathbf P$, whatever its windows, and
$\Sigma^*a$ and $(ab)^*$ none with $\mathbf P$ and windows of two or more.""",
    intuition=r"""A global head finds a letter wherever it is, but sees all earlier letters at once,
without their order. A local head knows what came last, and has forgotten how the word began. To
say that two letters took turns from beginning to end, one needs to look everywhere and, wherever
one looks, one step back.""",
    proof=r"""The formulas are $\mathbf P(a\wedge\neg\mathbf P\top)$, $\mathbf Ya$, and for
$(ab)^*$ the one that forbids a $b$ at the beginning, an $a$ at the end, a letter twice in a row and
any third letter. For the rest, let $u\equiv_r v$ say that formulas of depth $r$ do not tell $u$
from $v$. Without $\mathbf P$ a formula of depth $r$ reads at most the last $rk$ letters, $k$ being
its widest window; so $ab^{rk}\equiv_r b^{rk+1}$ and $(ab)^{rk}\equiv_r b(ab)^{rk}$. With
$\mathbf P$ alone, $(ab)^i\equiv_r(ab)^{i+1}$ and $(ab)^ia\equiv_r(ab)^i$ for $i\ge r$, by
induction: the longer word shows only positions that look, one depth less deep, like positions a
round earlier, and those the shorter word shows as well. Windows of two beside it change nothing:
they show an $a$ and a $b$ in either case. Wider ones are written with $k-1$ windows of two inside
one another, so that $r(k-1)$ rounds do.""",
    source=Source(
        "expressivity",
        "global and local attention are complementary: each recognises languages that the other "
        "does not, and together they recognise more",
        verdict="holds",
    ),
    assumptions=(Assumption("letters", "$a, b\\in\\Sigma$ and $a\\ne b$"),),
    statements=(
        Statement(
            name="first letter",
            display=r"a\Sigma^*\in\mathrm{LTL}[\mathbf P]\setminus\mathrm{LTL}[\mathbf Y]",
            derivation=first_letter,
            rocq="headline_first_letter_not_yesterday",
        ),
        Statement(
            name="last letter",
            display=r"\Sigma^*a\in\mathrm{LTL}[\mathbf Y]\setminus\mathrm{LTL}[\mathbf P]",
            derivation=last_letter,
            rocq="headline_last_letter_not_past",
        ),
        Statement(
            name="both",
            display=r"(ab)^*\in\mathrm{LTL}[\mathbf P,\mathbf Y]\setminus"
            r"(\mathrm{LTL}[\mathbf P]\cup\mathrm{LTL}[\mathbf Y])",
            derivation=both,
            rocq="headline_alternation_needs_both",
        ),
    ),
    sharp=Shown(
        "The words agree up to their depth and no further: one more layer tells them apart",
        _all_parted,
        r"ab^r,\,b^{r+1};\quad (ab)^ra,\,(ab)^r;\quad (ab)^r,\,b(ab)^r",
    ),
    boundary=Shown(
        "Over one letter both languages are the same, and P and Y define it alike",
        _one_letter,
        r"a\{a\}^* = \{a\}^*a = \mathbf P\top = \mathbf Y\top",
    ),
    rocq=(
        "headline_first_letter_not_yesterday",
        "headline_first_letter_agree",
        "headline_last_letter_not_past",
        "headline_last_letter_agree",
        "headline_alternation_needs_both",
    ),
    depends_on=("window-hierarchy",),
    scalar=False,
    part="Part III. Expressivity of local attention",
    literature=r"""It holds as announced, and a third letter changes nothing: $(ab)^*$ needs both
operators over $\{a,b\}$ as well. That is not so for every language: "somewhere $ab$" needs both
over three letters, and over two it says no more than "somewhere $a$, and later $b$", for which a
global head suffices ([](#thm-classes)).""",
)
