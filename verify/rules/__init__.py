"""Rules at work: a rule block in a running attention operation, and tries behind a verifier.

`Context(q, k, v)` attends; `inject`, `reload` and `remove` change the rule in it, and say what the
theorem `rule-injection` predicts of that beside what attention finds. `left_behind` shows where the
theorem ends: what a cache of several layers keeps of a rule after its keys are gone. `simulate`
draws tries for the theorem `hot-reload`, and `interval` says what counts prove of a probability.
"""

from locality.verify.rules.context import Context, Heard
from locality.verify.rules.depth import Layer, left_behind
from locality.verify.rules.tries import Counts, interval, simulate

__all__ = ["Context", "Counts", "Heard", "Layer", "interval", "left_behind", "simulate"]
