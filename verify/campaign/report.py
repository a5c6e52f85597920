"""The report: one HTML file, complete in itself, that one would show a colleague."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from locality import __version__
from locality.theory import InputError, UnknownTheorem, theorem
from locality.verify.campaign import figures, words
from locality.verify.campaign.machine import processor
from locality.verify.campaign.models import real_model
from locality.verify.campaign.summary import CellSummary, Summary, TheoremSummary
from locality.verify.campaign.terminal import warnings, witness

TEMPLATE = Path(__file__).parent / "report.html"
STYLE = TEMPLATE.with_suffix(".css")  # of all reports
NO_PICTURES = "matplotlib is not installed: the report has no pictures (extra locality[report])"


CLOSE = {
    "upper": "By how much the bound could be stronger before the closest instance broke it.",
    "equal": "How far the two sides could be apart, relative to what is tested.",
    "iff": "By how much the threshold could be moved before an instance on either side broke it.",
    "monotone": "The smallest step, relative to its scale, whose sign was certified.",
}
SAID = {
    "disagreement": "floats and balls disagree",
    "violated": "violated",
    "undecided": "undecided",
}


def write_report(summary: Summary, path: Path | str) -> str | None:
    """Write the report to `path`; returns one line about what it lacks, None if nothing.

    InputError if the file cannot be written.
    """
    target = Path(path)
    page = render(summary)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{target} cannot be written ({error.strerror})") from error
    return None if figures.available() else NO_PICTURES


def render(summary: Summary) -> str:
    """The report's HTML."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "grouped": words.grouped,
        "slack": words.slack,
        "power": words.power,
        "enclosure": words.enclosure,
        "stratum": words.stratum,
    }
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        summary=summary,
        version=__version__,
        style=STYLE.read_text(encoding="utf-8"),
        processor=processor(),
        headline=headline(summary),
        theorems=[_section(one) for one in summary.ranked],
        close=CLOSE,
        warnings=list(warnings(summary)),
        model=real_model(summary),
        totals={
            name: sum(one.counts[name] for one in summary.theorems)
            for name in ("drawn", "applicable", "attained")
        },
        duration=None if summary.seconds is None else words.clock(summary.seconds),
        missing=None if figures.available() else NO_PICTURES,
        data=json.dumps(summary.as_json()).replace("</", "<\\/"),
    )


def headline(summary: Summary) -> str:
    """The verdict in words."""
    total = len(summary.theorems)
    bad = [one for one in summary.ranked if one.verdict != "holds"]
    if summary.verdict == "holds":
        return f"{total} theorems, no counterexample" if total > 1 else "No counterexample"
    if not bad:
        return "A control was refuted: the checks themselves are wrong"
    worst = [one.id for one in bad if one.verdict == bad[0].verdict]
    others = len(bad) - len(worst)
    rest = f"; {others} more to look at" if others else ""
    return f"{', '.join(worst)}: {SAID[bad[0].verdict]}{rest}"


@dataclass(frozen=True)
class Heat:
    """One cell of the map of powers: one family in one stratum."""

    power: float
    applicable: int

    @property
    def shade(self) -> float:
        """How dark the cell is: 0 for a power of 1, 1 from 1e-4 down."""
        return min(1.0, max(0.0, -math.log10(max(self.power, 1e-9)) / 4))


@dataclass(frozen=True)
class Section:
    """What the page says about one theorem."""

    summary: TheoremSummary
    title: str
    formula: str
    picture: str
    strata: tuple[str, ...]
    heat: tuple[tuple[CellSummary, tuple[Heat, ...]], ...]
    mutants: tuple[tuple[str, str | None], ...]
    controls: tuple[tuple[str, str | None], ...]
    witness: str

    @property
    def refuted(self) -> int:
        """How many mutants fell."""
        return sum(address is not None for _, address in self.mutants)


def _section(summary: TheoremSummary) -> Section:
    strata = dict.fromkeys(name for cell in summary.cells for name in cell.strata)
    title, latex = _words(summary.id)
    return Section(
        summary=summary,
        title=title,
        formula=figures.formula(latex, f"formula-{summary.id}"),
        picture=_picture(summary),
        strata=tuple(strata),
        heat=tuple(
            (cell, tuple(_heat(cell, stratum) for stratum in strata)) for cell in summary.cells
        ),
        mutants=tuple(summary.trials("mutant").items()),
        controls=tuple(summary.trials("control").items()),
        witness=witness(summary),
    )


def _heat(cell: CellSummary, stratum: str) -> Heat:
    tightness = cell.tightness(attained=cell.witness).get(stratum, -math.inf)
    return Heat(1 - tightness, cell.strata.get(stratum, 0))


def _words(name: str) -> tuple[str, str]:
    try:
        known = theorem(name)
    except UnknownTheorem:
        return "", ""
    return known.title, known.claim.latex


def _picture(summary: TheoremSummary) -> str:
    series = [
        figures.Series(cell.family, cell.witness, np.frombuffer(cell.sample).reshape(-1, 3))
        for cell in summary.cells
    ]
    return figures.measured_against_bound(series, f"picture-{summary.id}")
