"""What a campaign can run: checks and instance families by name, found by workers on their own.

A shard carries the catalogue's *name*, not its objects, so that nothing but plain data travels
between processes and machines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from locality.theory.core.errors import InputError

if TYPE_CHECKING:
    from locality.verify.checks.protocol import Check
    from locality.verify.checks.rows import Rows
    from locality.verify.instances.batch import Batch, Instance
    from locality.verify.instances.catalogue import Family
    from locality.verify.instances.stream import Stream


class Variant(Protocol):
    """A mutant or a control: a changed claim under a name."""

    @property
    def name(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def check(self) -> Check: ...


@dataclass(frozen=True)
class Catalogue:
    """Checks, their mutants and controls, and instance families.

    tags: theorem id to permanent tag. claim_hash: of what a theorem's numbers depend on; another
    hash is another row of the ledger. strata: names of the margin's strata, by index.
    """

    checks: Mapping[str, Check]
    families: Mapping[str, Family]
    tags: Mapping[str, str]
    strata: tuple[str, ...]
    mutants: Callable[[str], tuple[Variant, ...]]
    controls: Callable[[str], tuple[Variant, ...]]
    rows: Callable[[Batch], Rows]
    stream: Callable[[int, str], Stream]
    instance: Callable[[bytes], Instance]
    claim_hash: Callable[[str], str]

    def width(self, theorem: str) -> int:
        """Rows that one instance of the theorem takes."""
        return self.checks[theorem].width

    def texts(self, theorem: str) -> dict[str, str]:
        """What each mutant and control changes, by name."""
        variants = (*self.mutants(theorem), *self.controls(theorem))
        return {variant.name: variant.text for variant in variants}

    def require(self, theorems: Iterable[str], families: Iterable[str]) -> None:
        """Refuse a name that is not there, saying which are."""
        for kind, wanted, known in (
            ("theorem", theorems, tuple(self.checks)),
            ("family", families, tuple(self.families)),
        ):
            for name in wanted:
                if name not in known:
                    raise InputError(f"no {kind} {name!r}; expected one of {', '.join(known)}")

    def theorem_of(self, tag: str) -> str:
        """The theorem id behind a tag."""
        for theorem, known in self.tags.items():
            if known == tag:
                return theorem
        raise InputError(f"no theorem has the tag {tag!r}; known: {', '.join(self.tags.values())}")


@cache
def load(name: str) -> Catalogue:
    """The catalogue that `module:function` returns, made once per process."""
    module, _, function = name.partition(":")
    made = getattr(import_module(module), function)()
    if not isinstance(made, Catalogue):
        raise InputError(f"{name} returned {type(made).__name__}; expected a Catalogue")
    return made
