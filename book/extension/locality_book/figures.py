"""Figures of the pages: matplotlib drawings as inline SVG in the page's own colours.

Colours are placeholders that become CSS variables, so that one drawing reads well on light and on
dark paper. `figure` draws, `interactive` adds a slider whose plotly picture loads when it is moved.
"""

from __future__ import annotations

import html
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

THEMES = ("light", "dark")
INK = "#010101"
NAMES = ("bound", "witness", "relevant", "other", "gaussian", "heavy", "tie", "quiet")
COLOUR = {name: f"#0102{k:02x}" for k, name in enumerate(NAMES)}
FAMILY = {
    "gaussian": {"color": COLOUR["gaussian"], "marker": "o"},
    "heavy-tailed": {"color": COLOUR["heavy"], "marker": "^"},
    "near-tie": {"color": COLOUR["tie"], "marker": "s"},
}
DOT = {"s": 13, "alpha": 0.7, "linewidths": 0, "zorder": 3}
RING = {
    "s": 42,
    "facecolors": "none",
    "edgecolors": COLOUR["witness"],
    "linewidths": 1.4,
    "zorder": 4,
}
LINE = {"color": COLOUR["bound"], "lw": 2.0, "zorder": 2}
SIZE = (5.0, 3.4)  # inches; small, so that the text is large enough on a phone
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "locality",
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "mathtext.default": "regular",
}
for _part in ("text.color", "axes.labelcolor", "axes.edgecolor", "axes.titlecolor"):
    STYLE[_part] = INK
STYLE |= {"xtick.color": INK, "ytick.color": INK}

_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@contextmanager
def figure(
    alt: str, caption: str = "", size: tuple[float, float] = SIZE, **grid: Any
) -> Iterator[Any]:
    """Axes (or an array of them, by `ncols`) to draw on; shows the drawing when the block ends."""
    from IPython.display import HTML, display

    with drawing(size, **grid) as (axes, result):
        yield axes
    display(HTML(_framed(result[0], alt, caption)))


@contextmanager
def drawing(size: tuple[float, float], **grid: Any) -> Iterator[tuple[Any, list[str]]]:
    """Axes, and a list that holds the inline SVG when the block ends."""
    result: list[str] = []
    with mpl.rc_context(STYLE):
        drawn = Figure(figsize=size, layout="constrained")
        drawn.patch.set_alpha(0)
        axes = drawn.subplots(**grid)
        yield axes, result
        for one in drawn.axes:
            one.patch.set_alpha(0)
            one.tick_params(length=3)
            _plain_powers(one)
        file = io.StringIO()
        drawn.savefig(file, format="svg")
    result.append(inline(file.getvalue()))


def _plain_powers(axes: Any) -> None:
    """Powers of ten in plain characters, which take the font of the page."""
    for axis in (axes.xaxis, axes.yaxis):
        if axis.get_scale() == "log":
            axis.set_major_formatter(FuncFormatter(lambda value, _: power_of_ten(value)))
            axis.set_minor_formatter(FuncFormatter(lambda value, _: ""))


def power_of_ten(value: float) -> str:
    """10⁻³ for 0.001; the nearest power."""
    return f"10{str(round(np.log10(value))).translate(_RAISED)}" if value > 0 else "0"


_REWRITES: tuple[tuple[str, Any], ...] = (
    (r"^.*?(?=<svg)", ""),
    (r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", ""),
    (r"#0102([0-9a-f]{2})", lambda found: f"var(--c-{NAMES[int(found[1], 16)]})"),
    (INK, "currentColor"),
    (r"font-family: [^;\"]*;? ?", ""),
    (r"font: ([\d.]+px) [^;\"]*", r"font-size: \1"),
    (r"<[^>]+>", lambda tag: re.sub(r"\b(\d+\.\d\d)\d+", r"\1", tag[0])),  # not in labels
    (r"\s*\n\s*", " "),
)
_count = iter(range(10**6))


def inline(svg: str) -> str:
    """The bare <svg> element, in the page's colours, its ids distinct from other drawings'."""
    for pattern, new in _REWRITES:
        svg = re.sub(pattern, new, svg, flags=re.DOTALL)
    own = f"f{next(_count)}-"
    return re.sub(r"(\bid=\"|href=\"#|url\(#)", rf"\g<1>{own}", svg)


def _framed(svg: str, alt: str, caption: str, after: str = "", kind: str = "") -> str:
    """The drawing as a figure that screen readers can speak of."""
    spoken = svg.replace("<svg ", f'<svg role="img" aria-label="{html.escape(alt)}" ', 1)
    told = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    return f'<figure class="drawing {kind}"><div class="plot">{spoken}</div>{after}{told}</figure>'


@contextmanager
def interactive(
    alt: str,
    caption: str,
    slider: tuple[str, Sequence[str], int],
    frames: Sequence[Sequence[Mapping[str, Any]]],
    layout: Mapping[str, Any],
    size: tuple[float, float] = SIZE,
    **grid: Any,
) -> Iterator[Any]:
    """A drawing with a slider: `slider` is its name, the text of each position and the first one,
    `frames` plotly traces for each position, their colours by name.
    """
    from IPython.display import HTML, display

    with drawing(size, **grid) as (axes, result):
        yield axes
    name, positions, first = slider
    data = json.dumps({"positions": list(positions), "frames": frames, "layout": layout})
    quoted = data.replace("</", "<\\/")  # no text may end the script element
    control = (
        f'<label class="slider">{html.escape(name)} '
        f"<output>{html.escape(positions[first])}</output>"
        f'<input type="range" min="0" max="{len(positions) - 1}" value="{first}"></label>'
        f'<script type="application/json">{quoted}</script>'
    )
    display(HTML(_framed(result[0], alt, caption, control, "interactive")))


def standalone(svg: str, alt: str) -> str:
    """An inline drawing as a file of its own, its colours those of book.css."""
    sheet = Path(__file__).parents[2].joinpath("static", "book.css").read_text(encoding="utf-8")
    themes = [
        re.search(rf'html\[data-theme="{name}"\] {{(.*?)}}', sheet, re.DOTALL) for name in THEMES
    ]
    light, dark = (" ".join(re.findall(r"--c-\w+: [^;]+;", found[1])) for found in themes if found)
    style = (
        f"<style>:root {{ {light} color: var(--c-ink); font-family: system-ui, sans-serif; }} "
        f"@media (prefers-color-scheme: dark) {{ :root {{ {dark} }} }}</style>"
    )
    named = svg.replace("<svg ", f'<svg role="img" aria-label="{html.escape(alt)}" ', 1)
    return re.sub(r"(<svg[^>]*>)", rf"\1{style}", named, count=1) + "\n"
