"""A language side by side: masks, formula along a word, automaton, attention of compiled weights.

Nothing is drawn by hand: masks are what `attend` shows, truth is evaluated, the run is the
automaton's, and attention maps are those of the transformer that the formula compiles to.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from locality.kernels import AuxRequest, Mask, attend
from locality.theory.expressivity.formulas import (
    TEMPORAL,
    Formula,
    Letter,
    Past,
    Since,
    subformulas,
    with_parts,
)
from locality.theory.expressivity.semantics import encode, evaluate
from locality.theory.expressivity.syntax import UNICODE, unicode, write
from locality.theory.expressivity.types import GLOBAL, Operators, hybrid, local, separating_depth
from locality.verify.recognizers.compiled import compile_formula
from locality.verify.recognizers.languages import Language
from locality_book import automata

PATTERNS: Mapping[str, Operators] = {"global": GLOBAL, "local-1": local(1), "hybrid-1": hybrid(1)}
CELL = 15


def visible(operators: Operators, positions: int) -> NDArray[np.float64]:
    """How many of a pattern's heads show each key to each query, (positions, positions)."""
    masks = [Mask.strict_causal()] * operators.past
    masks += [Mask.window(k, strict=True) for k in operators.windows]
    still = torch.zeros(1, 1, positions, 1)
    asked = AuxRequest(block_mass=True)
    shown = np.zeros((positions, positions))
    for mask in masks:
        mass = attend(still, still, still, mask=mask, blocks=1, aux=asked).block_mass
        shown += mass[0, 0].numpy() > 0
    return shown


def matrix(
    weights: NDArray[np.float64], seen: NDArray[np.bool_], word: str, told: str, kind: str = ""
) -> str:
    """A square of cells: filled by weight, outlined where a query sees a key; letters beside it."""
    size = len(weights)
    names = [*word, "⊣"]
    edge = CELL * (size + 1) + 2
    cells = [
        f'<rect x="{CELL * (k + 1)}" y="{CELL * (q + 1)}" width="{CELL}" height="{CELL}" '
        f'class="seen"/><rect x="{CELL * (k + 1)}" y="{CELL * (q + 1)}" width="{CELL}" '
        f'height="{CELL}" class="weight" fill-opacity="{weights[q, k]:.3g}"/>'
        for q, k in zip(*np.nonzero(seen), strict=True)
    ]
    labels = [
        f'<text x="{CELL * (k + 1.5)}" y="{CELL - 4}">{html.escape(name)}</text>'
        f'<text x="{CELL / 2}" y="{CELL * (k + 2) - 4}">{html.escape(name)}</text>'
        for k, name in enumerate(names)
    ]
    frame = f'<rect x="{CELL}" y="{CELL}" width="{CELL * size}" height="{CELL * size}"/>'
    return (
        f'<svg class="cells {kind}" role="img" width="{edge}" viewBox="0 0 {edge} {edge}" '
        f'aria-label="{html.escape(told)}">{"".join(cells)}{frame}{"".join(labels)}</svg>'
    )


def side_by_side(language: Language, formula: Formula, word: str) -> str:
    """Four panes about a language, a formula that defines it, and a word."""
    panes = (
        ("Masks", _masks(language, word)),
        ("Automaton", _run(language, word)),
        ("Formula", _truth(formula, language.alphabet, word)),
        ("Attention", _attention(language, formula, word)),
    )
    shown = "".join(
        f'<div class="pane"><div class="pane-head">{name}</div>{body}</div>' for name, body in panes
    )
    return f'<div class="side-by-side">{shown}</div>'


def choice(panels: Mapping[str, str], legend: str) -> str:
    """Panels of which a reader chooses one; without scripts all are there."""
    buttons = "".join(
        f'<label><input type="radio" name="panel" value="{k}"{" checked" if k == 0 else ""}>'
        f"<span>{html.escape(name)}</span></label>"
        for k, name in enumerate(panels)
    )
    parts = "".join(
        f'<section data-of="{k}" aria-label="{html.escape(name)}">{body}</section>'
        for k, (name, body) in enumerate(panels.items())
    )
    return (
        f'<div class="choice"><fieldset><legend>{html.escape(legend)}</legend>{buttons}</fieldset>'
        f"{parts}</div>"
    )


def _masks(language: Language, word: str) -> str:
    size = len(word) + 1
    drawings = []
    for name, operators in PATTERNS.items():
        seen = visible(operators, size)
        told = f"What a query sees of earlier keys with {name} attention"
        verdict = (
            '<span class="ok">suffices</span>'
            if language.suffices(operators)
            else '<span class="bad">does not</span>'
        )
        square = matrix(seen / max(1, seen.max()) / 2, seen > 0, word, told)
        drawings.append(_captioned(square, f"{name} {verdict}"))
    return _row(drawings)


def _run(language: Language, word: str) -> str:
    automaton = language.automaton
    states = [automaton.step(0, word[:n]) for n in range(len(word) + 1)]
    path = str(states[0]) + "".join(
        f' <span class="quiet">–{html.escape(letter)}→</span> {state}'
        for letter, state in zip(word, states[1:], strict=True)
    )
    return f'{automata.drawn(automaton, states)}<p class="path">{path}</p>'


def _truth(formula: Formula, alphabet: str, word: str) -> str:
    codes = encode([word], alphabet)
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in [*word, "⊣"])
    body = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th>'
        + "".join(f"<td>{'●' if true else '·'}</td>" for true in evaluate(one, codes, alphabet)[0])
        + "</tr>"
        for one, name in named(formula).items()
    )
    return (
        '<div class="scroll" tabindex="0"><table class="truth"><thead><tr><th></th>'
        f"{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def named(formula: Formula, longest: int = 12) -> dict[Formula, str]:
    """What is written of each past operator and of the whole; long operators get a number."""
    numbers = iter("①②③④⑤⑥⑦⑧⑨")
    short: dict[Formula, Formula] = {}
    names = {}
    for one in subformulas(formula):
        bare = with_parts(one, [short[part] for part in one.parts])
        text = write(bare, replace(UNICODE, letter=str))
        short[one] = bare
        if isinstance(one, TEMPORAL) and len(text) > longest and one is not formula:
            short[one] = Letter(next(numbers))
            text = f"{short[one].symbol} {text}"
        if isinstance(one, TEMPORAL) or one is formula:
            names[one] = text
    return names


def _attention(language: Language, formula: Formula, word: str) -> str:
    if any(isinstance(one, Since) for one in subformulas(formula)):
        return _unseen(language)
    trace = compile_formula(formula, language.alphabet).trace([word])
    drawings = []
    for one, maps in trace.attention.items():
        seen = visible(GLOBAL if isinstance(one, Past) else local(one.window), len(word) + 1)
        told = f"Attention of the head for {unicode(one)}"
        square = matrix(maps[0], seen > 0, word, told, "attention")
        drawings.append(_captioned(square, html.escape(named(formula)[one])))
    return _row(drawings)


def _unseen(language: Language) -> str:
    """Why no transformer of such heads is there: pairs of words that they hardly tell apart."""
    inside, outside = language.pair(hybrid(1), 2)
    first, *later = (separating_depth(*language.pair(hybrid(1), r), hybrid(1)) for r in (2, 3, 4))
    return (
        "<p>S is no head's operator, and no formula of P and Y says the same. One word in the "
        f'language, one not:</p><p class="path">{inside}<br>{outside}</p><p>What tells them apart '
        f"has depth {first} at least. Longer pairs of the same make need "
        f"{', '.join(map(str, later))}, …</p>"
    )


def _captioned(square: str, caption: str) -> str:
    return f'<div class="square">{square}<div class="caption">{caption}</div></div>'


def _row(drawings: Iterable[str]) -> str:
    return f'<div class="squares">{"".join(drawings)}</div>'
