"""Row statistics of a transformers model's own attention, while it runs as fast as ever.

    with record(model, blocks=16, aux=AuxRequest(entropy=True, fidelity=True)) as recorded:
        model(**inputs)
    recorded.layers[3].entropy  # (batch, heads, queries)

The model computes with its sdpa kernel, bit for bit; `attend` measures beside it, from the queries
and keys that the layer hands over: rotated, grouped, scaled, masked and cached as they are. What
the statistics would not describe is refused by name: softcapping, sinks, dropout, position biases.
Needs the extra `models`. transformers is imported when it is used.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakKeyDictionary

import torch
from torch import Tensor, nn

from locality.kernels.arguments import shown
from locality.kernels.attention import attend
from locality.kernels.errors import NotSupported
from locality.kernels.masks import Mask
from locality.kernels.problem import NEEDS_RELEVANT, checked
from locality.kernels.results import Attention, AuxRequest, Certificate, RowStatus
from locality.theory.core.errors import InputError

NAME = "locality"
HIDDEN = -1e4  # what transformers adds to the scaled score of a hidden key is at most this
REFUSED = {
    "softcap": "logit softcapping",
    "s_aux": "attention sinks (s_aux)",
    "position_bias": "a position bias",
    "head_mask": "a head mask",
    "cache": "a paged cache",
}


@dataclass(frozen=True)
class Call:
    """One layer's attention in one forward pass, in the terms of `attend`.

    `layer` counts the attention layers of the pass from 0, `name` is the module's own in the model.
    q (batch, heads, queries, dim), k and v (batch, kv heads, keys, dim), detached; keys that a
    cache only holds room for are cut off. `aligned` says whether keys lie at positions 0, 1, … and
    the queries at the last of them; a sliding cache, which drops keys, and cross-attention do not.
    """

    layer: int
    name: str
    q: Tensor
    k: Tensor
    v: Tensor
    temperature: float
    mask: Mask
    aligned: bool


@dataclass
class Recording:
    """What `record` has recorded: for each forward pass an `Attention` a layer, without output.

    `output` has no channels (the model has it already); all else is as in `Attention`. A generation
    is one pass over the prompt and one a token, each with the rows of its own queries. `names` are
    the attention modules, in the order of the layers.
    """

    passes: list[list[Attention]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    @property
    def layers(self) -> list[Attention]:
        """The layers of the only pass; InputError if there were none, or several."""
        if len(self.passes) != 1:
            raise InputError(f"{len(self.passes)} passes of the model: expected 1, or use `passes`")
        return self.passes[0]


def register(name: str = NAME) -> None:
    """Let transformers know the attention `name`: sdpa that a `record` can listen to.

    `record` does it by itself; use it for models loaded with `attn_implementation=name`.
    """
    from transformers import AttentionInterface, AttentionMaskInterface

    AttentionInterface.register(name, _attention)
    AttentionMaskInterface.register(name, AttentionMaskInterface()["sdpa"])


@contextmanager
def record(
    model: Any,
    *,
    blocks: Any = None,
    relevant: Any = "own",
    aux: AuxRequest = AuxRequest(entropy=True),  # noqa: B008  frozen, so sharing it is harmless
    backend: str = "auto",
) -> Iterator[Recording]:
    """Record the statistics asked for of every attention layer while `model` runs in the block.

    blocks, relevant: as for `attend`, or a function from the number of keys to that; "own" is the
    block that the query itself is in, and the relevant block of a query in none is not visible.
    Only what `aux` asks for is computed, beside lse and status; no gradients pass. On leaving, the
    model has its former attention again, whatever happened.

    InputError: no transformers model, one that is listened to already, arguments of `attend`.
    NotSupported, from the model's call: attention that the statistics would not describe; blocks
    where keys are not at positions 0, 1, ….
    """
    if blocks is not None and getattr(getattr(model, "config", None), "is_encoder_decoder", False):
        raise NotSupported(NAME, "blocks in a model with cross-attention")
    recorded = Recording()

    def hear(call: Call) -> None:
        if call.layer == 0:
            recorded.passes.append([])
        if len(recorded.names) == call.layer:
            recorded.names.append(call.name)
        recorded.passes[-1].append(_measured(call, blocks, relevant, aux, backend))

    with listen(model, hear):
        yield recorded


@contextmanager
def listen(model: Any, hear: Callable[[Call], None]) -> Iterator[None]:
    """Call `hear` with every `Call` of attention in the model's forward passes.

    Errors, restoration and what is refused are as in `record`, which is built on this.
    """
    register()
    modules = _attending(model)
    formers = [(config, config._attn_implementation) for config in _configs(model)]
    listener = _Listener(hear, {module: name for name, module in modules})
    hooks = [
        model.register_forward_pre_hook(listener.begin, with_kwargs=True),
        model.register_forward_hook(listener.end, always_call=True),
    ]
    try:
        for config, _ in formers:
            config._attn_implementation = NAME
        _LISTENERS.update(dict.fromkeys(listener.names, listener))
        yield
    finally:
        for module in listener.names:
            _LISTENERS.pop(module, None)
        for config, former in formers:  # outer before inner, which an outer one's setter reaches
            config._attn_implementation = former
        for hook in hooks:
            hook.remove()


# -- the model's side --------------------------------------------------------------------------


@dataclass
class _Listener:
    """Who hears a model's attention; `layer` counts within a pass and is None outside of one.

    `past` is the number of positions that came before this pass.
    """

    hear: Callable[[Call], None]
    names: dict[nn.Module, str]
    layer: int | None = None
    past: int = 0

    def begin(self, module: nn.Module, args: Any, options: dict[str, Any]) -> None:
        cache = options.get("past_key_values")
        self.layer, self.past = 0, 0 if cache is None else int(cache.get_seq_length())

    def end(self, *_: Any) -> None:
        self.layer = None


_LISTENERS: WeakKeyDictionary[nn.Module, _Listener] = WeakKeyDictionary()


def _attending(model: Any) -> list[tuple[str, nn.Module]]:
    """The model's modules by name, if its attention can be listened to."""
    from transformers import PreTrainedModel

    if not isinstance(model, PreTrainedModel):
        raise InputError(f"model = {shown(type(model))}: expected a transformers model")
    modules = list(model.named_modules())
    if any(module in _LISTENERS for _, module in modules):
        raise InputError(f"{type(model).__name__} is being recorded: expected one record at a time")
    for _, module in modules:
        if isinstance(module, PreTrainedModel) and not _exchangeable(module):
            raise NotSupported("sdpa", f"the attention of {type(module).__name__}")
    return modules


def _exchangeable(module: Any) -> bool:
    return bool(module._supports_sdpa and module._can_set_attn_implementation())


def _configs(model: nn.Module) -> list[Any]:
    """Each configuration that a module reads, once, outer ones first."""
    found = {id(module.config): module.config for module in model.modules() if _configured(module)}
    return list(found.values())


def _configured(module: nn.Module) -> bool:
    return hasattr(getattr(module, "config", None), "_attn_implementation")


def _attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    **options: Any,
) -> Any:
    """What transformers calls: sdpa, and a word to who listens."""
    from transformers import AttentionInterface

    listener, call = _LISTENERS.get(module), None
    if listener is not None and listener.layer is not None:
        _refuse(options)
        call = _call(listener, module, (query, key, value), mask, options)
    found = AttentionInterface()["sdpa"](module, query, key, value, mask, **options)
    if listener is not None and call is not None:
        listener.layer = call.layer + 1
        listener.hear(call)
    return found


def _refuse(options: dict[str, Any]) -> None:
    for name, feature in REFUSED.items():
        if options.get(name) is not None:
            raise NotSupported(NAME, feature)
    if options.get("dropout"):
        raise NotSupported(NAME, f"dropout in training (p = {options['dropout']})")


def _call(
    listener: _Listener,
    module: nn.Module,
    tensors: tuple[Tensor, Tensor, Tensor],
    mask: Tensor | None,
    options: dict[str, Any],
) -> Call:
    """What a layer hands over, in the terms of `attend`; causal where sdpa takes it to be."""
    q, k, v = (t.detach() for t in tensors)
    queries, total = q.shape[2], listener.past + q.shape[2]
    flag = options.get("is_causal")
    causal = getattr(module, "is_causal", True) if flag is None else flag
    causal = bool(causal) and mask is None and queries > 1
    visible = None if mask is None else _visible(mask)
    keys = queries if causal else _filled(k.shape[2], visible, total)
    scaling = options.get("scaling")
    return Call(
        layer=listener.layer or 0,
        name=listener.names[module],
        q=q,
        k=k[:, :, :keys],
        v=v[:, :, :keys],
        temperature=q.shape[-1] ** 0.5 if scaling is None else 1 / scaling,
        mask=_mask(None if visible is None else visible[..., :keys], causal),
        aligned=keys == total,
    )


def _filled(keys: int, visible: Tensor | None, total: int) -> int:
    """How many keys there are, without the room that a cache holds for more and a mask hides."""
    if visible is None or visible.shape[-1] != keys or bool(visible[..., total:].any()):
        return keys
    return min(keys, total)


def _visible(mask: Tensor) -> Tensor:
    """Which keys a mask shows; an additive one may only hide."""
    if mask.ndim != 4:
        raise NotSupported(NAME, f"an attention mask of shape {tuple(mask.shape)}")
    if mask.dtype == torch.bool:
        return mask
    between = mask[(mask != 0) & ~(mask <= HIDDEN)]
    if between.numel():
        raise NotSupported(NAME, f"a bias in the attention mask ({float(between[0]):.3g})")
    return mask == 0


def _mask(visible: Tensor | None, causal: bool) -> Mask:
    if visible is not None:
        return Mask.dense(visible)
    return Mask.causal() if causal else Mask()


# -- the statistics' side ----------------------------------------------------------------------


def _measured(call: Call, blocks: Any, relevant: Any, aux: AuxRequest, backend: str) -> Attention:
    """The statistics of a call; the value channels are left out unless they are asked for."""
    blocks, relevant = (_at(call, given) for given in (blocks, relevant))
    if blocks is not None and not call.aligned:
        keys = f"{call.k.shape[2]} keys of {call.name}"
        raise NotSupported(NAME, f"blocks where {keys} are not the positions up to the last query")
    nowhere = None
    if isinstance(relevant, str):
        relevant, nowhere = _own(call, blocks, relevant, aux)
    found = attend(
        call.q,
        call.k,
        call.v if aux.local_output else call.v[..., :1],
        blocks=blocks,
        relevant=relevant,
        temperature=call.temperature,
        mask=call.mask,
        aux=aux,
        backend=backend,
    )
    found = replace(found, output=found.output.new_empty(*found.output.shape[:3], 0))
    return found if nowhere is None else _not_visible(found, nowhere)


def _at(call: Call, given: Any) -> Any:
    return given(call.k.shape[2]) if callable(given) else given


def _own(
    call: Call, blocks: Any, relevant: str, aux: AuxRequest
) -> tuple[Tensor | None, Tensor | None]:
    """The blocks that the queries are in, (batch or 1, queries), and which are in none.

    Those get some block, since `attend` wants one. (None, None) where nothing asks for blocks.
    """
    if relevant != "own":
        raise InputError(f"relevant = {shown(relevant)}: expected own, block ids or a function")
    if blocks is None or not set(NEEDS_RELEVANT) & set(aux.names()):
        return None, None
    q, k = call.q[..., :1], call.k[..., :1]
    plain = {"relevant": None, "dial": 0.0, "temperature": None, "mask": None, "bias": None}
    ids = checked(q, k, k, blocks=blocks, aux=AuxRequest(), **plain).block_ids
    own = ids[:, -call.q.shape[2] :]
    return torch.where(own < 0, ids.amax(-1, keepdim=True), own), own < 0


def _not_visible(found: Attention, nowhere: Tensor) -> Attention:
    """The statistics with those of queries that are in no block replaced by what that means."""
    rows = nowhere.unsqueeze(1) & (found.status != RowStatus.NO_VISIBLE_KEY)
    if found.m is None or found.c is None or not bool(rows.any()):
        return found
    meant = {"m": 0, "fidelity": 0.0, "leakage": 1.0, "margin": math.nan}
    meant["status"] = int(RowStatus.RELEVANT_NOT_VISIBLE)
    told = {name: getattr(found, name) for name in meant}
    changed = {
        name: value.masked_fill(rows, meant[name])
        for name, value in told.items()
        if value is not None
    }
    changed["c"] = torch.where(rows, found.m + found.c, found.c)
    if found.local_output is not None:
        changed["local_output"] = found.local_output.masked_fill(rows.unsqueeze(-1), 0.0)
    if found.certificate is not None:
        bounds = (found.certificate.fidelity, found.certificate.entropy)
        promised = Certificate(*(bound.masked_fill(rows, math.nan) for bound in bounds))
        return replace(found, certificate=promised, **changed)
    return replace(found, **changed)
