"""Finite automata drawn as SVG: states in a row, arcs ahead above and back below."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Mapping

from locality.theory.expressivity.automata import Automaton

RADIUS, STEP, LEFT, LOOP = 19, 104, 58, 36


def drawn(automaton: Automaton, visited: Iterable[int] = ()) -> str:
    """The automaton as one <svg>: double rings accept, the states visited are filled."""
    states = range(len(automaton))
    arcs = {
        (state, after): letters
        for state in states
        for after, letters in _labels(automaton, state).items()
    }
    above = max([_height(i, j) for i, j in arcs if i <= j], default=0) + 22
    below = max([_height(i, j) for i, j in arcs if i > j], default=0) + 22
    level = above + RADIUS
    width = LEFT + STEP * (len(automaton) - 1) + RADIUS + 24
    shapes = [_entry(level), *(_arc(i, j, letters, level) for (i, j), letters in arcs.items())]
    marked = set(visited)
    shapes += [_state(s, s in automaton.accepting, s in marked, level) for s in states]
    return (
        f'<svg class="automaton" role="img" viewBox="0 0 {width} {level + RADIUS + below:.0f}" '
        f'width="{width}" aria-label="{html.escape(_told(automaton))}">{"".join(shapes)}</svg>'
    )


def figure(automata: Mapping[str, Automaton], caption: str) -> str:
    """Automata below one another, each under its name, as a figure."""
    shown = "".join(
        f'{drawn(one)}<div class="caption">{html.escape(name)}</div>'
        for name, one in automata.items()
    )
    told = f"<figcaption>{html.escape(caption)}</figcaption>"
    return f'<figure class="drawing automata">{shown}{told}</figure>'


def _labels(automaton: Automaton, state: int) -> dict[int, str]:
    """The letters that lead from a state to each of the next ones."""
    letters: dict[int, list[str]] = {}
    for letter, after in zip(automaton.alphabet, automaton.table[state], strict=True):
        letters.setdefault(after, []).append(letter)
    return {after: ", ".join(found) for after, found in letters.items()}


def _told(automaton: Automaton) -> str:
    accepting = ", ".join(map(str, sorted(automaton.accepting))) or "none"
    return f"Automaton of {len(automaton)} states from state 0; accepting: {accepting}"


def _centre(state: int) -> float:
    return LEFT + STEP * state


def _height(start: int, end: int) -> float:
    """How far an arc goes beyond the edge of its states."""
    return LOOP if start == end else 12 + 48 * (abs(start - end) - 1)


def _entry(level: float) -> str:
    return _line(f"M{LEFT - 46},{level} H{LEFT - RADIUS - 7}") + _tip(LEFT - RADIUS, level, 0)


def _state(state: int, accepting: bool, visited: bool, level: float) -> str:
    x, kind = _centre(state), "state visited" if visited else "state"
    inner = f'<circle class="ring" cx="{x}" cy="{level}" r="{RADIUS - 4}"/>' if accepting else ""
    return (
        f'<circle class="{kind}" cx="{x}" cy="{level}" r="{RADIUS}"/>{inner}'
        f'<text x="{x}" y="{level + 5}">{state}</text>'
    )


def _arc(start: int, end: int, letters: str, level: float) -> str:
    """A curve that leaves and enters at 45°, with its letters at the summit."""
    side = -1 if start <= end else 1
    lean = math.radians(60 if start == end else 45)
    reach = 1 if start <= end else -1
    dx, dy = RADIUS * math.cos(lean), side * RADIUS * math.sin(lean)
    x, last = _centre(start) + reach * dx, _centre(end) - reach * dx
    if start == end:
        x, last = last, x
    y = level + dy
    high = y + side * _height(start, end) * 4 / 3  # a cubic curve reaches three quarters
    bend = 16 if start == end else 0
    path = f"M{x:.1f},{y:.1f} C{x - bend:.1f},{high:.1f} {last + bend:.1f},{high:.1f} "
    angle = math.degrees(math.atan2(y - high, last - (last + bend)))
    summit = y + side * _height(start, end)
    label = summit - 6 if side < 0 else summit + 16
    middle = (x + last) / 2
    return (
        _line(f"{path}{last:.1f},{y:.1f}")
        + _tip(last, y, angle)
        + f'<text class="letter" x="{middle:.1f}" y="{label:.1f}">{html.escape(letters)}</text>'
    )


def _line(path: str) -> str:
    return f'<path class="arc" d="{path}"/>'


def _tip(x: float, y: float, angle: float) -> str:
    """An arrow's head whose point is at (x, y)."""
    place = f"translate({x:.1f},{y:.1f}) rotate({angle:.0f})"
    return f'<path class="tip" transform="{place}" d="M0,0 L-9,-4.5 L-9,4.5 Z"/>'
