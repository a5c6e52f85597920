"""One table of attention problems for every backend and every test that needs some."""

import math
from dataclasses import dataclass, field, fields, replace
from typing import Any

import torch
from torch import Tensor

from locality.kernels import AuxRequest, Mask

STATISTICS = tuple(f.name for f in fields(AuxRequest) if f.name != "certificate")


@dataclass(frozen=True)
class Case:
    """Shapes, the seed of normal q, k, v with `scale`, and the other arguments of `attend`."""

    name: str
    queries: int = 63
    keys: int = 111
    heads: int = 2
    kv_heads: int = 2
    batch: int = 1
    dim: int = 8
    value_dim: int = 8
    scale: float = 1.0
    arguments: dict[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()

    def tensors(self, dtype: torch.dtype = torch.float64) -> tuple[Tensor, Tensor, Tensor]:
        draw = torch.Generator().manual_seed(len(self.name) + self.queries + self.keys)
        sizes = (
            (self.batch, self.heads, self.queries, self.dim),
            (self.batch, self.kv_heads, self.keys, self.dim),
            (self.batch, self.kv_heads, self.keys, self.value_dim),
        )
        q, k, v = (torch.randn(size, generator=draw, dtype=torch.float64) for size in sizes)
        return (q * self.scale).to(dtype), k.to(dtype), v.to(dtype)

    def asking(self, *names: str) -> AuxRequest:
        """Those of the statistics that the arguments allow."""
        return AuxRequest(**{name: getattr(self.aux, name) for name in names})

    @property
    def aux(self) -> AuxRequest:
        """All statistics that the arguments allow."""
        request = AuxRequest.everything()
        if "relevant" not in self.arguments:
            names = ("fidelity", "leakage", "local_output", "margin", "certificate")
            request = replace(request, **dict.fromkeys(names, False))
        if "blocks" not in self.arguments:
            request = replace(request, block_mass=False)
        return replace(request, **dict.fromkeys(self.without, False))


def _integers(high: int, *shape: int) -> Tensor:
    return torch.randint(0, high, shape, generator=torch.Generator().manual_seed(3))


def _flags(*shape: int) -> Tensor:
    return torch.rand(*shape, generator=torch.Generator().manual_seed(4)) < 0.6


RANGES = [(0, 10), (10, 37), (40, 80), (80, 111)]
IDS = _integers(7, 111) - 1  # ids 0 … 5, and −1
OWN = torch.arange(63) // 16
SLOPE = torch.linspace(-3, 3, 222)
THIRDS = torch.tensor([0, 1, 2]).repeat_interleave(torch.tensor([20, 20, 71]))
SQUARE = {"blocks": 16, "relevant": torch.arange(111) // 16}
NEAR = {"blocks": 16, "relevant": OWN}

CASES = [
    Case("plain"),
    Case("square", queries=111),
    Case("one key", queries=5, keys=1),
    Case("one key, relevant", queries=5, keys=1, arguments={"blocks": 1, "relevant": 0}),
    Case("one query beside a cache", queries=1, arguments={"mask": "causal"}),
    Case("more queries than keys", queries=130, arguments={"mask": "causal"}),
    Case("causal", arguments={"mask": "causal"}),
    Case("strictly causal, square", queries=111, arguments={"mask": "strict-causal"}),
    Case("window 0", arguments={"mask": Mask.window(0), **NEAR}),
    Case("window 7", arguments={"mask": Mask.window(7), **NEAR}),
    Case("strict window 7", arguments={"mask": Mask.window(7, strict=True), **NEAR}),
    Case("window beyond the keys", arguments={"mask": Mask.window(1000), **NEAR}),
    Case("block size", arguments=NEAR),
    Case("own blocks", queries=111, arguments=SQUARE),
    Case("own blocks, causal", queries=111, arguments={"mask": "causal", **SQUARE}),
    Case("own blocks, dial inf", queries=111, arguments={"dial": math.inf, **SQUARE}),
    Case(
        "own blocks, dial inf, causal",
        queries=111,
        arguments={"dial": math.inf, "mask": "causal", **SQUARE},
    ),
    Case(
        "own ranges, several values",
        queries=111,
        batch=2,
        heads=4,
        arguments={"blocks": [(0, 20), (20, 40), (40, 111)], "relevant": THIRDS},
    ),
    Case("block size beyond the keys", arguments={"blocks": 1000, "relevant": 0}),
    Case("ranges", arguments={"blocks": RANGES, "relevant": 2}),
    Case("ids", arguments={"blocks": IDS, "relevant": _integers(6, 63)}),
    Case(
        "ids by batch, relevant by head",
        batch=3,
        arguments={
            "blocks": torch.stack([IDS, IDS, IDS.flip(0)]),
            "relevant": _integers(6, 3, 2, 63),
        },
    ),
    Case("relevant by batch", batch=2, arguments={"blocks": IDS, "relevant": _integers(6, 2, 63)}),
    Case("grouped queries", heads=6, arguments={"mask": "causal", **NEAR}),
    Case("one kv head", heads=4, kv_heads=1, batch=2, arguments=NEAR),
    Case("other value dim", dim=5, value_dim=17, arguments=NEAR),
    Case("dial", arguments={"dial": 2.5, **NEAR}),
    Case("dial inf", arguments={"dial": math.inf, **NEAR}),
    Case("dial inf, block hidden", arguments={"dial": math.inf, "mask": Mask.window(3), **NEAR}),
    Case(
        "dial and temperature by head",
        heads=4,
        arguments={"dial": [0.0, 2.5, math.inf, 40.0], "temperature": [0.5, 1.0, 2.0, 8.0], **NEAR},
    ),
    Case("huge temperature", arguments={"temperature": 1e30, "dial": 1.0, **NEAR}),
    Case("tiny temperature", arguments={"temperature": 1e-3, "dial": 1.0, **NEAR}),
    Case("ties", scale=0.0, arguments={"mask": "causal", **NEAR}),
    Case("large scores", scale=30.0, arguments=NEAR),
    Case("key bias", arguments={"bias": SLOPE[:111], "dial": 1.0, **NEAR}),
    Case("key bias by head", arguments={"bias": SLOPE.view(2, 1, 111), **NEAR}),
    Case(
        "bias by distance",
        arguments={"bias": -0.1 * torch.arange(63)[:, None] + 0.1 * torch.arange(111), **NEAR},
        without=("entropy",),
    ),
    Case("visible keys", arguments={"mask": Mask.keys(_flags(111)), **NEAR}),
    Case("visible keys by batch", batch=2, arguments={"mask": Mask.keys(_flags(2, 111)), **NEAR}),
    Case("dense mask", arguments={"mask": Mask.dense(_flags(63, 111)), **NEAR}),
    Case(
        "dense mask by head, causal too",
        arguments={"mask": Mask.dense(_flags(1, 2, 63, 111)) & Mask.causal(), **NEAR},
    ),
    Case("rows hidden", arguments={"mask": Mask.dense(_flags(63, 1)), **NEAR}),
    Case("nothing visible", arguments={"mask": Mask.keys(torch.zeros(111) > 0), **NEAR}),
    Case("block-local mask", arguments={"mask": Mask.block_local(), **NEAR}),
    Case("several tiles", queries=600, keys=700, heads=1, kv_heads=1, arguments={
        "mask": Mask.window(90), "blocks": 50, "relevant": torch.arange(600) // 50 + 2, "dial": 0.5,
    }),
]  # fmt: skip
