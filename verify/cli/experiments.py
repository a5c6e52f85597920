"""The command that runs a study."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from locality.verify.cli.output import JsonFlag, console, print_json, table

if TYPE_CHECKING:
    from rich.table import Table

    from locality.verify.experiments.record import Step


def experiment(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A study; without it all are listed.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="The same inequality on small data, in seconds.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where to write the record as JSON."),
    ] = None,
    folder: Annotated[
        Path, typer.Option("--folder", metavar="DIR", help="Where finished parts are kept.")
    ] = Path("runs/experiments"),
    as_json: JsonFlag = False,
) -> None:
    """Run a study: finished parts are kept, so an interrupted run goes on where it stopped.

    A full run without --out is recorded where the book reads it. Exit code 1 if the study's
    inequality does not hold.

    Examples:  locality experiment  ·  locality experiment dial-training --quick
    """
    if name is None:
        _list(as_json)
        return
    from locality.verify.benchmarks.results import prepare, write
    from locality.verify.experiments import record
    from locality.verify.experiments.study import load

    wanted = load(name)
    target = out or (None if quick else record.path_of(name))
    if target is not None:
        prepare(target)
    found = record.run(wanted, quick, folder, _told)
    if target is not None:
        write(found, target)
    print_json(found) if as_json else _show(found, target)
    raise typer.Exit(1 if found["faults"] else 0)


def _list(as_json: bool) -> None:
    from locality.verify.experiments.study import load, studies

    found = [load(name) for name in studies()]
    if as_json:
        fields = ("name", "title", "theorems", "inequality")
        print_json({"studies": [{f: getattr(s, f) for f in fields} for s in found]})
        return
    made = table("study", "title", "theorems")
    for each in found:
        made.add_row(each.name, each.title, ", ".join(each.theorems))
    console().print(made)


def _told(step: Step) -> None:
    from locality.verify.campaign.words import clock

    left = "" if step.left is None else f" · about {clock(step.left)} left"
    print(f"{step.done} of {step.total} parts · {step.key}{left}", file=sys.stderr, flush=True)


def _show(found: dict[str, Any], target: Path | None) -> None:
    out = console()
    out.print(f"[bold]{found['title']}[/]  ·  {sum(found['seconds'].values()):.0f} s")
    out.print(f"{'✗' if found['faults'] else '✓'} {found['inequality']}", markup=False)
    for fault in found["faults"]:
        out.print(f"    ✗ {fault}", markup=False)
    if found["study"] in NUMBERS:
        out.print()
        out.print(NUMBERS[found["study"]](found["summary"]))
    if target is not None:
        out.print(f"record {target}", markup=False)


def _census(summary: dict[str, Any]) -> Table:
    """How many automata there are, and how many each logic defines; of large ones those known."""
    from locality.verify.recognizers.census import BY_TYPES

    whole, drawn = summary["all"], summary["random"]
    kinds = f"of at most {summary['states']} states", "random"
    made = table("automata", *kinds, right=kinds)
    made.add_row("all", str(whole["automata"]), str(drawn["automata"]))
    for logic, members in whole["members"].items():
        known = ("" if logic in BY_TYPES else "≥ ") + str(drawn["members"][logic])
        made.add_row(f"in {logic}".replace("[", r"\["), str(members), known)
    return made


def _recognition(summary: dict[str, Any]) -> Table:
    """Mean accuracy on the tested words, by language and pattern."""
    cells = summary["cells"]
    patterns = tuple(dict.fromkeys(pattern for row in cells.values() for pattern in row))
    made = table("% right", *patterns, right=patterns)
    for language, row in cells.items():
        shares = (
            f"{100 * row[one]['accuracy']['mean']:.1f}" if one in row else "" for one in patterns
        )
        made.add_row(language, *shares)
    return made


NUMBERS = {"census": _census, "recognition": _recognition}
