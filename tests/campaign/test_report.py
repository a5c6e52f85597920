import io
import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from report_pages import Page, assert_complete_in_itself, assert_well_formed
from rich.console import Console

from locality.theory import InputError, theorems
from locality.verify.campaign import figures, progress, report, terminal, words
from locality.verify.campaign.execute import Progress, run_campaign
from locality.verify.campaign.figures import Series


@pytest.fixture(scope="module")
def summary(tmp_path_factory):
    from locality.verify.campaign.plan import Campaign

    path = tmp_path_factory.mktemp("report") / "l.sqlite"
    wanted = ("spread", "pairs", "false", "shy", "rare")
    families = ("steady", "short", "two-level")
    campaign = Campaign(wanted, families, 300, catalogue="fakes:catalogue")
    with ThreadPoolExecutor(1) as executor:
        return run_campaign(campaign, path, executor, workers=1, command="locality verify <all>")


@pytest.fixture(scope="module")
def text(summary):
    return report.render(summary)


def test_the_page_is_well_formed_with_unique_ids(text):
    assert_well_formed(text)
    assert {"thm-spread", "thm-false"} <= set(Page(text).ids)


def test_nothing_is_requested_from_anywhere(text):
    assert_complete_in_itself(text)


def test_every_link_and_reference_leads_somewhere(text):
    page = Page(text)
    references = [link.removeprefix("#") for link in page.links] + re.findall(
        r"url\(#(.+?)\)", text
    )
    assert set(references) <= set(page.ids)


def test_the_worst_theorem_comes_first_with_its_replay_command(summary, text):
    assert text.index("thm-false") < text.index("thm-shy") < text.index("thm-spread")
    assert f"locality replay {summary.theorems[2].failures[0].address}" in text
    assert report.headline(summary) == "false: violated; 1 more to look at"


def test_what_the_user_typed_is_escaped(text):
    assert "locality verify &lt;all&gt;" in text


def test_the_data_are_in_the_page(text):
    assert '"verdict": "violated"' in text


def test_without_matplotlib_the_report_has_no_pictures_and_says_so(summary, tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "available", lambda: False)
    line = report.write_report(summary, tmp_path / "report.html")
    written = (tmp_path / "report.html").read_text()
    assert line == report.NO_PICTURES
    assert line in written
    assert "<svg" not in written


def test_a_report_that_cannot_be_written_is_refused(summary, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        report.write_report(summary, tmp_path / "file" / "report.html")


def test_every_claim_that_a_campaign_measures_can_be_set():
    measured = [theorem for theorem in theorems() if theorem.claims]
    assert measured
    for theorem in measured:
        assert figures.formula(theorem.claim.latex, theorem.id).startswith("<svg")


@pytest.mark.parametrize("scale", [1.0, 1e6, 1e-9])
@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_pictures_survive_any_range_and_points_that_are_not_finite(scale, shift):
    points = np.random.default_rng(1).normal(size=(40, 3)) * scale + shift
    points[3] = np.nan
    picture = figures.measured_against_bound([Series("a", False, points)], "name")
    assert picture.startswith("<svg")
    assert figures.measured_against_bound([Series("a", False, points[:0])], "name") == ""


def test_pictures_of_the_same_points_are_the_same():
    series = [Series("a", True, np.ones((3, 3)))]
    first = figures.measured_against_bound(series, "name")
    assert figures.measured_against_bound(series, "name") == first


def test_the_terminal_shows_the_worst_first_and_the_next_command(summary):
    console = Console(width=120, record=True, file=io.StringIO())
    console.print(terminal.table(summary))
    shown = console.export_text()
    assert shown.index("false") < shown.index("shy") < shown.index("spread")
    assert "attained" in shown
    worst = summary.theorems[2].failures[0].address
    assert terminal.next_command(summary) == f"replay the worst: locality replay {worst}"
    assert any("was not refuted" in remark for remark in terminal.remarks(summary))


def test_progress_is_a_line_now_and_then_where_there_is_no_terminal(monkeypatch, capsys):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.0)
    with progress.shown(Console(force_terminal=False, width=100)) as tell:
        tell(Progress(10, 40, 50_000, 5.0))
    assert capsys.readouterr().out == "10 of 40 shards · 10\u202f000 instances/s · 15 s left\n"


def test_progress_is_a_bar_on_a_terminal(capsys):
    with progress.shown(Console(force_terminal=True, width=100)) as tell:
        tell(Progress(10, 40, 50_000, 5.0))
    assert "10/40" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (words.clock(41.4), "41 s"),
        (words.clock(185), "3 min 05 s"),
        (words.clock(7800), "2 h 10 min"),
        (words.power(None), "–"),
        (words.power(float("inf")), "none"),
        (words.power(0.0), "0 %"),
        (words.power(0.00213), "0.21 %"),
        (words.power(0.996), "100 %"),
        (words.power(3e-9), "3e-9"),
        (words.slack(0.0000311), "3.1e-5"),
    ],
)
def test_numbers_in_words(said, expected):
    assert said == expected
