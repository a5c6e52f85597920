"""What the side-by-side view draws is what the code computes, and a reader chooses one panel."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from locality_book import automata, recognition

from locality.theory.expressivity.automata import Automaton
from locality.theory.expressivity.syntax import parse
from locality.theory.expressivity.types import GLOBAL, hybrid, local
from locality.verify.recognizers.languages import language


def test_masks_are_strict_and_as_wide_as_they_say() -> None:
    query, key = np.indices((6, 6))
    assert (recognition.visible(GLOBAL, 6) == (key < query)).all()
    for k in (1, 2, 4):
        near = (query - k <= key) & (key < query)
        assert (recognition.visible(local(k), 6) == near).all()
        assert (recognition.visible(hybrid(k), 6) == (key < query) + 1.0 * near).all()


def test_long_operators_are_named_where_they_return() -> None:
    long = "P(b & Y(a & Y a))"
    named = recognition.named(parse(f"Y {long} | !{long} & Y c"))
    assert list(named.values()) == [
        "Y a",
        "Y(a ∧ Y a)",
        "① P(b ∧ Y(a ∧ Y a))",
        "Y ①",
        "Y c",
        "Y ① ∨ ¬① ∧ Y c",
    ]


def test_an_automaton_shows_its_states_arcs_and_letters() -> None:
    drawn = automata.drawn(Automaton("abc", ((1, 0, 0), (1, 0, 0)), frozenset({1})), [1])
    assert drawn.count('class="ring"') == drawn.count('class="state visited"') == 1
    assert drawn.count("<circle") == 3
    assert re.findall(r'class="letter"[^>]*>([^<]*)<', drawn) == ["a", "b, c", "a", "b, c"]
    assert "accepting: 1" in drawn


def test_automata_below_one_another_are_a_figure_with_their_names() -> None:
    last = Automaton("ab", ((1, 0), (1, 0)), frozenset({1}))
    shown = automata.figure({"Σ*a": last, "<none>": last}, "Two automata.")
    assert shown.startswith('<figure class="drawing automata">')
    assert shown.count('role="img"') == 2
    assert "&lt;none&gt;" in shown


@pytest.mark.parametrize(
    ("key", "formula", "patterns", "said"),
    [
        ("factor-ab", "P(b & Y a)", 1, "Attention of the head for P(b ∧ Y a)"),
        ("last-reset", "b S a", 0, "S is no head's operator"),
    ],
)
def test_four_panes(key: str, formula: str, patterns: int, said: str) -> None:
    shown = recognition.side_by_side(language(key), parse(formula), "acab")
    assert shown.count('class="pane"') == 4
    assert said in shown
    assert shown.count("suffices") == patterns


@pytest.mark.browser
@pytest.mark.slow
def test_a_reader_chooses_one_language(browser: Any, site: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(f"{site}expressivity/index.html")
    panels = page.locator(".choice section")
    assert panels.count() == 8
    for k in range(8):
        page.locator(".choice label").nth(k).click()
        assert [panels.nth(n).is_visible() for n in range(8)] == [n == k for n in range(8)]
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()
