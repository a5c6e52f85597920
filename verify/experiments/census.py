"""Every minimal automaton of at most four states on {a, b}, and random ones of up to eight.

Each is asked which logics define its language, and types of words confirm the answer: see
`verify.recognizers.census`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from locality.theory.expressivity.enumeration import minimal_automata
from locality.verify.experiments.study import Part, Study
from locality.verify.recognizers.census import BY_TYPES, Tally, census
from locality.verify.recognizers.draws_automata import random_automata

SMALL = 3  # states in the quick run, and in the first part of the full one
MOST = 4
SHARES = 4  # parts that the largest automata are divided into
DRAWN = 10_000
DRAWS = 10  # parts of random automata
DEPTH = 1  # to which formulas of random automata are looked for by types
ASKED = 300  # random automata that `classify` is asked about
SEED = 6
# As they are known from elsewhere: minimal automata by states, and members of each logic.
AUTOMATA = {1: 2, 2: 24, 3: 1028, 4: 56014}
MEMBERS = {"LTL[Y]": 624, "LTL[P]": 932, "LTL[P,Y]": 3260}


def parts(quick: bool) -> dict[str, Part]:
    """Small automata at once, the largest in shares, random ones in turns of their own seeds."""
    found: dict[str, Part] = {"all-3": _small}
    if not quick:
        found |= {f"all-{MOST}-{k}": partial(_share, k) for k in range(SHARES)}
    draws, count = (1, 60) if quick else (DRAWS, DRAWN // DRAWS)
    found |= {f"random-{k}": partial(_random, k, count, False) for k in range(draws)}
    return found | {"random-asked": partial(_random, DRAWS, 20 if quick else ASKED, True)}


def _small(_: Path) -> dict[str, Any]:
    automata = chain.from_iterable(map(minimal_automata, range(1, SMALL + 1)))
    return asdict(census(automata, SMALL - 1, ask=True))


def _share(share: int, _: Path) -> dict[str, Any]:
    automata = islice(minimal_automata(MOST), share, None, SHARES)
    return asdict(census(automata, MOST - 1, deeper=True))


def _random(turn: int, count: int, ask: bool, _: Path) -> dict[str, Any]:
    generator = np.random.default_rng([SEED, turn])
    return asdict(census(random_automata(generator, count), DEPTH, deeper=True, ask=ask))


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """All automata of each size as one tally, and the random ones as another."""
    return {
        "states": MOST if any(key.startswith(f"all-{MOST}") for key in found) else SMALL,
        "all": _together(found, "all"),
        "random": _together(found, "random"),
    }


def _together(found: Mapping[str, Any], kind: str) -> dict[str, Any]:
    whole = Tally()
    for key, part in found.items():
        if key.startswith(kind):
            whole.add(Tally(**part))
    return asdict(whole)


def faults(summary: Mapping[str, Any]) -> list[str]:
    """Answers that types refute or do not confirm, and counts that are not those known."""
    whole, drawn, states = summary["all"], summary["random"], summary["states"]
    said = [*whole["faults"], *drawn["faults"]]
    known = sum(AUTOMATA[n] for n in range(1, states + 1))
    if whole["automata"] != known:
        said.append(f"{whole['automata']} automata of up to {states} states, not {known}")
    for logic in BY_TYPES:
        members = whole["members"][logic]
        if states == MOST and members != MEMBERS[logic]:
            said.append(f"{members} of them in {logic}, not {MEMBERS[logic]}")
        for tally in (whole, drawn):
            confirmed = sum(tally["depths"][logic].values()) + tally["deeper"][logic]
            if confirmed != tally["members"][logic]:
                said.append(f"{logic}: {confirmed} of {tally['members'][logic]} confirmed")
    return said


STUDY = Study(
    name="census",
    title="All small automata, and which logic each needs",
    theorems=("classes",),
    inequality="every language that the theorem puts into LTL[Y], LTL[P] or LTL[P,Y] has a formula "
    "there, which types find at small depth, or which has the same automaton; for every other one, "
    "and every logic that it is not in, there are words that formulas of the compared depths do "
    "not tell apart; the numbers of members are those known from elsewhere",
    parts=parts,
    summary=summary,
    faults=faults,
    modules=(
        *(f"locality.verify.recognizers.{name}" for name in ("census", "draws_automata")),
        *(
            f"locality.theory.expressivity.{name}"
            for name in ("definability", "enumeration", "forbidden", "types")
        ),
    ),
)
