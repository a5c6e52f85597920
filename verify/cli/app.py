"""The commands and their help; the work is done in modules that are imported when needed."""

from __future__ import annotations

from typing import Annotated

import typer

from locality import __version__
from locality.verify.cli import (
    benches,
    campaigns,
    classifying,
    compiling,
    demonstrate,
    evidence,
    experiments,
    formulas,
    inspect,
    statements,
)

app = typer.Typer(
    name="locality",
    help="Theorems about when transformer attention is local: look them up, compute their bounds, "
    "check their proofs, try them on randomised and real models, and inspect your own attention.",
    epilog="Start with:  locality list  ·  locality show leakage  ·  locality verify",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
bench = typer.Typer(
    help="Measure speed, as ratios against what people run today.", no_args_is_help=True
)
app.add_typer(bench, name="bench")


def _version(asked: bool) -> None:
    if asked:
        print(f"locality {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="The version.")
    ] = False,
) -> None:
    pass


app.command("list")(statements.list_theorems)
app.command("show")(statements.show)
app.command("cite")(statements.cite)
app.command("bound")(statements.bound)
app.command("prove")(evidence.prove)
app.command("verify")(campaigns.verify)
app.command("replay")(campaigns.replay)
app.command("status")(evidence.status)
app.command("check")(inspect.check)
app.command("compile")(compiling.compile_)
app.command("demonstrate")(demonstrate.demonstrate)
app.command("formula", epilog=formulas.SPELLING)(formulas.formula)
app.command("experiment")(experiments.experiment)
app.command("classify", epilog=formulas.SPELLING)(classifying.classify)
app.command("book")(evidence.book)
app.command("doctor")(evidence.doctor)
bench.command("campaign")(benches.campaign)
bench.command("kernels")(benches.kernels)
bench.command("localization")(benches.localization)
bench.command("expressivity")(benches.expressivity)
