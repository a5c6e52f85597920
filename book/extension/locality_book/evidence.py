"""Evidence as the book shows it: the rows of `locality status`, and one line a theorem."""

from __future__ import annotations

import html
from functools import cache
from typing import Any

from docutils import nodes

from locality.theory import find, theorem
from locality.theory.core.theorem import Theorem
from locality.verify.campaign.words import grouped, slack
from locality.verify.evidence import matrix, record
from locality_book.builders import Nodes, Page, raw, table

NONE = '<span class="none">not recorded yet</span>'
NOT_MEASURED = '<span class="none">compares no numbers: nothing to measure</span>'


@cache
def rows() -> tuple[dict[str, Any], ...]:
    """Every theorem's evidence, computed once a build."""
    return tuple(matrix.matrix())


@cache
def row(name: str) -> dict[str, Any]:
    """One theorem's evidence."""
    return matrix.row(find(name))


def complete(found: dict[str, Any]) -> bool:
    """Whether every kind of evidence is there, good and current; campaigns compare numbers."""
    derivation, mutants = found["derivation"], found["mutants"]
    tried = found["campaign"] and mutants and mutants["refuted"] == mutants["total"]
    return bool(
        derivation["checked"] == derivation["total"] > 0
        and found["sharp"]
        and found["boundary"]
        and (tried or not theorem(found["id"]).claims)
        and found["property_examples"]
        and found["rocq"]
        and not found["stale"]
    )


def _tick(ok: bool, good: str, bad: str) -> str:
    return f'<span class="{"ok" if ok else "bad"}">{good if ok else bad}</span>'


def _derivation(found: dict[str, Any]) -> str:
    counts = found["derivation"]
    checked, total = counts["checked"], counts["total"]
    kinds = {"in Rocq": counts["by_hand"], "cited": counts["cited"]}
    apart = ", ".join(f"{count} {how}" for how, count in kinds.items() if count)
    shown = f"{checked}/{total}" + (f" ({apart})" if apart else "")
    return _tick(checked == total, shown, shown)


def _unmeasured(found: dict[str, Any]) -> str:
    """Nothing yet; or, of a theorem that compares no numbers, that there is nothing to measure."""
    return NONE if theorem(found["id"]).claims else NOT_MEASURED


def _mutants(found: dict[str, Any]) -> str:
    counts = found["mutants"]
    if counts is None:
        return _unmeasured(found)
    shown = f"{counts['refuted']}/{counts['total']}"
    return _tick(counts["refuted"] == counts["total"], shown, shown)


def _campaign(found: dict[str, Any]) -> str:
    counts = found["campaign"]
    if counts is None:
        return _unmeasured(found)
    least = counts["min_slack"]
    equality = theorem(found["id"]).claim.direction == "equal"  # its slack is a residual of balls
    shown = "" if least is None or equality else f", smallest slack {html.escape(slack(least))}"
    return f'<span class="ok">{grouped(counts["instances"])} instances{shown}</span>'


def _properties(found: dict[str, Any]) -> str:
    count = found["property_examples"]
    return NONE if count is None else f'<span class="ok">{grouped(count)} examples</span>'


def _rocq(found: dict[str, Any]) -> str:
    proof = found["rocq"]
    if proof is None:
        return NONE
    count = len(proof["axioms"])
    named = "no axiom" if count == 0 else f"{count} axiom{'s' * (count > 1)}"
    return f'<span class="ok">Qed</span>, {named}'


COLUMNS = {
    "derivation": _derivation,
    "equality attained": lambda found: _tick(found["sharp"], "yes", "no"),
    "boundary breaks it": lambda found: _tick(found["boundary"], "yes", "no"),
    "mutants refuted": _mutants,
    "property tests": _properties,
    "campaign": _campaign,
    "Rocq": _rocq,
}


def _name(found: dict[str, Any]) -> str:
    stale = (
        f' <span class="bad">stale: {", ".join(found["stale"])}</span>' if found["stale"] else ""
    )
    return (
        f'<a href="thm:{found["id"]}">{found["id"]}</a> '
        f'<span class="tag">{found["tag"]}</span>{stale}'
    )


def table_of_all(page: Page) -> Nodes:
    """The matrix of `locality status`."""
    cells = [(_name(found), *(show(found) for show in COLUMNS.values())) for found in rows()]
    return [table(("theorem", *COLUMNS), cells, "matrix")]


def line(stated: Theorem) -> nodes.raw:
    """One theorem's evidence: what was found, by which command, when."""
    found, recorded = row(stated.id), record.load(stated.id)
    kinds = {"campaign": "campaign", "property tests": "properties", "mutants refuted": "campaign"}
    entries = []
    for name, show in COLUMNS.items():
        kept = recorded.get(kinds.get(name, "rocq" if name == "Rocq" else ""))
        entries.append(f"<dt>{name}</dt><dd>{show(found)}{_stamp(kept)}</dd>")
    stale = found["stale"]
    note = (
        f'<p class="bad">Stale, the sources have changed since: {", ".join(stale)}.</p>'
        if stale
        else ""
    )
    return raw(f'<dl class="evidence-line">{"".join(entries)}</dl>{note}')


def _stamp(kept: dict[str, Any] | None) -> str:
    if not kept:
        return ""
    return f" <small>{kept['date']} · <code>{html.escape(kept['command'])}</code></small>"
