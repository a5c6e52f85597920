"""The command that looks at the user's own attention: check."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from locality.theory.core.errors import InputError
from locality.verify.cli.output import JsonFlag, console, print_json, table

if TYPE_CHECKING:
    from locality.verify.inspection.rows import HeadReport
    from locality.verify.inspection.source import Head


def check(
    path: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="npz or safetensors with your arrays.")
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A transformers model folder, or `minilm` if installed."),
    ] = None,
    text: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The text that the model reads.")
    ] = None,
    blocks: Annotated[
        str, typer.Option(metavar="sentences|SIZE", help="The model's blocks.")
    ] = "sentences",
    top: Annotated[
        int | None, typer.Option(metavar="M", help="Relevant are each row's M largest scores.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Hold your own attention against the bounds: per layer and head, row by row.

    A file holds q and k (batch, heads, queries|keys, dim), or scores, or pattern (batch, heads,
    queries, keys); blocks (keys,) and relevant (queries,) say which keys matter to which query.
    Exit code 1 means that some row's numbers are broken: they do not sum to 1, or break a theorem.

    Examples:

    locality check attention.npz

    locality check attention.safetensors --top 4 --json

    locality check --model minilm --text scene.txt
    """
    from locality.verify.inspection.rows import report

    heads = [report(head) for head in _heads(path, model, text, blocks, top)]
    invalid = sum(head.invalid for head in heads)
    if as_json:
        rows = sum(sum(head.status.values()) for head in heads)
        print_json(
            {
                "source": str(path or model),
                "rows": rows,
                "invalid_rows": invalid,
                "heads": [head.as_json() for head in heads],
            }
        )
    else:
        _show(heads, invalid)
    raise typer.Exit(1 if invalid else 0)


def _heads(
    path: Path | None, model: Path | None, text: Path | None, blocks: str, top: int | None
) -> Iterator[Head]:
    from locality.verify.inspection.source import file_heads, model_heads
    from locality.verify.instances.models import minilm

    if (path is None) == (model is None):
        raise InputError("expected either a FILE, or --model DIR with --text FILE")
    if path is not None:
        if text is not None:
            raise InputError(f"--text {text}: expected only together with --model")
        return file_heads(path, top)
    if text is None or model is None:
        raise InputError("--model needs a text: expected --text FILE")
    folder = minilm() if str(model) == "minilm" else model
    return model_heads(folder, text, blocks, top)


def _show(heads: list[HeadReport], invalid: int) -> None:
    numbers = (
        "rows",
        "median margin",
        "leakage",
        "at most",
        "entropy",
        "led",
        "of these",
        "at most ",
    )
    made = table("layer.head", *numbers, right=numbers)
    for head in heads:
        rows = sum(head.status.values())
        made.add_row(
            f"{head.layer}.{head.head}",
            str(rows),
            *map(_number, (head.margin_median, head.leakage, head.leakage_bound, head.entropy)),
            str(head.led),
            *map(_number, (head.entropy_led, head.entropy_bound)),
        )
    out = console()
    out.print(made)
    states: dict[str, int] = {}
    for head in heads:
        for state, count in head.status.items():
            states[state] = states.get(state, 0) + count
    out.print("\nrows: " + ", ".join(f"{count} {state}" for state, count in states.items()))
    out.print(f"invalid rows: {invalid}" + (" (the numbers are broken)" if invalid else ""))


def _number(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.3g}"
