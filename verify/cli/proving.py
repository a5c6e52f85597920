"""The work behind `locality prove`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from locality.theory import find, index, theorem
from locality.theory.core.derivation import Report, StepReport
from locality.theory.core.rocq import printed
from locality.verify.evidence import record as recorded
from locality.verify.evidence.rocq import RocqReport, check_proofs, compiler


@dataclass(frozen=True)
class Proofs:
    """Derivations and witnesses by theorem, and Rocq's report where Rocq ran."""

    derivations: dict[str, Report]
    witnesses: dict[str, tuple[StepReport, StepReport]]
    rocq: RocqReport | None
    not_checked: str

    @property
    def rocq_checked(self) -> bool:
        return self.rocq is not None

    @property
    def ok(self) -> bool:
        """Whether nothing that was checked failed."""
        steps = all(report.ok for report in self.derivations.values())
        points = all(point.ok for pair in self.witnesses.values() for point in pair)
        return steps and points and (self.rocq is None or self.rocq.ok)

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "ok": self.ok,
            "theorems": [self._theorem(name) for name in self.derivations],
            "rocq": self.rocq
            and {"version": self.rocq.version, "ok": self.rocq.ok, "faults": self.rocq.faults},
            "not_checked": [self.not_checked] if self.not_checked else [],
        }

    def _theorem(self, name: str) -> dict[str, Any]:
        report, (sharp, boundary) = self.derivations[name], self.witnesses[name]
        axioms = {h: self.rocq.axioms.get(h) for h in theorem(name).rocq} if self.rocq else None
        return {
            "id": name,
            "steps": [{"title": s.title, "kind": s.kind, "ok": s.ok} for s in report.steps],
            "checked": report.checked,
            "total": report.total,
            "by_hand": report.by_hand,
            "cited": report.cited,
            "sharp": sharp.ok,
            "boundary": boundary.ok,
            "rocq": axioms,
        }

    def show(self, out: Console) -> None:
        """One line a theorem, then what failed and what was not checked."""
        for name, report in self.derivations.items():
            sharp, boundary = self.witnesses[name]
            good = report.ok and sharp.ok and boundary.ok
            hand = f", {report.by_hand} of them by Rocq" if report.by_hand else ""
            hand += f", {report.cited} cited" if report.cited else ""
            out.print(
                f"{'✓' if good else '✗'} {name}: {report.checked}/{report.total} steps{hand}, "
                f"sharpness {'✓' if sharp.ok else '✗'}, boundary {'✓' if boundary.ok else '✗'}"
            )
            for step in (*report.steps, sharp, boundary):
                if not step.ok:
                    out.print(f"    ✗ {step.title}: {step.detail}", markup=False)
        if self.rocq is None:
            out.print(f"not checked: {self.not_checked}", markup=False)
            return
        axioms = sorted({a for assumed in self.rocq.axioms.values() for a in assumed})
        out.print(
            f"{'✓' if self.rocq.ok else '✗'} Rocq {self.rocq.version}: "
            f"{len(self.rocq.axioms)} headlines; axioms: {', '.join(axioms)}"
        )
        for fault in self.rocq.faults:
            out.print(f"    ✗ {fault}", markup=False)


def prove_all(
    names: tuple[str, ...], rocq: bool, build: Path, write_rocq: bool, record: bool
) -> Proofs:
    """Check derivations and witnesses of the theorems named (or all), and Rocq if wanted."""
    if write_rocq:
        for path, text in printed().items():
            path.write_text(text, encoding="utf-8")
    entries = [find(name) for name in names] or list(index())
    found = [theorem(entry.id) for entry in entries]
    report = _rocq(build) if rocq and compiler() else None
    why = "" if report else _why_not(rocq)
    done = Proofs(
        {t.id: t.check() for t in found},
        {t.id: (t.sharp.check(), t.boundary.check()) for t in found},
        report,
        why,
    )
    if record and report and report.ok:
        for t in found:
            _record(t.id, t.rocq, report)
    return done


def _rocq(build: Path) -> RocqReport:
    def told(name: str) -> None:
        print(f"compiling {name}", file=sys.stderr)

    return check_proofs(build, told=told)


def _why_not(wanted: bool) -> str:
    if not wanted:
        return "Rocq proofs (left out by --no-rocq)"
    return "Rocq proofs: no coqc on the path (Debian: apt-get install coq libcoq-coquelicot)"


def _record(name: str, headlines: tuple[str, ...], report: RocqReport) -> None:
    axioms = sorted({axiom for h in headlines for axiom in report.axioms[h]})
    facts = {
        "name": headlines[0],
        "headlines": list(headlines),
        "axioms": axioms,
        "compiler": f"Rocq/Coq {report.version}",
    }
    recorded.save(name, "rocq", facts, "locality prove --record")
