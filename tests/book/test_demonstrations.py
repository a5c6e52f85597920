"""A model beside its library, as the book shows it: what is compared, and what is a fault."""

from __future__ import annotations

import logging
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from docutils import nodes

pytest.importorskip("sphinx")

from locality.theory import theorem
from locality.theory.core.catalogue import Entry
from locality.verify import demonstrations
from locality.verify.demonstrations import Demonstration

EQUAL = Demonstration(
    theorem="leakage",
    package="numpy",
    library="numpy.exp",
    data="three numbers.",
    mapping={"`x`": "minus |Δ|/τ"},
    theirs=lambda: np.exp([0.0, 1.0, 2.0]),
    ours=lambda: np.e ** np.arange(3),
    tolerance=1e-15,
    why_tolerance="both are rounded once",
    planted=lambda: np.exp([0.0, 1.0, 2.1]),
    planted_fault="a margin too large",
    differs=("at infinity",),
)


class Told:
    def __init__(self) -> None:
        self.faults: list[str] = []

    def markdown(self, text: str) -> list[nodes.Node]:
        return [nodes.paragraph("", text)]

    def fault(self, text: str) -> None:
        self.faults.append(text)


def shown(page: Told, monkeypatch: Any, **changes: Any) -> str:
    from locality_book.demonstrations import rendered

    made = replace(EQUAL, **changes)
    monkeypatch.setattr(demonstrations, "load", lambda name: made)
    return "\n".join(node.astext() for node in rendered(page, theorem("leakage")))


@pytest.fixture
def page() -> Told:
    return Told()


def test_a_model_that_agrees_is_shown_with_its_numbers(page: Told, monkeypatch: Any) -> None:
    text = shown(page, monkeypatch)
    assert page.faults == []
    assert f"numpy {np.__version__}" in text
    assert '<span class="ok">agree</span>' in text
    assert "of 3 numbers" in text
    assert "1.0e-15" in text
    assert "given** three numbers." in text
    assert "| `x` | minus \\|Δ\\|/τ |" in text
    assert "Both are rounded once." in text
    assert "- At infinity." in text
    assert "(a margin too large), the two differ by 1.1e-01" in text


def test_a_model_that_disagrees_is_a_fault(page: Told, monkeypatch: Any) -> None:
    assert '<span class="bad">differ</span>' in shown(page, monkeypatch, ours=EQUAL.planted)
    assert page.faults == ["leakage: numpy.exp differs by 1.1e-01"]


def test_a_planted_fault_that_is_not_told_apart_is_a_fault(page: Told, monkeypatch: Any) -> None:
    shown(page, monkeypatch, planted=EQUAL.ours)
    assert page.faults == ["leakage: a margin too large is not told apart"]


def test_a_missing_library_is_a_fault(page: Told, monkeypatch: Any) -> None:
    def lacking() -> Any:
        raise ModuleNotFoundError("No module named 'alchemy'")

    assert shown(page, monkeypatch, theirs=lacking) == ""
    assert page.faults == ["leakage: not demonstrated: No module named 'alchemy'"]


def test_a_theorem_without_one_is_a_fault(page: Told) -> None:
    from locality_book.demonstrations import rendered

    assert rendered(page, theorem("leakage")) == []
    assert "expected a theorem with a demonstration" in page.faults[0]


@pytest.mark.parametrize(
    ("folder", "asked"),
    [("concentration", []), ("localization", ["theorem some: 0 of {demonstration} in the book"])],
)
def test_a_model_without_its_comparison_is_told(
    monkeypatch: Any, folder: str, asked: list[str]
) -> None:
    from locality_book import directives

    some = Entry("some", "S0ME", "Some", "Part", f"locality.theory.{folder}.some")
    monkeypatch.setattr(directives, "index", lambda: (some,))
    parts = " ".join(f"{piece}:some" for piece in directives.PIECES)
    env = SimpleNamespace(metadata={"page": {"theorem-parts": parts}})
    heard: list[str] = []
    warned = logging.Logger("heard")
    monkeypatch.setattr(warned, "warning", lambda text, *values: heard.append(text % values))
    monkeypatch.setattr(directives, "logger", warned)
    directives.every_theorem_has_its_parts(None, env)
    assert heard == asked
