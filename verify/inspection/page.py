"""The report on a model's attention: one HTML file, complete in itself, in the campaigns' look."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from locality import __version__
from locality.theory.core.errors import InputError
from locality.verify.campaign.report import STYLE
from locality.verify.campaign.words import grouped
from locality.verify.cli.output import plain
from locality.verify.inspection.distance import Distances, ends
from locality.verify.inspection.model import ModelOnText
from locality.verify.inspection.rows import HeadReport
from locality.verify.inspection.strips import Strip, example_queries, strip

TEMPLATE = Path(__file__).parent / "report.html"
SHOWN = 3  # heads at either end of the ranking
WIDTH, HEIGHT = 200.0, 110.0  # of a panel's plot


@dataclass(frozen=True)
class Cell:
    """A head in a map; `shade` goes from 0 to 1, the strongest, None where there is no value."""

    name: str
    value: float
    shade: float | None


@dataclass(frozen=True)
class Map:
    """One measure of every head, a row a layer; strong is small, or large if it is `heavy`."""

    title: str
    note: str
    digits: int
    heavy: bool
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Line:
    """A head's attention by distance, as the points of a polyline."""

    name: str
    kind: str
    points: str


@dataclass(frozen=True)
class Panel:
    """A layer's lines, and that of attention spread evenly."""

    layer: int
    lines: tuple[Line, ...]
    even: str


@dataclass(frozen=True)
class Portrait:
    """A head beside rows of it."""

    report: HeadReport
    strips: tuple[Strip, ...]


def write_page(source: ModelOnText, heads: Sequence[HeadReport], path: Path) -> None:
    """Write the report to `path`; runs the model again for the example rows.

    InputError if the file cannot be written.
    """
    page = render(source, heads)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror})") from error


def render(source: ModelOnText, heads: Sequence[HeadReport]) -> str:
    """The report's HTML."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"grouped": grouped, "number": number, "share": share}
    ranked = sorted(heads, key=reach)
    near, far = ranked[:SHOWN], ranked[SHOWN:][: -SHOWN - 1 : -1]
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    return template.render(
        source=source,
        version=__version__,
        style=STYLE.read_text(encoding="utf-8"),
        heads=ranked,
        middle=median(map(reach, heads)),
        layers=len({head.layer for head in heads}),
        tokens=len(source.reading.tokens),
        blocks=len(set(source.ids.tolist()) - {-1}),
        rows=sum(sum(head.status.values()) for head in heads),
        invalid=sum(head.invalid for head in heads),
        maps=maps(source, heads),
        panels=panels(heads, near, far),
        ticks=ticks(heads),
        levels=levels(heads),
        size=(WIDTH, HEIGHT),
        portraits=portraits(source, near, far),
        command=" ".join(["locality", *sys.argv[1:]]),
        data=json.dumps(plain([head.as_json() for head in heads])).replace("</", "<\\/"),
    )


def number(value: float, digits: int = 2) -> str:
    """A number with so many decimals, a dash where there is none."""
    return f"{value:.{digits}f}" if math.isfinite(value) else "–"


def share(value: float) -> str:
    """A share in per cent."""
    return f"{100 * value:.0f} %" if math.isfinite(value) else "–"


def distances(head: HeadReport) -> Distances:
    """How far the head reaches; a model's heads all have it."""
    if head.distance is None:
        raise TypeError("distances were not measured")
    return head.distance


def reach(head: HeadReport) -> float:
    """The mean distance from a query to what it attends to, by which heads are ranked."""
    return distances(head).mean


def anchored(head: HeadReport) -> float:
    """The share of attention on the first token and on special ones."""
    return distances(head).anchored


# -- maps --------------------------------------------------------------------------------------


def maps(source: ModelOnText, heads: Sequence[HeadReport]) -> tuple[Map, ...]:
    """Distance, entropy, leakage and anchors of every head."""
    relevant = "its own block" if source.top is None else f"its {source.top} best keys"
    far = "Mean distance from a query to the keys it attends to, Σ p·|i − j|, in tokens"
    spread = "Mean entropy of a row, in nats; e to that power is an effective number of keys"
    leak = f"Mean share of a query’s attention that leaves {relevant}"
    rest = "Mean share on the first token and on special ones"
    return (
        _map(("Distance", far, 1, False), heads, reach),
        _map(("Entropy", spread, 2, False), heads, lambda head: head.entropy),
        _map(("Leakage", leak, 2, False), heads, lambda head: head.leakage),
        _map(("Anchors", rest, 2, True), heads, anchored),
    )


def _map(
    about: tuple[str, str, int, bool],
    heads: Sequence[HeadReport],
    measure: Callable[[HeadReport], float],
) -> Map:
    values = [measure(head) for head in heads if math.isfinite(measure(head))]
    low, high = (min(values), max(values)) if values else (0.0, 0.0)
    weakest, strongest = (low, high) if about[3] else (high, low)
    rows: dict[int, list[Cell]] = {}
    for head in heads:
        value = measure(head)
        shade = (value - weakest) / ((strongest - weakest) or 1.0) if math.isfinite(value) else None
        rows.setdefault(head.layer, []).append(Cell(name(head), value, shade))
    return Map(*about, tuple(tuple(row) for row in rows.values()))


def name(head: HeadReport) -> str:
    """Layer and head, counted from 0."""
    return f"{head.layer}.{head.head}"


# -- distances ---------------------------------------------------------------------------------


def panels(
    heads: Sequence[HeadReport], near: Sequence[HeadReport], far: Sequence[HeadReport]
) -> tuple[Panel, ...]:
    """A panel a layer, all on one scale; the heads that are shown below stand out."""
    kinds = {name(head): "far" for head in far} | {name(head): "near" for head in near}
    highest = _highest(heads)
    layers: dict[int, list[HeadReport]] = {}
    for head in heads:
        layers.setdefault(head.layer, []).append(head)
    return tuple(
        Panel(
            layer,
            tuple(
                Line(name(head), kinds.get(name(head), ""), _points(_profile(head), highest))
                for head in sorted(members, key=lambda head: name(head) in kinds)
            ),
            _points(distances(members[0]).even, highest),
        )
        for layer, members in layers.items()
    )


def ticks(heads: Sequence[HeadReport]) -> tuple[tuple[float, str], ...]:
    """Where the bins lie on a panel, and where they begin; every other one is named."""
    count = max(len(_profile(head)) for head in heads)
    return tuple((_x(i, count), str(ends(i)[0])) for i in range(count) if i < 2 or i % 2)


def _profile(head: HeadReport) -> tuple[float, ...]:
    return distances(head).mass


def _highest(heads: Sequence[HeadReport]) -> float:
    """What all panels are as high as."""
    return max(max(_profile(head)) for head in heads)


def levels(heads: Sequence[HeadReport]) -> tuple[tuple[float, float], ...]:
    """Shares that are marked in the panels, each with its height: quarters, as far as they go."""
    highest = _highest(heads)
    return tuple((q / 4, HEIGHT * (1 - q / 4 / highest)) for q in range(1, 5) if q / 4 <= highest)


def _x(number: int, count: int) -> float:
    return WIDTH * (number + 0.5) / count


def _points(values: Sequence[float], highest: float) -> str:
    places = ((_x(i, len(values)), HEIGHT * (1 - v / highest)) for i, v in enumerate(values))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


# -- heads -------------------------------------------------------------------------------------


def portraits(
    source: ModelOnText, near: Sequence[HeadReport], far: Sequence[HeadReport]
) -> tuple[tuple[str, tuple[Portrait, ...]], ...]:
    """The heads at the two ends of the ranking, each with the same queries as examples."""
    queries = example_queries(source.reading, source.ids)
    chosen = {(head.layer, head.head, query) for head in (*near, *far) for query in queries}
    weights = source.weights(chosen)

    def portrait(head: HeadReport) -> Portrait:
        rows = (weights[head.layer, head.head, query] for query in queries)
        drawn = (strip(source.reading, q, row) for q, row in zip(queries, rows, strict=True))
        return Portrait(head, tuple(drawn))

    sides = (("The most local heads", near), ("The least local heads", far))
    return tuple((title, tuple(map(portrait, side))) for title, side in sides)
