"""Recognisers: formulas compiled to transformer weights, and transformers trained on languages.

`compile_formula(formula, alphabet)` gives a `Recognizer`, a torch module that accepts exactly the
words that satisfy the formula. The study `recognition` trains others and asks what they learned.
"""

from locality.verify.recognizers.compiled import Recognizer, compile_formula

__all__ = ["Recognizer", "compile_formula"]
