"""The work behind `locality book`: the book is built from a checkout, not from a wheel."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from locality.theory.core.errors import InputError

CHECKOUT = Path(__file__).parents[2]


def build_book(out: Path) -> Path:
    """Build the pages into `out` and give the first one; InputError where there is no checkout."""
    script = CHECKOUT / "book" / "build.py"
    if not script.exists():
        raise InputError(
            "the book is built from a checkout of the project; this is an installed wheel"
        )
    done = subprocess.run([sys.executable, str(script), str(out)], check=False)
    if done.returncode:
        raise InputError(f"the book did not build (exit {done.returncode}); its last lines say why")
    return out / "index.html"
