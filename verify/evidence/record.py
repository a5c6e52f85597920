"""Recorded evidence: one small JSON file a theorem, written only by commands.

What cannot be recomputed at once (a campaign, property examples, machine-checked proofs) is
recorded with its command, date, versions and a fingerprint of what it depends on; where the
fingerprint differs from today's, the record is stale and says so.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from locality.theory import find, theorem
from locality.theory.core.errors import InputError
from locality.theory.core.proofs import files

FOLDER = Path(__file__).parent
KINDS = ("campaign", "properties", "rocq")
_PACKAGES = ("numpy", "torch", "python-flint", "sympy")


def path_of(name: str) -> Path:
    """Where a theorem's record lies."""
    return FOLDER / f"{find(name).id}.json"


def load(name: str) -> dict[str, Any]:
    """What was recorded of a theorem; empty if nothing was. InputError for a damaged file."""
    path = path_of(name)
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise InputError(f"{path} is no evidence file: {error}") from error
    return dict(found)


def save(name: str, kind: str, facts: Mapping[str, Any], command: str) -> Path:
    """Record one kind of evidence, leaving the others as they are."""
    entry = find(name)
    record = {"id": entry.id, "tag": entry.tag, **load(name)}
    stamp = {
        "command": command,
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {"python": platform.python_version(), **{p: version(p) for p in _PACKAGES}},
        "fingerprint": fingerprint(name, kind),
    }
    record[kind] = {**facts, **stamp}
    path = path_of(name)
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def fingerprint(name: str, kind: str) -> str:
    """A hash of what evidence of that kind depends on."""
    if kind == "rocq":
        return _digest(*(path.read_bytes() for path in files()))
    if kind == "properties":
        return theorem(name).claim_hash()
    from locality.verify.campaign.standard import claim_hash  # torch, only for campaigns

    return claim_hash(name)


def is_stale(name: str, kind: str) -> bool | None:
    """Whether recorded evidence belongs to other sources; None if nothing was recorded."""
    found = load(name).get(kind)
    return None if found is None else found["fingerprint"] != fingerprint(name, kind)


def _digest(*parts: bytes) -> str:
    hasher = hashlib.sha256()
    for part in parts:
        hasher.update(part)
    return hasher.hexdigest()[:12]
