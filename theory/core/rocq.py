"""Prints the claims' bounds for Rocq, so that proofs speak of the formula that Python evaluates.

And the audit, which asks Rocq what the headlines of every theorem assume.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import sympy as sp

from locality.theory.core import proofs
from locality.theory.core.catalogue import theorems
from locality.theory.core.functions import Named
from locality.theory.core.printer import numerator_and_denominator
from locality.theory.core.theorem import Claim, Theorem

BOUNDS = proofs.FOLDER / "Bounds.v"
AUDIT = proofs.FOLDER / "Audit.v"

HEADER = """\
(* Printed from the claims in theory/ by `locality prove --write-rocq`; do not edit. *)
Require Import Reals.
From Locality Require Import Functions.
Open Scope R_scope.

"""
AUDIT_HEADER = """\
(* Printed from the theorems in theory/ by `locality prove --write-rocq`; do not edit.
   Shows what the headlines of each theorem assume together. Allowed, and pinned by a test, are the
   standard library's axioms of the real numbers, functional extensionality and classical logic:
     {} *)
"""
_SUM, _PRODUCT, _FACTOR, _ATOM = range(4)


def _wrapped(text: str, level: int, wanted: int) -> str:
    return f"({text})" if level < wanted else text


def _sum(expr: sp.Add) -> str:
    parts = sorted(expr.args, key=lambda part: bool(part.could_extract_minus_sign()))
    text = term(parts[0])
    for part in parts[1:]:
        minus = part.could_extract_minus_sign()
        text += f" - {term(-part, _PRODUCT)}" if minus else f" + {term(part, _PRODUCT)}"
    return text


def _product(expr: sp.Mul) -> str:
    above, below = numerator_and_denominator(expr)
    text = " * ".join(term(factor, _FACTOR) for factor in above)
    return text + "".join(f" / {term(factor, _FACTOR)}" for factor in below)


def _shape(expr: sp.Expr) -> tuple[str, int]:
    """Source and the level at which it binds."""
    if isinstance(expr, sp.Symbol):
        return str(expr.name), _ATOM
    if expr is sp.pi:
        return "PI", _ATOM
    if isinstance(expr, sp.Integer):
        return (str(int(expr)), _ATOM) if expr >= 0 else (f"({int(expr)})", _ATOM)
    if isinstance(expr, sp.Rational):
        return f"{expr.p} / {expr.q}", _PRODUCT
    if isinstance(expr, sp.Add):
        return _sum(expr), _SUM
    if isinstance(expr, sp.Mul):
        return _product(expr), _PRODUCT
    if isinstance(expr, sp.Pow) and expr.exp.is_Integer and expr.exp > 0:
        return f"{term(expr.base, _ATOM)} ^ {int(expr.exp)}", _FACTOR
    if isinstance(expr, sp.Pow) and expr.exp == sp.Rational(1, 2):
        return f"sqrt {term(expr.base, _ATOM)}", _FACTOR
    if isinstance(expr, sp.exp | sp.log | Named):
        name = "ln" if isinstance(expr, sp.log) else type(expr).__name__
        return f"{name} {term(expr.args[0], _ATOM)}", _FACTOR
    raise TypeError(f"no Rocq form for {type(expr).__name__}: {expr}")


def term(expr: sp.Expr, level: int = _SUM) -> str:
    """Rocq source of `expr` over R; TypeError where it holds a node with no Rocq form."""
    text, binds = _shape(expr)
    return _wrapped(text, binds, level)


def definition(theorem: Theorem, claim: Claim) -> str:
    """One `Definition …_bound` line."""
    name = theorem.id.replace("-", "_") + ("" if claim is theorem.claim else f"_{claim.name}")
    return f"Definition {name}_bound ({' '.join(claim.inputs)} : R) : R := {term(claim.rhs)}.\n"


def bounds_file(stated: Iterable[Theorem]) -> str:
    """The whole text of `Bounds.v`."""
    lines = [
        definition(theorem, claim)
        for theorem in stated
        for claim in theorem.claims
        if claim.printed
    ]
    return HEADER + "".join(lines)


def _audited(theorem: Theorem) -> str:
    """One question for all headlines of a theorem: Rocq takes as long for each as for all."""
    name = "audited_" + theorem.id.replace("-", "_")
    headlines = ",\n  ".join(f"@{headline}" for headline in theorem.rocq)
    return f"\nDefinition {name} := (\n  {headlines}).\nPrint Assumptions {name}.\n"


def audit_file(stated: Iterable[Theorem]) -> str:
    """The whole text of `Audit.v`."""
    files = [path.stem for path in proofs.files() if path.stem.startswith("Statements")]
    required = "".join(f"From Locality Require Import {name}.\n" for name in files)
    allowed = ",\n     ".join(sorted(proofs.ALLOWED_AXIOMS))
    return AUDIT_HEADER.format(allowed) + required + "".join(map(_audited, stated))


def printed() -> dict[Path, str]:
    """The Rocq files that are printed, with the text that they must have."""
    stated = theorems()
    return {BOUNDS: bounds_file(stated), AUDIT: audit_file(stated)}
