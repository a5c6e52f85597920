"""The command that looks at the user's own attention: check."""

from __future__ import annotations

import math
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from locality.theory.core.errors import InputError
from locality.verify.cli.output import JsonFlag, console, print_json, table

if TYPE_CHECKING:
    from locality.verify.inspection.model import ModelOnText
    from locality.verify.inspection.rows import HeadReport


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
    report: Annotated[
        Path | None,
        typer.Option(metavar="FILE.html", help="The model's report; by default in runs/."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Hold your own attention against the bounds: per layer and head, row by row.

    A file holds q and k (batch, heads, queries|keys, dim), or scores, or pattern (batch, heads,
    queries, keys); blocks (keys,) and relevant (queries,) say which keys matter to which query.
    Keys and scores cached under names such as blocks.0.attn.hook_pattern are read too. A model, an
    encoder or causal, also gets an HTML report: which heads are local, and what they look at.
    Exit code 1 means that some row's numbers are broken: they do not sum to 1, or break a theorem.

    Examples:

    locality check attention.npz

    locality check attention.safetensors --top 4 --json

    locality check --model minilm --text scene.txt
    """
    source = _model(path, model, text, blocks, top, report)
    if source is None:
        heads, page, missing = _file(path, top), None, None
    else:
        page = report or Path("runs") / f"{source.text.stem}-{source.name}.html"
        heads, missing = _read(source, page)
    invalid = sum(head.invalid for head in heads)
    if as_json:
        rows = sum(sum(head.status.values()) for head in heads)
        print_json(
            {
                "source": str(path or model),
                "rows": rows,
                "invalid_rows": invalid,
                "report": None if page is None or missing else str(page),
                "heads": [head.as_json() for head in heads],
            }
        )
    else:
        _show(heads, invalid)
        if page is not None:
            console().print(missing or f"report  {page}", markup=False)
    raise typer.Exit(1 if invalid else 0)


def _model(
    path: Path | None,
    model: Path | None,
    text: Path | None,
    blocks: str,
    top: int | None,
    report: Path | None,
) -> ModelOnText | None:
    """The model and its text, or None where a file is to be read."""
    if (path is None) == (model is None):
        raise InputError("expected either a FILE, or --model DIR with --text FILE")
    if model is None:
        for name, value in (("text", text), ("report", report)):
            if value is not None:
                raise InputError(f"--{name} {value}: expected only together with --model")
        return None
    if text is None:
        raise InputError("--model needs a text: expected --text FILE")
    from locality.verify.inspection.model import ModelOnText
    from locality.verify.instances.models import minilm

    folder = minilm() if str(model) == "minilm" else model
    return ModelOnText(model.resolve().name, folder, text, blocks, top)


def _file(path: Path | None, top: int | None) -> list[HeadReport]:
    from locality.verify.inspection.rows import report
    from locality.verify.inspection.source import file_heads

    return [] if path is None else [report(head) for head in file_heads(path, top)]


def _read(source: ModelOnText, page: Path) -> tuple[list[HeadReport], str | None]:
    """The model's heads, and one line if there is no report of them, None if there is."""
    from locality.verify.inspection.rows import report

    heads = source.each_head(report)
    if find_spec("jinja2") is None:
        return heads, "no HTML report: jinja2 is not installed (extra locality[report])"
    from locality.verify.inspection.page import write_page

    write_page(source, heads, page)
    return heads, None


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
