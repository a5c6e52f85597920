"""Commands about evidence: prove, status, book, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from locality.verify.cli.output import JsonFlag, console, print_json, require_all, table

TheoremIds = Annotated[
    list[str] | None, typer.Argument(metavar="[ID…]", help="Theorem ids or tags; all by default.")
]


def prove(
    names: TheoremIds = None,
    rocq: Annotated[
        bool, typer.Option(help="Compile and audit the machine-checked proofs.")
    ] = True,
    build: Annotated[
        Path, typer.Option(metavar="DIR", help="Where compiled proofs are kept.")
    ] = Path("build/rocq"),
    write_rocq: Annotated[
        bool,
        typer.Option("--write-rocq", help="Print Bounds.v and Audit.v from the theorems first."),
    ] = False,
    record: Annotated[
        bool, typer.Option("--record", help="Record the result as evidence.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Check every derivation, and the machine-checked proofs where Rocq (Coq) is installed.

    Examples:  locality prove  ·  locality prove leakage entropy --no-rocq
    """
    from locality.verify.cli.proving import prove_all

    done = prove_all(tuple(names or ()), rocq, build, write_rocq, record)
    if as_json:
        print_json(done.as_json())
    else:
        done.show(console())
    not_checked = require_all() and not done.rocq_checked
    raise typer.Exit(0 if done.ok and not not_checked else 1)


def status(names: TheoremIds = None, as_json: JsonFlag = False) -> None:
    """Show the evidence matrix: what is derived, witnessed, tried and proved for each theorem.

    Derivations and witnesses are recomputed now; campaigns, property examples and Rocq are read
    from what commands recorded, and marked stale if they belong to other sources.
    """
    from locality.verify.evidence.matrix import matrix

    rows = matrix(tuple(names or ()))
    if as_json:
        print_json({"theorems": rows})
        return
    made = table(
        "theorem", "tag", "steps", "sharp", "boundary", "mutants", "properties", "campaign",
        "power", "Rocq", "stale", right=("steps", "mutants", "properties", "campaign", "power"),
    )  # fmt: skip
    for row in rows:
        made.add_row(*_cells(row))
    console().print(made)


def _cells(row: dict[str, Any]) -> tuple[str, ...]:
    from locality.verify.campaign.words import grouped, power

    steps, mutants, campaign, rocq = (row[k] for k in ("derivation", "mutants", "campaign", "rocq"))
    return (
        row["id"],
        row["tag"],
        f"{steps['checked']}/{steps['total']}",
        "attained" if row["sharp"] else "✗",
        "breaks" if row["boundary"] else "✗",
        f"{mutants['refuted']}/{mutants['total']}" if mutants else "–",
        grouped(row["property_examples"]) if row["property_examples"] else "–",
        grouped(campaign["instances"]) if campaign else "–",
        power(campaign["power"]) if campaign else "–",
        f"Qed, {len(rocq['axioms'])} axioms" if rocq else "–",
        ", ".join(row["stale"]) or "",
    )


def book(
    out: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Where the pages are put.")
    ] = Path("build/book"),
) -> None:
    """Build the book from a checkout; it reads without a network.

    Example:  locality book --out build/book
    """
    from locality.verify.cli.booking import build_book

    print(f"open {build_book(out)}")


def doctor(as_json: JsonFlag = False) -> None:
    """Say what is installed and what cannot be checked on this machine."""
    from locality.verify.cli.examination import examine

    findings = examine()
    if as_json:
        print_json({"findings": [finding.as_json() for finding in findings]})
    else:
        made = table("", "what", "found", "without it")
        for finding in findings:
            mark = "✓" if finding.found else "–"
            made.add_row(
                mark, finding.what, finding.found or "", "" if finding.found else finding.lost
            )
        console().print(made)
    missing = [finding for finding in findings if not finding.found and finding.required]
    raise typer.Exit(1 if missing or (require_all() and not all(f.found for f in findings)) else 0)
