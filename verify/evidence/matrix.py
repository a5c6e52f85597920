"""The evidence matrix: per theorem what was derived, witnessed, tried, proved, and when."""

from __future__ import annotations

from typing import Any

from locality.theory import Entry, find, index, theorem
from locality.verify.evidence import record


def _fields(found: dict[str, Any] | None, names: tuple[str, ...]) -> dict[str, Any] | None:
    return None if found is None else {name: found[name] for name in names}


def row(entry: Entry) -> dict[str, Any]:
    """One theorem's evidence; null where there is none."""
    stated = theorem(entry.id)
    report = stated.check()
    recorded = record.load(entry.id)
    campaign, properties, rocq = (recorded.get(kind) for kind in record.KINDS)
    stale = [kind for kind in record.KINDS if record.is_stale(entry.id, kind)]
    return {
        "id": entry.id,
        "tag": entry.tag,
        "part": entry.part,
        "derivation": {
            "checked": report.checked,
            "total": report.total,
            "by_hand": report.by_hand,
            "cited": report.cited,
        },
        "sharp": stated.sharp.check().ok,
        "boundary": stated.boundary.check().ok,
        "mutants": campaign and campaign["mutants"],
        "property_examples": properties and properties["examples"],
        "campaign": _fields(campaign, ("instances", "min_slack", "max_tightness", "power")),
        "certificate": None,
        "rocq": _fields(rocq, ("name", "axioms")),
        "stale": stale,
    }


def matrix(names: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """The rows of the theorems named, or of all."""
    entries = [find(name) for name in names] if names else list(index())
    return [row(entry) for entry in entries]
