"""What a theorem is: one immutable object from which every number, test, plot and page follows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sympy as sp

from locality.theory.core import bounds
from locality.theory.core.derivation import (
    CITED,
    Decomposition,
    Derivation,
    Identity,
    Report,
    Step,
    StepReport,
    Strict,
    once,
)
from locality.theory.core.errors import InputError
from locality.theory.core.printer import in_arrays, in_balls, latex
from locality.theory.core.proofs import is_listed, is_proved
from locality.theory.core.solve import Solution, Solver
from locality.theory.core.sums import is_zero, substitute
from locality.theory.core.symbols import QUANTITIES, Quantity
from locality.theory.core.witness import Witness

RELATIONS = {"upper": "<=", "lower": ">=", "equal": "==", "iff": ">=", "monotone": "=="}


VERDICTS = {
    "holds": "holds",
    "more": "holds under one more condition",
    "fails": "fails as announced",
}


@dataclass(frozen=True)
class Source:
    """Where a claim comes from: a key of `references.bib`, and the claim in our words.

    What a paper announced has a verdict, a key of VERDICTS, and unless it holds as announced a
    `truth`: the condition that it needs, or what is true instead. What is known anyway has neither.
    """

    key: str
    claim: str
    verdict: str = ""
    truth: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in ("", *VERDICTS):
            raise ValueError(f"verdict {self.verdict!r}: expected one of {', '.join(VERDICTS)}")
        if bool(self.truth) != (self.verdict in ("more", "fails")):
            raise ValueError(f"{self.claim}: a truth is for what does not hold as announced")


@dataclass(frozen=True)
class Assumption:
    """A hypothesis, by the name it has in the Rocq statement.

    An `implicit` one has no binder there: the form of the statement says it, such as scores that
    are a function of the key alone.
    """

    name: str
    text: str
    implicit: bool = False


@dataclass(frozen=True)
class Claim:
    """lhs (direction) rhs, with the derivation that proves it.

    `lhs` is the measured side as an expression over the indexed families, `rhs` the bound in
    public symbols, `inputs` their names in order, `base` the value that tightness is measured
    from, `domain` narrows a quantity's own domain (name -> (text, predicate)). `printed` claims
    have a Rocq definition; `display` is LaTeX for a quantified claim that no relation can show;
    `encoding` says what the derivation writes for a quantity of the claim.
    """

    name: str
    direction: str
    lhs: sp.Expr
    lhs_latex: str
    rhs: sp.Expr
    inputs: tuple[str, ...]
    derivation: Derivation
    base: sp.Expr | None = None
    domain: Mapping[str, tuple[str, Callable[[Any], Any]]] = field(default_factory=dict)
    printed: bool = True
    display: str = ""
    encoding: Mapping[Any, sp.Expr] = field(default_factory=dict)

    def __post_init__(self) -> None:
        left_over = {s.name for s in self.rhs.free_symbols} - set(self.inputs)
        if left_over:
            raise ValueError(f"{self.name}: symbols {left_over} are not inputs")
        if self.direction not in RELATIONS:
            raise ValueError(f"{self.name}: unknown direction {self.direction!r}")
        for step in self.derivation.steps:
            used = {str(symbol) for symbol in getattr(step, "given", ())}
            if not used <= self.domain.keys():
                raise ValueError(
                    f"{self.name}: a step uses {used}, which the claim does not assume"
                )

    @property
    def relation(self) -> str:
        return RELATIONS[self.direction]

    @property
    def slack(self) -> sp.Expr:
        """What the claim says is nonnegative; for an equality, what vanishes."""
        return self.lhs - self.rhs if self.direction == "lower" else self.rhs - self.lhs

    @property
    def latex(self) -> str:
        """The claim in the field's letters."""
        if self.display:
            return self.display
        sign = {"<=": r"\le", ">=": r"\ge", "==": "="}[self.relation]
        return f"{self.lhs_latex} {sign} {latex(self.rhs)}"

    @once
    def check(self) -> tuple[StepReport, ...]:
        """Check every step, and that they arrive at this claim."""
        return (*self.derivation.check(), self._conclusion())

    def _conclusion(self) -> StepReport:
        steps = self.derivation.steps
        if self.direction == "iff":
            ok = any(isinstance(s, Decomposition) for s in steps)
            ok &= any(isinstance(s, Strict) for s in steps)
            detail = "a decomposition for one direction, a strict sign for the other"
        else:
            ok = any(self._is_reached_by(step) for step in steps)
            detail = "a step's slack is the claim's" if ok else "no step's slack is the claim's"
        return StepReport("The steps arrive at the claim", "conclusion", ok, detail, self.latex)

    def _is_reached_by(self, step: Step) -> bool:
        definitions = self.derivation.definitions
        slack = substitute(self.slack, self.encoding)
        if isinstance(step, Identity):
            exact = self.direction in ("equal", "monotone")
            return exact and is_zero(step.right - step.left - slack, definitions)
        if not isinstance(step, Decomposition):
            return False
        falls = self.direction == "monotone" and is_zero(step.slack + slack, definitions)
        return falls or is_zero(step.slack - slack, definitions)

    def in_balls(self, **values: Any) -> Any:
        """The bound in balls at the current precision, from exact values."""
        return in_balls(self.rhs, values)

    def in_arrays(self, **values: Any) -> Any:
        """The bound in float64 arrays, without checks of the domain."""
        return in_arrays(self.rhs, values)


@dataclass(frozen=True)
class Statement:
    """A claim that is no relation between numbers: it speaks of all formulas, words or languages.

    Its steps are finite decisions and lemmas; it is concluded by `rocq`, the machine-checked
    headline that states it, or where it is classical by `cited`, a key of `references.bib`.
    `display` is LaTeX.
    """

    name: str
    display: str
    derivation: Derivation
    rocq: str = ""
    cited: str = ""

    def __post_init__(self) -> None:
        if bool(self.rocq) == bool(self.cited):
            raise ValueError(f"{self.name}: expected either a Rocq headline or a citation")

    @property
    def latex(self) -> str:
        """The claim in the field's letters."""
        return self.display

    @once
    def check(self) -> tuple[StepReport, ...]:
        """Check every step, and that something concludes this statement."""
        return (*self.derivation.check(), self._conclusion())

    def _conclusion(self) -> StepReport:
        if self.cited:
            return StepReport(self.name, CITED, is_listed(self.cited), self.cited, self.display)
        title, ok = "Rocq concludes the claim", is_proved(self.rocq)
        detail = f"Rocq: {self.rocq}" if ok else f"Rocq has no theorem {self.rocq}"
        return StepReport(title, "conclusion", ok, detail, self.display, by_hand=True)


@dataclass(frozen=True)
class Theorem:
    """A theorem of the catalogue; `id` and `tag` are permanent.

    `claims` are relations between numbers, `statements` what it says besides, or instead.
    """

    id: str
    tag: str
    title: str
    statement: str
    intuition: str
    proof: str
    source: Source
    assumptions: tuple[Assumption, ...]
    sharp: Witness
    boundary: Witness
    rocq: tuple[str, ...]
    claims: tuple[Claim, ...] = ()
    statements: tuple[Statement, ...] = ()
    depends_on: tuple[str, ...] = ()
    solvers: Mapping[str, Solver] = field(default_factory=dict)
    scalar: bool = True
    part: str = "Part I. Concentration"
    literature: str = ""

    def __post_init__(self) -> None:
        if not self.claims and (self.scalar or not self.statements):
            raise ValueError(f"{self.id}: expected claims, or statements and no scalar bound")
        unlisted = {one.rocq for one in self.statements if one.rocq} - set(self.rocq)
        if unlisted:
            raise ValueError(f"{self.id}: headlines {unlisted} are not among the theorem's")

    @property
    def claim(self) -> Claim:
        """The main claim; the others sharpen or complete it."""
        return self.claims[0]

    @property
    def symbols(self) -> tuple[Quantity, ...]:
        """The public quantities of all claims, in order of first use."""
        names = dict.fromkeys(name for claim in self.claims for name in claim.inputs)
        return tuple(QUANTITIES[name] for name in names)

    def bound(self, *, log: bool = False, **inputs: Any) -> Any:
        """The right-hand side of the main claim.

        Scalars are evaluated in balls and rounded (relative error below 1e-12 where the value is
        at least 1e-300); arrays and registered tensors use the numerically stable printed form.
        Names: those of `claim.inputs`; `margin` and `temperature` may stand for `x`, and `n`
        together with `m` or `c` for the other. `log=True` gives the natural logarithm.
        InputError names the value and the domain it left.
        """
        if not self.scalar:
            what = self.claim.lhs_latex if self.claims else self.statements[0].name
            raise InputError(f"{self.id} has no scalar bound: it states {what}")
        return bounds.bound(self.claim, inputs, log=log)

    def solve(self, name: str, **inputs: Any) -> Solution:
        """The condition on one quantity that the theorem demands, all sign cases decided."""
        if name not in self.solvers:
            known = ", ".join(sorted(self.solvers)) or "nothing"
            raise InputError(f"{self.id} cannot be solved for {name!r}: expected one of {known}")
        return self.solvers[name](inputs)

    def check(self) -> Report:
        """Check every step of every derivation."""
        steps: list[StepReport] = []
        for claim in self.claims:
            steps += claim.check()
        for quantified in self.statements:
            steps += quantified.check()
        return Report(tuple(steps))

    def claim_hash(self) -> str:
        """A short fingerprint of what is claimed; results recorded for another claim are stale."""
        claims = [
            f"{c.name}:{c.direction}:{sp.srepr(c.lhs)}:{sp.srepr(c.rhs)}" for c in self.claims
        ]
        claims += [f"{s.name}:{s.display}:{s.rocq or s.cited}" for s in self.statements]
        return hashlib.sha256("|".join(claims).encode()).hexdigest()[:12]
