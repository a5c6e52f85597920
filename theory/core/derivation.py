"""Derivations that prove a claim, each step checked by a machine.

An inequality is proved by one exact decomposition, slack = Σ terms, and a reason for each term
to be nonnegative; the equality cases are then read off, since the terms vanish one by one. An
identity counts as checked when the normal form vanishes **and** balls at rational test points
contain zero with radius at most 1e-25: the first covers all sizes, the second the rules used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import wraps
from typing import Any, Protocol, TypeVar

import flint
import sympy as sp

from locality.theory.core.functions import MONOTONE, monotone_holds
from locality.theory.core.numbers import precision
from locality.theory.core.printer import in_balls, latex
from locality.theory.core.sums import Definitions, is_zero, spell_out

POINTS = 5
CITED = "citation"
RADIUS = flint.arb("1e-25")

Result = TypeVar("Result")


def once(check: Callable[[Any], Result]) -> Callable[[Any], Result]:
    """Let an immutable object be checked only once: pages, matrix and graph all ask it."""

    @wraps(check)
    def checked(self: Any) -> Result:
        if "_checked" not in self.__dict__:
            self.__dict__["_checked"] = check(self)
        found: Result = self.__dict__["_checked"]
        return found

    return checked


@dataclass(frozen=True)
class StepReport:
    """One checked step: what it says, whether it holds, and why."""

    title: str
    kind: str
    ok: bool
    detail: str
    formula: str
    by_hand: bool = False


@dataclass(frozen=True)
class Report:
    """All steps of a theorem's derivations."""

    steps: tuple[StepReport, ...]

    @property
    def total(self) -> int:
        return len(self.steps)

    @property
    def checked(self) -> int:
        return sum(step.ok for step in self.steps)

    @property
    def by_hand(self) -> int:
        return sum(step.by_hand for step in self.steps)

    @property
    def cited(self) -> int:
        return sum(step.kind == CITED for step in self.steps)

    @property
    def ok(self) -> bool:
        return self.checked == self.total > 0


class Step(Protocol):
    """A checkable step."""

    @property
    def title(self) -> str: ...

    def check(self, definitions: Definitions) -> StepReport: ...


# -- values at rational test points ---------------------------------------------------------


def _fraction(label: str) -> Fraction:
    """A rational in (0, 3] that depends on the label alone, so that a point can be named."""
    return Fraction(1 + hashlib.sha256(label.encode()).digest()[0] % 96, 32)


def _value(label: str, nonnegative: bool | None, integer: bool | None) -> Fraction | int:
    size = _fraction(label)
    if integer:
        return 1 + int(size)
    return size if nonnegative or _fraction(label + "sign") > 1 else -size


def test_point(expr: sp.Expr, seed: int) -> dict[str, Any]:
    """Exact values for every symbol and family of `expr`, within their assumptions."""
    values: dict[str, Any] = {}
    for symbol in expr.free_symbols:
        if isinstance(symbol, sp.Symbol):
            label = f"{seed}:{symbol.name}"
            values[symbol.name] = _value(label, symbol.is_nonnegative, symbol.is_integer)
    for base in expr.atoms(sp.IndexedBase):
        values[str(base)] = [
            _value(f"{seed}:{base}{k}", base.is_nonnegative, integer=False) for k in range(8)
        ]
    return values


def exact(values: Mapping[str, Any]) -> dict[str, Any]:
    """Rational values as balls at the current precision; sizes stay exact."""

    def one(value: Any) -> Any:
        if isinstance(value, Fraction):
            return flint.arb(value.numerator) / value.denominator
        if isinstance(value, int):
            return flint.fmpq(value)  # a quotient of two sizes must not become a float
        return in_balls(value, {}) if isinstance(value, sp.Expr) else value

    return {
        k: [one(v) for v in vs] if isinstance(vs, list) else one(vs) for k, vs in values.items()
    }


def value_at(expr: sp.Expr, values: Mapping[str, Any], bits: int = 256) -> flint.arb:
    """The ball of a spelled-out expression at exact rational values."""
    with precision(bits):
        return in_balls(expr, exact(values))


def _vanishes_in_balls(expr: sp.Expr, definitions: Definitions) -> bool:
    spelled = spell_out(expr, definitions)
    balls = [value_at(spelled, test_point(spelled, seed)) for seed in range(POINTS)]
    return all(b.contains(0) and b.rad() <= RADIUS for b in balls)


def vanishes(expr: sp.Expr, definitions: Definitions) -> tuple[bool, str]:
    """Whether an expression is identically zero, with the two answers in words."""
    symbolic, numeric = is_zero(expr, definitions), _vanishes_in_balls(expr, definitions)
    words = (
        f"normal form {'0' if symbolic else 'is not 0'}, balls {'0' if numeric else 'exclude 0'}"
    )
    return symbolic and numeric, words


Given = tuple[sp.Symbol, ...]


def _assuming(expr: sp.Expr, given: Given) -> sp.Expr:
    """`expr` with the symbols of `given` known to be nonnegative."""
    return expr.xreplace({symbol: sp.Symbol(symbol.name, nonnegative=True) for symbol in given})


def nonnegative(expr: sp.Expr) -> bool:
    """Sign by structure: products and sums of nonnegative parts, a Sum by its generic term."""
    if expr.is_nonnegative:
        return True
    if isinstance(expr, sp.Sum):
        return nonnegative(expr.function)
    if isinstance(expr, sp.Add | sp.Mul):
        return all(nonnegative(part) for part in expr.args)
    if isinstance(expr, sp.Pow):
        return (bool(expr.exp.is_even) and bool(expr.base.is_real)) or nonnegative(expr.base)
    return False


# -- steps ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Aggregates:
    """Names for the sums that the derivation speaks of; each positive one is checked to be so.

    Names in `nonzero` are shown nonnegative and assumed not to vanish, as the title says.
    """

    title: str
    names: Definitions
    nonzero: tuple[sp.Symbol, ...] = ()

    def _sign_shown(self, name: sp.Symbol, expr: sp.Expr) -> bool:
        if name in self.nonzero:
            return nonnegative(expr)
        return not name.is_positive or _positive(expr.subs(self.names))

    def check(self, definitions: Definitions) -> StepReport:
        signs = {name: self._sign_shown(name, expr) for name, expr in self.names.items()}
        wrong = [str(name) for name, ok in signs.items() if not ok]
        detail = f"sign not shown: {', '.join(wrong)}" if wrong else "signs shown termwise"
        formula = r",\quad ".join(f"{latex(k)} = {latex(v)}" for k, v in self.names.items())
        return StepReport(self.title, "definition", not wrong, detail, formula)


def _positive(expr: sp.Expr) -> bool:
    if isinstance(expr, sp.Sum):
        return _positive(expr.function)
    if isinstance(expr, sp.Add | sp.Mul):
        return all(_positive(part) for part in expr.args)
    return bool(expr.is_positive)


@dataclass(frozen=True)
class Identity:
    """left = right, for all sizes and all values."""

    title: str
    left: sp.Expr
    right: sp.Expr

    def check(self, definitions: Definitions) -> StepReport:
        ok, detail = vanishes(self.left - self.right, definitions)
        return StepReport(
            self.title, "identity", ok, detail, f"{latex(self.left)} = {latex(self.right)}"
        )


@dataclass(frozen=True)
class Induction(Identity):
    """left = right, left a sum from 1 to a size: so for no summand, and a summand adds as much to
    the right.
    """

    def check(self, definitions: Definitions) -> StepReport:
        ((index, first, size),) = self.left.limits
        one_more = self.right.subs(size, size + 1) - self.right
        start, start_words = vanishes(self.right.subs(size, first - 1), definitions)
        step, step_words = vanishes(
            one_more - self.left.function.subs(index, size + 1), definitions
        )
        detail = f"for no summand: {start_words}; one summand more: {step_words}"
        formula = f"{latex(self.left)} = {latex(self.right)}"
        return StepReport(self.title, "induction", start and step, detail, formula)


@dataclass(frozen=True)
class Term:
    """A summand of a slack and the reason it is nonnegative.

    Without `lemma` the sign follows from structure and the named gaps. With it, the term must be
    `factor` times the slack of that theorem's claim (after the substitution `at`), which is proved
    there, and only the factor's sign is shown here.
    """

    expr: sp.Expr
    because: str
    lemma: str | None = None
    factor: sp.Expr = sp.S.One
    at: Mapping[sp.Symbol, sp.Expr] = field(default_factory=dict)

    def is_nonnegative(self, given: Given) -> bool:
        """Whether the sign was shown, `given` symbols being nonnegative."""
        if self.lemma is not None:
            return self._is_slack_of(self.lemma) and nonnegative(_assuming(self.factor, given))
        gaps = [gap for gap in MONOTONE if self.expr.has(gap)]
        return nonnegative(_assuming(self.expr, given)) and all(map(monotone_holds, gaps))

    def _is_slack_of(self, lemma: str) -> bool:
        from locality.theory.core.catalogue import theorem  # the catalogue imports theorems

        slack = theorem(lemma).claim.slack.subs(dict(self.at))
        return bool(sp.expand(self.expr - self.factor * slack) == 0)


@dataclass(frozen=True)
class Decomposition:
    """slack = Σ terms, every term nonnegative: the proof of an inequality.

    `given` lists the symbols that the claim's own assumptions make nonnegative.
    """

    title: str
    slack: sp.Expr
    terms: tuple[Term, ...]
    slack_latex: str = ""
    given: Given = ()

    def check(self, definitions: Definitions) -> StepReport:
        exact_sum = sp.Add(*[term.expr for term in self.terms])
        ok, detail = vanishes(self.slack - exact_sum, definitions)
        unsigned = [str(k) for k, t in enumerate(self.terms, 1) if not t.is_nonnegative(self.given)]
        if unsigned:
            detail += f"; sign of term {', '.join(unsigned)} not shown"
        reasons = "; ".join(term.because for term in self.terms)
        formula = " + ".join(latex(term.expr) for term in self.terms)
        left = self.slack_latex or latex(self.slack)
        return StepReport(
            self.title,
            "decomposition",
            ok and not unsigned,
            f"{detail}; {reasons}",
            f"{left} = {formula}",
        )


@dataclass(frozen=True)
class Strict:
    """`expr` has a strict sign at a substitution or by structure: the necessary half of an iff."""

    title: str
    expr: sp.Expr
    because: str

    def check(self, definitions: Definitions) -> StepReport:
        ok = _positive(self.expr)
        return StepReport(self.title, "strict sign", ok, self.because, f"{latex(self.expr)} > 0")


@dataclass(frozen=True)
class Limit:
    """lim expr = value as `variable` → `to`; for scalar expressions."""

    title: str
    expr: sp.Expr
    variable: sp.Symbol
    to: sp.Expr
    value: sp.Expr

    def check(self, definitions: Definitions) -> StepReport:
        found = sp.limit(spell_out(self.expr, definitions), self.variable, self.to)
        ok = bool(sp.simplify(found - self.value) == 0)
        arrow = rf"{latex(self.variable)}\to {latex(self.to)}"
        formula = rf"\lim_{{{arrow}}} {latex(self.expr)} = {latex(self.value)}"
        return StepReport(self.title, "limit", ok, f"found {found}", formula)


Decision = Callable[[], tuple[bool, str]]


@dataclass(frozen=True)
class Decided:
    """What a finite computation decides: `decide` gives the answer, and what it found, in words."""

    title: str
    decide: Decision
    formula: str = ""

    def check(self, definitions: Definitions) -> StepReport:
        ok, detail = self.decide()
        return StepReport(self.title, "decision", ok, detail, self.formula)


@dataclass(frozen=True)
class ByHand:
    """A step that SymPy does not check and a named Rocq theorem covers."""

    title: str
    text: str
    rocq: str

    def check(self, definitions: Definitions) -> StepReport:
        from locality.theory.core.proofs import is_proved  # the .v text, read only when needed

        ok = is_proved(self.rocq)
        detail = f"Rocq: {self.rocq}" if ok else f"Rocq has no theorem {self.rocq}"
        return StepReport(self.title, "by hand", ok, detail, self.text, by_hand=True)


@dataclass(frozen=True)
class Derivation:
    """The steps that prove one claim."""

    steps: tuple[Step, ...]

    @property
    def definitions(self) -> dict[sp.Symbol, sp.Expr]:
        names: dict[sp.Symbol, sp.Expr] = {}
        for step in self.steps:
            if isinstance(step, Aggregates):
                names |= dict(step.names)
        return names

    def check(self) -> Iterable[StepReport]:
        """Check every step, in order."""
        return [step.check(self.definitions) for step in self.steps]
