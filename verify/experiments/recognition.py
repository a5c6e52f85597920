"""What small transformers learn to recognise, by their pattern of attention, beside the theory.

Eight languages, seven patterns: models are trained from scratch on words of at most 40 letters and
tested on words of 41 to 500. Theory says of every pair of language and pattern whether heads that
ask what is in sight recognise all words. It does not say that training finds such a model, nor that
others are wrong on many words, nor what heads that count can do: so accuracy is measured, and what
is checked is narrower.

Where a pattern does not suffice there are words, one in the language and one not, that are as good
as the same to it. Local heads alone read two such words alike, and so exactly one of them right;
and no model of any pattern that does not suffice is right on all the words tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from locality.theory.expressivity.types import Operators
from locality.verify.experiments.language_model import single_thread
from locality.verify.experiments.study import Part, Study
from locality.verify.experiments.summaries import across
from locality.verify.recognizers.languages import LANGUAGES, Language, language
from locality.verify.recognizers.samples import Codes, Sampler
from locality.verify.recognizers.training import (
    PATTERNS,
    Learner,
    Plan,
    attention_maps,
    says,
    train,
)

SEEDS = (1, 2, 3)
FULL = Plan()
QUICK = replace(FULL, layers=2, width=16, steps=100, words=32, longest=24)
QUICK_CELLS = (("last-a", "factor-ab"), ("local-1", "hybrid-1"))
BUCKETS = ((41, 100), (101, 200), (201, 350), (351, 500))
LENGTHS = 4  # of a bucket that are tried, both ends among them
WORDS = 24  # of a length
PAIRS = 6  # of words that a pattern which does not suffice hardly tells apart
DRAWN = 2026  # the seed of the words that all models of a language are tested on
COMPILED = "compiled"
SHOWN = ("factor-ab", "hybrid-1")  # the language and pattern whose attention is kept
SHOWN_WORD = "cbacaabcacb"


# -- words -------------------------------------------------------------------------------------


@cache
def tested(key: str) -> tuple[tuple[Codes, np.ndarray], ...]:
    """The words of a language that models are tested on, and whether they belong to it.

    A batch for each length, `LENGTHS` batches for each bucket in turn.
    """
    sampler = Sampler(language(key), BUCKETS[-1][1])
    generator = np.random.default_rng(DRAWN)
    batches = []
    for bucket in BUCKETS:
        for length in evenly(sampler.lengths(range(bucket[0], bucket[1] + 1)), LENGTHS):
            words = sampler.balanced(length, WORDS, generator)
            batches.append((words, sampler.labels(words)[:, -1]))
    return tuple(batches)


def evenly(among: Sequence[int], count: int) -> list[int]:
    """So many of them, the first and the last among these; all if there are no more."""
    places = np.linspace(0, len(among) - 1, min(count, len(among)))
    return [among[round(place)] for place in places]


def pairs(wanted: Language, pattern: Operators) -> list[tuple[str, str]]:
    """Words of the tested lengths that the pattern hardly tells apart; the first is inside.

    Local heads do not tell them apart at all: layers times window are fewer letters.
    """
    shortest, longest = BUCKETS[0][0], BUCKETS[-1][1]

    def fits(size: int) -> bool:
        return all(shortest <= len(word) <= longest for word in wanted.pair(pattern, size))

    sizes = evenly([size for size in range(1, longest) if fits(size)], PAIRS)
    return [wanted.pair(pattern, size) for size in sizes]


def coded(word: str, wanted: Language) -> Codes:
    """The letter numbers of one word, (1, length)."""
    return np.array([[wanted.alphabet.index(letter) for letter in word]])


# -- parts -------------------------------------------------------------------------------------


def part(plan: Plan, key: str, pattern: str, seed: int, folder: Path) -> dict[str, Any]:
    """One model: trained, then tested on random words by length and on the pairs, if there are."""
    wanted, operators = language(key), PATTERNS[pattern]
    with single_thread():
        trained = train(wanted, operators, plan, seed)
        model = trained.model.eval()
        right = [says(model, words) == labels for words, labels in tested(key)]
        found: dict[str, Any] = {
            "language": key,
            "pattern": pattern,
            "seed": seed,
            "steps": trained.steps,
            "short": {"prefixes": trained.prefixes, "words": trained.words},
            "buckets": _by_bucket(right),
        }
        if not wanted.suffices(operators):
            found["pairs"] = [
                [bool(says(model, coded(word, wanted))[0]) for word in pair]
                for pair in pairs(wanted, operators)
            ]
        if (key, pattern) == SHOWN and seed == SEEDS[0]:
            found["maps"] = _maps(model, wanted)
    return found


def _by_bucket(right: Sequence[np.ndarray]) -> list[float]:
    groups = [right[at : at + LENGTHS] for at in range(0, len(right), LENGTHS)]
    return [float(np.concatenate(group).mean()) for group in groups]


def _maps(model: Learner, wanted: Language) -> list[Any]:
    """Attention (layers, heads, queries, keys), to three places."""
    word = coded(SHOWN_WORD, wanted)[0]
    return [layer.double().numpy().round(3).tolist() for layer in attention_maps(model, word)]


def compiled(key: str, folder: Path) -> dict[str, Any]:
    """The language's formula, compiled to weights, on the same words."""
    from locality.verify.recognizers.compiled import compile_formula

    wanted = language(key)
    with single_thread():
        model = compile_formula(wanted.formulas[0], wanted.alphabet)
        right = [
            model.accepts(["".join(wanted.alphabet[letter] for letter in word) for word in words])
            == labels
            for words, labels in tested(key)
        ]
    return {"language": key, "pattern": COMPILED, "buckets": _by_bucket(right)}


def parts(quick: bool) -> dict[str, Part]:
    """A part for each language that is compiled, then one for each seed, language and pattern."""
    plan, seeds = (QUICK, SEEDS[:1]) if quick else (FULL, SEEDS)
    keys, names = QUICK_CELLS if quick else (tuple(one.key for one in LANGUAGES), tuple(PATTERNS))
    found: dict[str, Part] = {
        f"{key}-{COMPILED}": partial(compiled, key)
        for key in keys
        if any(language(key).suffices(each) for each in PATTERNS.values())
    }
    for seed in seeds:
        for key in keys:
            for name in names:
                found[f"{key}-{name}-seed-{seed}"] = partial(part, plan, key, name, seed)
    return found


# -- summary -----------------------------------------------------------------------------------


def summary(found: Mapping[str, Any]) -> dict[str, Any]:
    """By language and pattern: accuracy over all lengths, by bucket and on short words."""
    cells: dict[str, dict[str, list[Any]]] = {}
    for each in found.values():
        cells.setdefault(each["language"], {}).setdefault(each["pattern"], []).append(each)
    made = {
        key: {name: _cell(key, name, same) for name, same in row.items() if name != COMPILED}
        for key, row in cells.items()
    }
    return {
        "buckets": [[*bucket] for bucket in BUCKETS],
        "tested": {key: [[*words.shape] for words, _ in tested(key)] for key in made},
        "cells": made,
        COMPILED: {
            key: row[COMPILED][0]["buckets"] for key, row in cells.items() if COMPILED in row
        },
        "maps": next(each["maps"] for each in found.values() if "maps" in each),
    }


def _cell(key: str, name: str, same: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    found = {
        "suffices": language(key).suffices(PATTERNS[name]),
        "accuracy": across([fmean(each["buckets"]) for each in same]),
        "buckets": [
            across([*shares]) for shares in zip(*(e["buckets"] for e in same), strict=True)
        ],
        "short": {
            name: across([each["short"][name] for each in same]) for name in same[0]["short"]
        },
        "steps": [each["steps"] for each in same],
    }
    if not found["suffices"]:
        found["pairs"] = [each["pairs"] for each in same]
    return found


# -- what must hold ----------------------------------------------------------------------------


def faults(found: Mapping[str, Any]) -> list[str]:
    """Where a model does what its pattern cannot, or a compiled one fails."""
    said = [
        f"{key}: the compiled formula reads {100 * min(shares):.2f} % right, not all"
        for key, shares in found[COMPILED].items()
        if min(shares) != 1
    ]
    for key, row in found["cells"].items():
        for name, cell in row.items():
            if not cell["suffices"]:
                said += [f"{key}, {name}: {what}" for what in _faults(cell, name)]
    return said


def _faults(cell: Mapping[str, Any], name: str) -> Iterator[str]:
    for accuracy, pairs in zip(cell["accuracy"]["seeds"], cell["pairs"], strict=True):
        answered = [pair == [True, False] for pair in pairs]
        if accuracy == 1 and all(answered):
            yield "a model is right on all words tried, though its pattern does not suffice"
        if not PATTERNS[name].past and any(inside != outside for inside, outside in pairs):
            yield "local heads tell two words apart that are alike to them"


STUDY = Study(
    name="recognition",
    title="Languages that small transformers learn, by their pattern of attention",
    theorems=("classes", "window-hierarchy"),
    inequality="no model whose pattern does not suffice is right on all words tried, local heads "
    "answer alike on words that are alike to them, and compiled formulas are always right",
    parts=parts,
    summary=summary,
    faults=faults,
    modules=(
        *(f"locality.verify.recognizers.{name}" for name in ("languages", "samples", "training")),
        "locality.verify.experiments.summaries",
    ),
)
