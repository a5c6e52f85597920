"""Recognisers: formulas compiled to transformer weights, and transformers trained on languages."""
