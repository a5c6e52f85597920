"""Part I, rules: what a block of rule tokens does to attention, and what rejecting answers does."""

ORDER = ["rule-injection", "hot-reload"]
