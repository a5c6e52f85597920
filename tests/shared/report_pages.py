"""A report's page as a parser meets it, for the tests of all reports."""

from __future__ import annotations

import re
from html.parser import HTMLParser

VOID = ("meta", "link", "br", "img")
REQUESTS = re.compile(r"@import|url\((?!#)|<link|<img|<iframe")


class Page(HTMLParser):
    """Every tag with its attributes, ids and links; a tag closed out of turn fails."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        self.tags.append((tag, values))
        self.ids += [values["id"]] if "id" in values else []
        self.links += [values[name] for name in ("href", "src", "xlink:href") if name in values]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()


def assert_well_formed(text: str) -> None:
    read = Page(text)
    assert read.open == []
    assert len(set(read.ids)) == len(read.ids)


def assert_complete_in_itself(text: str) -> None:
    assert all(link.startswith("#") for link in Page(text).links)
    assert not REQUESTS.search(text)
