"""What an equality demonstration is: a library's own result and ours, and what must map to what."""

from __future__ import annotations

import importlib
import importlib.metadata
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from locality.theory import InputError, find, index
from locality.verify.instances.batch import Floats

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Demonstration:
    """One of the twelve models as a library computes it and as a localization method does.

    `theorem`: its id. `library` names the function or class as its users import it, `package` the
    distribution that has it. `data` says in words what both are given. `mapping`: the library's
    parameters, and what they are here. `theirs` and `ours` compute the two results, arrays of one
    shape; they may differ by `tolerance` times the largest absolute value of theirs, and
    `why_tolerance` derives that number. `planted`: ours with one parameter mapped wrongly, as
    `planted_fault` says, which must be told apart. `differs`: where the two do not agree (ties,
    boundaries, defaults), a sentence each.
    """

    theorem: str
    package: str
    library: str
    data: str
    mapping: Mapping[str, str]
    theirs: Callable[[], Floats]
    ours: Callable[[], Floats]
    tolerance: float
    why_tolerance: str
    planted: Callable[[], Floats]
    planted_fault: str
    differs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        find(self.theorem)

    def run(self) -> Outcome:
        """Compute both results and compare them."""
        theirs = np.asarray(self.theirs(), dtype=np.float64)
        version = importlib.metadata.version(self.package)
        difference = relative_difference(np.asarray(self.ours()), theirs)
        return Outcome(self, version, theirs.size, difference)


@dataclass(frozen=True)
class Outcome:
    """What a demonstration measured: the library's version, numbers compared, how far apart."""

    demonstration: Demonstration
    version: str
    numbers: int
    difference: float

    @property
    def agrees(self) -> bool:
        """Whether they lie within the tolerance; NaN does not."""
        return self.difference <= self.demonstration.tolerance

    def as_json(self) -> dict[str, Any]:
        """One row of `locality demonstrate --json`."""
        made = self.demonstration
        fields = ("theorem", "library", "data", "tolerance")
        return {name: getattr(made, name) for name in fields} | {
            "package": f"{made.package} {self.version}",
            "mapping": dict(made.mapping),
            "differs": list(made.differs),
            "numbers": self.numbers,
            "difference": self.difference,
            "agrees": self.agrees,
        }


def relative_difference(ours: Floats, theirs: Floats) -> float:
    """The largest |ours − theirs| over the largest |theirs|; InputError for unlike shapes."""
    if ours.shape != theirs.shape or not theirs.size:
        raise InputError(f"results of shapes {ours.shape} and {theirs.shape}: expected one shape")
    size = float(np.abs(theirs).max())
    return float(np.abs(ours - theirs).max()) / (size or 1.0)


def demonstrated() -> tuple[str, ...]:
    """The ids of the theorems that have a demonstration, in reading order, importing none."""
    said = re.compile(r"^DEMONSTRATION = Demonstration\(", re.M)
    stems = {
        path.stem for path in FOLDER.glob("*.py") if said.search(path.read_text(encoding="utf-8"))
    }
    return tuple(entry.id for entry in index() if entry.stem in stems)


def load(name: str) -> Demonstration:
    """The demonstration of the theorem with that id or tag; InputError where there is none."""
    entry = find(name)
    if entry.id not in demonstrated():
        raise InputError(f"{name}: expected a theorem with a demonstration, {_known()}")
    found: Demonstration = importlib.import_module(f"{__package__}.{entry.stem}").DEMONSTRATION
    return found


def _known() -> str:
    return ", ".join(demonstrated()) or "of which there are none"
