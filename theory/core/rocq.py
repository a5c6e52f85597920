"""Prints the claims' bounds for Rocq, so that proofs speak of the formula that Python evaluates."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import sympy as sp

from locality.theory.core.functions import Named
from locality.theory.core.theorem import Claim, Theorem

FOLDER = Path(__file__).parent.parent / "rocq"
BOUNDS = FOLDER / "Bounds.v"

HEADER = """(* Printed from the claims in theory/ by `locality prove --write-bounds`; do not edit. *)
Require Import Reals.
From Locality Require Import Functions.
Open Scope R_scope.

"""
_NAMES = {"exp": "exp", "log": "ln", "odds": "odds"}


def _is_divided(factor: sp.Expr) -> bool:
    return isinstance(factor, sp.Pow) and bool(factor.exp.is_negative)


def _product(expr: sp.Mul) -> str:
    coefficient, rest = expr.as_coeff_mul()
    above = [term(f) for f in rest if not _is_divided(f)]
    below = [term(1 / f) for f in rest if _is_divided(f)]
    if coefficient != 1 or not above:
        above.insert(0, term(coefficient))
    return "(" + " * ".join(above) + "".join(f" / {factor}" for factor in below) + ")"


def term(expr: sp.Expr) -> str:
    """Rocq source of `expr` over R; TypeError where it holds a node with no Rocq form."""
    if isinstance(expr, sp.Symbol):
        return str(expr.name)
    if isinstance(expr, sp.Integer):
        return f"({int(expr)})" if expr < 0 else str(int(expr))
    if isinstance(expr, sp.Rational):
        return f"({expr.p} / {expr.q})"
    if isinstance(expr, sp.Add):
        return "(" + " + ".join(term(part) for part in expr.args) + ")"
    if isinstance(expr, sp.Mul):
        return _product(expr)
    if isinstance(expr, sp.Pow) and expr.exp.is_Integer and expr.exp > 0:
        return f"({term(expr.base)} ^ {int(expr.exp)})"
    if isinstance(expr, sp.exp | sp.log | Named):
        name = type(expr).__name__
        return f"{_NAMES.get(name, name)} ({term(expr.args[0])})"
    raise TypeError(f"no Rocq form for {type(expr).__name__}: {expr}")


def definition(theorem: Theorem, claim: Claim) -> str:
    """One `Definition …_bound` line."""
    name = theorem.id.replace("-", "_") + ("" if claim is theorem.claim else f"_{claim.name}")
    return f"Definition {name}_bound ({' '.join(claim.inputs)} : R) : R := {term(claim.rhs)}.\n"


def bounds_file(theorems: Iterable[Theorem]) -> str:
    """The whole text of `Bounds.v`."""
    lines = [
        definition(theorem, claim)
        for theorem in theorems
        for claim in theorem.claims
        if claim.printed
    ]
    return HEADER + "".join(lines)
