"""What a study is: independent parts, what is made of them, and what that must show."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from locality.theory import InputError, find

FOLDER = Path(__file__).parent

Part = Callable[[Path], Any]
"""Computes one part: given a folder of its own for checkpoints, it returns plain JSON data."""


@dataclass(frozen=True)
class Study:
    """A study by its name, which is also that of its data file and of the command's argument.

    `inequality`: what must hold of the summary, in words. `parts(quick)`: the parts by key; each
    fixes its own seed and can be computed without the others. `summary`: what the data file holds
    of the parts' data. `faults`: sentences that say where the inequality fails; none means that it
    holds. `inputs`: data that the study reads, by name, to be hashed. `modules`: whose sources the
    recorded numbers depend on, beside the study's own. `theorems`: their ids.
    """

    name: str
    title: str
    theorems: tuple[str, ...]
    inequality: str
    parts: Callable[[bool], Mapping[str, Part]]
    summary: Callable[[Mapping[str, Any]], dict[str, Any]]
    faults: Callable[[Mapping[str, Any]], list[str]]
    inputs: Callable[[], Mapping[str, bytes]] = dict
    modules: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in self.theorems:
            find(name)

    def sources(self) -> list[bytes]:
        """The sources that the numbers depend on."""
        names = (f"{__package__}.{stem_of(self.name)}", *self.modules)
        paths = (importlib.import_module(name).__file__ for name in names)
        return [Path(path).read_bytes() for path in paths if path is not None]


def stem_of(name: str) -> str:
    """The module of a study, as the file is called."""
    return name.replace("-", "_")


def studies() -> tuple[str, ...]:
    """The names of all studies, read from the sources, so that listing them imports none."""
    said = re.compile(r"^STUDY = Study\(", re.M)
    paths = (path for path in sorted(FOLDER.glob("*.py")) if path.stem != "study")
    return tuple(
        path.stem.replace("_", "-")
        for path in paths
        if said.search(path.read_text(encoding="utf-8"))
    )


def load(name: str) -> Study:
    """The study of that name; InputError where there is none."""
    if name not in studies():
        raise InputError(f"unknown study {name!r}: expected one of {', '.join(studies())}")
    found: Study = importlib.import_module(f"{__package__}.{stem_of(name)}").STUDY
    return found
