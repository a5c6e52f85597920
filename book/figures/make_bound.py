"""The picture of the README: `python book/figures/make_bound.py` writes bound.svg beside itself.

Rows from the campaign's families, their leakage and entropy below the bounds, and two-level rows on
them; the assertions are the two theorems.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

FILE = Path(__file__).with_name("bound.svg")
sys.path.insert(0, str(FILE.parents[1] / "extension"))

from locality_book.experiment import FAMILIES, drawn  # noqa: E402  found by the line above
from locality_book.figures import DOT, FAMILY, LINE, RING, drawing, standalone  # noqa: E402

from locality.theory import theorem  # noqa: E402

M, C = 4, 60
FROM, TO = 0.0, 14.0


def _panel(axes: Any, name: str, measure: str) -> None:
    bound = theorem(name).bound
    for family in (*FAMILIES, "two-level"):
        for count, rows in enumerate(drawn(family, M, C, each=2 if family == "two-level" else 12)):
            shown = (rows.x >= FROM) & (rows.x <= TO)
            x, value = rows.x[shown], getattr(rows, measure)[shown]
            limit = bound(m=M, c=C, x=x)
            if not (value <= limit * (1 + 1e-12)).all():
                raise ArithmeticError(f"{name}: a row of {family} lies above the bound")
            label = family if count == 0 else None
            axes.scatter(x, value, label=label, **_style(family))
    x = np.linspace(FROM, TO, 90)
    axes.plot(x, bound(m=M, c=C, x=x), **LINE, label="bound")
    axes.set(title=name, xlabel="margin in temperatures, Δ/τ", xlim=(FROM - 0.3, TO))


def _style(family: str) -> dict[str, Any]:
    return RING | {"s": 30} if family == "two-level" else FAMILY[family] | DOT


def picture() -> str:
    """The picture as SVG text; ArithmeticError if a row lies above its bound."""
    with drawing((8.4, 3.3), ncols=2) as (pair, result):
        _panel(pair[0], "leakage", "leakage")
        _panel(pair[1], "entropy", "entropy")
        pair[0].set(yscale="log", ylim=(1e-6, 2), ylabel="ε")
        pair[1].set(ylim=(0, 4.3), ylabel="H, nats")
        handles, labels = pair[1].get_legend_handles_labels()
        pair[0].figure.legend(handles, labels, loc="outside lower center", ncols=5)
    return standalone(
        result[0], "Random attention rows lie below both bounds, two-level rows on them"
    )


if __name__ == "__main__":
    FILE.write_text(picture(), encoding="utf-8")
