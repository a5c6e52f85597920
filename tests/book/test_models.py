"""The models of the map are the catalogue's, and their code runs as it is printed."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
import torch

pytest.importorskip("sphinx")

from locality_book import models

from locality.kernels import localization
from locality.kernels.localization.mean_shift import mean_shift
from locality.theory import index
from locality.theory.localization import ORDER

N, QUERIES, DIM = 7, 3, 2
CODED = [(name, line) for name in ORDER for line in models.MODELS[name].code.splitlines()]


def test_every_model_is_there_in_reading_order() -> None:
    assert list(models.members()) == [e.id for e in index() if e.folder == "localization"]
    assert set(models.MODELS) == set(ORDER)
    assert {model.place for model in models.MODELS.values()} == {"", *models.PLACES}


def test_only_relatives_are_without_code_and_say_why() -> None:
    for model in models.MODELS.values():
        assert set(model.marks) <= set(models.MARKS)
        assert bool(model.code) != bool(model.why_not)
        assert bool(model.code) == bool(set(model.marks) & {"●", "○"})


@pytest.fixture
def names() -> dict[str, Any]:
    generator = torch.Generator().manual_seed(7)
    points = {
        name: torch.randn(size, DIM, generator=generator, dtype=torch.float64)
        for name, size in (("x", N), ("k", N), ("v", N), ("q", QUERIES))
    }
    numbers = {"h": 40.0, "tau": 2.0, "beta": 0.5, "sigma": 1.0, "d": DIM, "widths": 2.0}
    return vars(localization) | numbers | points | {"y": points["v"], "mean_shift": mean_shift}


@pytest.mark.parametrize(("name", "line"), CODED)
def test_code_runs_as_it_is_printed(name: str, line: str, names: dict[str, Any]) -> None:
    found = eval(line, names)
    assert found.shape == (QUERIES, DIM)
    assert bool(found.isfinite().all())


@pytest.mark.parametrize(("name", "line"), CODED)
def test_a_local_mean_is_a_mean_and_another_model_is_none(
    name: str, line: str, names: dict[str, Any]
) -> None:
    # Far beyond the values it shows whether weights may be negative.
    far = eval(line, names | {"q": 10 * names["q"]})
    given = names["x"] if ".fit(x, x)" in line or "mean_shift" in line else names["y"]
    kept = (far <= given.amax(0) + 1e-9) & (far >= given.amin(0) - 1e-9)
    assert bool(kept.all()) == ("LocalModel" not in line)


def test_the_map_links_every_model_once(monkeypatch: Any) -> None:
    monkeypatch.setattr(models, "members", lambda: models.MODELS)
    (drawing,) = models.drawn(None)
    assert sorted(re.findall(r'href="thm:([\w-]+)"', drawing.astext())) == sorted(ORDER)
    places = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)"', drawing.astext())
    assert len(set(places)) == len(ORDER)
    assert drawing.astext().count('class="relative"') == 2


def test_the_table_says_of_every_model_what_it_is_and_how_it_is_written() -> None:
    (shown,) = models.which_is_what(None)
    rows = shown.astext().split("<tr>")[2:]
    assert len(rows) == len(models.members()) > 6
    for row, (name, model) in zip(rows, models.members().items(), strict=True):
        assert f'href="thm:{name}"' in row
        for mark in "●○△":
            assert (f"{mark} {models.MARKS[mark]}" in row) == (mark in model.marks)
        written = re.findall("<code>(.*?)</code>", row)
        assert [html.unescape(line) for line in written] == model.code.splitlines()
        assert model.code or f"none: {model.why_not}" in row
