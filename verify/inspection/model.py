"""A transformers model on a text: its heads, heard one layer at a time while the model runs.

Encoders and causal models from a local folder; weights are read from safetensors only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from locality.kernels.errors import NotSupported
from locality.kernels.huggingface import Call, listen
from locality.kernels.masks import Causal, Dense
from locality.theory.core.errors import InputError
from locality.verify.inspection.source import Flags, Floats, Grid, Head
from locality.verify.instances import models

T = TypeVar("T")
UNIT = 2.0**-24  # of queries and keys, which are looked at as float32
Place = tuple[int, int, int]  # layer, head, query


@dataclass(frozen=True)
class ModelOnText:
    """A model, a text, and what is relevant: a query's own block, or with `top` its m best keys.

    `name` is what reports call the model; `blocks` is "sentences" or a number of tokens.
    """

    name: str
    folder: Path
    text: Path
    blocks: str = "sentences"
    top: int | None = None

    @cached_property
    def model(self) -> models.Model:
        """The model in the folder; InputError if there is none that can be read."""
        kept = self.folder.is_dir() and not any(self.folder.glob("*.safetensors"))
        if kept and any(file.suffix in (".bin", ".pt", ".pth") for file in self.folder.iterdir()):
            raise InputError(f"{self.folder}: its weights are pickled: expected model.safetensors")
        try:
            model = models.load(self.folder)
        except InputError:
            raise
        except Exception as error:  # configurations, tokenizers and weights each raise their own
            why = next(iter(str(error).splitlines()), type(error).__name__)
            raise InputError(f"{self.folder}: expected a model and its tokenizer: {why}") from error
        if getattr(model.network.config, "is_encoder_decoder", False):
            raise InputError(f"{self.folder}: expected an encoder or a decoder, found both")
        return model

    @cached_property
    def encoded(self) -> Any:
        """The tokenizer's tensors, offsets included; InputError for a text that cannot be used."""
        encoded = self.model.tokenizer(
            _words(self.text),
            return_tensors="pt",
            return_offsets_mapping=True,
            verbose=False,  # a text that is too long is refused below
        )
        count = encoded["input_ids"].shape[1]
        longest = getattr(self.model.network.config, "max_position_embeddings", count)
        if count > longest:
            raise InputError(f"{self.text}: {count} tokens: expected at most {longest}")
        return encoded

    @cached_property
    def reading(self) -> models.Reading:
        """The text's tokens, and where each stands."""
        spans = self.encoded["offset_mapping"][0].numpy()
        ids = self.encoded["input_ids"][0].tolist()
        tokens = self.model.tokenizer.convert_ids_to_tokens(ids)
        ordinary = int((spans[:, 0] < spans[:, 1]).sum())
        if ordinary < 2:
            raise InputError(f"{self.text}: {ordinary} tokens: expected at least 2")
        return models.Reading(_words(self.text), tuple(tokens), spans, ())

    @cached_property
    def ids(self) -> NDArray[np.int64]:
        """Each token's block, −1 for special tokens, which are in none."""
        if self.blocks == "sentences":
            return self.reading.sentences()
        if not self.blocks.isdigit():
            raise InputError(f"blocks = {self.blocks!r}: expected sentences or a number of tokens")
        return self.reading.blocks(int(self.blocks))

    def each_head(self, use: Callable[[Head], T]) -> list[T]:
        """What `use` makes of every head, layer by layer; only one layer is held at a time."""
        found: list[T] = []

        def hear(call: Call) -> None:
            with _one_thread():
                found.extend(map(use, self._heads(call)))

        self._run(hear)
        return found

    def weights(self, places: Iterable[Place]) -> dict[Place, Floats]:
        """The attention weights (keys,) of single rows; runs the model again."""
        wanted, found = sorted(set(places)), dict[Place, Floats]()

        def take(call: Call) -> None:
            for layer, head, query in wanted:
                if layer == call.layer:
                    found[layer, head, query] = _weights(call, head, query)

        self._run(take)
        return found

    def _run(self, hear: Callable[[Call], None]) -> None:
        import torch

        self.ids  # noqa: B018  complain of the text before the model runs
        inputs = {name: t for name, t in self.encoded.items() if name != "offset_mapping"}
        try:
            with torch.inference_mode(), listen(self.model.network, hear):
                self.model.network(**inputs)
        except NotSupported as error:
            raise InputError(f"{self.folder}: {error}") from error

    def _heads(self, call: Call) -> list[Head]:
        return [
            Head(
                call.layer,
                head,
                "scores",
                call.temperature,
                UNIT,
                self._grid(call, head).tiles,
                aligned=call.aligned,
                anchors=self._anchors,
            )
            for head in range(call.q.shape[1])
        ]

    @cached_property
    def _anchors(self) -> tuple[int, ...]:
        special = np.flatnonzero(self.ids < 0)
        return tuple(sorted({0, *special.tolist()}))

    def _grid(self, call: Call, head: int) -> Grid:
        queries, keys = call.q.shape[2], call.k.shape[2]
        if keys != len(self.ids) or queries != keys:
            raise InputError(f"{self.folder}: {keys} keys in {call.name}: expected {len(self.ids)}")
        relevant = self._own if self.top is None else self.top
        seen = partial(_visible, call, head)
        return Grid("scores", queries, keys, partial(_scores, call, head), seen, relevant)

    def _own(self, cut: slice) -> Flags:
        ids = self.ids[cut, None]
        return (ids == self.ids) & (ids >= 0)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Tiles are small: on them threads would only wait for each other."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _words(text: Path) -> str:
    if not text.is_file():
        raise InputError(f"{text}: expected a text file")
    try:
        words = text.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{text}: expected UTF-8 text: {error.reason}") from error
    if not words.strip():
        raise InputError(f"{text}: expected some text, found none")
    return words


def _scores(call: Call, head: int, cut: slice) -> Floats:
    group = call.q.shape[1] // call.k.shape[1]
    q, k = (t[0].float().cpu().numpy() for t in (call.q[:, head, cut], call.k[:, head // group]))
    return q.astype(np.float64) @ k.astype(np.float64).T


def _visible(call: Call, head: int, cut: slice) -> Flags:
    keys = call.k.shape[2]
    seen = np.ones((cut.stop - cut.start, keys), np.bool_)
    for part in call.mask.parts:
        if isinstance(part, Causal):
            seen &= np.arange(cut.start, cut.stop)[:, None] >= np.arange(keys)
        elif isinstance(part, Dense):
            shown = part.visible[0].expand(call.q.shape[1], call.q.shape[2], keys)
            seen &= shown[head, cut].cpu().numpy()
    return seen


def _weights(call: Call, head: int, query: int) -> Floats:
    row = slice(query, query + 1)
    scaled = _scores(call, head, row)[0] / call.temperature
    scaled = np.where(_visible(call, head, row)[0], scaled, -np.inf)
    weight = np.exp(scaled - scaled.max())
    return np.asarray(weight / weight.sum())
