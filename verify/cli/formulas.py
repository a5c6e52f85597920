"""The command that reads a formula: what it says, on which words, and which attention runs it."""

from __future__ import annotations

from collections.abc import Iterable
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from locality.verify.cli.output import JsonFlag, console, print_json

if TYPE_CHECKING:
    from locality.theory.expressivity.formulas import Formula

SPELLING = (
    "Formulas: the letters a to z and 0 to 9 are written as they are, all other letters in quotes "
    "or after π_, such as 'A' or π_A. For ! & | -> and Y<=3 also ¬ ∧ ∨ → and Y≤3, for true and "
    "false ⊤ and ⊥. H φ is !P !φ."
)


def formula(
    text: Annotated[str, typer.Argument(metavar="FORMULA", help="Such as 'P(b & Y a)'.")],
    alphabet: Annotated[
        str | None,
        typer.Option(
            "--alphabet", metavar="LETTERS", help="Such as abc. Default: the letters that occur."
        ),
    ] = None,
    words: Annotated[
        str | None,
        typer.Option("--words", metavar="W1,W2,…", help="Words to try; nothing is the empty one."),
    ] = None,
    equivalent: Annotated[
        str | None,
        typer.Option("--equivalent", metavar="FORMULA", help="Whether this accepts the same."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Read a formula of temporal logic with past, as ASCII or as Unicode, and say what it is.

    P φ: φ at an earlier position. Y φ: at the last one. Y<=3 φ: among the last three. φ S ψ: φ
    since ψ. Besides: letters, true, false, ! & | -> and parentheses. A word is accepted if the
    formula holds after its last letter. Exit code 1 if --equivalent names a formula that accepts
    other words; a shortest one is shown.

    The normal form accepts the same words. Depth, parts and attention are those of the normal form
    as it is written: locality classify --formula finds the least attention that the language needs.

    Examples:

    locality formula "P(b & Y a)" --words ab,ba,acb

    locality formula "P(b & Y a)" --equivalent "P(b & P a)" --alphabet abc

    locality formula "P(b & Y a)" --equivalent false
    """
    from locality.theory.expressivity.formulas import check_letters
    from locality.theory.expressivity.syntax import parse

    read, other = parse(text), None if equivalent is None else parse(equivalent)
    tried = [] if words is None else words.split(",")
    asked = [read] if other is None else [read, other]
    if alphabet is None:
        alphabet = _letters(asked, tried)
    for one in asked:
        check_letters(one, alphabet)
    found = _facts(read, alphabet) | {
        "words": _truths(read, tried, alphabet),
        "equivalence": None if other is None else _compared(read, other, alphabet),
    }
    print_json(found) if as_json else _show(found, text)
    raise typer.Exit(1 if other is not None and not found["equivalence"]["equivalent"] else 0)


def _letters(formulas: Iterable[Formula], words: Iterable[str]) -> str:
    from locality.theory.expressivity.formulas import letters

    return "".join(sorted(set().union(*words, *map(letters, formulas)))) or "a"


def _facts(read: Formula, alphabet: str) -> dict[str, Any]:
    from locality.theory.expressivity.formulas import depth, subformulas
    from locality.theory.expressivity.simplify import simplify
    from locality.theory.expressivity.syntax import LATEX, UNICODE, short

    simple = simplify(read, at_end=True)
    return {
        "formula": short(read),
        "normal": short(simple),
        "unicode": short(simple, style=UNICODE),
        "latex": short(simple, style=LATEX),
        "alphabet": alphabet,
        "depth": depth(simple),
        "parts": sum(1 for _ in subformulas(simple)),
        "operators": _operators(simple),
        "attention": _attention(simple),
    }


def _operators(simple: Formula) -> list[str]:
    from locality.theory.expressivity.formulas import Past, Since, subformulas, windows

    kinds = set(map(type, subformulas(simple)))
    local = ["Y" if k == 1 else f"Y<={k}" for k in sorted(windows(simple))]
    return ["P"] * (Past in kinds) + local + ["S"] * (Since in kinds)


def _attention(simple: Formula) -> dict[str, Any] | None:
    """The heads that run the formula as it is written; None if no P and Y≤k heads do."""
    from locality.theory.expressivity.formulas import windows

    operators, near = _operators(simple), sorted(windows(simple))
    if "S" in operators:
        return None
    far = "P" in operators
    kind = ("hybrid" if far else "local") if near else ("global" if far else "none")
    return {"kind": kind, "windows": near}


def _truths(read: Formula, words: list[str], alphabet: str) -> list[dict[str, Any]]:
    from locality.theory.expressivity.semantics import accepts

    truth = accepts(read, words, alphabet).tolist()
    return [{"word": word, "accepted": one} for word, one in zip(words, truth, strict=True)]


def _compared(read: Formula, other: Formula, alphabet: str) -> dict[str, Any]:
    from locality.theory.expressivity.equivalence import distinguishing_word
    from locality.theory.expressivity.syntax import short

    word = distinguishing_word(read, other, alphabet)
    first = None if word is None else _truths(read, [word], alphabet)[0]["accepted"]
    return {
        "other": short(other),
        "equivalent": word is None,
        "word": word,
        "accepted_by": None if first is None else ("first" if first else "second"),
    }


def _show(found: dict[str, Any], text: str) -> None:
    lines = {
        "formula": found["formula"],
        "normal form": found["normal"],
        "depth": f"{found['depth']}, with {counted(found['parts'], 'part')}, of the normal form",
        "alphabet": found["alphabet"],
        "attention": _heads(found),
    }
    for one in found["words"]:
        lines |= {f"word {_shown(one['word'])}": "accepted" if one["accepted"] else "refused"}
    if found["equivalence"]:
        lines |= {"equivalent": _verdict(found["equivalence"])}
    out, width = console(), max(map(len, lines))
    for name, value in lines.items():
        out.print(f"{name:{width}}  {value}", markup=False)
    written = text if found["normal"].startswith("<") else found["normal"]  # it was too long
    named = f"{quote(written)} --alphabet {quote(found['alphabet'])}"
    steps = [f"locality classify --formula {named}"]
    steps += [f"locality compile {named}"] * (found["attention"] is not None)
    out.print(f"\nnext: {'  ·  '.join(steps)}", markup=False)


def _heads(found: dict[str, Any]) -> str:
    attention = found["attention"]
    if attention is None:
        return (
            "none as it is written: S is no head's operator; "
            "locality classify --formula says whether P and Y will do without it"
        )
    layers = counted(found["depth"], "attention layer")
    windows = ", ".join(map(str, attention["windows"]))
    return {
        "none": "none: the answer does not depend on the word",
        "global": f"global, {layers}",
        "local": f"local, window {windows}, {layers}",
        "hybrid": f"hybrid: global, and local with window {windows}, {layers}",
    }[attention["kind"]]


def _verdict(compared: dict[str, Any]) -> str:
    if compared["equivalent"]:
        return f"yes, to {compared['other']}"
    which = "this formula" if compared["accepted_by"] == "first" else "the other"
    return f"no: only {which} accepts {_shown(compared['word'])}"


def counted(number: int, noun: str) -> str:
    """A number with its noun: 1 part, 2 parts."""
    return f"{number} {noun}{'s' * (number != 1)}"


def _shown(word: str) -> str:
    return word or "ε"
