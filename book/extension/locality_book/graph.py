"""The graph of dependencies, drawn as SVG with links; layers follow the longest chain of proofs."""

from __future__ import annotations

import math
from functools import cache

from locality.theory import index, theorem, theorems
from locality.theory.core.theorem import Theorem
from locality_book import evidence
from locality_book.builders import Nodes, raw

WIDTH, HEIGHT, GAP_X, GAP_Y = 178, 44, 26, 44
LONG = 25  # letters of a name that a box holds on one line
LEAST = 4  # columns, so that the boxes of a small graph do not fill the page
MOST = 5  # columns, so that names are read without a glass; a longer layer takes more rows


@cache
def layer(name: str) -> int:
    """0 for a theorem that rests on definitions alone, else one above its highest dependency."""
    return max((1 + layer(other) for other in theorem(name).depends_on), default=0)


@cache
def settled(name: str) -> bool:
    """Whether a theorem's evidence is complete and that of all it rests on."""
    return evidence.complete(evidence.row(name)) and all(map(settled, theorem(name).depends_on))


def rests_on(name: str) -> set[str]:
    """A theorem, all that its proof uses, and so on."""
    return {name}.union(*map(rests_on, theorem(name).depends_on))


def members(*folders: str) -> list[Theorem]:
    """The theorems of folders of `theory/` and all they rest on, in reading order."""
    names = [rests_on(entry.id) for entry in index() if entry.folder in folders]
    return [stated for stated in theorems() if stated.id in set().union(*names)]


def _rows(drawn: list[Theorem]) -> list[list[str]]:
    """The names layer by layer, each in rows of like length; those no arrow touches come last."""
    used = {other for stated in drawn for other in stated.depends_on}
    rows: dict[int, list[str]] = {}
    for stated in drawn:
        touched = stated.depends_on or stated.id in used
        rows.setdefault(layer(stated.id) if touched else len(drawn), []).append(stated.id)
    return [row for depth in sorted(rows) for row in _broken(rows[depth])]


def _broken(names: list[str]) -> list[list[str]]:
    """One layer as few rows, none longer than MOST."""
    step = math.ceil(len(names) / math.ceil(len(names) / MOST))
    return [names[start : start + step] for start in range(0, len(names), step)]


def _places(drawn: list[Theorem]) -> dict[str, tuple[float, float]]:
    rows = _rows(drawn)
    widest = max(LEAST, *map(len, rows))
    places = {}
    for depth, names in enumerate(rows):
        for place, name in enumerate(names):
            shift = (widest - len(names)) / 2
            places[name] = ((place + shift) * (WIDTH + GAP_X) + 2, depth * (HEIGHT + GAP_Y) + 2)
    return places


def _edge(start: tuple[float, float], end: tuple[float, float]) -> str:
    x0, y0 = start[0] + WIDTH / 2, start[1] + HEIGHT
    x1, y1 = end[0] + WIDTH / 2, end[1] - 5
    half = (y0 + y1) / 2
    return f'<path class="edge" d="M{x0},{y0} C{x0},{half} {x1},{half} {x1},{y1}"/>'


def _node(name: str, place: tuple[float, float]) -> str:
    x, y = place
    kind = "settled" if settled(name) else "open"
    status = "evidence complete" if settled(name) else "evidence not complete"
    return (
        f'<a href="thm:{name}" class="{kind}"><title>{theorem(name).title} ({status})</title>'
        f'<rect x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="9"/>'
        f"{_label(name, x + WIDTH / 2, y)}"
        f'<text class="small" x="{x + WIDTH / 2}" y="{y + 38}">{theorem(name).tag}</text></a>'
    )


def _label(name: str, middle: float, y: float) -> str:
    """The name on one line, or in smaller letters on two."""
    if len(name) <= LONG:
        return f'<text x="{middle}" y="{y + 20}">{name}</text>'
    cut = 1 + min(
        (k for k, letter in enumerate(name) if letter == "-"), key=lambda k: abs(2 * k - len(name))
    )
    lines = ((name[:cut], 13), (name[cut:], 25))
    return "".join(
        f'<text class="small" x="{middle}" y="{y + down}">{part}</text>' for part, down in lines
    )


def svg(*folders: str) -> str:
    """The picture of folders."""
    drawn = members(*folders)
    places = _places(drawn)
    edges = [
        _edge(places[other], places[stated.id]) for stated in drawn for other in stated.depends_on
    ]
    boxes = [_node(name, place) for name, place in places.items()]
    width = max(LEAST * (WIDTH + GAP_X), *(x + WIDTH + 2 for x, _ in places.values()))
    height = max(y for _, y in places.values()) + HEIGHT + 2
    arrow = (
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="5" refY="4" markerWidth="7" '
        'markerHeight="7" orient="auto"><path d="M0,0 L8,4 L0,8 z"/></marker></defs>'
    )
    return (
        f'<div class="scroll" tabindex="0"><svg class="graph" role="img" width="{width}" '
        f'viewBox="0 0 {width} {height}" aria-label="Which proof uses which theorem">'
        f"{arrow}{''.join(edges)}{''.join(boxes)}</svg></div>"
    )


def nodes_of(*folders: str) -> Nodes:
    """The graph of folders."""
    return [raw(svg(*folders))]
