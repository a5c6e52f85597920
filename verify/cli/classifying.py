"""The command that says which attention a language needs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from locality.verify.cli.formulas import counted
from locality.verify.cli.output import JsonFlag, console, print_json, table

if TYPE_CHECKING:
    from rich.console import Console

    from locality.theory.expressivity.automata import Automaton
    from locality.theory.expressivity.classify import Classification, Forbidden
    from locality.theory.expressivity.formulas import Formula

SHOWN = 2  # the n of the words that are written out
WIDEST = 60
LONGEST = 400  # characters of a formula


def classify(
    regex: Annotated[
        str | None, typer.Argument(metavar="[REGEX]", help="Such as '.*ab.*'.")
    ] = None,
    alphabet: Annotated[
        str | None,
        typer.Option(
            "--alphabet", metavar="LETTERS", help="Such as abc. Default: the letters that occur."
        ),
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
    . for any letter of the alphabet and () for the empty word; at most 500 characters. The alphabet
    matters: over ab, .*ab.* needs global attention alone, over abc local attention too. A DFA file
    holds {"alphabet": "ab", "table": [[1, 0], [1, 0]], "accepting": [1], "start": 0}: for each
    state the next one for each letter; the start may be left out. The minimal automaton may have at
    most 128 states.

    Where a class holds, a formula that defines the language is looked for: what the attention
    computes. A note says where none of a bounded size is found. Where a class does not hold, words
    show it: every formula of the class fails to tell them apart for some n.

    Examples:

    locality classify ".*ab.*" --alphabet abc

    locality classify "(ab)*" --json

    locality classify --formula "P(b & Y a)"

    locality classify --dfa machine.json
    """
    found = _decided(regex, alphabet, dfa, formula)
    given = regex if regex is not None else formula if formula is not None else str(dfa)
    if as_json:
        print_json(found.as_json(regex) | {"given": given})
    else:
        _show(found, given, told=alphabet is not None or dfa is not None)


def _decided(
    regex: str | None, alphabet: str | None, dfa: Path | None, formula: str | None
) -> Classification:
    from locality.theory.core.errors import InputError
    from locality.theory.expressivity.automata import from_regex
    from locality.theory.expressivity.classify import classify as decide
    from locality.theory.expressivity.syntax import parse

    if sum(one is not None for one in (regex, dfa, formula)) != 1:
        raise InputError("expected one of REGEX, --dfa FILE and --formula FORMULA")
    if regex is not None:
        return decide(from_regex(regex, alphabet))
    if formula is not None:
        read = parse(formula)
        return decide(_said(read, formula, alphabet), read)
    if alphabet is not None:
        raise InputError(f"--alphabet {alphabet}: expected without --dfa, whose file names it")
    return _of_file(dfa or Path())


def _said(read: Formula, text: str, alphabet: str | None) -> Automaton:
    from locality.theory.core.errors import InputError
    from locality.theory.expressivity.automata import from_formula
    from locality.theory.expressivity.formulas import check_letters, letters

    named = "".join(sorted(letters(read))) if alphabet is None else alphabet
    if alphabet is None and not named:
        raise InputError(f"formula {text!r} names no letters: expected --alphabet LETTERS")
    check_letters(read, named)
    return from_formula(read, named)


def _of_file(dfa: Path) -> Classification:
    from locality.theory.core.errors import InputError
    from locality.theory.expressivity.automata import from_file
    from locality.theory.expressivity.classify import classify as decide

    automaton = from_file(dfa)
    try:
        return decide(automaton)
    except InputError as error:
        raise InputError(f"{dfa}: {error}") from error


def _show(found: Classification, given: str, told: bool) -> None:
    from locality.theory.expressivity.classify import CLASSES

    out, size = console(), len(found.automaton)
    letters = found.automaton.alphabet + ("" if told else " (the letters that occur; --alphabet)")
    both = found.within["LTL[Y]"] and found.within["LTL[P]"]
    named = f"{found.name} and {CLASSES['LTL[P]']}" if both else found.name
    out.print(f"[bold]{named}[/]", highlight=False)
    out.print(f"{given}  over {letters}, {counted(size, 'state')}\n", markup=False)
    rows = table("logic", "class", "defines it")
    for logic, name in CLASSES.items():
        rows.add_row(logic.replace("[", r"\["), name, ANSWERS[found.within[logic]])
    out.print(rows)
    out.print()
    for line in _answers(found):
        out.print(line, markup=False)
    for note in found.notes:
        out.print(f"note       {note}", markup=False)
    for logic, pattern in found.evidence.items():
        _show_pattern(out, logic, pattern)
    if found.attention and found.formula is not None and _fits(found.formula):
        named = f"{quote(str(found.formula))} --alphabet {quote(found.automaton.alphabet)}"
        out.print(f"\nnext: locality compile {named}", markup=False)


def _answers(found: Classification) -> Iterator[str]:
    """The attention that suffices, with its formulas."""
    if len(found.automaton) == 1:
        yield "attention  none is needed: the answer does not depend on the word"
        yield f"formula    {_text(found.formula)}"
        return
    for one in found.attention:
        yield f"attention  {HEADS[one.kind]}"
        yield f"formula    {_text(one.formula)}"
    if not found.attention:
        yield "attention  none of local, global and hybrid"
        if found.formula is not None:
            yield f"formula    {_text(found.formula)}"


ANSWERS = {True: "yes", False: "no", None: "undecided"}
HEADS = {
    "local": "local: heads that look at the position before, window 1",
    "global": "global: strictly masked heads that look at all earlier positions",
    "hybrid": "hybrid: global heads, and local ones with window 1",
}


def _text(formula: Formula | None) -> str:
    from locality.theory.expressivity.syntax import short, summary

    if formula is None:
        return "none found; see the note"
    if _fits(formula):
        return str(formula)
    elsewhere = "see the note" if short(formula).startswith("<") else "--json shows it"
    return f"{summary(formula)}; {elsewhere}"


def _fits(formula: Formula) -> bool:
    """Whether its text is short enough for people."""
    from locality.theory.expressivity.syntax import short

    return not short(formula, LONGEST).startswith("<")


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
