"""What pages say and draw of a recorded study."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any


def held(found: Mapping[str, Any]) -> str:
    """HTML: what the study checks, whether it held, and how the record was made."""
    holds = not found["faults"]
    said = "held in every case" if holds else "failed: " + "; ".join(found["faults"])
    machine, seconds = found["machine"], sum(found["seconds"].values())
    made = (
        f"{found['command']}, {found['date']}: {len(found['seconds'])} parts, "
        f"{seconds / 60:.0f} minutes in all on one thread; {machine['processor']}, "
        f"torch {found['versions']['torch']}."
    )
    mark = f'<span class="{"ok" if holds else "bad"}">{html.escape(said)}</span>'
    checked = html.escape(found["inequality"])
    return f"<p>Checked: {checked}. It {mark}.</p><p><small>{html.escape(made)}</small></p>"


def ranged(
    axes: Any, x: Sequence[float], across: Sequence[Mapping[str, Any]], **style: Any
) -> None:
    """A line through the seeds' means, and a band from their least to their largest."""
    means, least, largest = ([each[key] for each in across] for key in ("mean", "min", "max"))
    axes.plot(x, means, **style)
    axes.fill_between(x, least, largest, color=style["color"], alpha=0.18, lw=0)


def between(across: Mapping[str, Any], digits: int = 2) -> str:
    """The mean, and in brackets the least and the largest."""
    mean, least, largest = (f"{across[key]:.{digits}f}" for key in ("mean", "min", "max"))
    return f"{mean} ({least} to {largest})"
