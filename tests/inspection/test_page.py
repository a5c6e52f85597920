"""The report on a model's attention: complete in itself, and it shows what was measured."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from report_pages import Page, assert_complete_in_itself, assert_well_formed

from locality.theory import InputError
from locality.verify.campaign.report import STYLE
from locality.verify.inspection import page
from locality.verify.inspection.model import ModelOnText
from locality.verify.inspection.rows import report
from locality.verify.inspection.strips import NAMED, example_queries, strip
from locality.verify.instances.models import Reading

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def source(toy, tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "a<b>.txt"
    path.write_text("who is there? nay, <script>answer</script> me. stand and unfold yourself!")
    return ModelOnText("toy", toy, path)


@pytest.fixture(scope="module")
def heads(source):
    return source.each_head(report)


@pytest.fixture(scope="module")
def text(source, heads):
    return page.render(source, heads)


def test_the_page_is_well_formed_with_unique_ids(text):
    assert_well_formed(text)


def test_nothing_is_requested_from_anywhere(text):
    assert_complete_in_itself(text)
    assert Page(text).links == []
    assert not re.search("https?:", text)


def test_text_and_names_are_escaped(text):
    assert "a&lt;b&gt;.txt" in text
    assert text.count("<script") == 1
    assert "<script>answer" not in text


def test_it_has_the_campaigns_look(text):
    assert "--paper: #fdfcf9" in text
    assert STYLE.read_text() in text


def cells(text):
    return sum("--t" in values.get("style", "") for tag, values in Page(text).tags if tag == "td")


def test_every_head_is_in_every_map_and_has_a_line(text, heads):
    assert cells(text) == 4 * len(heads)
    assert text.count("<polyline") == len(heads) + 2


def test_heads_are_ranked_by_distance(text, heads):
    ranked = sorted(heads, key=page.reach)
    shown = re.findall(r"<h3>head (\d+\.\d+)<", text)
    assert shown[:3] == [page.name(head) for head in ranked[:3]]
    assert shown[3:] == [page.name(head) for head in ranked[:-4:-1]]
    assert f"Head {page.name(ranked[0])} is the most local" in " ".join(text.split())


def test_no_head_is_at_both_ends(source, heads):
    drawn = re.findall(r"<h3>head (\d+\.\d+)<", page.render(source, heads[:4]))
    assert len(drawn) == len(set(drawn)) == 4
    assert "least local heads" not in page.render(source, heads[:3])


def test_what_cannot_be_measured_is_a_dash(source, heads):
    blind = [replace(head, leakage=math.nan, entropy=math.nan) for head in heads]
    made = page.render(source, blind)
    assert cells(made) == 2 * len(heads)
    assert made.count("no row to measure") == 2 * len(heads)
    assert "leakage –" in made


def test_strong_colour_is_local_and_strong_anchors_are_heavy(source, heads):
    distance, *_, anchors = page.maps(source, heads)
    cells = {cell.name: cell for row in distance.rows for cell in row}
    nearest = page.name(min(heads, key=page.reach))
    assert cells[nearest].shade == 1
    heaviest = page.name(max(heads, key=page.anchored))
    assert {cell.name: cell for row in anchors.rows for cell in row}[heaviest].shade == 1


def test_a_report_that_cannot_be_written_is_refused(source, heads, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        page.write_page(source, heads, tmp_path / "file" / "report.html")


# -- strips ------------------------------------------------------------------------------------


def toy_reading(count):
    text = " ".join(["word", "longest"] * count)
    spans = [m.span() for m in re.finditer(r"\w+", text)]
    tokens = tuple(text[a:b] for a, b in spans)
    return Reading(text, ("[CLS]", *tokens), np.array([(0, 0), *spans]), ())


def test_examples_are_the_longest_tokens_about_the_text():
    reading = toy_reading(20)
    ids = np.r_[-1, np.arange(40) // 5]
    queries = example_queries(reading, ids)
    assert len(queries) == 2
    assert {reading.tokens[i] for i in queries} == {"longest"}
    assert all(ids[i] >= 0 for i in queries)
    assert len(example_queries(toy_reading(1), np.array([-1, 0, 0]))) == 1


def test_a_strip_shows_the_text_around_a_query_and_says_what_is_beyond():
    reading, weights = toy_reading(100), np.zeros(201)
    weights[[0, 100, 101]] = 0.25, 0.5, 0.25
    shown = strip(reading, 100, weights)
    assert len(shown.chips) == 121
    assert shown.cut == (True, True)
    assert shown.outside == 0.25
    assert shown.best == (("longest", 0.5), ("[CLS]", 0.25), ("word", 0.25))
    assert len(shown.best) < NAMED  # what rounds to nothing is not named
    query = next(chip for chip in shown.chips if chip.is_query)
    assert (query.text, query.gap, query.shade) == ("longest", " ", 1.0)
