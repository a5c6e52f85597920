"""What the extension makes of a theorem object: faults are told, formulas are readable."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from docutils import nodes

pytest.importorskip("sphinx")

from locality.theory import index, theorem
from locality.theory.core.catalogue import PARTS
from locality.theory.core.derivation import Derivation, Identity
from locality.theory.core.symbols import x


class Told:
    def __init__(self) -> None:
        self.faults: list[str] = []

    def markdown(self, text: str) -> list[nodes.Node]:
        return [nodes.paragraph("", text)]

    def fault(self, text: str) -> None:
        self.faults.append(text)


@pytest.fixture
def page() -> Told:
    return Told()


def test_sound_theorem_tells_no_fault(page: Told) -> None:
    from locality_book import parts

    for render in (parts.statement, parts.derivation, parts.boundary):
        assert render(page, theorem("leakage"))
    assert page.faults == []


def test_step_that_does_not_check_is_a_fault(page: Told) -> None:
    from locality_book import parts

    stated = theorem("leakage")
    wrong = Derivation((*stated.claim.derivation.steps, Identity("x is x + 1", x, x + 1)))
    parts.derivation(page, replace(stated, claims=(replace(stated.claim, derivation=wrong),)))
    assert any("x is x + 1" in fault for fault in page.faults)


def test_witness_that_breaks_nothing_is_a_fault(page: Told) -> None:
    from locality_book import parts

    stated = theorem("leakage")
    idle = replace(stated.boundary, slack=-stated.boundary.slack)
    parts.boundary(page, replace(stated, boundary=idle))
    assert any("does not break" in fault for fault in page.faults)


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"\frac{short}{g}", r"\frac{\mathit{short}}{g}"),
        (r"\operatorname{rise}\left(t\right)", r"\operatorname{rise}\left(t\right)"),
        (r"(ab)^rab \equiv yeze", r"(ab)^rab \equiv \mathit{yeze}"),
        (r"A = 1,\quad B = 2", r"\begin{aligned}A &= 1,\\B &= 2\end{aligned}"),
    ],
)
def test_formulas_are_made_readable(latex: str, shown: str) -> None:
    from locality_book.latex import display

    assert display(latex) == shown


def test_long_relation_is_broken_only_outside_brackets() -> None:
    from locality_book.latex import display

    inner = r"\left(" + " + ".join("abcdefghijklmnopqrstuvwxyz") + r"\right)"
    broken = display(rf"y = {inner} + {inner}")
    assert broken.count(r"\\") == 2
    assert inner in broken
    assert display(rf"{inner} + {inner} = y").count(r"\\") == 2


def test_number_shows_what_was_computed() -> None:
    from locality_book.roles import computed

    assert computed("theorem('leakage').bound(m=1, c=1, x=0) :: .2f") == "0.50"
    assert computed("len(index()) > 3") == "True"


@pytest.mark.parametrize("wrong", ["float('nan')", "1 > 2", "None"])
def test_number_refuses_falsehood_and_nan(wrong: str) -> None:
    from locality_book.roles import computed

    with pytest.raises(ValueError, match="is"):
        computed(wrong)


@pytest.mark.parametrize(
    "part",
    [
        "progressive",
        *(pytest.param(p, marks=pytest.mark.slow) for p in PARTS if p != "progressive"),
    ],
)
def test_graph_links_every_theorem_of_a_part_and_draws_every_dependency(part: str) -> None:
    from locality_book import graph

    drawn, members = graph.svg(part), {stated.id for stated in graph.members(part)}
    assert {entry.id for entry in index() if entry.folder == part} <= members
    assert re.findall(r'href="thm:([\w-]+)"', drawn) != []
    assert set(re.findall(r'href="thm:([\w-]+)"', drawn)) == members
    edges = [other for name in members for other in theorem(name).depends_on]
    assert drawn.count('class="edge"') == len(edges)
    assert set(edges) <= members


def test_graph_of_a_part_holds_what_it_borrows_from_another() -> None:
    from locality_book import graph

    assert "truncation" in {stated.id for stated in graph.members("attention")}
    assert "leakage" not in {stated.id for stated in graph.members("attention")}


@pytest.mark.parametrize(("name", "label"), [("leakage", "Announced"), ("merge", "Known")])
def test_only_what_a_paper_announced_is_called_announced(page: Told, name: str, label: str) -> None:
    from locality_book import parts

    made = parts.record(page, theorem(name))
    assert f"**{label}.**" in made[0].astext()


def test_every_announcement_is_in_the_table_with_its_verdict(page: Told) -> None:
    from locality_book import listings

    from locality.theory import theorems
    from locality.theory.core.theorem import VERDICTS

    rows = listings.announcements(page)[0].astext().splitlines()[2:]
    announced = [stated for stated in theorems() if stated.source.verdict]
    assert len(rows) == len(announced) > 8
    for row, stated in zip(rows, announced, strict=True):
        assert f"thm-{stated.id})" in row
        assert VERDICTS[stated.source.verdict] in row
        assert stated.source.truth[1:].replace("|", r"\|") in row
        assert row.replace(r"\|", "").count("|") == 5


def test_layers_lie_above_what_they_rest_on() -> None:
    from locality_book import graph

    from locality.theory import theorems

    for stated in theorems():
        assert all(graph.layer(other) < graph.layer(stated.id) for other in stated.depends_on)


@pytest.mark.parametrize(("name", "missing"), [("leakage", 4), ("classes", 2)])
def test_missing_evidence_is_said_to_be_missing(name: str, missing: int) -> None:
    from locality_book import evidence

    empty = dict.fromkeys(("mutants", "property_examples", "campaign", "rocq"))
    found = {"derivation": {"checked": 1, "total": 1, "by_hand": 0, "cited": 0}, "sharp": True}
    found |= {"id": name, "boundary": True, "stale": [], **empty}
    assert not evidence.complete(found)
    shown = [show(found) for show in evidence.COLUMNS.values()]
    assert sum(evidence.NONE in text for text in shown) == missing
    assert sum(evidence.NOT_MEASURED in text for text in shown) == 4 - missing
