"""Which shards a campaign consists of: decided by counts alone, never by timing or workers.

A campaign grows in rounds. In the first, every family gives as many shards as would fill its quota
if every instance were applicable; after a round, each (theorem, family) cell that is still short
gets as many more as its own rate of applicable instances calls for. The rounds depend only on the
counts of the shards before them, so an interrupted campaign, resumed, has the same members.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from math import ceil

from locality.theory.core.errors import InputError
from locality.verify.campaign.catalogue import Catalogue, load
from locality.verify.campaign.words import grouped

STANDARD = "locality.verify.campaign.standard:catalogue"
FEW = 1_000  # a cell with fewer applicable instances than this says why

Cell = tuple[str, str]  # (theorem, family)


@dataclass(frozen=True)
class Campaign:
    """What is to be measured; equal campaigns have equal shards.

    theorems: ids. families: names. samples: applicable instances wanted per theorem, split evenly
    over the families. seed: of the instances. keys: n of every instance, or None for the families'
    own mixture. drawn_limit: a cell gives up after this many drawn instances per wanted one.
    catalogue: where workers find checks and families, as `module:function`.
    """

    theorems: tuple[str, ...]
    families: tuple[str, ...]
    samples: int = 100_000
    seed: int = 7
    keys: int | None = None
    drawn_limit: int = 20
    catalogue: str = STANDARD

    def __post_init__(self) -> None:
        for name, least in (("samples", 1), ("seed", 0), ("drawn_limit", 1)):
            value = getattr(self, name)
            if not isinstance(value, int) or value < least:
                raise InputError(f"{name} is {value!r}; expected an integer, at least {least}")
        if self.keys is not None and self.keys < 2:
            raise InputError(f"keys is {self.keys!r}; expected at least 2")
        for name in ("theorems", "families"):
            if not getattr(self, name):
                raise InputError(f"no {name}; expected at least one")

    @property
    def quota(self) -> int:
        """Applicable instances wanted of each (theorem, family)."""
        return ceil(self.samples / len(self.families))

    @property
    def label(self) -> str:
        """What follows a family's name where n is not the family's own choice."""
        return "" if self.keys is None else f"@{self.keys}"

    def cells(self) -> Iterator[Cell]:
        """Every (theorem, family), families outermost."""
        return ((theorem, family) for family in self.families for theorem in self.theorems)

    def as_json(self) -> dict[str, object]:
        """The plain data this campaign can be made from again."""
        return asdict(self)


@dataclass(frozen=True, order=True)
class ShardKey:
    """The unit of work, of resume and of replay: one shard of a family, for some theorems."""

    family: str
    seed: int
    shard: int
    size: int
    theorems: tuple[str, ...]
    keys: int | None
    catalogue: str

    @property
    def label(self) -> str:
        """The family's name as ledgers and addresses spell it."""
        return self.family if self.keys is None else f"{self.family}@{self.keys}"


@dataclass(frozen=True)
class Count:
    """What the shards of a cell gave so far; instances, not rows."""

    shards: int = 0
    drawn: int = 0
    applicable: int = 0


class Plan:
    """The rounds of one campaign: how far each cell reaches into its family's shards."""

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        self.catalogue: Catalogue = load(campaign.catalogue)
        self.catalogue.require(campaign.theorems, campaign.families)
        self.hashes = {name: self.catalogue.claim_hash(name) for name in campaign.theorems}
        self.reach: dict[Cell, int] = dict.fromkeys(campaign.cells(), 0)

    def shards(self, family: str) -> int | None:
        """How many shards the family has; None if it never ends."""
        found = self.catalogue.families[family].shards(None)
        return None if found is None else int(found)

    def advance(self, counts: Mapping[Cell, Count]) -> list[ShardKey]:
        """The shards of the next round; none when every cell is full, exhausted or given up."""
        before = dict(self.reach)
        for cell in self.reach:
            self.reach[cell] += self._more(cell, counts.get(cell, Count()))
        kept_first = sorted(
            self.campaign.families, key=lambda name: not self.catalogue.families[name].stored
        )  # families whose instances must be stored are the slow ones: none should come last
        return [key for family in kept_first for key in self._round(family, before)]

    def _round(self, family: str, before: Mapping[Cell, int]) -> Iterator[ShardKey]:
        campaign, theorems = self.campaign, self.campaign.theorems
        size = self.catalogue.families[family].shard_size
        for shard in range(max(self.reach[theorem, family] for theorem in theorems)):
            wanted = tuple(
                theorem
                for theorem in theorems
                if before[theorem, family] <= shard < self.reach[theorem, family]
            )
            if wanted:
                yield ShardKey(
                    family, campaign.seed, shard, size, wanted, campaign.keys, campaign.catalogue
                )

    def _more(self, cell: Cell, count: Count) -> int:
        theorem, family = cell
        quota, reach = self.campaign.quota, self.reach[cell]
        per_shard = self.catalogue.families[family].shard_size // self.catalogue.width(theorem)
        limit = ceil(quota * self.campaign.drawn_limit / per_shard)
        if reach == 0:
            wanted = ceil(quota / per_shard)
        elif count.applicable >= quota:
            wanted = 0
        elif count.applicable == 0:
            wanted = reach
        else:
            missing = (quota - count.applicable) * count.shards
            wanted = min(-(-missing // count.applicable), 3 * reach)
        end = self.shards(family)
        return max(0, min(wanted, limit - reach, *([] if end is None else [end - reach])))

    def reason(self, cell: Cell, count: Count) -> str | None:
        """Why a cell has fewer than 1 000 applicable instances; None where it has more."""
        if count.applicable >= FEW:
            return None
        if count.applicable >= self.campaign.quota:
            return f"only {grouped(self.campaign.quota)} were asked for"
        share = f"{grouped(count.applicable)} of {grouped(count.drawn)} drawn are applicable"
        if self.reach[cell] == self.shards(cell[1]):
            return f"finite family: {share}"
        return share
