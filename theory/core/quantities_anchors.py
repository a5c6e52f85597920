"""The quantities of Part I, anchors: unit vectors that are told apart, tokens that repeat one."""

from __future__ import annotations

from locality.theory.core.quantity import finite, nonnegative, open_unit, quantity, whole

anchors = quantity(
    "anchors",
    "B",
    "unit vectors that each must be told from all others",
    "vectors",
    "a whole number B ≥ 2",
    lambda v: whole(v) & (v >= 2),
    integer=True,
    positive=True,
)
overlap = quantity(
    "overlap",
    r"\mu",
    "largest inner product of two different anchors, with its sign",
    "1",
    "any finite real",
    finite,
    real=True,
)
level_of_overlap = quantity(
    "level_of_overlap",
    "t",
    "an inner product that no pair of anchors should reach",
    "1",
    "t ≥ 0",
    nonnegative,
    nonnegative=True,
)
chance = quantity(
    "chance",
    r"\eta",
    "allowed probability of a bad draw",
    "1",
    "0 < η < 1",
    open_unit,
    positive=True,
)
copies = quantity(
    "copies",
    "r",
    "tokens that are the anchor",
    "tokens",
    "r ≥ 0",
    nonnegative,
    nonnegative=True,
)
