"""The models of Part II on one map, and which is what: a local mean, the trick, or a relative."""

from __future__ import annotations

import html
from dataclasses import dataclass

from locality.theory import find, index
from locality_book.builders import Nodes, Page, raw, table

PLACES = {
    "kernel": ("the kernel", "who is near"),
    "mean": ("the mean", "what is averaged, how often"),
    "trick": ("the trick", "what is fitted around a query"),
}
MARKS = {
    "●": "is a local mean",
    "○": "is the trick with another model",
    "△": "is a relative only",
}


@dataclass(frozen=True)
class Model:
    """What a model is (`marks`), what it chooses anew (a place on the map), in words and in code.

    `code` runs as it stands where its names are bound; a relative has none, and says why not.
    """

    marks: str
    place: str
    short: str
    chooses: str
    code: str = ""
    why_not: str = ""


MODELS = {
    "local-mean": Model(
        "●",
        "",
        "Σ K(x*, x) y / Σ K(x*, x)",
        "any kernel, any keys and values",
        'LocalMean("laplace", h).fit(x, y).predict(q)',
    ),
    "attention-is-local-mean": Model(
        "●",
        "kernel",
        "exp(⟨q, k⟩/τ)",
        "kernel: exponential of the scalar product, of width τ; keys and values apart",
        'LocalMean("dot", tau).fit(k, v).predict(q)',
    ),
    "kernel-regression": Model(
        "●○",
        "trick",
        "a number, or an affine function",
        "a falling profile of the distance; with an affine model, weights below zero",
        'LocalMean("gaussian", h).fit(x, y).predict(q)\n'
        'LocalModel("linear", "gaussian", h).fit(x, y).predict(q)',
    ),
    "lazy-learning": Model(
        "●",
        "kernel",
        "1 on the k nearest, else 0",
        "kernel: an indicator, as wide as the k-th neighbour is far",
        'LocalMean("uniform", NearestBandwidth(3)).fit(x, y).predict(q)',
    ),
    "mean-shift": Model(
        "●",
        "mean",
        "of the points, repeated",
        "the values are the keys; a point moves to its local mean until it rests",
        'mean_shift(q, x, "uniform", h).points',
    ),
    "hopfield": Model(
        "●",
        "mean",
        "of stored patterns, repeated",
        "keys and values are the stored patterns, the query is the state",
        'LocalMean("dot", 1 / beta).fit(x, x).predict(q)',
    ),
    "relaxation-labeling": Model(
        "△",
        "mean",
        "averages, then multiplies",
        "labels are supported by an average over neighbours, which multiplies what was there",
        why_not="a label of weight 0 keeps it, whatever its neighbours say",
    ),
    "lle": Model(
        "△",
        "trick",
        "weights of either sign",
        "weights that rebuild a point from its neighbours; only their sum is given",
        why_not="a point beyond its neighbours needs weights below 0",
    ),
    "fuzzy-inference": Model(
        "●",
        "kernel",
        "a product of memberships",
        "keys: the rules' centres, in units of their widths; values: their conclusions",
        'LocalMean("gaussian").fit(x / widths, y).predict(q / widths)',
    ),
    "denoiser": Model(
        "●",
        "mean",
        "of the data, around a noisy point",
        "the values are the keys; the width is the noise's deviation",
        'LocalMean("gaussian", sigma).fit(x, x).predict(q)',
    ),
    "transformer-is-hierarchical-local-model": Model(
        "●",
        "mean",
        "of every head, layer on layer",
        "a local mean for each head; between them maps that see one position",
        'LocalMean("dot", d**0.5).fit(k, v).predict(q)',
    ),
    "adaptive-and-nonlocal": Model(
        "●",
        "kernel",
        "a width for every query, or patches",
        "a bandwidth of each query's own; for images, keys that are patches",
        'LocalMean("gaussian", NearestBandwidth(3)).fit(x, y).predict(q)',
    ),
}


def members() -> dict[str, Model]:
    """The models that the catalogue states, in reading order."""
    return {entry.id: MODELS[entry.id] for entry in index() if entry.folder == "localization"}


# -- which is what ------------------------------------------------------------------------------


def which_is_what(page: Page) -> Nodes:
    """A row a model: what it is, what it chooses, how it is written as a localization method."""
    rows = [
        (
            f'<a href="thm:{name}">{name}</a> <span class="tag">{find(name).tag}</span>',
            " <br> ".join(f"{mark} {MARKS[mark]}" for mark in model.marks),
            html.escape(model.chooses),
            _code(model),
        )
        for name, model in members().items()
    ]
    return [table(("model", "what it is", "what it chooses", "in code"), rows)]


def _code(model: Model) -> str:
    if not model.code:
        return f"none: {html.escape(model.why_not)}"
    return " <br> ".join(f"<code>{html.escape(line)}</code>" for line in model.code.splitlines())


# -- the map ------------------------------------------------------------------------------------

WIDE, TALL, GAP, HEAD = 232, 50, 12, 138  # a model's box; where the columns' boxes begin


def drawn(page: Page) -> Nodes:
    """The local mean, and in a column each the models that choose another part of it."""
    centre = (len(PLACES) * (WIDE + GAP) - GAP - 280) / 2 + 2
    shapes = [_box("local-mean", centre, 2, 280)] if "local-mean" in members() else []
    deepest = max(map(len, map(_inside, PLACES)))
    edge = HEAD + deepest * (TALL + GAP)
    for column, place in enumerate(PLACES):
        left = column * (WIDE + GAP) + 2
        shapes.append(_heading(place, left + WIDE / 2, centre + 140))
        shapes += [_box(n, left, HEAD + k * (TALL + GAP)) for k, n in enumerate(_inside(place))]
        outside = [n for n, model in members().items() if model.place == place and _beyond(model)]
        shapes += [_box(n, left, edge + 34 + k * (TALL + GAP)) for k, n in enumerate(outside)]
    width, height = len(PLACES) * (WIDE + GAP) - GAP + 4, edge + TALL + 40
    told = "The models around the local mean, by the part of it that each chooses anew"
    line = f'<path class="edge border" d="M2,{edge + 8} H{width - 2}"/>'
    note = f'<text class="small" x="{WIDE / 2}" y="{edge + 62}">△ relatives: not this construction'
    return [
        raw(
            f'<div class="scroll" tabindex="0"><svg class="graph models" role="img" '
            f'width="{width}" viewBox="0 0 {width} {height}" aria-label="{told}">'
            f"{line}{note}</text>{''.join(shapes)}</svg></div>"
        )
    ]


def _beyond(model: Model) -> bool:
    return model.marks == "△"


def _inside(place: str) -> list[str]:
    return [n for n, model in members().items() if model.place == place and not _beyond(model)]


def _heading(place: str, middle: float, centre: float) -> str:
    name, says = PLACES[place]
    return (
        f'<path class="edge plain" d="M{centre},{TALL + 2} C{centre},84 {middle},62 {middle},88"/>'
        f'<text x="{middle}" y="106"><tspan font-weight="600">{name}</tspan></text>'
        f'<text class="small" x="{middle}" y="124">{says}</text>'
    )


def _box(name: str, x: float, y: float, width: float = WIDE) -> str:
    model, middle = MODELS[name], x + width / 2
    kind = "relative" if _beyond(model) else "settled"
    label = name if len(name) < 30 else name.replace("-is-hierarchical-local-model", "")
    said = " and ".join(MARKS[mark] for mark in model.marks)
    return (
        f'<a href="thm:{name}" class="{kind}"><title>{name} {said}</title>'
        f'<rect x="{x}" y="{y}" width="{width}" height="{TALL}" rx="9"/>'
        f'<text x="{middle}" y="{y + 21}">{model.marks} {label}</text>'
        f'<text class="small" x="{middle}" y="{y + 39}">{html.escape(model.short)}</text></a>'
    )
