"""The catalogue of this package: the theorems' checks and the instance families."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from locality.theory import find, index, theorem
from locality.verify.campaign import shard
from locality.verify.campaign.catalogue import Catalogue
from locality.verify.campaign.machine import digest
from locality.verify.checks import checks, controls, mutants
from locality.verify.checks.rows import Rows
from locality.verify.instances import families
from locality.verify.instances.batch import STRATA, Instance
from locality.verify.instances.stream import Stream

VERIFY = Path(__file__).parent.parent


def catalogue() -> Catalogue:
    """Every check and family, by name."""
    return Catalogue(
        checks=checks(),
        families=families(),
        tags={entry.id: entry.tag for entry in index()},
        strata=STRATA,
        mutants=mutants,
        controls=controls,
        rows=Rows,
        stream=Stream,
        instance=Instance.from_bytes,
        claim_hash=claim_hash,
    )


@cache
def claim_hash(name: str) -> str:
    """What a theorem's campaign numbers depend on: its claims, and the code that measures them.

    Checks of theorems that it does not rest on are left out, so that a new one stales no other.
    """
    foreign = {entry.stem for entry in index()} - {find(used).stem for used in _rests_on(name)}
    folders = (VERIFY / "checks", VERIFY / "instances")
    files = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    own = [path for path in files if path.parent != folders[0] or path.stem not in foreign]
    sources = (path.read_bytes() for path in [*own, Path(shard.__file__)])
    return digest(theorem(name).claim_hash(), *sources)


def _rests_on(name: str) -> set[str]:
    """The theorem and all that its derivation uses, directly or not."""
    return {name}.union(*(_rests_on(used) for used in theorem(name).depends_on))
