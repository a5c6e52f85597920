"""Every page of the built book, as a reader meets it: in a browser, offline, on any screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from locality.theory import index
from locality.theory.core.catalogue import PARTS

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PLACES = {entry.id: f"{entry.module.split('.')[-2]}/{entry.id}" for entry in index()}
PAGES = [
    "index",
    "notation",
    *(f"{part}/index" for part in PARTS),
    *PLACES.values(),
    "localization/dials",
    "localization/drop-in",
    "expressivity/classify",
    "attention/kernels",
    "expressivity/training",
    "training/index",
    "training/dial-training",
    "training/schedules",
    "claims",
    "your-attention",
    "evidence",
    "bibliography",
]
PHONE = 390
WIDE = """() => [...document.querySelectorAll("article *")]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(WITHIN))
  .map(e => `${e.tagName}.${e.className}`)""".replace(
    "WITHIN", "'.scroll, pre, .output, .formula, .math, mjx-container'"
)


class Visit:
    """A page opened in the browser, with everything that went wrong on the way."""

    def __init__(self, browser: Any, site: str) -> None:
        self.faults: list[str] = []
        self.site = site
        self.page = browser.new_page(viewport={"width": 1280, "height": 900})
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("request", self._asked)
        self.page.on("requestfailed", lambda request: self.faults.append(f"failed: {request.url}"))

    def _heard(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.faults.append(f"console: {message.text}")

    def _asked(self, request: Any) -> None:
        if not request.url.startswith((self.site, "data:")):
            self.faults.append(f"left the site: {request.url}")

    def open(self, name: str) -> Any:
        answer = self.page.goto(f"{self.site}{name}.html")
        assert answer.ok
        if self.page.locator(".math").count():
            self.page.wait_for_function("() => window.MathJax?.startup?.promise")
            self.page.evaluate("() => MathJax.startup.promise")
        return self.page


@pytest.fixture
def visit(browser: Any, site: str) -> Iterator[Visit]:
    made = Visit(browser, site)
    yield made
    made.page.close()


@pytest.mark.parametrize("name", PAGES)
def test_page_is_quiet_typeset_on_its_own_site_and_fits_a_phone(visit: Visit, name: str) -> None:
    page = visit.open(name)
    for fold in page.locator("details.fold > summary").all():
        fold.click()
    assert page.locator("details.fold:not([open])").count() == 0
    shown = page.locator("main").inner_text()
    assert not re.search(r"\$\$|\\\(|\\\[|\\frac|\{cite|\{number", shown)
    assert page.locator("mjx-merror, .problematic, .system-message").count() == 0
    assert page.locator("article svg[role=img]:not([aria-label]), img:not([alt])").count() == 0
    page.set_viewport_size({"width": PHONE, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    assert page.evaluate(WIDE) == []
    assert visit.faults == []


@pytest.mark.parametrize("name", PLACES)
def test_theorem_has_its_anchor_parts_and_figures(visit: Visit, name: str) -> None:
    page = visit.open(PLACES[name])
    assert page.locator(f"#thm-{name} mjx-container").count() > 0
    assert page.locator("details.fold").count() == 3
    assert page.locator(".broken").count() == page.locator(".record").count() == 1
    assert page.locator("figure.drawing").count() >= 2
    assert page.locator(".bad").count() == 0


def test_links_between_theorems_arrive_at_the_statement(visit: Visit) -> None:
    page = visit.open("concentration/dial-entropy")
    page.locator(".record a[href$='#thm-dial']").click()
    page.wait_for_url("**/concentration/dial.html#thm-dial")
    assert page.locator("#thm-dial").bounding_box()["y"] < page.viewport_size["height"] / 2


@pytest.mark.parametrize("name", ["threshold", "entropy-identity"])
def test_citation_link_at_the_first_page_leads_to_the_theorem(visit: Visit, name: str) -> None:
    visit.page.goto(f"{visit.site}index.html#thm-{name}")
    visit.page.wait_for_url(f"**/{PLACES[name]}.html#thm-{name}")


@pytest.mark.parametrize("name", ["concentration/entropy", "concentration/dial-entropy"])
def test_interactive_figure_loads_plotly_when_it_is_moved(visit: Visit, name: str) -> None:
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    page = visit.open(name)
    assert not any("plotly" in url for url in asked)
    figure = page.locator("figure.interactive")
    before = figure.locator("output").inner_text()
    figure.locator("input").fill("30")
    page.wait_for_selector("figure.interactive[data-position='30'] .main-svg")
    assert figure.locator("output").inner_text() != before
    assert any(url.endswith("/_static/plotly.min.js") for url in asked)
    assert visit.faults == []


def test_internal_links_resolve(book: Path) -> None:
    for file in book.rglob("*.html"):
        for target in re.findall(r'href="([^"]+)"', file.read_text(encoding="utf-8")):
            if not re.match(r"https?:|mailto:|data:|javascript:", target):
                place, _, anchor = target.partition("#")
                other = (file.parent / place.partition("?")[0]).resolve() if place else file
                assert other.exists(), f"{file.name}: {target}"
                if anchor and other.suffix == ".html":
                    assert f'id="{anchor}"' in other.read_text(encoding="utf-8"), target


def test_no_page_asks_another_site_for_a_script_style_font_or_picture(book: Path) -> None:
    asks = r'<(?:script|link|img|iframe)[^>]+(?:src|href)="(https?:)?//[^"]*"'
    for file in book.rglob("*.html"):
        found = re.search(asks, file.read_text(encoding="utf-8"))
        assert found is None, f"{file.name}: {found and found[0]}"
