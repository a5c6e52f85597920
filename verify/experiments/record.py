"""Running a study part by part, resumably, and the data file that it leaves."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter
from typing import Any

from locality.theory import InputError
from locality.verify.benchmarks.results import machine
from locality.verify.campaign.machine import digest
from locality.verify.experiments.study import Part, Study, load

RESULTS = Path(__file__).parent.parent / "results"
PACKAGES = ("numpy", "torch", "python-flint", "scipy", "scikit-learn", "cvxpy")


@dataclass(frozen=True)
class Step:
    """Progress: parts done of all, the next part's key, and seconds left where it can be told."""

    done: int
    total: int
    key: str
    left: float | None


Told = Callable[[Step], None]


def run(wanted: Study, quick: bool, folder: Path, told: Told = lambda _: None) -> dict[str, Any]:
    """The study's record: manifest and summary, plain JSON data.

    Parts that are already in `folder`, computed by the same sources from the same inputs, are
    taken from there, so that an interrupted run goes on where it stopped.
    """
    inputs = wanted.inputs()
    stamp = digest(*wanted.sources(), *inputs.values())
    home = folder / f"{wanted.name}-{'quick' if quick else 'full'}-{stamp}"
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: parts cannot be kept there ({error.strerror})") from error
    parts = dict(_computed(wanted.parts(quick), home, told))
    summary = wanted.summary({key: part["data"] for key, part in parts.items()})
    return {
        "study": wanted.name,
        "title": wanted.title,
        "inequality": wanted.inequality,
        "faults": wanted.faults(summary),
        "quick": quick,
        "command": f"locality experiment {wanted.name}" + (" --quick" if quick else ""),
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _commit(),
        "sources": digest(*wanted.sources()),
        "inputs": {name: sha256(data).hexdigest() for name, data in inputs.items()},
        "versions": dict(_versions()),
        "machine": machine(),
        "seconds": {key: round(part["seconds"], 2) for key, part in parts.items()},
        "summary": summary,
    }


def _computed(parts: Mapping[str, Part], home: Path, told: Told) -> Iterator[tuple[str, Any]]:
    """Each part's data and how long it took, computed now or kept from before."""
    spent: list[float] = []
    for done, (key, part) in enumerate(parts.items()):
        path = home / key / "part.json"
        kept = _kept(path)
        if kept is None:
            left = sum(spent) / len(spent) * (len(parts) - done) if spent else None
            told(Step(done, len(parts), key, left))
            start = perf_counter()
            path.parent.mkdir(parents=True, exist_ok=True)
            data = part(path.parent)
            spent.append(perf_counter() - start)
            keep({"seconds": spent[-1], "data": data}, path)
            kept = json.loads(path.read_text(encoding="utf-8"))
        yield key, kept


def _kept(path: Path) -> Any:
    """What `keep` wrote of a part; None where it is not there, or damaged, and so is computed."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    whole = isinstance(found, dict) and isinstance(found.get("seconds"), float) and "data" in found
    return found if whole else None


def keep(data: Any, path: Path) -> None:
    """Write JSON so that the file is there whole or not at all."""
    half = path.with_suffix(".half")
    half.write_text(json.dumps(data, allow_nan=False), encoding="utf-8")
    os.replace(half, path)


def _commit() -> str | None:
    """The commit of the sources, with a + where they differ from it; None without git."""
    command = ["git", "describe", "--always", "--dirty=+", "--abbrev=12", "--exclude=*"]
    try:
        done = subprocess.run(
            command, cwd=Path(__file__).parent, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()


def _versions() -> Iterator[tuple[str, str]]:
    for package in PACKAGES:
        try:
            yield package, version(package)
        except PackageNotFoundError:
            continue


# -- what was recorded -------------------------------------------------------------------------


def path_of(name: str) -> Path:
    """Where the full run of a study is recorded."""
    return RESULTS / f"{name}.json"


def recorded(name: str) -> dict[str, Any]:
    """The record of a study's full run; InputError if there is none or it is damaged."""
    path = path_of(load(name).name)
    if not path.exists():
        raise InputError(f"{path.name} is not there: run `locality experiment {name}`")
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except json.JSONDecodeError as error:
        raise InputError(f"{path} is no record of a study: {error}") from error


def is_stale(name: str) -> bool:
    """Whether the record was made by other sources than today's."""
    return bool(recorded(name)["sources"] != digest(*load(name).sources()))
