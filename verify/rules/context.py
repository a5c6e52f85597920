"""A rule block in a running attention operation, by merging and by the theorem `rule-injection`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from locality.kernels import Attention, AuxRequest, Moments, attend, merge
from locality.theory import InputError, theorem

HEARD = AuxRequest(fidelity=True, margin=True)


@dataclass(frozen=True)
class Rule:
    """Keys (batch, kv heads, m, dim), their values, and the queries' attention to them alone."""

    keys: Tensor
    values: Tensor
    moments: Moments


@dataclass(frozen=True)
class Heard:
    """What the queries of a context hear after a change.

    `attention`: over all keys now in context, by `attend`; with a rule, its share of the attention
    is `attention.fidelity`. `merged`: the same lse and output from the two parts' alone, and after
    removal the very tensors from before the rule. What the theorem says, in float64: `share`
    (batch, heads, queries), which is also the total variation from the attention without a rule;
    `least_share`, from the margin and the counts alone; `shift` (batch, heads, queries, value dim),
    by how much the output moved in this change. Without a rule both shares are 0.
    """

    attention: Attention
    merged: Moments
    share: Tensor
    least_share: Tensor
    shift: Tensor


class Context:
    """Queries (batch, heads, queries, dim) that attend to keys (batch, kv heads, keys, dim) with
    values (batch, kv heads, keys, value dim), and to one block of rule keys that comes and goes.

    `temperature` as in `attend`. A change costs attention to the new rule's keys alone; only
    `Heard.attention`, which is there to compare with, looks at the old keys again. InputError for a
    rule that does not fit the context, for a second rule beside the first, and for the removal of
    none.
    """

    def __init__(self, q: Tensor, k: Tensor, v: Tensor, *, temperature: Any = None) -> None:
        self.q, self.k, self.v, self.temperature = q, k, v, temperature
        self._old = self._alone(k, v)
        self._rule: Rule | None = None

    @property
    def now(self) -> Moments:
        """lse and output over all keys in context."""
        return self._old if self._rule is None else merge(self._old, self._rule.moments)

    def inject(self, keys: Tensor, values: Tensor) -> Heard:
        """Add a block of rule keys (batch, kv heads, m, dim) with their values."""
        if self._rule is not None:
            size = self._rule.keys.shape[2]
            raise InputError(
                f"a rule of {size} keys is in context: expected reload, or remove first"
            )
        return self._changed(self._fitting(keys, values))

    def remove(self) -> Heard:
        """Take the rule's keys away: the kept lse and output are in force again, bit for bit."""
        if self._rule is None:
            raise InputError("no rule is in context: expected inject first")
        return self._changed(None)

    def reload(self, keys: Tensor, values: Tensor) -> Heard:
        """Put another rule in place of the one in context."""
        if self._rule is None:
            raise InputError("no rule is in context: expected inject first")
        return self._changed(self._fitting(keys, values))

    def _alone(self, k: Tensor, v: Tensor) -> Moments:
        found = attend(self.q, k, v, temperature=self.temperature)
        return Moments(found.lse, found.output)

    def _fitting(self, keys: Tensor, values: Tensor) -> Rule:
        for name, new, old in (("keys", keys, self.k), ("values", values, self.v)):
            want = (*old.shape[:2], "m ≥ 1", old.shape[3])
            if new.ndim != 4 or new.shape[2] < 1 or not _alike(new, old):
                shape = ", ".join(map(str, want))
                raise InputError(f"{name} of shape {tuple(new.shape)}: expected ({shape})")
        return Rule(keys, values, self._alone(keys, values))

    def _changed(self, rule: Rule | None) -> Heard:
        before = self._shift()
        self._rule = rule
        attention = self._attend()
        return Heard(
            attention=attention,
            merged=self.now,
            share=self._share(),
            least_share=self._least_share(attention),
            shift=self._shift() - before,
        )

    def _attend(self) -> Attention:
        if (rule := self._rule) is None:
            return attend(self.q, self.k, self.v, temperature=self.temperature)
        pairs = (self.k, rule.keys), (self.v, rule.values)
        k, v = (torch.cat(pair, dim=2) for pair in pairs)
        block = self.k.shape[2], k.shape[2]
        return attend(
            self.q, k, v, temperature=self.temperature, blocks=[block], relevant=0, aux=HEARD
        )

    def _shift(self) -> Tensor:
        """How far the output is from that without a rule."""
        if self._rule is None:
            return torch.zeros_like(self._old.mean, dtype=torch.float64)
        new, old = self._rule.moments, self._old
        passes = {"lse_relevant": new.lse[..., None], "lse_rest": old.lse[..., None]}
        return _claimed("shift", **passes, rule_mean=new.mean, old_output=old.mean)

    def _share(self) -> Tensor:
        if self._rule is None:
            return torch.zeros_like(self._old.lse, dtype=torch.float64)
        return _claimed("variation", lse_relevant=self._rule.moments.lse, lse_rest=self._old.lse)

    def _least_share(self, attention: Attention) -> Tensor:
        if attention.margin is None:  # not asked for without a rule
            return torch.zeros_like(attention.lse, dtype=torch.float64)
        tau = math.sqrt(self.q.shape[3]) if self.temperature is None else self.temperature
        heat = torch.as_tensor(tau, dtype=torch.float64, device=self.q.device)
        x = attention.margin / heat.reshape(-1, 1)
        least: Tensor = theorem("rule-injection").bound(m=attention.m, c=attention.c, x=x)
        return least


def _alike(new: Tensor, old: Tensor) -> bool:
    return new.shape[:2] == old.shape[:2] and new.shape[3] == old.shape[3]


def _claimed(name: str, **given: Tensor) -> Tensor:
    """The right-hand side of a claim of the theorem, by the claim's name."""
    from locality.theory.core.bounds import bound  # SymPy takes a second to import

    (claim,) = (claim for claim in theorem("rule-injection").claims if claim.name == name)
    found: Tensor = bound(claim, given)
    return found
