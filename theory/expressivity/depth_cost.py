"""How deep formulas must be to look back farther than their window reaches.

Statement  "a within the last k letters" has a formula with windows of j, 1 ≤ j ≤ k, of depth
           ⌊k/j⌋ + (k mod j), without P, and none that is shallower, even with P
Assumes    an alphabet of two letters or more; 1 ≤ j ≤ k
Sharp      it is the least depth, found again by exact search for j ≤ 3
Fails      for j > k ≥ 1, where no depth is enough
Source     ours; expressivity has the case j = 1, without P, as a count of Y inside one another
"""

from itertools import product

from locality.theory.core.derivation import ByHand, Decided, Derivation
from locality.theory.core.theorem import Assumption, Source, Statement, Theorem
from locality.theory.core.witness import Shown
from locality.theory.expressivity.equivalence import distinguishing_word
from locality.theory.expressivity.formulas import Letter, Within, depth, windows
from locality.theory.expressivity.search import least_depth
from locality.theory.expressivity.semantics import accepts
from locality.theory.expressivity.types import hybrid, local, separating_depth
from locality.theory.expressivity.windows import layers, within

WINDOWS = range(1, 5)
STEPS = range(1, 10)
PAIRS = [(j, k) for j, k in product(WINDOWS, STEPS) if j <= k]
SEARCHED = [(1, 2), (1, 3), (2, 2), (2, 3), (2, 4), (3, 3), (3, 4), (3, 6)]
A = Letter("a")


def blocks(window: int, steps: int, repeats: int) -> tuple[str, str]:
    """(ab^(j−1))ⁿab^(k−1), whose last k letters hold an a, and the same with one b more."""
    word = ("a" + "b" * (window - 1)) * repeats + "a" + "b" * (steps - 1)
    return word, word + "b"


def _enough() -> tuple[bool, str]:
    for j, k in PAIRS:
        found = within(A, k, j)
        word = distinguishing_word(found, Within(A, k), "ab")
        if word is not None or windows(found) != {j} or depth(found) != layers(k, j):
            return False, f"j = {j}, k = {k}: depth {depth(found)}, differs at {word!r}"
    return True, f"equivalent and of that depth for j ≤ {max(WINDOWS)} and k ≤ {max(STEPS)}"


def _no_fewer() -> tuple[bool, str]:
    for j, k in PAIRS:
        least, pair = layers(k, j), blocks(j, k, layers(k, j))
        if accepts(Within(A, k), pair, "ab").tolist() != [True, False]:
            return False, f"j = {j}, k = {k}: not exactly one word has a within the last k"
        if {separating_depth(*pair, operators) for operators in (local(j), hybrid(j))} != {least}:
            return False, f"j = {j}, k = {k}: not told apart at depth {least} for the first time"
    return True, (
        f"told apart at that depth and not before, P or not, for j ≤ {max(WINDOWS)} and "
        f"k ≤ {max(STEPS)}"
    )


def _searched() -> tuple[bool, str]:
    for j, k in SEARCHED:
        found = least_depth(Within(A, k), local(j), layers(k, j))
        if found is None or found.depth != layers(k, j):
            return False, f"j = {j}, k = {k}: the search finds {found and found.depth}"
    cases = ", ".join(f"{layers(k, j)} for ({j}, {k})" for j, k in SEARCHED)
    return True, f"least depth of a formula: {cases}"


def _too_wide() -> tuple[bool, str]:
    for j in WINDOWS[1:]:
        for repeats in range(1, 7):
            pair = blocks(j, j - 1, repeats)
            apart = separating_depth(*pair, hybrid(j))
            if accepts(Within(A, j - 1), pair, "ab").tolist() != [True, False]:
                return False, f"j = {j}: not exactly one word has a within the last {j - 1}"
            if apart is None or apart <= repeats:
                return False, f"j = {j}: told apart at depth {apart}"
    return True, "k = j − 1: words with n blocks agree up to depth n, for n ≤ 6"


THEOREM = Theorem(
    id="depth-cost",
    tag="D5YK",
    title="What it costs to look back",
    statement=r"""Over an alphabet of at least two letters, let $1\le j\le k$. “$a$ within the last
$k$ letters”, $\mathbf Y_{\le k}\pi_a$, has a formula in $\mathrm{LTL}[\mathbf Y_{\le j}]$ of depth
$$\Bigl\lfloor \frac kj \Bigr\rfloor + (k \bmod j),$$
and $\mathrm{LTL}[\mathbf P,\mathbf Y_{\le j}]$ has none that is shallower. So with
$\mathbf Y=\mathbf Y_{\le1}$ it takes depth exactly $k$, and with $\mathbf Y_{\le2}$ depth
$\lceil k/2\rceil$. If $j>k\ge1$ no depth is enough.""",
    intuition=r"""Each layer moves what is known in two ways. The far edge of its window brings it
$j$ positions on; the near edge, one position. So $k$ has to be paid in coins of $j$ and of 1, with
the first coin a $j$, for only a window that loses sight of a letter learns how far away that is.
Global heads do not help: in a word that has already shown everything, they see nothing new.""",
    proof=r"""*Enough.* If $\psi$ says that $\varphi$ held within the last $t\ge j$ positions, then
$\mathbf Y_{\le j}\varphi\vee\mathbf Y_{\le j}\psi$ says so of $t+j$, and
$\mathbf Y_{\le j}\varphi\vee(\mathbf Y_{\le j}\top\wedge\neg\mathbf Y_{\le j}\neg\psi)$ of $t+1$.
Start from $\mathbf Y_{\le j}\varphi$ and take $\lfloor k/j\rfloor-1$ of the first and $k\bmod j$ of
the second. *No fewer.* Read $(ab^{j-1})^n ab^{k-1}$ and the same with one $b$ more, $n$ large, and
call $x$ the distance from the last $a$. Let depth $d$ *see the edge* $x\ge1$ if a formula of depth
$d$ tells $x$ from $x+1$. The windows from there differ in the far end $x-j$ of one and the near end
$x$ of the other. If $x<j$ these two look alike, letters $b$ whose windows hold a full turn each; so
no depth sees the edge. If $x>j$ depth $d$ sees it only if depth $d-1$ sees the edge $x-j$ or
$x-1$. Hence all edges that depth $d$ sees are $x=i+jy$ with $y\ge1$ and
$i+y\le d$. For $k<j$ there is none, and the edge $k\ge j$ needs
$d\ge\lfloor k/j\rfloor+(k\bmod j)$. $\mathbf P$ shows from $x+1$ what it shows from $x$, and $x$
itself: that is new only if depth $d-1$ sees the edge $x-1$.""",
    source=Source(
        "expressivity",
        "a window of k letters is a disjunction of k operators Y inside one another",
        verdict="holds",
    ),
    assumptions=(
        Assumption("letters", "the alphabet has two letters, $a\\ne b$"),
        Assumption("window", "$1 \\le j \\le k$"),
        Assumption("strict", "windows hold the $j$ positions before, not the own one", True),
    ),
    statements=(
        Statement(
            name="least depth",
            display=r"\min\{\operatorname{depth}\varphi : \varphi\in\mathrm{LTL}[\mathbf P,"
            r"\mathbf Y_{\le j}],\ \varphi\equiv\mathbf Y_{\le k}\pi_a\} = "
            r"\lfloor k/j\rfloor + (k\bmod j)",
            derivation=Derivation(
                (
                    ByHand(
                        "One window j more around them reaches j positions farther, or one",
                        r"\mathbf Y_{\le t+j}\varphi\equiv\mathbf Y_{\le j}\varphi\vee\mathbf "
                        r"Y_{\le j}\mathbf Y_{\le t}\varphi,\quad \mathbf Y_{\le t+1}\varphi\equiv"
                        r"\mathbf Y_{\le j}\varphi\vee(\mathbf Y_{\le j}\top\wedge\neg\mathbf "
                        r"Y_{\le j}\neg\mathbf Y_{\le t}\varphi)\quad (t\ge j)",
                        "headline_depth_steps",
                    ),
                    ByHand(
                        "So many of them inside one another look back k positions, for any formula",
                        r"\forall\varphi\ \exists\psi\equiv\mathbf Y_{\le k}\varphi:\quad"
                        r"\operatorname{depth}\psi=\lfloor k/j\rfloor+(k\bmod j)+"
                        r"\operatorname{depth}\varphi",
                        "headline_depth_enough",
                    ),
                    Decided(
                        "The formula that is built so, compared on all words",
                        _enough,
                        r"\mathbf Y_{\le k}\pi_a",
                    ),
                    ByHand(
                        "Two words of which one has a within the last k agree up to one depth less",
                        r"(ab^{j-1})^n ab^{k-1} \equiv_{d} (ab^{j-1})^n ab^k, \quad "
                        r"d<\min(n,\lfloor k/j\rfloor+(k\bmod j))",
                        "headline_depth_agree",
                    ),
                    Decided(
                        "The types of both words, computed round by round",
                        _no_fewer,
                        r"n = \lfloor k/j\rfloor+(k\bmod j)",
                    ),
                )
            ),
            rocq="headline_depth_cost",
        ),
    ),
    sharp=Shown(
        "A search through the types of all words finds the same depth, and a formula of it",
        _searched,
        r"\mathbf Y_{\le 3}\pi_a \equiv \mathbf Y_{\le2}\pi_a \vee (\mathbf Y_{\le2}\top\wedge"
        r"\neg\mathbf Y_{\le2}\neg\mathbf Y_{\le2}\pi_a)",
    ),
    boundary=Shown(
        "With a window wider than the letters to look back no depth is enough",
        _too_wide,
        r"(ab^{j-1})^n ab^{j-2} \equiv_n (ab^{j-1})^n ab^{j-1}",
    ),
    rocq=(
        "headline_depth_cost",
        "headline_depth_steps",
        "headline_depth_enough",
        "headline_depth_agree",
    ),
    depends_on=("window-hierarchy",),
    scalar=False,
    part="Part III. Expressivity of local attention",
    literature="""For j = 1 without P it is immediate, since a formula of depth d reads the last d
letters and no more. That P does not help, and the price for every pair of windows, are proved here.
In layers: a stack of heads with window j needs so many to say what one head with window k says.""",
)
