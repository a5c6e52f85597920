"""Reads trained encoders as local layers: torch's nn.TransformerEncoder, transformers' BertModel.

What a layer computes is taken from its parameters; whatever these do not say (a module of another
type, an activation of one's own) is refused by name. transformers is not imported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from locality.kernels.localization.hierarchical import Affine, Heads, LocalLayer, Pointwise
from locality.theory.core.errors import InputError

Read = tuple[list[LocalLayer], Pointwise, Callable[..., Tensor] | None]

BERT = "transformers.models.bert.modeling_bert.BertModel"
EXPECTED = "nn.TransformerEncoderLayer, nn.TransformerEncoder or transformers' BertModel"
ACTIVATIONS = ("ReLU", "GELU", "GELUActivation", "relu", "gelu")


def read(module: nn.Module) -> Read:
    """The layers of an encoder, the norm after them, and what makes its tokens."""
    _refuse_dropout(module)
    if type(module) is nn.TransformerEncoderLayer:
        return [_layer(module)], nn.Identity(), None
    if type(module) is nn.TransformerEncoder:
        layers = [_layer(_of_type(layer, nn.TransformerEncoderLayer)) for layer in module.layers]
        return layers, nn.Identity() if module.norm is None else module.norm, None
    if _name(module) == BERT:
        return _bert(module)
    raise InputError(f"{_name(module)}: expected {EXPECTED}")


def _refuse_dropout(module: nn.Module) -> None:
    for name, part in module.named_modules():
        rate = getattr(part, "dropout" if isinstance(part, nn.MultiheadAttention) else "p", 0)
        drops = isinstance(part, nn.Dropout | nn.MultiheadAttention)
        if drops and part.training and rate > 0:
            raise InputError(
                f"{name or _name(module)} drops {rate} in train mode: expected eval mode, in which "
                "the weights of a head sum to 1"
            )


def _name(module: Any) -> str:
    kind = type(module)
    return f"{kind.__module__}.{kind.__qualname__}"


def _of_type(module: Any, kind: type[nn.Module]) -> Any:
    if type(module) is not kind:
        raise InputError(f"{_name(module)}: expected {kind.__name__} itself")
    return module


def _feed_forward(first: nn.Linear, activation: Any, second: nn.Linear) -> Pointwise:
    named = getattr(activation, "__name__", type(activation).__name__)
    known = callable(activation) and named in ACTIVATIONS
    if not known:
        raise InputError(f"activation {named}: expected relu or gelu")
    into, out = Affine.of(first), Affine.of(second)
    return lambda x: out(activation(into(x)))


# -- torch ------------------------------------------------------------------------------------


def _layer(module: nn.TransformerEncoderLayer) -> LocalLayer:
    return LocalLayer(
        heads=_heads(_of_type(module.self_attn, nn.MultiheadAttention)),
        feed_forward=_feed_forward(module.linear1, module.activation, module.linear2),
        norms=(module.norm1, module.norm2),
        norm_first=module.norm_first,
    )


def _heads(attention: Any) -> Heads:
    if attention.in_proj_weight is None or attention.bias_k is not None or attention.add_zero_attn:
        raise InputError(
            "MultiheadAttention with kdim, vdim, add_bias_kv or add_zero_attn: expected "
            "self-attention over the tokens alone"
        )
    offset = attention.in_proj_bias
    biases = (None,) * 3 if offset is None else offset.chunk(3)
    pairs = zip(attention.in_proj_weight.chunk(3), biases, strict=True)
    query, key, value = (Affine(weight, bias) for weight, bias in pairs)
    return Heads(query, key, value, Affine.of(attention.out_proj), attention.num_heads)


# -- transformers -----------------------------------------------------------------------------


def _bert(model: Any) -> Read:
    config = model.config
    if config.is_decoder or config.add_cross_attention:
        raise InputError("a BertModel that decodes: expected an encoder")
    return [_bert_layer(layer) for layer in model.encoder.layer], nn.Identity(), model.embeddings


def _bert_layer(layer: Any) -> LocalLayer:
    own, after = layer.attention.self, layer.attention.output
    query, key, value = (Affine.of(part) for part in (own.query, own.key, own.value))
    activation = layer.intermediate.intermediate_act_fn
    return LocalLayer(
        heads=Heads(query, key, value, Affine.of(after.dense), own.num_attention_heads),
        feed_forward=_feed_forward(layer.intermediate.dense, activation, layer.output.dense),
        norms=(after.LayerNorm, layer.output.LayerNorm),
        norm_first=False,
    )
