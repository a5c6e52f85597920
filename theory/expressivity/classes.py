"""Which languages each temporal logic defines, read off the minimal automaton.

Statement  a language is in LTL[Y] if and only if it is definite, in LTL[P] if and only if its
           minimal automaton never returns to a state that it left (R-trivial), in LTL[P,Y] if and
           only if no two states that reach each other are led back to themselves by the same
           nonempty word (locally R-trivial), in LTL[S] if and only if it is aperiodic
Assumes    P and S strict, words read after their last letter, the alphabet given
Sharp      over {a, b} "somewhere ab" is in LTL[P]; over {a, b, c} it is not
Fails      for a reflexive P, for words read at their last letter, and for the syntactic monoid in
           place of the semigroup: the empty word leads every state back to itself
Source     expressivity, fixedprec; the automata are classical
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

from locality.theory.core.derivation import ByHand, Decided, Derivation
from locality.theory.core.theorem import Assumption, Source, Statement, Theorem
from locality.theory.core.witness import Shown
from locality.theory.expressivity.automata import Automaton, from_formula
from locality.theory.expressivity.decisions import Decision
from locality.theory.expressivity.definability import defining_depth
from locality.theory.expressivity.enumeration import minimal_automata
from locality.theory.expressivity.forbidden import is_definite, is_locally_ordered, is_ordered
from locality.theory.expressivity.formulas import Formula, Letter, Past, yesterday
from locality.theory.expressivity.types import (
    GLOBAL,
    SINCE,
    Operators,
    agree,
    hybrid,
    local,
    separating_depth,
)

Test = Callable[[Automaton], bool]
A, B = Letter("a"), Letter("b")
SOMEWHERE: Formula = Past(B & yesterday(A))  # ab occurs
ENDS: Formula = yesterday(A)
WORDS = ("a", "b", "ab", "ba")
DEEPEST = 3


# -- words that a pattern gives --------------------------------------------------------------------


def same_loop(x: str, r: int) -> tuple[str, str]:
    """After different words, the same loop r times: Y sees only the loop."""
    return "a" + x * r, "b" + x * r


def there_and_back(y: str, z: str, r: int) -> tuple[str, str]:
    """Round and round, and half a round more: P has seen it all."""
    return (y + z) * r, (y + z) * r + y


def both_loops(x: str, y: str, z: str, r: int) -> tuple[str, str]:
    """Round and round with a long loop at either end: P has seen it all, Y sees the loop."""
    around = x * r + y + x * r + z
    return around * r + x * r, around * r + x * r + y + x * r


def circle(x: str, r: int) -> tuple[str, str]:
    """r turns of a circle, and one step more."""
    return x * r, x * (r + 1)


def _agreed(operators: Operators, *pairs: tuple[str, str, int]) -> Decision:
    wrong = [(u, v) for u, v, r in pairs if not agree(u, v, r, operators)]
    told = f"depth tells {wrong[0][0]} from {wrong[0][1]}" if wrong else "none is told apart"
    return not wrong, f"{operators}, {len(pairs)} pairs of words up to depth {DEEPEST}: {told}"


def _over(operators: Operators, pair: Callable[..., tuple[str, str]], words: int) -> Decision:
    """Whether the pairs of all short words agree, each up to its own depth."""
    chosen = product(product(WORDS, repeat=words), range(1, DEEPEST + 1))
    return _agreed(operators, *((*pair(*each, r), r) for each, r in chosen))


def _small(operators: Operators, holds: Test) -> Decision:
    """Whether types define just the languages of small automata that the pattern allows."""
    automata = [*minimal_automata(1), *minimal_automata(2)]
    wrong = [
        one
        for one in automata
        if holds(one) != (defining_depth(one, operators, len(one) - 1) is not None)
    ]
    members = sum(map(holds, automata))
    told = (
        f"not {wrong[0]}"
        if wrong
        else f"{members} of the {len(automata)} on two letters, by types the same ones"
    )
    return not wrong, told


# -- where alphabet, reading and semigroup matter --------------------------------------------------


def _by_alphabet() -> Decision:
    small, large = (from_formula(SOMEWHERE, alphabet) for alphabet in ("ab", "abc"))
    without_y = Past(B & Past(A))
    ok = small == from_formula(without_y, "ab") and is_ordered(small)
    ok &= large != from_formula(without_y, "abc") and not is_ordered(large)
    pairs = [("ac" * r + "b", "ac" * r + "ab", r) for r in range(1, DEEPEST + 1)]
    agreed, detail = _agreed(GLOBAL, *pairs)
    return ok and agreed, f"over ab it is P(b ∧ Pa), over abc that is another language; {detail}"


def _altered() -> Decision:
    twice, last = from_formula(Past(A & Past(A)), "ab"), from_formula(ENDS, "ab")
    reflexive = Operators(past=True, strict=False)
    cannot_count = is_ordered(twice) and separating_depth("a", "aa", reflexive) is None
    at_last = Operators(past=True, at_end=False)
    gives_away = not is_ordered(last) and separating_depth("ba", "ab", at_last) == 0
    refused = is_definite(last) and len(last) > 1  # the empty word leads both states back
    return cannot_count and gives_away and refused, (
        "a reflexive P never tells a from aa, though one a and two are told apart by a minimal "
        "automaton that returns nowhere; at the last letter depth 0 tells ba from ab, and Σ*a "
        "would be in LTL[P]; Σ*a is definite, and the empty word leads both its states back"
    )


definite = Derivation(
    (
        ByHand(
            "A formula of depth r with windows up to h reads the last rh letters",
            r"|v|\ge rh:\quad uv\models\varphi\iff u'v\models\varphi",
            "headline_definite_reads",
        ),
        Decided(
            "So if a word leads two states back to themselves, no depth will do",
            lambda: _over(local(1), same_loop, 1),
            r"u\,x^r,\; u'x^r",
        ),
        Decided(
            "And if no word does, few letters decide: automata of two states, by types",
            lambda: _small(local(1), is_definite),
        ),
        ByHand(
            "For every minimal automaton; and the same for P, and for both, below",
            r"\nexists\,p\ne q,\,x\ne\varepsilon:\;p\xrightarrow{x}p,\;q\xrightarrow{x}q",
            "headline_classes",
        ),
    )
)

returns = Derivation(
    (
        Decided(
            "If two states reach each other, no depth of LTL[P] will do",
            lambda: _over(GLOBAL, there_and_back, 2),
            r"u(yz)^r,\; u(yz)^ry",
        ),
        ByHand(
            "For all words and every depth",
            r"r<n:\quad u(yz)^nv\models\varphi\iff u(yz)^nyv\models\varphi",
            "headline_past_only_rounds",
        ),
    )
)

ordered = Derivation(
    (
        Decided(
            "If no two do, entering and leaving say each: automata of two states, by types",
            lambda: _small(GLOBAL, is_ordered),
        ),
    )
)

local_returns = Derivation(
    (
        Decided(
            "If moreover the same word leads both back to themselves, no depth of LTL[P,Y] will do",
            lambda: _over(hybrid(1), both_loops, 3),
            r"w = x^r y x^r z:\quad u\,w^r x^r,\; u\,w^r x^r y x^r",
        ),
        ByHand(
            "For all words, every depth and every window",
            r"r<n,\; |e|\ge rh:\quad ue(yeze)^nv\models\varphi\iff ue(yeze)^nyev\models\varphi",
            "headline_past_window_rounds",
        ),
    )
)

locally_ordered = Derivation(
    (
        Decided(
            "If none does, last letters say the rest: automata of two states, by types",
            lambda: _small(hybrid(1), is_locally_ordered),
        ),
    )
)

since = Derivation(
    (
        Decided(
            "If a word leads states in a circle, no depth of LTL[S] will do",
            lambda: _over(SINCE, circle, 1),
            r"u\,x^r,\; u\,x^{r+1}",
        ),
    )
)

THEOREM = Theorem(
    id="classes",
    tag="C6LT",
    title="Which languages each attention can recognise",
    statement=r"""Let $p \xrightarrow{x} q$ say that the minimal automaton of a regular language $L$
over $\Sigma$ goes from state $p$ to state $q$ when it reads $x$. Then

- $L\in\mathrm{LTL}[\mathbf Y]$ if and only if there are no $p\ne q$ and no word $x$ of one letter
  or more with $p\xrightarrow{x}p$ and $q\xrightarrow{x}q$: $L$ is *definite*;
- $L\in\mathrm{LTL}[\mathbf P]$ if and only if there are no $p\ne q$ with
  $p\xrightarrow{y}q\xrightarrow{z}p$: $L$ is *R-trivial*;
- $L\in\mathrm{LTL}[\mathbf P,\mathbf Y]$ if and only if there are no $p\ne q$ with both at once:
  $L$ is *locally R-trivial*;
- $L\in\mathrm{LTL}[\mathbf S]$ if and only if no word leads some states round in a circle of two
  or more: $L$ is *aperiodic*.

Of heads that say whether something true is in sight, strictly masked global ones are $\mathbf P$,
those with a window of one $\mathbf Y$, hybrids both. Which class a language is in depends on
$\Sigma$.""",
    intuition=r"""An automaton that returns to a state has forgotten that it left, and a global head
forgets nothing that it has seen. An automaton whose state survives a loop remembers something that
lies farther back than any local head sees. To define a language by both kinds of heads, what
survives a loop has to be something that never comes back.""",
    proof=r"""Write $u\equiv_r v$ if formulas of depth $r$ do not tell $u$ from $v$. It passes on to
$ua\equiv_r va$ for all these logics, since what the end of $ua$ sees is what the end of $u$ sees,
and one position more.

*No formula where a pattern is.* In $\mathrm{LTL}[\mathbf Y]$ a formula of depth $r$ reads the
last $r$ letters, so $ux^r\equiv_r u'x^r$ ends in two states that some word tells apart. With
$\mathbf P$, and also with $\mathbf Y$ or $\mathbf S$ beside it, $uw^i\equiv_r uw^{i+1}$ for
$i\ge r$, by induction on $r$: one depth less deep each position of the last $w$ looks like the same
position of the $w$ before, so the longer word shows no new type, and none in another order. For
$\mathbf S$ this is the circle. For $\mathbf P$ take $w=yz$: the positions of $w^r$ and then $y$
look like positions of $w^r$, so $uw^r\equiv_r uw^ry$. With $\mathbf Y$ beside it, take
$w=x^ryx^rz$: of $uw^rx^r$ and $uw^rx^ryx^r$ the second shows no new type, for the same reason, and
stepping back letter by letter from either end one stays in $x^r$ for $r$ steps.

*A formula where none is.* Number the components so that edges lead upwards. Say "in state $q$" of a
component $C$ by induction: the word began in $C$, or entered it from a lower component, which is
$\mathbf P$ of what is known and a letter; it did not leave, which is $\neg\mathbf P$ of being in
$C$ at a letter that leads out; and since it was entered the letters have led to $q$. If $C$ has one
state, nothing is left to say, and $\mathbf P$ does. If it has $n$ and no word leads two of them
back to themselves, then the last $k=n(n-1)$ letters decide, if they were all read in $C$: on the
way from two different states to two different states, some pair would have come twice. So
$\mathbf Y$ says the last letters, and how long ago $C$ was entered if that is fewer than $k$
letters ago. "Being in $C$" may be said as if it had not been left yet: the first time that it is
said wrongly, it has been left. Where the whole automaton has no such word, the last letters decide
from anywhere, and $\mathbf Y$ does. That every aperiodic language has a formula with $\mathbf S$ is
classical.""",
    source=Source(
        "expressivity",
        "local attention recognises the definite languages, global attention the R-trivial ones, "
        "and both together the locally R-trivial ones",
        verdict="more",
        truth="words are to be read after their last letter, attention is to be strictly masked, "
        "the semigroup is to be that of nonempty words, and the alphabet belongs to the language",
    ),
    assumptions=(
        Assumption("regular", "$L$ is regular, its automaton minimal and complete", implicit=True),
        Assumption(
            "reading",
            "$\\mathbf P$ and $\\mathbf S$ are strict; words are read after their last letter",
            implicit=True,
        ),
    ),
    statements=(
        Statement(
            name="definite",
            display=r"L\in\mathrm{LTL}[\mathbf Y]\iff\exists n\,\forall u,u',v,\,|v|\ge n:\;"
            r"uv\in L\Leftrightarrow u'v\in L",
            derivation=definite,
            rocq="headline_definite_iff",
        ),
        Statement(
            name="P does not return",
            display=r"L\in\mathrm{LTL}[\mathbf P]\implies\nexists\,p\ne q:\;"
            r"p\xrightarrow{y}q\xrightarrow{z}p",
            derivation=returns,
            rocq="headline_past_only_ordered",
        ),
        Statement(
            name="what does not return is P",
            display=r"\nexists\,p\ne q:\;p\xrightarrow{y}q\xrightarrow{z}p\implies"
            r"L\in\mathrm{LTL}[\mathbf P]",
            derivation=ordered,
            rocq="headline_ordered_past",
        ),
        Statement(
            name="P and Y do not return to loops",
            display=r"L\in\mathrm{LTL}[\mathbf P,\mathbf Y]\implies\nexists\,p\ne q,\,"
            r"x\ne\varepsilon:\;p\xrightarrow{x}p\xrightarrow{y}q\xrightarrow{x}q"
            r"\xrightarrow{z}p",
            derivation=local_returns,
            rocq="headline_past_window_ordered",
        ),
        Statement(
            name="locally R-trivial",
            display=r"\nexists\,p\ne q,\,x\ne\varepsilon:\;p\xrightarrow{x}p\xrightarrow{y}q"
            r"\xrightarrow{x}q\xrightarrow{z}p\implies L\in\mathrm{LTL}[\mathbf P,\mathbf Y]",
            derivation=locally_ordered,
            rocq="headline_ordered_past_yesterday",
        ),
        Statement(
            name="aperiodic",
            display=r"L\in\mathrm{LTL}[\mathbf S]\iff\nexists\,p\ne p':\;"
            r"p\xrightarrow{x}p'\xrightarrow{x}\cdots\xrightarrow{x}p",
            derivation=since,
            cited="restricted",
        ),
    ),
    sharp=Shown(
        "The alphabet decides: somewhere ab is in LTL[P] over two letters, and not over three",
        _by_alphabet,
        r"\{a,b\}:\;\Sigma^*ab\Sigma^*=\mathbf P(b\wedge\mathbf Pa);\qquad "
        r"\{a,b,c\}:\;(ac)^rb\equiv_r(ac)^rab",
    ),
    boundary=Shown(
        "A reflexive P, words read at their last letter, or the monoid for the semigroup: each "
        "gives other classes",
        _altered,
        r"a\equiv aa;\qquad \Sigma^*a=\pi_a\text{ at }|w|;\qquad "
        r"p\xrightarrow{\varepsilon}p,\;q\xrightarrow{\varepsilon}q",
    ),
    rocq=(
        "headline_definite_iff",
        "headline_definite_reads",
        "headline_past_only_rounds",
        "headline_past_only_ordered",
        "headline_ordered_past",
        "headline_past_window_rounds",
        "headline_past_window_ordered",
        "headline_ordered_past_yesterday",
        "headline_classes",
        "headline_classes_alphabet",
    ),
    depends_on=("window-hierarchy", "complementary"),
    scalar=False,
    part="Part III. Expressivity of local attention",
    literature=r"""Definite languages {cite}`definite`, automata that return nowhere and R-trivial
monoids {cite}`rtrivial`, locally R-trivial semigroups as products {cite}`stiffler`, aperiodic ones
as star-free {cite}`starfree`, as first-order {cite}`counterfree` and as temporal logic
{cite}`kamp,restricted` are classical. $\mathrm{LTL}[\mathbf P,\mathbf Y]$, with time reversed, was
decided in the semigroup {cite}`restricted`, and both it and $\mathrm{LTL}[\mathbf P]$ in the
automaton {cite}`untilhierarchy`. For the last class we cite; of the others all is proved above, and
by machine. That strictly masked attention to the last true key alone is all of
$\mathrm{LTL}[\mathbf S]$ is from {cite}`hardattention`, that strictly masked global attention of
fixed precision is $\mathrm{LTL}[\mathbf P]$ from {cite}`fixedprec`.""",
)
