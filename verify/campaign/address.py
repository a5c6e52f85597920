"""Addresses of instances: `K7QD-7-gaussian-412` is tag, seed, family and row."""

import re
from dataclasses import dataclass

from locality.theory.core.errors import InputError

_FORM = re.compile(
    r"(?P<tag>\w{4})-(?P<seed>\d+)-(?P<family>[a-z][a-z-]*)(@(?P<keys>\d+))?-(?P<row>\d+)",
    re.IGNORECASE,
)
_EXPECTED = "tag-seed-family-row, like K7QD-7-gaussian-412"


@dataclass(frozen=True)
class Address:
    """Where an instance is: the theorem's tag, the seed, the family, n if fixed, the first row."""

    tag: str
    seed: int
    family: str
    keys: int | None
    row: int

    def __str__(self) -> str:
        label = self.family if self.keys is None else f"{self.family}@{self.keys}"
        return f"{self.tag}-{self.seed}-{label}-{self.row}"


def parse(text: str) -> Address:
    """The address that `text` spells; InputError if it spells none."""
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise InputError(f"{text!r} is no address; expected {_EXPECTED}")
    keys = match["keys"]
    return Address(
        match["tag"].upper(),
        int(match["seed"]),
        match["family"].lower(),
        None if keys is None else int(keys),
        int(match["row"]),
    )
