"""Compiles the machine-checked proofs and asks Rocq itself what each headline assumes."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from locality.theory import theorems
from locality.theory.core import proofs
from locality.theory.core.rocq import BOUNDS, bounds_file

Told = Callable[[str], None]


@dataclass(frozen=True)
class RocqReport:
    """What compiling showed. `axioms`: headline to the axioms that Rocq prints for it.

    `faults` are sentences; none means that every file compiled, nothing is admitted, every axiom
    is an allowed one, the printed bounds are current and every claimed headline was audited.
    """

    version: str
    axioms: dict[str, tuple[str, ...]]
    faults: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.faults


def compiler() -> str | None:
    """The path of the Rocq compiler, or None where there is none."""
    return shutil.which("coqc") or shutil.which("rocq")


def version_of(coqc: str) -> str:
    """The compiler's version, like `8.16.1`."""
    text = subprocess.run([coqc, "--version"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"version (\S+)", text)
    return found.group(1) if found else text.strip()


def source_faults(folder: Path = proofs.FOLDER) -> list[str]:
    """Gaps in the sources, and printed bounds that are not what the claims print today."""
    found = [
        f"{path.name} holds {gap!r}"
        for path in proofs.files(folder)
        for gap in proofs.gaps(path.read_text(encoding="utf-8"))
    ]
    if (folder / BOUNDS.name).read_text(encoding="utf-8") != bounds_file(theorems()):
        found.append(f"{BOUNDS.name} is stale: run `locality prove --write-bounds`")
    return found


def _chain(paths: tuple[Path, ...]) -> list[str]:
    """A hash per file of everything up to and including it."""
    hasher, result = hashlib.sha256(), []
    for path in paths:
        hasher.update(path.read_bytes())
        result.append(hasher.hexdigest())
    return result


def _compile(coqc: str, path: Path, build: Path) -> subprocess.CompletedProcess[str]:
    command = [coqc, "-q", "-R", ".", "Locality", path.name]
    shutil.copy(path, build / path.name)
    return subprocess.run(command, cwd=build, capture_output=True, text=True, check=False)


def compile_proofs(build: Path, folder: Path = proofs.FOLDER, told: Told = lambda _: None) -> str:
    """Compile every file in order into `build`; what has not changed is kept, with what it printed.

    Returns what the last file, the audit, printed. ProofFailed carries the compiler's words.
    """
    coqc = compiler()
    if coqc is None:
        raise FileNotFoundError("coqc")
    build.mkdir(parents=True, exist_ok=True)
    paths = proofs.files(folder)
    for path, stamp in zip(paths, _chain(paths), strict=True):
        mark, printed = build / f"{path.stem}.stamp", build / f"{path.stem}.out"
        if mark.exists() and mark.read_text() == stamp:
            continue
        told(path.name)
        done = _compile(coqc, path, build)
        if done.returncode != 0:
            raise ProofFailed(f"{path.name}: {' '.join(done.stderr.split())[:600]}")
        printed.write_text(done.stdout)
        mark.write_text(stamp)
    return printed.read_text()


class ProofFailed(RuntimeError):
    """A file did not compile."""


def printed_axioms(audit: str, output: str) -> dict[str, tuple[str, ...]]:
    """Pair each `Print Assumptions NAME.` with the axioms that Rocq printed for it."""
    names = re.findall(r"Print Assumptions (\w+)\.", proofs.without_comments(audit))
    blocks = re.split(r"^(?=Axioms:|Closed under the global context)", output, flags=re.M)[1:]
    if len(blocks) != len(names):
        raise ProofFailed(f"the audit printed {len(blocks)} answers for {len(names)} headlines")
    axioms = (tuple(re.findall(r"^([\w.]+)\s*:", block, flags=re.M)[1:]) for block in blocks)
    return dict(zip(names, axioms, strict=True))


def audit_faults(axioms: dict[str, tuple[str, ...]]) -> list[str]:
    """Axioms that are not allowed, and headlines of theorems that were not audited."""
    found = [
        f"{name} assumes {axiom}"
        for name, assumed in axioms.items()
        for axiom in assumed
        if axiom not in proofs.ALLOWED_AXIOMS
    ]
    claimed = {name for theorem in theorems() for name in theorem.rocq}
    return found + [f"{name} was not audited" for name in sorted(claimed - axioms.keys())]


def check_proofs(
    build: Path, folder: Path = proofs.FOLDER, told: Told = lambda _: None
) -> RocqReport:
    """Compile, audit and compare; the report says what is wrong instead of raising."""
    faults = source_faults(folder)
    axioms: dict[str, tuple[str, ...]] = {}
    try:
        output = compile_proofs(build, folder, told)
        axioms = printed_axioms(proofs.files(folder)[-1].read_text(encoding="utf-8"), output)
        faults += audit_faults(axioms)
    except ProofFailed as failure:
        faults.append(str(failure))
    return RocqReport(version_of(compiler() or "coqc"), axioms, tuple(faults))
