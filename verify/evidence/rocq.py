"""Compiles the machine-checked proofs and asks Rocq itself what each headline assumes."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

from locality.theory import theorems
from locality.theory.core import proofs
from locality.theory.core.rocq import printed

Told = Callable[[str], None]


@dataclass(frozen=True)
class RocqReport:
    """What compiling showed.

    `axioms`: headline to the axioms that Rocq prints for the headlines of its theorem together.

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
    """Gaps in the sources, and printed files that are not what the theorems print today."""
    found = [
        f"{path.name} holds {gap!r}"
        for path in proofs.files(folder)
        for gap in proofs.gaps(path.read_text(encoding="utf-8"))
    ]
    return found + [
        f"{path.name} is stale: run `locality prove --write-rocq`"
        for path, text in printed().items()
        if (folder / path.name).read_text(encoding="utf-8") != text
    ]


def _stamps(sources: Mapping[str, str], needs: Mapping[str, list[str]]) -> dict[str, str]:
    """A hash per file of its source and of all that it needs."""
    stamps: dict[str, str] = {}
    for name in TopologicalSorter(needs).static_order():
        whole = "".join([sources[name], *(stamps[other] for other in needs[name])])
        stamps[name] = hashlib.sha256(whole.encode()).hexdigest()
    return stamps


def _compile(coqc: str, path: Path, build: Path, stamp: str) -> None:
    """Compile one file into `build`, and keep what it printed."""
    command = [coqc, "-q", "-R", ".", "Locality", path.name]
    shutil.copy(path, build / path.name)
    done = subprocess.run(command, cwd=build, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ProofFailed(f"{path.name}: {' '.join(done.stderr.split())[:600]}")
    (build / f"{path.stem}.out").write_text(done.stdout)
    (build / f"{path.stem}.stamp").write_text(stamp)


def compile_proofs(build: Path, folder: Path = proofs.FOLDER, told: Told = lambda _: None) -> str:
    """Compile every file into `build`, one a core; what has not changed is kept with its output.

    Returns what the last file, the audit, printed. ProofFailed carries the compiler's words.
    """
    coqc = compiler()
    if coqc is None:
        raise FileNotFoundError("coqc")
    build.mkdir(parents=True, exist_ok=True)
    paths = {path.stem: path for path in proofs.files(folder)}
    sources = {name: path.read_text(encoding="utf-8") for name, path in paths.items()}
    needs = {
        name: [other for other in proofs.required(source) if other in sources]
        for name, source in sources.items()
    }
    stamps = _stamps(sources, needs)

    def settle(name: str) -> str:
        mark = build / f"{name}.stamp"
        if not mark.exists() or mark.read_text() != stamps[name]:
            told(paths[name].name)
            _compile(coqc, paths[name], build, stamps[name])
        return name

    _in_order(needs, settle)
    return (build / f"{[*paths][-1]}.out").read_text()


def _in_order(needs: Mapping[str, list[str]], settle: Callable[[str], str]) -> None:
    """Settle each name once what it needs is settled, as many at once as there are cores."""
    order = TopologicalSorter(needs)
    order.prepare()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        running: set[Future[str]] = set()
        while order.is_active():
            running |= {pool.submit(settle, name) for name in order.get_ready()}
            done, running = wait(running, return_when=FIRST_COMPLETED)
            try:
                order.done(*(one.result() for one in done))
            except ProofFailed:
                pool.shutdown(cancel_futures=True)
                raise


class ProofFailed(RuntimeError):
    """A file did not compile."""


def printed_axioms(audit: str, output: str) -> dict[str, tuple[str, ...]]:
    """Pair the headlines of each `Print Assumptions NAME.` with the axioms that Rocq printed."""
    source = proofs.without_comments(audit)
    held = dict(re.findall(r"Definition (\w+) := ([^.]*)\.", source))
    names = re.findall(r"Print Assumptions (\w+)\.", source)
    blocks = re.split(r"^(?=Axioms:|Closed under the global context)", output, flags=re.M)[1:]
    if len(blocks) != len(names):
        raise ProofFailed(f"the audit printed {len(blocks)} answers for {len(names)} theorems")
    axioms = (tuple(re.findall(r"^([\w.]+)\s*:", block, flags=re.M)[1:]) for block in blocks)
    return {
        headline: assumed
        for name, assumed in zip(names, axioms, strict=True)
        for headline in re.findall(r"@(\w+)", held[name])
    }


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
