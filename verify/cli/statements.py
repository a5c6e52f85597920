"""Commands that look a theorem up: list, show, cite, bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from locality.verify.cli.output import JsonFlag, console, print_json, table

if TYPE_CHECKING:
    from locality.theory.core.theorem import Theorem

TheoremId = Annotated[str, typer.Argument(metavar="ID", help="A theorem's id or tag.")]


def list_theorems(as_json: JsonFlag = False) -> None:
    """List the theorems: id, permanent tag, title."""
    from locality.theory import index

    if as_json:
        fields = ("id", "tag", "title", "part")
        print_json({"theorems": [{f: getattr(e, f) for f in fields} for e in index()]})
        return
    made = table("id", "tag", "title")
    for entry in index():
        made.add_row(entry.id, entry.tag, entry.title)
    console().print(made)


def show(name: TheoremId, as_json: JsonFlag = False) -> None:
    """Show a theorem: statement, assumptions, checked steps, witnesses, source.

    Examples:  locality show leakage  ·  locality show K7QD --json
    """
    from locality.theory import theorem

    found = theorem(name)
    print_json(_as_json(found)) if as_json else _print(found)


def _as_json(found: Theorem) -> dict[str, Any]:
    report, sharp, boundary = found.check(), found.sharp.check(), found.boundary.check()
    return {
        "id": found.id,
        "tag": found.tag,
        "title": found.title,
        "part": found.part,
        "statement": found.statement,
        "source": {"key": found.source.key, "claim": found.source.claim},
        "assumptions": [{"name": a.name, "text": a.text} for a in found.assumptions],
        "claims": [
            {"name": c.name, "relation": c.relation, "inputs": list(c.inputs), "latex": c.latex}
            for c in found.claims
        ],
        "statements": [
            {"name": s.name, "latex": s.latex, "rocq": s.rocq or None, "cited": s.cited or None}
            for s in found.statements
        ],
        "steps": [{"title": s.title, "kind": s.kind, "ok": s.ok} for s in report.steps],
        "sharp": {"text": sharp.title, "ok": sharp.ok},
        "boundary": {"text": boundary.title, "ok": boundary.ok},
        "depends_on": list(found.depends_on),
        "rocq": list(found.rocq),
    }


def _print(found: Theorem) -> None:
    out = console()
    out.print(f"[bold]{found.title}[/]  ·  {found.id}  ·  {found.tag}\n")
    out.print(found.statement, markup=False)
    out.print("\n[bold]Assumes[/]")
    for assumption in found.assumptions:
        out.print(f"  {assumption.name}: {assumption.text}", markup=False)
    out.print("\n[bold]Derivation[/]")
    for step in found.check().steps:
        out.print(f"  {_mark(step.ok)} {step.title}", markup=False)
    out.print("\n[bold]Witnesses[/]")
    for witness in (found.sharp.check(), found.boundary.check()):
        out.print(f"  {_mark(witness.ok)} {witness.kind}: {witness.title}", markup=False)
    if found.depends_on:
        out.print(f"\n[bold]Uses[/] {', '.join(found.depends_on)}")
    out.print(f"\n[bold]Makes precise[/] ({found.source.key}) “{found.source.claim}”")
    steps = f"locality bound {found.id} …  ·  locality verify {found.id}"
    out.print(f"\nnext: {steps if found.claims else f'locality cite {found.id}'}", markup=False)


def _mark(ok: bool) -> str:
    return "✓" if ok else "✗"


def cite(
    name: TheoremId,
    bibtex: Annotated[bool, typer.Option("--bibtex", help="As a BibTeX entry.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Cite a theorem by its permanent tag, with the version and commit that state it.

    Examples:  locality cite leakage  ·  locality cite leakage --bibtex
    """
    from locality.theory import find
    from locality.verify.evidence.citation import citation

    found = citation(find(name))
    if as_json:
        print_json(found.as_json())
    else:
        print(found.bibtex if bibtex else found.text)


def bound(
    name: TheoremId,
    inputs: Annotated[
        list[str] | None, typer.Argument(metavar="NAME=VALUE…", help="m, c, n, x, margin, …")
    ] = None,
    solve: Annotated[
        str | None, typer.Option("--solve", metavar="NAME", help="Solve for this input instead.")
    ] = None,
    log: Annotated[bool, typer.Option("--log", help="The natural logarithm of the bound.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Evaluate a theorem's bound, or solve it for one of its inputs.

    Examples:

    locality bound leakage m=4 c=60 x=3

    locality bound entropy m=4 n=64 margin=6 temperature=2

    locality bound threshold m=8 c=1016 delta=0.01 margin=2 --solve temperature
    """
    from locality.theory import theorem

    found, values = theorem(name), dict(map(_pair, inputs or []))
    head = {"id": found.id, "tag": found.tag, "inputs": values}
    if solve:
        answer = found.solve(solve, **values)
        result = {
            "value": answer.value,
            "relation": answer.relation,
            "solved_for": solve,
            "formula": answer.formula,
        }
        text = _solved(solve, answer.relation, answer.value) + f"   ({answer.case})"
    else:
        value = found.bound(log=log, **values)
        result = {
            "value": value,
            "relation": found.claim.relation,
            "solved_for": None,
            "formula": f"log({found.claim.rhs})" if log else str(found.claim.rhs),
        }
        text = f"{value:.15g}"
    print_json(head | result) if as_json else print(text)


def _solved(name: str, relation: str, value: float | None) -> str:
    if relation == "any":
        return f"any {name}"
    return f"no {name}" if relation == "none" else f"{name} {relation} {value:.15g}"


def _pair(word: str) -> tuple[str, float | int]:
    from locality.theory.core.errors import InputError

    name, sign, text = word.partition("=")
    try:
        return name, int(text) if text.lstrip("+-").isdigit() else float(text)
    except ValueError:
        expected = "a number" if sign else "NAME=VALUE"
        raise InputError(f"{word!r}: expected {expected}, like m=4") from None
