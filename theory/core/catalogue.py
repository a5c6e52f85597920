"""The catalogue: every module of a part folder that says `THEOREM = Theorem(…)` is a theorem.

The index is read from the modules' syntax trees, so that listing the theorems does not import
SymPy; a theorem's module is imported when the theorem is asked for.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from locality.theory.core.errors import UnknownTheorem

if TYPE_CHECKING:
    from locality.theory.core.theorem import Theorem

FOLDER = Path(__file__).parent.parent
NEAREST = 3  # ids that are named for one that is unknown
PARTS = {
    "concentration": "Part I. Concentration",
    "sparsity": "Part I. Concentration",
    "anchors": "Part I. Concentration",
    "rules": "Part I. Concentration",
    "recruitment": "Part I. Concentration",
    "progressive": "Part I. Concentration",
    "localization": "Part II. Localization methods",
    "expressivity": "Part III. Expressivity of local attention",
    "attention": "Part IV. The kernels are theorems too",
}


@dataclass(frozen=True)
class Entry:
    """What the index knows of a theorem without importing it."""

    id: str
    tag: str
    title: str
    part: str
    module: str

    @property
    def folder(self) -> str:
        """The folder of `theory/` that states it."""
        return self.module.split(".")[2]

    @property
    def stem(self) -> str:
        """The last part of the module's name, which a check's and a test's module share."""
        return self.module.rpartition(".")[2]


def _literals(path: Path) -> dict[str, str] | None:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "THEOREM":
            words = {k.arg: k.value for k in node.value.keywords}  # type: ignore[attr-defined]
            return {
                str(name): str(value.value)
                for name, value in words.items()
                if isinstance(value, ast.Constant)
            }
    return None


def _order(folder: Path) -> list[str]:
    """The reading order of a part: the `ORDER` of its face."""
    for node in ast.parse((folder / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "ORDER":
            return list(ast.literal_eval(node.value))
    return []


def _entries() -> Iterator[Entry]:
    for folder, part in PARTS.items():
        found = {}
        for path in sorted((FOLDER / folder).glob("*.py")):
            literals = _literals(path)
            if literals is not None:
                module = f"locality.theory.{folder}.{path.stem}"
                entry = Entry(literals["id"], literals["tag"], literals["title"], part, module)
                found[entry.id] = entry
        order = _order(FOLDER / folder)
        yield from sorted(
            found.values(), key=lambda e: order.index(e.id) if e.id in order else len(order)
        )


@cache
def index() -> tuple[Entry, ...]:
    """All theorems in reading order."""
    return tuple(_entries())


def find(name: str) -> Entry:
    """The index entry of an id or tag; UnknownTheorem where there is none."""
    for entry in index():
        if name == entry.id or name.upper() == entry.tag:
            return entry
    ids = [entry.id for entry in index()]
    near = get_close_matches(name.lower(), ids) or [known for known in ids if name.lower() in known]
    meant = f"; did you mean {' or '.join(near[:NEAREST])}?" if name and near else ""
    raise UnknownTheorem(f"unknown theorem {name!r}: expected one that `locality list` has{meant}")


def theorem(name: str) -> Theorem:
    """The theorem with that id or tag."""
    loaded: Theorem = importlib.import_module(find(name).module).THEOREM
    return loaded


def theorems() -> tuple[Theorem, ...]:
    """All theorems in reading order."""
    return tuple(theorem(entry.id) for entry in index())
