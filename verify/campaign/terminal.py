"""What a person reads at the end of a campaign or a replay: tables for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text

from locality import __version__
from locality.verify.campaign.models import real_model
from locality.verify.campaign.replay import Replay
from locality.verify.campaign.summary import Summary, TheoremSummary
from locality.verify.campaign.words import clock, enclosure, grouped, power, slack

SHOWN = 3  # failures of a theorem; the JSON has more
ALARM = "bold red"
STYLES = {"holds": "green", "undecided": "yellow", "violated": ALARM, "disagreement": ALARM}


def headline(summary: Summary) -> str:
    """One line: what ran, how long, where it is kept."""
    parts = [
        f"locality {__version__}",
        f"{len(summary.theorems)} theorems",
        f"{len(summary.families)} families",
        f"seed {summary.seed}",
        f"{summary.workers} workers" if summary.workers else "",
        clock(summary.seconds) if summary.seconds is not None else "",
        f"ledger {summary.ledger}",
    ]
    return " · ".join(part for part in parts if part)


def table(summary: Summary) -> Table:
    """The theorems, the worst first."""
    result = Table(box=None, pad_edge=False, padding=(0, 2))
    result.add_column("theorem")
    for title in ("applicable", "smallest slack", "search power", "witness", "mutants"):
        result.add_column(title, justify="right")
    result.add_column("verdict")
    for theorem in summary.ranked:
        style = STYLES[theorem.verdict]
        result.add_row(theorem.id, *cells(theorem), Text(theorem.verdict, style=style))
    return result


def cells(theorem: TheoremSummary) -> tuple[str, ...]:
    """A theorem's numbers in words, in the order of the table's columns."""
    mutants = theorem.trials("mutant")
    refuted = sum(address is not None for address in mutants.values())
    return (
        grouped(theorem.counts["applicable"]),
        "(equality)" if theorem.kind == "equal" else slack(theorem.min_slack),
        power(theorem.power_search),
        witness(theorem),
        f"{refuted}/{len(mutants)}",
    )


def witness(theorem: TheoremSummary) -> str:
    """How close the witness family came: attained, or its power."""
    if any(cell.witness and cell.counts["attained"] for cell in theorem.cells):
        return "attained"
    return power(theorem.power_witness)


def remarks(summary: Summary) -> Iterator[str]:
    """The lines under the table: what it hides, and what was found on the real model."""
    yield from warnings(summary)
    model = real_model(summary)
    yield from model.sentences if model else ()


def warnings(summary: Summary) -> Iterator[str]:
    """What a table hides: failures with their addresses, mutants that stand, thin cells."""
    for theorem in summary.ranked:
        for found in theorem.failures[:SHOWN]:
            where = f"{found.verdict} at {found.address}, slack in {enclosure(found.slack)}"
            yield f"{theorem.id}: {where}"
        if more := theorem.failed - len(theorem.failures[:SHOWN]):
            yield f"{theorem.id}: and {grouped(more)} more"
        for name, address in theorem.trials("control").items():
            if address is not None:
                yield f"{theorem.id}: the control “{theorem.texts[name]}” was refuted at {address}"
        for name, address in theorem.trials("mutant").items():
            if address is None:
                yield f"{theorem.id}: the mutant “{theorem.texts[name]}” was not refuted"
        for cell in theorem.cells:
            if cell.reason and not cell.reason.startswith("only"):
                yield f"{theorem.id} on {cell.family}: {cell.reason}"


def next_command(summary: Summary) -> str:
    """What to type next: replay the worst instance, else the tightest."""
    for theorem in summary.ranked:
        if theorem.failures:
            return f"replay the worst: locality replay {theorem.failures[0].address}"
    best = [theorem.tightest for theorem in summary.theorems if theorem.tightest is not None]
    if not best:
        return ""
    return f"replay the tightest: locality replay {max(best, key=lambda f: f.tightness).address}"


def described(replay: Replay) -> dict[str, str]:
    """What the instance is, row by row where it has several."""
    one = replay.instance
    margin = one.scores[:, : one.m].min(axis=1) - one.scores[:, one.m :].max(axis=1)
    columns = {"temperature": one.temperature, "margin x": margin / one.temperature}
    columns |= {"dial": one.dial, "step": one.step, "delta": one.delta}
    numbers = {
        name: " ".join(f"{value:.10g}" for value in column)
        for name, column in columns.items()
        if column is not None
    }
    return {"keys": f"{one.m} of {one.scores.shape[1]} relevant", **numbers}


def replay_table(replay: Replay) -> Table:
    """Every number of a replay: the instance, floats now, floats as recorded, balls."""
    result = Table(box=None, pad_edge=False, padding=(0, 2))
    result.add_column("")
    for title in ("float, here", "float, recorded", "balls"):
        result.add_column(title, justify="right")
    balls = {
        "slack": enclosure((replay.balls["slack_low"], replay.balls["slack_high"])),
        "tightness": f"≥ {replay.balls['tightness']:.17g}",
    }
    for name, shown in described(replay).items():
        result.add_row(name, shown)
    for name, value in replay.floats.items():
        recorded = (replay.recorded or {}).get(name)
        shown = "" if recorded is None else f"{recorded:.17g}"
        result.add_row(name, f"{value:.17g}", shown, balls.get(name, ""))
    return result
