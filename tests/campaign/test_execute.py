import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from locality.theory.core.errors import InputError
from locality.verify.campaign.execute import Progress, WorkerDied, run_campaign

HERE = Path(__file__).parent
TABLES = ("shards", "extremes", "trials", "environments")


class Inline(Executor):
    """Runs each shard when it is submitted and counts what waits."""

    def __init__(self, fail_at=None):
        self.submitted, self.fail_at = [], fail_at

    def submit(self, function, key):
        if self.fail_at == len(self.submitted):
            raise KeyboardInterrupt
        self.submitted.append(key)
        future = Future()
        future.set_result(function(key))
        return future


def content(path):
    """Every row of the ledger but for the seconds, in one order."""
    with sqlite3.connect(path) as database:
        database.row_factory = sqlite3.Row
        rows = {
            table: sorted(
                # SIM118: iterating an sqlite3.Row gives its values, not its names
                repr({name: row[name] for name in row.keys() if name != "seconds"})  # noqa: SIM118
                for row in database.execute(f"SELECT * FROM {table}")
            )
            for table in TABLES
        }
    database.close()
    return rows


def numbers(summary):
    return [{k: v for k, v in one.items() if k != "seconds"} for one in summary["theorems"]]


def test_any_executor_gives_the_same_rows(campaign, tmp_path):
    wanted = campaign("spread", "pairs", "rare", families=("steady", "short", "two-level"))
    with ThreadPoolExecutor(3) as threads:
        first = run_campaign(wanted, tmp_path / "threads.sqlite", threads)
    second = run_campaign(wanted, tmp_path / "inline.sqlite", Inline())
    assert content(tmp_path / "threads.sqlite") == content(tmp_path / "inline.sqlite")
    assert numbers(first.as_json()) == numbers(second.as_json())


def test_a_resumed_campaign_runs_only_what_is_missing(campaign, tmp_path):
    path, wanted = tmp_path / "l.sqlite", campaign("spread", samples=320)
    with pytest.raises(KeyboardInterrupt):
        run_campaign(wanted, path, Inline(fail_at=4), workers=1)
    rest, again = Inline(), Inline()
    resumed = run_campaign(wanted, path, rest)
    assert 0 < len(rest.submitted) < 10
    whole = run_campaign(wanted, tmp_path / "whole.sqlite", Inline())
    assert numbers(resumed.as_json()) == numbers(whole.as_json())
    run_campaign(wanted, path, again)
    assert again.submitted == []


def test_a_larger_campaign_extends_a_smaller_one(campaign, tmp_path):
    path, rest = tmp_path / "l.sqlite", Inline()
    small = run_campaign(campaign("spread", samples=64), path, Inline())
    run_campaign(campaign("spread", "pairs", samples=128), path, rest)
    assert [(key.shard, key.theorems) for key in rest.submitted[:4]] == [
        (0, ("pairs",)),
        (1, ("pairs",)),
        (2, ("spread", "pairs")),
        (3, ("spread", "pairs")),
    ]
    again = run_campaign(campaign("spread", samples=64), path, Inline())
    assert numbers(again.as_json()) == numbers(small.as_json())


def test_few_shards_are_asked_for_at_a_time(campaign, tmp_path):
    waiting, most = set(), 0

    class Watched(ThreadPoolExecutor):
        def submit(self, *arguments):
            nonlocal most
            future = super().submit(*arguments)
            waiting.add(future)
            most = max(most, sum(not future.done() for future in waiting))
            return future

    with Watched(2) as executor:
        run_campaign(campaign("spread", samples=3_200), tmp_path / "l.sqlite", executor, workers=2)
    assert len(waiting) == 100
    assert most <= 4


def test_progress_counts_every_shard_once(campaign, tmp_path):
    seen = []
    path = tmp_path / "l.sqlite"
    run_campaign(campaign("spread", "pairs"), path, Inline(), progress=seen.append)
    assert [step.done for step in seen] == list(range(1, len(seen) + 1))
    assert seen[-1].done == seen[-1].total
    assert seen[-1].instances == 32 * 4 + 16 * 3


def test_pace_of_progress():
    assert Progress(10, 40, 500, 5.0).rate == 100
    assert Progress(10, 40, 500, 5.0).eta == 15
    assert Progress(0, 40, 0, 5.0).eta is None


def test_no_workers_are_refused(campaign, tmp_path):
    with pytest.raises(InputError, match="workers is 0; expected at least 1"):
        run_campaign(campaign("spread"), tmp_path / "l.sqlite", workers=0)


def start(path, samples, *theorems):
    command = [sys.executable, str(HERE / "driver.py"), str(path), str(samples), *theorems]
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def shards_done(process, wanted):
    for line in process.stdout:
        if line.strip().isdigit() and int(line) >= wanted:
            return


@pytest.mark.slow
def test_a_campaign_killed_at_any_moment_resumes_to_the_same_ledger(campaign, tmp_path):
    path, samples, pick = tmp_path / "killed.sqlite", 6_400, random.Random(5)
    for wanted in (1, pick.randint(10, 60)):
        process = start(path, samples, "spread", "pairs")
        shards_done(process, wanted)
        time.sleep(pick.random() / 50)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=10)  # ends when no orphaned worker holds the pipe
    process = start(path, samples, "spread", "pairs")
    resumed = json.loads(process.communicate()[0].splitlines()[-1])
    wanted = campaign("spread", "pairs", families=("steady", "two-level"), samples=samples)
    whole = run_campaign(wanted, tmp_path / "whole.sqlite", Inline())
    assert content(path) == content(tmp_path / "whole.sqlite")
    assert numbers(resumed) == numbers(whole.as_json())


@pytest.mark.slow
def test_a_dead_worker_ends_the_campaign_in_one_line_and_keeps_the_ledger(campaign, tmp_path):
    path = tmp_path / "l.sqlite"
    run_campaign(campaign("spread"), path, Inline())
    before = content(path)
    with pytest.raises(WorkerDied, match=r"a worker process died .* goes on from there") as death:
        run_campaign(campaign("deadly"), path, workers=1)
    assert "\n" not in str(death.value)
    assert content(path) == before


@pytest.mark.slow
def test_ctrl_c_passes_through_and_keeps_the_ledger(tmp_path):
    path = tmp_path / "l.sqlite"
    process = start(path, 200_000, "spread")
    shards_done(process, 5)
    os.killpg(process.pid, signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT
    assert errors.count("Traceback") == 1  # the parent's own; workers say nothing
    assert len(content(path)["shards"]) >= 5
