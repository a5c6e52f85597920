"""The command that says which attention a language needs."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from locality.verify.cli.output import JsonFlag, console, print_json, table

if TYPE_CHECKING:
    from rich.console import Console

    from locality.theory.expressivity.automata import Automaton
    from locality.theory.expressivity.classify import Classification, Forbidden

SHOWN = 2  # the n of the words that are written out
WIDEST = 60
LONGEST = 400  # characters of a formula


def classify(
    regex: Annotated[
        str | None, typer.Argument(metavar="[REGEX]", help="Such as '.*ab.*'.")
    ] = None,
    alphabet: Annotated[
        str | None,
        typer.Option("--alphabet", metavar="LETTERS", help="Default: the letters that occur."),
    ] = None,
    dfa: Annotated[
        Path | None, typer.Option("--dfa", metavar="FILE", help="An automaton as JSON instead.")
    ] = None,
    formula: Annotated[
        str | None, typer.Option("--formula", metavar="FORMULA", help="A formula instead.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Say which attention recognises a language: local, global, both, or none of them.

    Expressions are textbook ones: letters and digits, | for or, * for repetition, parentheses,
    . for any letter of the alphabet and () for the empty word. The alphabet matters: over ab,
    .*ab.* needs global attention alone, over abc local attention too. A DFA file holds
    {"alphabet": "ab", "table": [[1, 0], [1, 0]], "accepting": [1]}: for each state the next one
    for each letter, from state 0.

    Where a class holds, a formula that defines the language is shown: what the attention computes.
    Where one does not, words show it: no formula of the class tells them apart for every n.

    Examples:

    locality classify ".*ab.*" --alphabet abc

    locality classify "(ab)*" --json

    locality classify --formula "P(b & Y a)"

    locality classify --dfa machine.json
    """
    from locality.theory.expressivity.classify import classify as decide

    automaton = _automaton(regex, alphabet, dfa, formula)
    found = decide(automaton)
    given = regex if regex is not None else formula if formula is not None else str(dfa)
    if as_json:
        print_json(found.as_json(regex) | {"given": given})
    else:
        _show(found, given, told=alphabet is not None or dfa is not None)


def _automaton(
    regex: str | None, alphabet: str | None, dfa: Path | None, formula: str | None
) -> Automaton:
    from locality.theory.core.errors import InputError
    from locality.theory.expressivity import automata
    from locality.theory.expressivity.formulas import letters
    from locality.theory.expressivity.syntax import parse

    if sum(one is not None for one in (regex, dfa, formula)) != 1:
        raise InputError("expected one of REGEX, --dfa FILE and --formula FORMULA")
    if regex is not None:
        return automata.from_regex(regex, alphabet)
    if formula is not None:
        read = parse(formula)
        named = "".join(sorted(letters(read))) if alphabet is None else alphabet
        if not named:
            raise InputError(f"formula {formula!r} names no letters: expected --alphabet LETTERS")
        return automata.from_formula(read, named)
    if alphabet is not None:
        raise InputError(f"--alphabet {alphabet}: expected without --dfa, whose file names it")
    return automata.from_file(dfa or "")


def _show(found: Classification, given: str, told: bool) -> None:
    from locality.theory.expressivity.classify import CLASSES

    out, size = console(), len(found.automaton)
    letters = found.automaton.alphabet + ("" if told else " (the letters that occur; --alphabet)")
    out.print(f"[bold]{found.name}[/]", highlight=False)
    out.print(f"{given}  over {letters}, {size} state{'s' * (size > 1)}\n", markup=False)
    rows = table("logic", "class", "defines it")
    for logic, name in CLASSES.items():
        rows.add_row(logic.replace("[", r"\["), name, ANSWERS[found.within[logic]])
    out.print(rows)
    out.print()
    for one in found.attention or (None,):
        kind = "none of local, global and hybrid" if one is None else HEADS[one.kind]
        out.print(f"attention  {kind}", markup=False)
        if one is not None:
            out.print(f"formula    {_text(one.formula)}", markup=False)
    if not found.attention and found.formula is not None:
        out.print(f"formula    {_text(found.formula)}", markup=False)
    for note in found.notes:
        out.print(f"note       {note}", markup=False)
    for logic, pattern in found.evidence.items():
        _show_pattern(out, logic, pattern)
    text = _text(found.formula)
    if found.attention and not text.startswith("<"):
        named = f"{quote(text)} --alphabet {found.automaton.alphabet}"
        out.print(f"\nnext: locality compile {named}", markup=False)


ANSWERS = {True: "yes", False: "no", None: "undecided"}
HEADS = {
    "local": "local: heads that look at the position before, window 1",
    "global": "global: strictly masked heads that look at all earlier positions",
    "hybrid": "hybrid: global heads, and local ones with window 1",
}


def _text(formula: Any) -> str:
    from locality.theory.expressivity.syntax import short

    return "none found" if formula is None else short(formula, LONGEST)


def _show_pattern(out: Console, logic: str, pattern: Forbidden) -> None:
    from locality.theory.expressivity.classify import told

    out.print(f"\nnot {logic}: {pattern.reason}", markup=False)
    out.print(
        "  " + "  ".join(f"{name} = {word or 'ε'}" for name, word in pattern.words.items()),
        markup=False,
    )
    shapes = told(pattern.accepted), told(pattern.rejected)
    width = max(map(len, shapes))
    for answer, shape, word in zip(
        ("accepted", "rejected"), shapes, pattern.pair(SHOWN), strict=True
    ):
        spelled = word if len(word) <= WIDEST else f"{word[:WIDEST]}…"
        out.print(
            f"  {answer}  {shape:{width}}  n = {SHOWN}: {spelled or 'ε'}",
            markup=False,
        )
