"""Small causal models of random weights, and words for them."""

import torch

WORDS = torch.tensor([[1, 5, 3, 7, 2, 8, 4, 6, 1, 2, 3, 5, 7]])


def causal(kind="Llama", **changes):
    """A small random causal model with two query heads on each key head."""
    import transformers

    sizes = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "vocab_size": 9}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2, "initializer_range": 0.6}
    sizes |= {"pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
    config = getattr(transformers, f"{kind}Config")(**sizes, **heads, **changes)
    return getattr(transformers, f"{kind}ForCausalLM")(config).eval()
