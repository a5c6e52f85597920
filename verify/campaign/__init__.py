"""Campaigns: theorems tried on many instances, shard by shard, into a ledger that survives.

`run_campaign(Campaign(("leakage",), ("gaussian",)), "runs/mine.sqlite")` measures and returns a
`Summary`; `.replay` measures one instance again, `.report` writes the page, `.bench` times it all.
"""

from locality.verify.campaign.execute import Progress, WorkerDied, run_campaign
from locality.verify.campaign.plan import Campaign
from locality.verify.campaign.summary import Summary

__all__ = ["Campaign", "Progress", "Summary", "WorkerDied", "run_campaign"]
