"""Small pictures drawn by hand as SVG: a row of scores with its relevant keys marked."""

from __future__ import annotations

import html
from fractions import Fraction

from locality.theory.core.witness import Example

WIDTH, KEY, TOP, FLOOR = 360, 26, 16, 96

KEYS = (
    '<span class="legend"><span class="key relevant"></span> relevant</span> '
    '<span class="legend"><span class="key other"></span> other</span>'
)


def _shown(value: Fraction | int) -> str:
    return str(value).replace("-", "−")


def row(example: Example) -> str:
    """The scores of a row as stems from the lowest, relevant keys filled; its caption below."""
    scores = [(score, True) for score in example.relevant] + [(s, False) for s in example.others]
    low, high = min(score for score, _ in scores), max(score for score, _ in scores)
    span = float(high - low) or 1.0
    step = min(64, (WIDTH - 2 * KEY) / max(1, len(scores) - 1))
    left = (WIDTH - step * (len(scores) - 1)) / 2
    stems = []
    for place, (score, relevant) in enumerate(scores):
        x = left + place * step
        y = FLOOR - 12 - (FLOOR - TOP - 24) * float(score - low) / span
        kind = "relevant" if relevant else "other"
        stems.append(
            f'<g class="{kind}"><path d="M{x:.1f},{FLOOR} V{y:.1f}"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6"/>'
            f'<text x="{x:.1f}" y="{y - 11:.1f}">{_shown(score)}</text></g>'
        )
    told = html.escape(example.caption)
    return (
        f'<figure class="row"><svg role="img" viewBox="0 0 {WIDTH} {FLOOR + 8}" '
        f'aria-label="The scores of the witness: {told}">'
        f'<path class="floor" d="M8,{FLOOR} H{WIDTH - 8}"/>'
        f"{''.join(stems)}</svg><figcaption>The witness: {told}. "
        f"{KEYS}</figcaption></figure>"
    )
