"""The command that turns a formula into the weights of a transformer."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from locality.verify.cli.output import JsonFlag, console, print_json, table

if TYPE_CHECKING:
    from locality.verify.recognizers.agreement import Agreement, Told
    from locality.verify.recognizers.compiled import Recognizer


def compile_(
    formula: Annotated[
        str, typer.Argument(metavar="FORMULA", help="Letters, ! & | ->, P, Y and Y<=k.")
    ],
    alphabet: Annotated[
        str | None, typer.Option(help="The letters; by default those of the formula.")
    ] = None,
    dtype: Annotated[str, typer.Option(help="float64, float32 or bfloat16.")] = "float64",
    length: Annotated[
        int | None, typer.Option(help="The longest word to be read; by default any.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE.safetensors",
            help="Write the weights; a file of that name is replaced.",
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Try all short words and some long ones.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Compile a formula to a transformer that accepts exactly its words.

    P becomes a strictly masked global head, Y<=k a head with a window of k positions, and, or and
    not become ReLU steps. The scores are as large as the length and the format of the numbers need
    for no answer to be wrong. Exit code 1 if the check finds a word on which they differ.

    Examples:

    locality compile 'P(b & Y a)' --check

    locality compile '!P(a & Y a)' --alphabet ab --dtype bfloat16 --length 500 --json

    locality compile 'Y<=3 a' --alphabet abc --out model.safetensors

    The file is read back in Python; letters are their places in the alphabet, -1 ends a word:

    import torch; from locality.verify.recognizers import plain

    model = plain.load("model.safetensors")

    model(torch.tensor([["abc".index(letter) for letter in "cab"] + [-1]]))[0, -1]  # 1 or 0
    """
    if out is not None:
        _prepare(out)
    model = _compiled(formula, alphabet, dtype, length)
    found = None
    if check:
        from locality.verify.recognizers.agreement import agreement

        with _progress() as told:
            found = agreement(model, told=told)
    if out is not None:
        from locality.verify.recognizers.export import save

        save(model, out)
    print_json(_as_json(model, found, out)) if as_json else _show(model, found, out)
    raise typer.Exit(1 if found and found.disagreements else 0)


def _prepare(out: Path) -> None:
    from locality.theory.core.errors import InputError
    from locality.verify.benchmarks.results import prepare

    if out.suffix != ".safetensors":
        raise InputError(f"--out {str(out)!r}: expected a name that ends in .safetensors")
    prepare(out)


@contextmanager
def _progress() -> Iterator[Told]:
    """What is being tried, in one line; on a terminal a bar of the words done as well."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True, highlight=False)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("words", total=None)

        def told(trying: Agreement, done: int) -> None:
            if not done:
                print(f"trying {_tried(trying)}", file=sys.stderr, flush=True)
            bar.update(task, completed=done, total=trying.words + trying.random + trying.full)

        yield told


def _compiled(text: str, alphabet: str | None, dtype: str, length: int | None) -> Recognizer:
    from locality.theory.core.errors import InputError
    from locality.theory.expressivity.formulas import letters
    from locality.theory.expressivity.syntax import parse
    from locality.verify.recognizers.compiled import compile_formula
    from locality.verify.recognizers.precision import FORMATS

    formula = parse(text)
    if dtype not in FORMATS:
        raise InputError(f"--dtype {dtype!r}: expected one of {', '.join(FORMATS)}")
    named = "".join(sorted(letters(formula)))
    if alphabet is None and not named:
        raise InputError(f"formula {text!r} names no letter: expected --alphabet, such as ab")
    return compile_formula(formula, named if alphabet is None else alphabet, FORMATS[dtype], length)


def _heads(model: Recognizer) -> list[dict[str, Any]]:
    from locality.theory.expressivity.syntax import short
    from locality.verify.recognizers.precision import attention
    from locality.verify.recognizers.weights import window

    found = []
    for layer, groups in enumerate(model.plan.operators):
        for one in (one for group in groups for one in group):
            keys = min((k for k in (window(one), model.length) if k is not None), default=None)
            found.append(
                {
                    "layer": layer,
                    "operator": short(one, 60),
                    "window": window(one),
                    "keys": keys,
                    "scale": model.scales[one],
                    "share": attention(model.dtype, keys),
                }
            )
    return found


def _as_json(model: Recognizer, found: Agreement | None, out: Path | None) -> dict[str, Any]:
    from locality.theory.expressivity.syntax import short
    from locality.verify.recognizers.precision import name_of

    return {
        "formula": short(model.formula),
        "alphabet": model.alphabet,
        "dtype": name_of(model.dtype),
        "length": model.length,
        "longest": model.longest,
        "width": model.plan.width,
        "layers": [layer["steps"] for layer in model.plan.shape["layers"]],
        "parameters": sum(part.numel() for part in model.transformer.parameters()),
        "heads": _heads(model),
        "check": None if found is None else found.as_json(),
        "file": None if out is None else str(out),
    }


def _show(model: Recognizer, found: Agreement | None, out: Path | None) -> None:
    told, screen = _as_json(model, None, out), console()
    screen.print(f"{told['formula']}  over {told['alphabet']}", markup=False)
    screen.print(
        f"{len(told['layers'])} layers with {len(told['heads'])} heads, width {told['width']}, "
        f"{told['parameters']} parameters, {told['dtype']}, {_reach(model)}\n"
    )
    made = table("layer", "head", "sees", "score", right=("layer", "score"))
    for head in told["heads"]:
        sees = "all before" if head["window"] is None else f"the last {head['window']}"
        made.add_row(str(head["layer"]), head["operator"], sees, f"{head['scale']:.6g}")
    if told["heads"]:
        screen.print(made)
        screen.print(_why(told["heads"]), markup=False)
    if found is not None:
        _show_check(found)
    if out is not None:
        screen.print(f"weights {out}", markup=False)


def _reach(model: Recognizer) -> str:
    return f"exact for words of at most {model.longest} letters"


def _why(heads: list[dict[str, Any]]) -> str:
    """Why no answer is wrong, for the head that sees most."""
    most = max(heads, key=lambda head: math.inf if head["keys"] is None else head["keys"])
    if most["keys"] in (0, 1):
        return "\na head that sees one position gives it all its attention; without one it gives 0"
    if most["share"] == 1:
        return (
            "\nfalse positions weigh e^-score, which underflows to exactly 0: a true position is "
            "seen among any number"
        )
    return (
        f"\none true position among {most['keys']} has at least {most['share']:.4g} of the "
        "attention, which reads as 1 after all rounding; without one the head gives exactly 0"
    )


def _show_check(found: Agreement) -> None:
    screen = console()
    mark = "✗" if found.disagreements else "✓"
    screen.print(f"{mark} {_tried(found)}", markup=False)
    for word in found.disagreements[:5]:
        screen.print(f"    ✗ {word[:80]!r}", markup=False)


def _tried(found: Agreement) -> str:
    short = f"all {found.words} words of at most {found.exhaustive} letters"
    long = f"{found.random} random ones of at most {found.longest}"
    if found.full:
        long = f"{found.random} random ones, {found.full} of exactly {found.longest}"
    return f"against the {found.oracle}: {short}, {long}"
