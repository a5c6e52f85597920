"""Compiled models as files: safetensors with the formula beside the weights.

Everything in a file follows from the formula, so a file is believed only if it does. Changed
weights, trained ones say, can be saved too, but are loaded by `plain.load`, which promises nothing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from locality.theory.core.errors import InputError
from locality.theory.expressivity.formulas import (
    FALSE,
    TRUE,
    And,
    Constant,
    Formula,
    Letter,
    Not,
    Or,
    Past,
    Within,
    subformulas,
)
from locality.theory.expressivity.syntax import short
from locality.verify.recognizers import precision
from locality.verify.recognizers.compiled import Recognizer, compile_formula

FORMAT = "locality recognizer 1"
_OPERATORS = {"not": Not, "past": Past, "within": Within}
_LISTS = {"and": And, "or": Or}


def save(model: Recognizer, path: str | Path) -> None:
    """Write weights, formula, alphabet, scales and the shape that `plain.load` builds from."""
    from safetensors.torch import save as as_bytes

    weights = {name: t.contiguous() for name, t in model.transformer.state_dict().items()}
    metadata = {
        "format": FORMAT,
        "formula": json.dumps(nodes(model.formula)),
        "text": short(model.formula),
        "alphabet": model.alphabet,
        "dtype": precision.name_of(model.dtype),
        "length": json.dumps(model.length),
        "scales": json.dumps(list(model.scales.values())),
        "shape": json.dumps(model.plan.shape),
    }
    try:
        Path(path).write_bytes(as_bytes(weights, metadata))
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror})") from error


def load(path: str | Path) -> Recognizer:
    """The model of a file. InputError unless it is what its formula compiles to, bit for bit."""
    metadata, weights = _read(path)
    try:
        formula = of_nodes(json.loads(metadata["formula"]))
        dtype, length = precision.FORMATS[metadata["dtype"]], json.loads(metadata["length"])
        model = compile_formula(formula, metadata["alphabet"], dtype, length)
    except (KeyError, ValueError, TypeError, IndexError, AttributeError) as error:
        raise InputError(f"{path}: expected a recogniser's metadata, found {error!r}") from error
    made = model.transformer.state_dict()
    for name in sorted(made.keys() | weights.keys()):
        if name not in made or name not in weights or not _same(made[name], weights[name]):
            raise InputError(f"{path}: {name} is not what {metadata.get('text')!r} compiles to")
    return model


def nodes(formula: Formula) -> list[list[Any]]:
    """The subformulas in order, each as its operator and the numbers of its parts."""
    numbers: dict[Formula, int] = {}
    found = []
    for one in subformulas(formula):
        found.append(_node(one, [numbers[part] for part in one.parts]))
        numbers[one] = len(numbers)
    return found


def of_nodes(found: list[list[Any]]) -> Formula:
    """The formula that `nodes` wrote. ValueError, TypeError or IndexError for anything else."""
    made: list[Formula] = []
    for kind, *rest in found:
        if kind == "letter":
            made.append(Letter(str(rest[0])))
        elif kind in ("true", "false"):
            made.append(TRUE if kind == "true" else FALSE)
        elif kind in _LISTS:
            made.append(_LISTS[kind](tuple(made[part] for part in rest)))
        elif kind in _OPERATORS:
            made.append(_OPERATORS[kind](made[rest[0]], *map(int, rest[1:])))
        else:
            raise ValueError(f"unknown operator {kind!r}")
    return made[-1]


def _node(one: Formula, parts: list[int]) -> list[Any]:
    match one:
        case Constant(value):
            return ["true" if value else "false"]
        case Letter(symbol):
            return ["letter", symbol]
        case Within(_, window):
            return ["within", *parts, window]
    return [type(one).__name__.lower(), *parts]


def _read(path: str | Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    from safetensors import safe_open

    if not Path(path).is_file():
        raise InputError(f"{path}: expected a file")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  no dict
    except Exception as error:  # safetensors raises its own type, which it does not export stably
        raise InputError(f"{path}: unreadable as safetensors: {error}") from error
    if metadata.get("format") != FORMAT:
        raise InputError(f"{path}: expected a saved recogniser (format {FORMAT!r})")
    return metadata, weights


def _same(one: Tensor, other: Tensor) -> bool:
    return one.dtype == other.dtype and torch.equal(one, other)
