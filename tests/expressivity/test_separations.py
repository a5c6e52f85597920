"""What the theorems on windows decide can fail: each decision is shown a planted fault."""

import pytest

from locality.theory.expressivity import depth_cost, window_hierarchy
from locality.theory.expressivity.formulas import TRUE, Past, Within


def decisions(stated):
    """The finite decisions of a theorem by their titles."""
    steps = [step for one in stated.statements for step in one.derivation.steps]
    found = {step.title: step.decide for step in steps if hasattr(step, "decide")}
    return found | {"sharp": stated.sharp.decide, "boundary": stated.boundary.decide}


HIERARCHY = decisions(window_hierarchy.THEOREM)
COST = decisions(depth_cost.THEOREM)


def one_letter_more(window, depth):
    repeated = ("a" + "b" * window) * depth
    return repeated + "a", repeated


@pytest.mark.parametrize(
    ("title", "name", "planted"),
    [
        ("The types of both words, computed round by round", "twins", one_letter_more),
        ("One of two words that windows of k + 1 confuse has a within the last k", "twins",
         lambda window, depth: ("b", "b")),
        ("Equivalent on all words; the letter a stands for any property of earlier positions",
         "longer", lambda operand, near, window: near & Within(TRUE, window)),
        ("A chain of letters a, each within k of the next, has r + 1 links in one", "chain",
         lambda window, length: Within(TRUE, window)),
        ("A formula of windows of two and depth four says that ab occurs", "by_pairs",
         lambda: Past(Within(TRUE, 2))),
        ("Where windows of four show all letters, r layers take two words for one", "in_sight",
         lambda rounds: ("cab" * rounds, "c" * rounds)),
        ("sharp", "twins", lambda window, depth: one_letter_more(window, depth + 1)),
        ("boundary", "twins", lambda window, depth: ("ab", "ab")),
    ],
)  # fmt: skip
def test_a_planted_fault_of_the_hierarchy_is_seen(monkeypatch, title, name, planted):
    assert HIERARCHY[title]()[0]
    monkeypatch.setattr(window_hierarchy, name, planted)
    assert not HIERARCHY[title]()[0]


def shallower_words(window, steps, repeats):
    return "b" * window, "b" * (window + steps)


@pytest.mark.parametrize(
    ("title", "name", "planted"),
    [
        ("The formula that is built so, compared on all words", "within",
         lambda operand, steps, window: Within(operand, window)),
        ("The formula that is built so, compared on all words", "layers",
         lambda steps, window: -(-steps // window)),
        ("The types of both words, computed round by round", "layers",
         lambda steps, window: -(-steps // window)),
        ("The types of both words, computed round by round", "blocks", shallower_words),
        ("sharp", "layers", lambda steps, window: steps // window),
        ("boundary", "blocks", shallower_words),
    ],
)  # fmt: skip
def test_a_planted_fault_of_the_cost_is_seen(monkeypatch, title, name, planted):
    assert COST[title]()[0]
    monkeypatch.setattr(depth_cost, name, planted)
    assert not COST[title]()[0]
