"""Small builders of document nodes, and what a directive offers them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from docutils import nodes

from locality_book.latex import display

Nodes = list[nodes.Node]


class Page(Protocol):
    """What a part needs of the page that it is rendered on."""

    def markdown(self, text: str) -> Nodes: ...
    def fault(self, text: str) -> None: ...


def raw(text: str) -> nodes.raw:
    """HTML."""
    return nodes.raw("", text, format="html")


def box(kind: str, *children: nodes.Node) -> nodes.container:
    """A container of a class of the style sheet."""
    return nodes.container("", *children, classes=[kind])


def words(text: str, *kinds: str) -> nodes.paragraph:
    """A paragraph of plain text; the spaces around its own formulas are not broken."""
    return nodes.paragraph("", text, classes=list(kinds))


def formula(latex: str) -> nodes.Node:
    """A displayed formula that scrolls where it is wider than the page."""
    text = display(latex)
    return box("formula", nodes.math_block(text, text, nowrap=False, number=None, label=None))


def fold(title: str, children: Sequence[nodes.Node], kind: str = "") -> Nodes:
    """Children that are shown once the title is pressed."""
    opening = f'<details class="fold {kind}"><summary>{title}</summary><div class="folded">'
    return [raw(opening), *children, raw("</div></details>")]


def code(text: str, language: str) -> nodes.literal_block:
    """Highlighted source."""
    return nodes.literal_block(text, text, language=language)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], kind: str = "") -> nodes.raw:
    """A table of ready HTML cells that scrolls sideways where the page is narrow."""
    first = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>'
        + "".join(f"<td>{cell}</td>" for cell in row[1:])
        + "</tr>"
        for row in rows
    )
    return raw(
        f'<div class="scroll" tabindex="0"><table class="facts {kind}">'
        f"<thead><tr>{first}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def prose(text: str) -> str:
    """A theorem's text with every display a block of its own, the punctuation after it inside."""
    return re.sub(r"\s*\$\$(.+?)\s*\$\$([,.;]?)\s*", r"\n\n$$\1\2$$\n\n", text, flags=re.DOTALL)


def sentence(text: str) -> str:
    """A phrase with its first letter large."""
    return text[:1].upper() + text[1:]


def mark(ok: bool) -> str:
    """A tick or a cross that screen readers speak."""
    return '<span class="ok">checked</span>' if ok else '<span class="bad">not checked</span>'
