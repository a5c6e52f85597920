"""Progress of a campaign: a live bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
)

from locality.verify.campaign.execute import Progress as Step
from locality.verify.campaign.words import clock, grouped

SECONDS_BETWEEN_LINES = 10.0

Report = Callable[[Step], None]


@contextmanager
def shown(console: Console) -> Iterator[Report]:
    """A progress callback for `run_campaign` that fits the console."""
    if console.is_terminal:
        with _bar(console) as report:
            yield report
    else:
        yield _lines(console)


@contextmanager
def _bar(console: Console) -> Iterator[Report]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=None),
        MofNCompleteColumn(),
        TextColumn("{task.fields[pace]}", style="dim"),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("shards", total=None, pace="starting workers")

        def report(step: Step) -> None:
            bar.update(task, completed=step.done, total=step.total, pace=pace(step))

        yield report


def _lines(console: Console) -> Report:
    last = monotonic()

    def report(step: Step) -> None:
        nonlocal last
        if monotonic() - last >= SECONDS_BETWEEN_LINES:
            last = monotonic()
            console.print(f"{step.done} of {step.total} shards · {pace(step)}", highlight=False)

    return report


def pace(step: Step) -> str:
    """Instances a second, and the time left."""
    rate = f"{grouped(round(step.rate))} instances/s"
    return rate if step.eta is None else f"{rate} · {clock(step.eta)} left"
