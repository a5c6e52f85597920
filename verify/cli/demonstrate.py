"""The command that shows the localization methods equal to what well-kept libraries compute."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from locality.verify.cli.output import JsonFlag, console, print_json, require_all, table

if TYPE_CHECKING:
    from locality.verify.demonstrations import Demonstration, Outcome

INSTALL = "pip install 'locality[localization]'"


def demonstrate(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID…]", help="Theorem ids or tags; all that have one by default."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Compute models as a well-kept library does and as we do, and compare the numbers.

    A library that is not installed is named and its model not checked; asked for by name, that is
    exit code 2. Exit code 1 if any two results differ by more than their derived tolerance.

    Examples:  locality demonstrate  ·  locality demonstrate mean-shift --json
    """
    from locality.verify.demonstrations import demonstrated, load

    wanted = [load(name) for name in dict.fromkeys(names or demonstrated())]
    outcomes, missing = [], []
    for made, found in _compared(wanted):
        if not isinstance(found, str):
            outcomes.append(found)
        elif names:
            _refuse(made, found)
        else:
            missing.append((made, found))
    print_json(_as_json(outcomes, missing)) if as_json else _show(outcomes, missing)
    disagreed = not all(outcome.agrees for outcome in outcomes)
    raise typer.Exit(1 if disagreed or (missing and require_all()) else 0)


def _compared(wanted: list[Demonstration]) -> Iterator[tuple[Demonstration, Outcome | str]]:
    """Each demonstration's outcome, or the module that it would need."""
    for made in wanted:
        print(f"{made.theorem} · {made.library}", file=sys.stderr, flush=True)
        try:
            yield made, made.run()
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] == "locality":
                raise
            yield made, error.name


def _refuse(made: Demonstration, module: str) -> None:
    from locality.theory import InputError

    raise InputError(f"{made.theorem}: expected {module} to be installed: {INSTALL}")


def _as_json(outcomes: list[Outcome], missing: list[tuple[Demonstration, str]]) -> dict[str, Any]:
    holds = all(outcome.agrees for outcome in outcomes)
    return {
        "verdict": "holds" if holds else "disagreement",
        "demonstrations": [outcome.as_json() for outcome in outcomes],
        "not_checked": [
            {
                "theorem": made.theorem,
                "library": made.library,
                "missing": module,
                "install": INSTALL,
            }
            for made, module in missing
        ],
    }


def _show(outcomes: list[Outcome], missing: list[tuple[Demonstration, str]]) -> None:
    right = ("numbers", "difference", "tolerance")
    made = table("model", "library", "data", *right, "verdict", right=right)
    made.columns[1].overflow = "fold"  # the names of libraries have no spaces to break at
    for outcome in outcomes:
        made.add_row(*_cells(outcome))
    out = console()
    out.print(made)
    for left_out, module in missing:
        out.print(f"not checked: {left_out.theorem}, for want of {module}", markup=False)
    if missing:
        out.print(f"to check them: {INSTALL}", markup=False)


def _cells(outcome: Outcome) -> tuple[str, ...]:
    from locality.verify.campaign.words import grouped

    made = outcome.demonstration
    return (
        made.theorem,
        f"{made.library} ({made.package} {outcome.version})",
        made.data,
        grouped(outcome.numbers),
        f"{outcome.difference:.1e}",
        f"{made.tolerance:.1e}",
        "agrees" if outcome.agrees else "[bold red]differs[/]",
    )
