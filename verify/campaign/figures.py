"""Pictures for the report: inline SVG that follows the page's colours, made with matplotlib.

Every picture is "" where matplotlib is not installed; the report says so once.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

Floats = NDArray[np.float64]

POINTS = 120  # of each family in a picture
MARKERS = ("o", "s", "^", "v", "D", "P", "X", "p")
DECADES = 1e12  # what a logarithmic axis shows below its largest value
INK = "#010101"  # stands for the page's own colour of text


@dataclass(frozen=True)
class Series:
    """One family's points (points, 3): margin x, left side and right side of the claim."""

    name: str
    witness: bool
    points: Floats


def available() -> bool:
    """Whether pictures can be made here."""
    return find_spec("matplotlib") is not None


def measured_against_bound(series: Sequence[Series], name: str) -> str:
    """Left side over right side, the line of equality, and the witness's points as rings."""
    shown = [_finite(one.points)[:, :0:-1] for one in series]
    values = np.concatenate([np.empty((0, 2)), *shown])
    if not available() or not len(values):
        return ""
    with _drawing(name, 4.9, 4.2) as (axes, result):
        low, high = _fit(axes, values)
        axes.plot([low, high], [low, high], color=INK, linewidth=1.0, zorder=2)
        for i, (one, points) in enumerate(zip(series, shown, strict=True)):
            style = _ring(i) if one.witness else _dot(i)
            axes.scatter(*_thin(points).T, label=one.name, **style)
        axes.set(xlabel="bound", ylabel="measured")
        key = axes.figure.legend(
            loc="outside upper left", ncols=4, frameon=False, fontsize=9, markerscale=1.6
        )
        for text in key.get_texts():
            text.set_color(INK)
    return result[0]


def formula(latex: str, name: str) -> str:
    """A formula, as large as the text around it."""
    if not available() or not latex:
        return ""
    import matplotlib as mpl
    from matplotlib.mathtext import math_to_image

    file = io.BytesIO()
    with mpl.rc_context(
        {
            "mathtext.fontset": "stix",
            "savefig.transparent": True,
            "svg.hashsalt": name,
            "font.size": 10,
        }
    ):
        try:
            math_to_image(f"${_for_mathtext(latex)}$", file, format="svg", color=INK)
        except ValueError:  # matplotlib sets only a part of LaTeX's mathematics
            return ""
    svg = _inline(file.getvalue().decode(), name)
    return re.sub(r'(width|height)="([\d.]+)pt"', _in_ems, svg)


_OTHER_NAMES = {
    "le": "leq",
    "ge": "geq",
    "log": "ln",
    "iff": "Leftrightarrow",
    "lVert": "Vert",
    "rVert": "Vert",
}


def _for_mathtext(latex: str) -> str:
    """The same formula without the commands that matplotlib does not know."""
    return re.sub(
        r"\\([a-zA-Z]+)",
        lambda found: "\\" + _OTHER_NAMES.get(found[1], found[1]),
        latex.replace(r"\textstyle", ""),
    )


def _in_ems(found: re.Match[str]) -> str:
    return f'{found[1]}="{float(found[2]) / 10:.2f}em"'


def _finite(points: Floats) -> Floats:
    return points[np.isfinite(points).all(axis=1)]


def _thin(points: Floats) -> Floats:
    return points[:: max(1, len(points) // POINTS)]


def _dot(i: int) -> dict[str, Any]:
    return {
        "s": 9,
        "marker": MARKERS[i % len(MARKERS)],
        "color": _colour(i),
        "alpha": 0.6,
        "linewidths": 0,
        "zorder": 3,
    }


def _ring(i: int) -> dict[str, Any]:
    return {"s": 22, "facecolors": "none", "edgecolors": _colour(i), "linewidths": 0.9, "zorder": 4}


def _colour(i: int) -> str:
    return f"#0102{i:02x}"


def _fit(axes: Axes, values: Floats) -> tuple[float, float]:
    """Scale the axes for the bulk of the values (bound, measured); the ends of the line shown."""
    ends = np.quantile(values, [0.02, 0.995], axis=0)
    low, high = float(ends.min()), float(ends.max())
    positive = values[values > 0]
    if low >= 0 and len(positive) and high / positive.min() > 1e3:
        ends = np.clip(ends, max(float(positive.min()), high / DECADES), None)
        scale, ends = "log", ends * [[0.5], [2.0]]
    else:
        scale = "asinh" if max(abs(low), abs(high)) > 40 else "linear"
        ends = ends + np.maximum(np.ptp(ends, axis=0), 1e-12 * (1 + high)) * [[-0.05], [0.05]]
    axes.set(xscale=scale, yscale=scale, xlim=ends[:, 0], ylim=ends[:, 1])
    if scale == "asinh":
        _decades(axes.xaxis, *ends[:, 0])
        _decades(axes.yaxis, *ends[:, 1])
    return float(ends.min()), float(ends.max())


def _decades(axis: Axis, low: float, high: float) -> None:
    every = 1 if max(-low, high) < 1e3 else 2
    powers = 10.0 ** np.arange(every, 8, every)
    axis.set_ticks([tick for tick in (*-powers[::-1], 0.0, *powers) if low < tick < high])
    axis.set_ticks([], minor=True)


@contextmanager
def _drawing(name: str, width: float, height: float) -> Iterator[tuple[Axes, list[str]]]:
    """Axes to draw on, and a list that holds the SVG when the block ends."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    result: list[str] = []
    with mpl.rc_context({"svg.hashsalt": name, "font.size": 10}):
        figure = Figure(figsize=(width, height), layout="constrained")
        figure.patch.set_alpha(0)
        axes = figure.add_subplot(facecolor="none")
        axes.set_box_aspect(1)
        axes.tick_params(colors=INK, length=3)
        axes.spines[["top", "right"]].set_visible(False)
        axes.spines[:].set_color(INK)
        yield axes, result
        for label in (axes.xaxis.label, axes.yaxis.label):
            label.set_color(INK)
        file = io.StringIO()
        figure.savefig(file, format="svg")
    result.append(_inline(file.getvalue(), name))


_REWRITES: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"^.*?(?=<svg)", ""),
    (r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", ""),
    (r"#0102([0-9a-f]{2})", lambda found: f"var(--series-{int(found[1], 16)})"),
    (INK, "currentColor"),
    (r"\b([1-9]\d*\.\d)\d+", r"\1"),  # a tenth of a point is enough, scales are below 1
    (r"\s*\n\s*", " "),
)


def _inline(svg: str, name: str) -> str:
    """The bare <svg> element, in the page's colours, its ids distinct from other pictures'."""
    for pattern, new in _REWRITES:
        svg = re.sub(pattern, new, svg, flags=re.DOTALL)
    return re.sub(r"(\bid=\"|href=\"#|url\(#)", rf"\g<1>{name}-", svg)
