"""How commands print: JSON for programs, tables for people, both without surprises."""

from __future__ import annotations

import json
import math
import os
import sys
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.table import Table

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]


def console() -> Console:
    """Standard output; lines are folded only on a terminal."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=200, soft_wrap=True)


def plain(value: Any) -> Any:
    """`value` with non-finite numbers as the strings JSON lacks: "inf", "-inf", "nan"."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def print_json(value: Any) -> None:
    """One JSON document on standard output, escaped where that is not Unicode."""
    narrow = not (sys.stdout.encoding or "").lower().startswith("utf")
    print(json.dumps(plain(value), indent=1, ensure_ascii=narrow, allow_nan=False))


def table(*columns: str, right: tuple[str, ...] = ()) -> Table:
    """An unruled table; the columns named in `right` hold numbers."""
    made = Table(box=None, pad_edge=False, padding=(0, 2), header_style="bold")
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left")
    return made


def fail(message: str) -> NoReturn:
    """One line on stderr and exit code 1: nothing was wrong with the input."""
    print(f"locality: {message}", file=sys.stderr)
    raise typer.Exit(1)


def require_all() -> bool:
    """Whether “not checked” counts as a failure: LOCALITY_REQUIRE_ALL is set and not 0."""
    return os.environ.get("LOCALITY_REQUIRE_ALL", "0") not in ("", "0")
