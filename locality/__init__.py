"""Theorems about when attention is local: stated once, proved, measured and rendered.

`attend` computes attention with its entropy, fidelity and certificates; `theorem` and `theorems`
look up what is proved about it. Further in: `locality.theory` (what is true), `locality.kernels`
(what attention does), `locality.verify` (whether it holds).
"""

import subprocess
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from locality.kernels import AuxRequest, Mask, attend
    from locality.theory import InputError, theorem, theorems

    __commit__: str | None

__version__ = "0.1.0"

__all__ = ["AuxRequest", "InputError", "Mask", "__version__", "attend", "theorem", "theorems"]

_HOME = {
    "AuxRequest": "locality.kernels",
    "InputError": "locality.theory",
    "Mask": "locality.kernels",
    "attend": "locality.kernels",
    "theorem": "locality.theory",
    "theorems": "locality.theory",
}


def __getattr__(name: str) -> object:
    """Load a front-door name at its first use: torch and SymPy take seconds to import."""
    if name == "__commit__":
        value = _commit()
    elif name in _HOME:
        value = getattr(import_module(_HOME[name]), name)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return globals().setdefault(name, value)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _commit() -> str | None:
    """The commit stamped into the wheel; in a checkout, git's answer; else None."""
    here = Path(__file__).parent
    stamp = here / "COMMIT"
    if stamp.exists():
        return stamp.read_text().strip()
    if not (here.parent / ".git").exists():
        return None
    git = ["git", "-C", str(here.parent), "rev-parse", "HEAD"]
    try:
        return subprocess.run(git, capture_output=True, check=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
