"""Sinks, a read-out and global tokens: what they add to heads that see one letter back.

Statement  local heads and the first s letters: exactly what the first s and the last N letters
           decide, in one pattern or in separate heads; a sink without a letter adds nothing; one
           read-out at the end: exactly the locally testable languages; a global token at every B-th
           position, beside a local head: exactly LTL[P,Y, position ≡ 0 mod B]; where every head
           sees the global tokens, the last letter is lost
Assumes    strict heads; patterns that depend on positions, and not on letters
Sharp      every further sink recognises more; B = 2 recognises nested brackets of depth two
Fails      for a sink that sees later letters: through it a local head finds ab wherever it is
Source     streamingllm; what sinks and global tokens recognise is new here
"""

from __future__ import annotations

from locality.theory.core.derivation import ByHand, Decided, Derivation
from locality.theory.core.theorem import Assumption, Source, Statement, Theorem
from locality.theory.core.witness import Shown
from locality.theory.expressivity.tokens import (
    FIRST,
    ends_too_few,
    factors_read,
    last_token_blurred,
    lengths_told_apart,
    letter_after,
    means,
    more_recognised,
    places_known,
    seen_ahead,
    sink_silent,
    sinks_counted,
    tokens_spelled,
    turns_read,
    window_told_apart,
)

first_letters = Derivation(
    (
        Decided(
            "One sink recognises aΣ*",
            lambda: means(FIRST, letter_after(0), 10),
            r"a\Sigma^* = \mathbf G_1 a",
        ),
        Decided(
            "Each further sink shows one letter more", sinks_counted, r"\Sigma^t a\Sigma^*,\; t<s"
        ),
        Decided(
            "Whether ab occurs, or a and later b, is decided by no ends",
            ends_too_few,
            r"\Sigma^*ab\Sigma^*,\;\Sigma^*a\Sigma^*b\Sigma^*,\;(ab)^*",
        ),
        ByHand(
            "Whatever s is, one sink more is strictly more",
            r"\Sigma^s a\Sigma^*\in\mathrm{LTL}[\mathbf Y,\mathbf G_{\le s+1}]"
            r"\setminus\mathrm{LTL}[\mathbf Y,\mathbf G_{\le s}]",
            "headline_sink_strict",
        ),
        ByHand(
            "And no s is enough for ab somewhere",
            r"b^s\,ab\,a^N,\quad b^s\,bb\,a^N",
            "headline_sink_boundary",
        ),
    )
)

same_pattern = Derivation(
    (
        Decided(
            "A head that sees the position before it knows the first positions: all that it sees "
            "is one of fewer",
            places_known,
            r"n\le t+1\iff\neg\mathbf Z\neg(n\le t)",
        ),
        Decided(
            "So it tells its window from the sinks that it sees as well",
            window_told_apart,
            r"\mathbf Y_{\le k}\varphi = \mathbf Z(\varphi\wedge n>s)\vee"
            r"\bigvee_{t\le s}(n\le t+k\wedge\mathbf G_t\varphi)",
        ),
    )
)

no_letter = Derivation(
    (
        Decided(
            "At a sink that holds nothing and sees nothing every formula is a constant",
            sink_silent,
            r"\mathbf Z\varphi = \top\ \text{or}\ \mathbf Y\varphi'",
        ),
    )
)

read_out = Derivation(
    (
        Decided(
            "(ab)* by local formulas under one P: a first, b last, no letter twice, no other",
            turns_read,
        ),
        Decided("Which languages ends and factors decide", factors_read),
    )
)

tokens = Derivation(
    (
        Decided(
            "What a head with global tokens sees, the marks of the tokens from the first letter, "
            "and P in B hops",
            tokens_spelled,
            r"\mathbf Z\varphi = \mathbf Y\varphi\vee\mathbf P(g\wedge\varphi)\vee"
            r"(g\wedge\mathbf P\varphi)",
        ),
        ByHand(
            "Without tokens, local and global heads are the logic of the other theorems",
            r"\mathrm{LTL}[\mathbf Y_{\le k}],\; \mathrm{LTL}[\mathbf P,\mathbf Y_{\le k}]",
            "headline_global_same_logic",
        ),
    )
)

parity = Derivation(
    (
        Decided(
            "Long words of one letter are alike if B divides the difference", lengths_told_apart
        ),
        ByHand(
            "Without tokens all long words of one letter are alike",
            r"(aa)^*\notin\mathrm{LTL}[\mathbf P,\mathbf Y_{\le k}]",
            "headline_global_parity_hybrid",
        ),
    )
)

lost = Derivation(
    (
        Decided(
            "Tokens that hold a and b in turn, all others b: the last token is not seen apart",
            last_token_blurred,
            r"(b^{B-1}a\,b^{B-1}b)^r\,b^{B-1}a,\quad (b^{B-1}a\,b^{B-1}b)^r",
        ),
        ByHand(
            "A local head of its own sees it",
            r"\Sigma^*a=\mathbf Ya",
            "headline_global_blurs_none",
        ),
    )
)

THEOREM = Theorem(
    id="global-tokens",
    tag="S8GT",
    title="Sinks, read-outs and global tokens",
    statement=r"""Heads are strict and see by position. Let $\mathbf G_t\varphi$ say that $\varphi$
holds at position $t$, and $t$ is earlier, and $\mathbf G_{\le s}\varphi$ at one of the first $s$;
$\mathbf Z_{s,k}\varphi$ at one of those or of the $k$ before this one. Let
$\mathbf Z_{B,k}\varphi$ say that it holds at one of the $k$ before, at an earlier multiple of $B$,
or, if this one is a multiple of $B$, anywhere earlier; $\mathbf Z_B$ is $\mathbf Z_{B,0}$.
1. *Sinks.* $\mathrm{LTL}[\mathbf Y,\mathbf G_1,\dots,\mathbf G_s]$ recognises exactly the
   languages in which, for some $N$, the first $s$ and the last $N$ letters decide. It makes no
   difference whether the first letters and a window are seen by one head or by several, and over
   two letters or more every further sink recognises more. A sink that holds no letter adds nothing
   to heads that otherwise see by distance, as windows and global heads do.
2. *One read-out.* Boolean combinations of $\varphi$ and $\mathbf P\varphi$ with
   $\varphi\in\mathrm{LTL}[\mathbf Y]$ recognise exactly the locally testable languages: for some
   $N$ the first $N$ letters, the last $N$ and the set of factors of $N$ letters decide.
3. *Periodic tokens*, at every $B$-th position, $B\ge2$, which see all earlier positions and are
   seen by all later ones: beside heads of window $k\ge1$ they give exactly
   $\mathrm{LTL}[\mathbf P,\mathbf Y_{\le k},\,n\equiv0\bmod B]$. With $k=1$ they recognise
   $(aa)^*$ over $\{a\}$ if and only if $B$ is even; $\mathrm{LTL}[\mathbf P,\mathbf Y_{\le k}]$
   does not.
4. But if *every* head sees the tokens, as under one common mask, $\Sigma^*a$ is lost, for every
   $B\ge1$, all windows and two letters or more, even if positions know whether they are tokens.""",
    intuition=r"""A sink is a place that everybody can look at. What it offers is what it has seen
itself: nothing if it stands before the first letter, the beginning of the word if it is part of it.
Tokens all along the word carry what they see to everyone, and so replace a global head; being
evenly spaced, they measure lengths too. But whoever always sees all of them cannot say which was
the last.""",
    proof=r"""*Sinks.* What a formula says at a position depends on the first $s$ letters, the last
$N$ before it and its own: $\mathbf Y$ asks for one more, and at least $s+1$, so that where it
steps back among the first letters the word is known whole; $\mathbf G_t$ asks for the first $t$.
There are finitely many cases, each a formula. A head that sees the position before it can say
"position at most $t+1$": everything that it sees is at most $t$. With that it tells the first
letters from its window. At a sink without a letter every formula is a constant.
*Read-out.* $\mathbf P\varphi$ asks for a position before which certain letters stand, which is a
prefix or a factor of the word. *Periodic tokens.* The first letter is seen from the
tokens and from nearby, so the tokens know that they are tokens; $B$ hops reach every earlier
position. Conversely what a token sees is $\mathbf P$. On a long word of one letter all truths have
period $B$, for what $\mathbf P$ says settles. *One mask.* Let tokens hold $a$ and $b$ in turn and
all other positions $b$. By induction, far enough in, what holds at a position depends on its own
letter and on its place modulo $B$ alone: heads see all earlier tokens, so that what they say of
these settles, and besides only positions that hold $b$. So the reader cannot know the last
token.""",
    source=Source(
        "streamingllm",
        "windowed attention stays usable on long texts if the first tokens are kept visible",
    ),
    assumptions=(
        Assumption("strict", "heads see earlier positions only", implicit=True),
        Assumption(
            "letters",
            "two letters, $a\\ne b$, where more is recognised and where something is lost",
            implicit=True,
        ),
        Assumption(
            "positions", "what a head sees depends on positions, not on letters", implicit=True
        ),
    ),
    statements=(
        Statement(
            name="first letters",
            display=r"\mathrm{LTL}[\mathbf Y,\mathbf G_{\le s}] = \{L : \exists N,\ "
            r"\text{the first } s \text{ and the last } N \text{ letters decide}\}",
            derivation=first_letters,
            rocq="headline_sink_first_letters",
        ),
        Statement(
            name="same pattern",
            display=r"\mathrm{LTL}[\mathbf Z_{s,k}] = "
            r"\mathrm{LTL}[\mathbf Y_{\le k},\mathbf G_{\le s}],\quad k\ge1",
            derivation=same_pattern,
            rocq="headline_sink_same_pattern",
        ),
        Statement(
            name="no letter",
            display=r"\text{a sink without a letter adds nothing}",
            derivation=no_letter,
            rocq="headline_sink_letterless",
        ),
        Statement(
            name="read-out",
            display=r"\mathrm{Bool}(\varphi,\mathbf P\varphi : "
            r"\varphi\in\mathrm{LTL}[\mathbf Y]) = \text{locally testable}",
            derivation=read_out,
            rocq="headline_global_read_out",
        ),
        Statement(
            name="periodic tokens",
            display=r"\mathrm{LTL}[\mathbf Y_{\le k},\mathbf Z_B] = "
            r"\mathrm{LTL}[\mathbf P,\mathbf Y_{\le k},\,n\equiv0\bmod B],\quad B\ge2,\ k\ge1",
            derivation=tokens,
            rocq="headline_global_periodic",
        ),
        Statement(
            name="parity",
            display=r"(aa)^*\in\mathrm{LTL}[\mathbf Y,\mathbf Z_B]\iff B\ \text{even}",
            derivation=parity,
            rocq="headline_global_parity",
        ),
        Statement(
            name="one mask",
            display=r"\Sigma^*a\notin\mathrm{LTL}[\mathbf Z_{B,k} : k\ge0]",
            derivation=lost,
            rocq="headline_global_blurs",
        ),
    ),
    sharp=Shown(
        "Every further sink recognises more, and a token at every other position recognises nested "
        "brackets of depth two, which P and Y do not",
        more_recognised,
        r"\Sigma^t a\Sigma^*;\quad (a(ab)^*b)^*",
    ),
    boundary=Shown(
        "A sink that sees later letters tells what it has seen: one that sees the whole word finds "
        "ab wherever it is, which strict sinks never do",
        seen_ahead,
        r"\mathbf G_1\,\exists m\,(b\wedge\mathbf Ya)",
    ),
    rocq=(
        "headline_sink_first_letters",
        "headline_sink_strict",
        "headline_sink_boundary",
        "headline_sink_same_pattern",
        "headline_sink_letterless",
        "headline_global_read_out",
        "headline_global_periodic",
        "headline_global_same_logic",
        "headline_global_parity",
        "headline_global_parity_hybrid",
        "headline_global_blurs",
        "headline_global_blurs_none",
    ),
    scalar=False,
    part="Part III. Expressivity of local attention",
    literature=r"""Sinks are the first tokens that {cite}`streamingllm` keeps visible; global tokens
beside a window are those of {cite}`longformer` and {cite}`bigbird`, here in causal models, and
periodic ones resemble a fixed pattern of {cite}`sparse`. What they let a model recognise is worked
out here. Heads of real models may also weigh by distance; what is shown holds where positions count
only through the mask. That algebra decides which languages are locally testable is classical
{cite}`locallytestable`.""",
)
