"""The record of `locality bench kernels` in tables and sentences: every word is the file's."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import Any

from locality_book.builders import table

# Ways that compute the same thing, and so may be compared.
CONTESTS = {
    "every statistic of every row": ("all statistics", "eager, all statistics"),
    "block-local output": ("block-local", "SDPA, block mask", "FlexAttention, block mask"),
}
PEERS = ("SDPA", "eager", "FlexAttention")


def recorded() -> dict[str, Any]:
    """The committed record; FileNotFoundError where there is none."""
    file = files("locality.verify") / "results" / "bench-kernels.json"
    kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return kept


def label(way: str) -> str:
    """A way's name; ours are those of `attend`."""
    return way if way.startswith(PEERS) else f"attend: {way}"


def bars(found: Mapping[str, Any]) -> str:
    """HTML: what was compared, the ratio, the bar, and whether it was met."""
    rows = [
        (html.escape(bar["name"]), f"{bar['ratio']:.2f}", html.escape(bar["bar"]), _met(bar["ok"]))
        for bar in found["bars"]
    ]
    return table(("what", "measured", "bar", ""), rows).astext()


def _met(ok: bool) -> str:
    return f'<span class="{"ok" if ok else "bad"}">{"met" if ok else "missed"}</span>'


def at(found: Mapping[str, Any], n: int) -> list[tuple[float, str]]:
    """Seconds and ways at n keys, the fastest first."""
    end = f", n = {n}"
    spent = found["seconds"].items()
    return sorted((s, way.removesuffix(end)) for way, s in spent if way.endswith(end))


def lengths(found: Mapping[str, Any]) -> list[int]:
    """The numbers of keys that were measured."""
    return sorted({int(way.rpartition(" = ")[2]) for way in found["seconds"]})


def milliseconds(seconds: float) -> str:
    """Three digits of it."""
    return f"{float(f'{1e3 * seconds:.3g}'):g}"


def contests(found: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each contest and length: who was fastest, and how much longer others took."""
    for title, ways in CONTESTS.items():
        for n in lengths(found):
            ranked = [(spent, label(way)) for spent, way in at(found, n) if way in ways]
            if len(ranked) > 1:
                (best, winner), *others = ranked
                told = ", ".join(
                    f"{way} takes {spent / best:.1f} times as long" for spent, way in others
                )
                first = f"{winner} is fastest with {milliseconds(best)} ms"
                yield f"{title}, {n} keys: {first}; {told}."


def conditions(found: Mapping[str, Any]) -> str:
    """What was measured, and on which machine."""
    machine = found["machine"]
    return (
        f"{found['heads']} heads of {found['dim']}, blocks of {found['block']} keys, "
        f"{found['threads']} threads; {machine['processor']} ({machine['cpu']}), "
        f"torch {machine['torch']}, Python {machine['python']}."
    )
