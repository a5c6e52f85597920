"""Tables and lists that speak of all theorems, quantities or functions at once."""

from __future__ import annotations

import html
from collections.abc import Sequence
from itertools import groupby

import sympy as sp

from locality.theory import index, theorems
from locality.theory.core import functions
from locality.theory.core.symbols import QUANTITIES
from locality.theory.core.theorem import VERDICTS, Theorem
from locality_book.builders import Nodes, Page, box, sentence, table, words
from locality_book.latex import readable
from locality_book.parts import shortfall

LEADS = {"more": "provided that ", "fails": ""}


def announcements(page: Page) -> Nodes:
    """What sources announce: whether it holds, what is true, and where more would be false."""
    head = "| Announced | Verdict | What is true | Where more is false |"
    rows = [_announcement(stated) for stated in theorems() if stated.source.verdict]
    told = page.markdown("\n".join([head, "|---|---|---|---|", *rows]))
    return [box("scroll", box("announcements", *told))]


def _announcement(stated: Theorem) -> str:
    source, truth = stated.source, f"[](#thm-{stated.id}): {stated.title}."
    if source.truth:
        truth += f" {sentence(LEADS[source.verdict] + source.truth)}."
    breaks = f"{stated.boundary.text}. {shortfall(stated.boundary)}."
    told = f"{sentence(source.claim)} {{cite}}`{source.key}`"
    cells = (told, f"**{VERDICTS[source.verdict]}**", truth, breaks)
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def catalogue(page: Page) -> Nodes:
    """Every theorem, part by part: name, tag, title."""
    made: Nodes = []
    for part, entries in groupby(index(), key=lambda entry: entry.part):
        rows = [
            f"- [](#thm-{e.id}) <span class='tag'>{e.tag}</span> <br> {e.title}" for e in entries
        ]
        made += [words(part, "part"), box("catalogue", *page.markdown("\n".join(rows)))]
    return made


def quantities(page: Page) -> Nodes:
    """The public names of quantities; the same in Python, on the command line and in JSON."""
    rows = [
        (_code(q.name), _math(q.latex), q.meaning, q.unit, html.escape(q.domain))
        for q in QUANTITIES.values()
    ]
    return _mathematical(("name", "symbol", "meaning", "unit", "domain"), rows)


def named_functions(page: Page) -> Nodes:
    """The small functions whose signs the derivations rest on, each with what it abbreviates."""
    t = sp.Symbol("t", real=True)
    kinds = [
        kind
        for kind in vars(functions).values()
        if isinstance(kind, type) and issubclass(kind, functions.Named) and kind.latex_name
    ]
    rows = [(_code(k.__name__), _math(sp.latex(k(t))), _math(sp.latex(k.form(t)))) for k in kinds]
    return _mathematical(("name", "written", "stands for"), rows)


def _mathematical(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Nodes:
    return [table(head, rows, "mathjax_process")]


def _code(text: str) -> str:
    return f"<code>{html.escape(text)}</code>"


def _math(latex: str) -> str:
    return rf"\({html.escape(readable(latex))}\)"
