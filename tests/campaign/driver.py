"""Runs a campaign in a process of its own: `driver.py LEDGER SHARDS [pool] [theorem]`."""

import json
import sys

from locality.verify.campaign.execute import run_campaign
from locality.verify.campaign.plan import Campaign

if __name__ == "__main__":
    path, samples, *theorems = sys.argv[1:]
    campaign = Campaign(
        tuple(theorems), ("steady", "two-level"), int(samples), catalogue="fakes:catalogue"
    )
    done = run_campaign(
        campaign, path, workers=2, progress=lambda step: print(step.done, flush=True)
    )
    print(json.dumps(done.as_json()))
