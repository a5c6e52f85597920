"""Windows in order: a wider window says strictly less, with global attention beside it or without.

Statement  LTL[Y≤k] ⊋ LTL[Y≤(k+1)] and LTL[P,Y≤k] ⊋ LTL[P,Y≤(k+1)] for every k ≥ 1:
           Y≤(k+1)φ ≡ Y≤kφ ∨ (Y≤k⊤ ∧ ¬Y≤k¬Y≤kφ), and "a within the last k" is not in
           LTL[P,Y≤(k+1)]; uʳa and uʳ, where u has k letters and a is the first, agree on every
           formula of LTL[P,Y≤k] of depth at most r; over {a, b, c} the language Σ*abΣ* is in
           LTL[P,Y≤2] and not in LTL[P,Y≤4]
Assumes    an alphabet of two letters or more; strict windows; words read after their last letter
Sharp      a formula of depth r + 1 tells the two words apart, and does without P
Fails      for a window of k − 1, which tells them apart at depth 1, and read at the last letter
Source     expressivity for (ab^(k−1))ʳ; the order of all windows is ours
"""

from locality.theory.core.derivation import ByHand, Decided, Derivation
from locality.theory.core.theorem import Assumption, Source, Statement, Theorem
from locality.theory.core.witness import Shown
from locality.theory.expressivity.equivalence import distinguishing_word
from locality.theory.expressivity.formulas import (
    TRUE,
    Formula,
    Letter,
    Past,
    Within,
    depth,
    yesterday,
)
from locality.theory.expressivity.semantics import accepts
from locality.theory.expressivity.syntax import latex
from locality.theory.expressivity.types import Operators, hybrid, local, separating_depth
from locality.theory.expressivity.windows import longer

WINDOWS = range(1, 7)
DEPTHS = range(7)
A, B, C = Letter("a"), Letter("b"), Letter("c")
FACTOR = Past(B & yesterday(A))  # ab occurs


def twins(window: int, depth: int) -> tuple[str, str]:
    """(ab^(k−1))ʳ with one letter a more, and without: formulas of depth r take them for one."""
    repeated = ("a" + "b" * (window - 1)) * depth
    return repeated + "a", repeated


def by_pairs() -> Formula:
    """ "ab occurs" over {a, b, c} by windows of two letters, which do not show their order.

    After the first ab both letters are in sight. So they are after ba; but there the b that sees
    an a is the b of acba: that a is seen from a c, and the c from the b.
    """
    seen = Within(A, 2) & Within(B, 2)
    after_ab = Within(A & ~Within(B, 2), 2)
    again = Within(B & Within(A, 2), 2) & ~Within(B & Within(C & Within(A, 2), 2), 2)
    found = seen & (after_ab | again)
    return found | Past(found)


def in_sight(rounds: int) -> tuple[str, str]:
    """Words with the factor ab and without; windows of four show all three letters in both."""
    return "acb" * (2 * rounds + 1) + "abc", "acb" * (2 * rounds + 2)


def chain(window: int, length: int) -> Formula:
    """So many letters a, each within k of the next: of depth `length`, and without P."""
    found: Formula = TRUE
    for _ in range(length):
        found = Within(A & found, window)
    return found


def _one_wider() -> tuple[bool, str]:
    words = [
        distinguishing_word(Within(A, k + 1), longer(A, Within(A, k), k), "ab") for k in WINDOWS
    ]
    differing = [word for word in words if word is not None]
    if differing:
        return False, f"they differ at {differing[0]!r}"
    return True, f"equivalent for k = 1…{max(WINDOWS)}"


def _types() -> tuple[bool, str]:
    for k in WINDOWS:
        for r in DEPTHS:
            u, v = twins(k, r)
            least = {separating_depth(u, v, operators) for operators in (local(k), hybrid(k))}
            if least != {r + 1}:
                return False, f"k = {k}, r = {r}: told apart at depth {least}"
    return True, (
        f"told apart at depth r + 1 and not before, P or not, for k ≤ {max(WINDOWS)} and "
        f"r ≤ {max(DEPTHS)}"
    )


def _in_and_out() -> tuple[bool, str]:
    for k in WINDOWS:
        longer, shorter = twins(k + 1, 3)
        if accepts(Within(A, k), [longer, shorter], "ab").tolist() != [True, False]:
            return False, f"k = {k}: not exactly one of them has a within the last k"
    return True, f"one of them has a within the last k, the other not, for k = 1…{max(WINDOWS)}"


def _told_apart() -> tuple[bool, str]:
    for k in WINDOWS:
        for r in DEPTHS:
            formula = chain(k, r + 1)
            told = accepts(formula, twins(k, r), "ab").tolist()
            if told != [True, False] or depth(formula) != r + 1:
                return False, f"k = {k}, r = {r}: {told} at depth {depth(formula)}"
    return True, f"of depth r + 1, true of one word alone, for k ≤ {max(WINDOWS)}"


def _factor_found() -> tuple[bool, str]:
    differing = distinguishing_word(by_pairs(), FACTOR, "abc")
    if differing is not None:
        return False, f"it differs from “ab occurs” at {differing!r}"
    return depth(by_pairs()) == 4, f"compared on all words; depth {depth(by_pairs())}"


def _factor_hidden() -> tuple[bool, str]:
    for r in range(1, DEPTHS.stop):
        words = in_sight(r)
        if accepts(FACTOR, words, "abc").tolist() != [True, False]:
            return False, f"r = {r}: not exactly one of them has the factor"
        if (separating_depth(*words, hybrid(4)) or r) <= r:
            return False, f"r = {r}: told apart at depth r"
    return True, f"not told apart at depth r, for r = 1…{max(DEPTHS)}"


def _broken() -> tuple[bool, str]:
    altered = {
        "the window k − 1": [(local(k - 1), 1, k) for k in WINDOWS[1:]],
        "the last letter": [(Operators(windows=(k,), at_end=False), 0, k) for k in WINDOWS[1:]],
    }
    for text, cases in altered.items():
        for operators, found, k in cases:
            if separating_depth(*twins(k, 5), operators) != found:
                return False, f"{text} does not tell them apart for k = {k}"
    return True, (
        f"r = 5: told apart at depth 1 by the window k − 1, at depth 0 where words are read at "
        f"their last letter, for k = 2…{max(WINDOWS)}"
    )


THEOREM = Theorem(
    id="window-hierarchy",
    tag="W7KH",
    title="A wider window says strictly less",
    statement=r"""Over an alphabet of at least two letters, for every $k\ge1$,
$$\mathrm{LTL}[\mathbf Y_{\le k}] \supsetneq \mathrm{LTL}[\mathbf Y_{\le k+1}], \qquad
\mathrm{LTL}[\mathbf P,\mathbf Y_{\le k}] \supsetneq \mathrm{LTL}[\mathbf P,\mathbf Y_{\le k+1}].$$
A wider window can be written with a narrower one,
$$\mathbf Y_{\le k+1}\varphi \;\equiv\; \mathbf Y_{\le k}\varphi \vee
\bigl(\mathbf Y_{\le k}\top \wedge \neg\mathbf Y_{\le k}\neg\mathbf Y_{\le k}\varphi\bigr),$$
but “$a$ within the last $k$ letters” cannot be written with windows of $k+1$ or more, even with
$\mathbf P$. For a word $u$ of $k$ letters whose first is $a$, every formula of
$\mathrm{LTL}[\mathbf P,\mathbf Y_{\le k}]$ of depth at most $r$ accepts both $u^r a$ and $u^r$ or
neither; if $u$ has no other $a$, one of depth $r+1$ without $\mathbf P$ accepts the first
alone. Over $\Sigma=\{a,b,c\}$ the language $\Sigma^*ab\Sigma^*$ is in $\mathrm{LTL}[\mathbf P,
\mathbf Y_{\le2}]$ and not in $\mathrm{LTL}[\mathbf P,\mathbf Y_{\le4}]$.""",
    intuition=r"""A head that asks *whether* something holds in its window knows what is there,
neither where nor how often. Two narrow windows in two layers find the place where a property stops
to hold, and so the edge of a wider window; but the inside of a window has no edge. In a word that
repeats itself every $k$ letters each window of $k$ shows the same. Only the start of the word looks
different, and every layer carries news of it just one window farther.""",
    proof=r"""*One wider.* Let $\varphi$ hold last at distance $D$ before here. If $D\le k$ both
sides hold. If $D=k+1$ each of the $k$ positions before sees it within $k$. If $D>k+1$, or if
$\varphi$ never held, the position just before sees none within $k$; where there is no position
before, $\mathbf Y_{\le k}\top$ fails. *Agreement.* By induction on $d$, two positions with the same
letter that lie $dk$ or more behind the start have the same truth for formulas of depth at most $d$:
their windows of $k$ hold one full turn of $u$ each, all of it at least $(d-1)k$ behind the start,
and $\mathbf P$ sees the same start beyond. The positions after $u^r a$ and after $u^r$
hold no letter and lie at least $rk$ behind the start. *Strictness.* With $u=ab^k$ just one of
$u^r a$ and $u^r$ has $a$ within the last $k$, and no formula of $\mathrm{LTL}[\mathbf P,\mathbf
Y_{\le k+1}]$, whatever its depth $r$, can tell. *A factor.* In
$(acb)^{2r+1}abc$ and in $(acb)^{2r+2}$ windows of four show all three letters once they lie far
enough from the start, so that a formula of depth $r$ sees at a position its letter alone; just one
of the two words has the factor $ab$.""",
    source=Source(
        "expressivity",
        "formulas of depth r over P and windows of k take a word that repeats itself every k "
        "letters and its continuation by one letter for the same",
        verdict="holds",
    ),
    assumptions=(
        Assumption("letters", "the alphabet has two letters, $a\\ne b$"),
        Assumption("window", "$k \\ge 1$"),
        Assumption("strict", "windows hold the $k$ positions before, not the own one", True),
        Assumption("end", "words are read at the position after their last letter", True),
    ),
    statements=(
        Statement(
            name="strict hierarchy",
            display=r"\mathrm{LTL}[\mathbf P,\mathbf Y_{\le k}] \supsetneq "
            r"\mathrm{LTL}[\mathbf P,\mathbf Y_{\le k+1}]",
            derivation=Derivation(
                (
                    ByHand(
                        "Whatever uses windows of k or more can be written with the window k",
                        r"\mathrm{LTL}[\mathbf P,\mathbf Y_{\le k},\mathbf Y_{\le k+1},\dots] = "
                        r"\mathrm{LTL}[\mathbf P,\mathbf Y_{\le k}]",
                        "headline_window_contains",
                    ),
                    Decided(
                        "One of two words that windows of k + 1 confuse has a within the last k",
                        _in_and_out,
                        r"(ab^k)^r a \models \mathbf Y_{\le k}\pi_a, \quad "
                        r"(ab^k)^r \not\models \mathbf Y_{\le k}\pi_a",
                    ),
                )
            ),
            rocq="headline_window_strict",
        ),
        Statement(
            name="one wider",
            display=r"\mathbf Y_{\le k+1}\varphi \equiv \mathbf Y_{\le k}\varphi \vee (\mathbf "
            r"Y_{\le k}\top \wedge \neg\mathbf Y_{\le k}\neg\mathbf Y_{\le k}\varphi)",
            derivation=Derivation(
                (
                    Decided(
                        "Equivalent on all words; the letter a stands for any property of earlier "
                        "positions",
                        _one_wider,
                        r"\varphi = \pi_a",
                    ),
                )
            ),
            rocq="headline_window_next",
        ),
        Statement(
            name="agreement",
            display=r"u^r a \equiv_r u^r, \quad u = a\cdots,\; |u| = k",
            derivation=Derivation(
                (
                    Decided(
                        "The types of both words, computed round by round",
                        _types,
                        r"(ab^{k-1})^r a \equiv_r (ab^{k-1})^r, \quad "
                        r"(ab^{k-1})^r a \not\equiv_{r+1} (ab^{k-1})^r",
                    ),
                )
            ),
            rocq="headline_window_agree",
        ),
        Statement(
            name="difference",
            display=r"u^r a \not\equiv_{r+1} u^r, \quad u = av,\; a\notin v",
            derivation=Derivation(
                (
                    Decided(
                        "A chain of letters a, each within k of the next, has r + 1 links in one",
                        _told_apart,
                        r"\gamma_{r+1} = \mathbf Y_{\le k}(\pi_a\wedge\gamma_r), \quad "
                        r"\gamma_0 = \top",
                    ),
                )
            ),
            rocq="headline_window_differ",
        ),
        Statement(
            name="factor",
            display=r"\Sigma^*ab\Sigma^*\in\mathrm{LTL}[\mathbf P,\mathbf Y_{\le 2}]\setminus"
            r"\mathrm{LTL}[\mathbf P,\mathbf Y_{\le 4}],\quad \Sigma=\{a,b,c\}",
            derivation=Derivation(
                (
                    Decided(
                        "A formula of windows of two and depth four says that ab occurs",
                        _factor_found,
                        latex(by_pairs()),
                    ),
                    Decided(
                        "Where windows of four show all letters, r layers take two words for one",
                        _factor_hidden,
                        r"(acb)^{2r+1}abc \equiv_r (acb)^{2r+2}",
                    ),
                )
            ),
            rocq="headline_window_factor",
        ),
    ),
    sharp=Shown(
        "One operator more tells the two words apart",
        _told_apart,
        r"(ab^{k-1})^r a \models \gamma_{r+1}, \quad (ab^{k-1})^r \not\models \gamma_{r+1}",
    ),
    boundary=Shown(
        "A window one narrower, or a word that is read at its last letter, tells them apart",
        _broken,
        r"(ab^{k-1})^r a \models \mathbf Y_{\le k-1}\pi_a, \quad "
        r"(ab^{k-1})^r \not\models \mathbf Y_{\le k-1}\pi_a",
    ),
    rocq=(
        "headline_window_strict",
        "headline_window_contains",
        "headline_window_next",
        "headline_window_agree",
        "headline_window_differ",
        "headline_window_factor",
    ),
    scalar=False,
    part="Part III. Expressivity of local attention",
    literature="""The announced lemma is the case in which one letter a is followed by letters b;
any repeated word does. That windows form one strict order, with P beside them or not, follows from
it and from the formula for a window one wider. Among local heads those that see one letter are so
the most expressive, at the price of depth.""",
)
