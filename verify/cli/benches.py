"""Commands that measure speed: bench campaign, kernels, localization and expressivity."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from locality.verify.cli.output import JsonFlag, console, fail, print_json

if TYPE_CHECKING:
    from locality.verify.benchmarks.bars import Measured

T = TypeVar("T")
Repeats = Annotated[int, typer.Option(metavar="N", help="Interleaved runs of each.")]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write the results as JSON.")
]


def campaign(repeats: Repeats = 5, out: Out = None, as_json: JsonFlag = False) -> None:
    """Time a campaign of leakage + entropy against a plain loop and against vectorised NumPy.

    Example:  locality bench campaign --out runs/bench.json
    """
    from locality.verify.benchmarks import campaign as bench
    from locality.verify.benchmarks.results import write

    _check(repeats, out)
    found = _measured(lambda: bench.measure(repeats))
    if out is not None:
        write(found.as_json(), out)
    if as_json:
        print_json(found.as_json())
    else:
        console().print(bench.table(found))
    raise typer.Exit(0 if found.ok else 1)


def kernels(
    repeats: Repeats = 5,
    out: Out = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE", help="Draw the times (svg, png, pdf).")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Time attention statistics against bare SDPA, a matrix of probabilities and FlexAttention.

    Takes some minutes, half of one for the compiler; 3 GB of memory for the matrix.

    Example:  locality bench kernels --out runs/kernels.json --plot runs/kernels.svg
    """
    from locality.verify.benchmarks import kernels as bench
    from locality.verify.benchmarks.results import write

    _check(repeats, out)
    found = _measured(lambda: bench.measure(repeats, _progress))
    if out is not None:
        write(found.as_json(), out)
    if plot is not None:
        bench.plot(found.as_json(), plot)
    if as_json:
        print_json(found.as_json())
    else:
        _show(found)
    raise typer.Exit(0 if found.ok else 1)


def localization(repeats: Repeats = 5, out: Out = None, as_json: JsonFlag = False) -> None:
    """Time local means against statsmodels and scikit-learn, and measure their memory.

    Takes about a minute; needs the extra localization.

    Example:  locality bench localization --out runs/localization.json
    """
    from locality.verify.benchmarks import localization as bench
    from locality.verify.benchmarks.results import write

    _check(repeats, out)
    found = _measured(lambda: bench.measure(repeats, _progress))
    if out is not None:
        write(found.as_json(), out)
    if as_json:
        print_json(found.as_json())
    else:
        _show(found)
    raise typer.Exit(0 if found.ok else 1)


def expressivity(repeats: Repeats = 5, out: Out = None, as_json: JsonFlag = False) -> None:
    """Time the classification of random automata, the evaluation of formulas, and nasty input.

    Takes a few minutes; needs the extra expressivity.

    Example:  locality bench expressivity --out runs/expressivity.json
    """
    from locality.verify.benchmarks import expressivity as bench
    from locality.verify.benchmarks.results import write

    _check(repeats, out)
    found = _measured(lambda: bench.measure(repeats, _progress))
    if out is not None:
        write(found.as_json(), out)
    if as_json:
        print_json(found.as_json())
    else:
        _show(found)
    raise typer.Exit(0 if found.ok else 1)


def _show(found: Measured) -> None:
    from locality.verify.benchmarks import bars

    for made in (bars.table(found), bars.times(found)):
        console().print(made)
    for what in found.missing:
        console().print(f"not measured: {what}", markup=False)


def _progress(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


def _measured(measure: Callable[[], T]) -> T:
    """What is measured; exit 1 with one line where the ways disagree."""
    from locality.verify.benchmarks.results import NumbersDiffer

    try:
        return measure()
    except NumbersDiffer as difference:
        fail(str(difference))


def _check(repeats: int, out: Path | None) -> None:
    """Refuse before anything is measured."""
    from locality.theory.core.errors import InputError
    from locality.verify.benchmarks.results import prepare

    if repeats < 1:
        raise InputError(f"repeats = {repeats}: expected at least 1")
    if out is not None:
        prepare(out)
