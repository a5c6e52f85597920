"""Campaigns: shards, executors, the ledger, summaries, replay and reports."""
