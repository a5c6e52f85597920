"""Run a campaign's missing shards on any executor and keep what comes back."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import wait as wait_for_end
from pathlib import Path
from time import monotonic

from locality.theory.core.errors import InputError
from locality.verify.campaign.ledger import Ledger, places
from locality.verify.campaign.plan import Campaign, Cell, Count, Plan, ShardKey
from locality.verify.campaign.shard import ShardResult, run_shard
from locality.verify.campaign.summary import Summary, cell_range, summarise


class WorkerDied(RuntimeError):
    """A worker process ended before its shard did; what was finished is in the ledger."""


@dataclass(frozen=True)
class Progress:
    """How far a campaign is. `total` grows when a round of shards leaves a cell short.

    instances: drawn in this run, per second in `rate`; seconds: since the start; eta: seconds
    left, None before the first shard is done.
    """

    done: int
    total: int
    instances: int
    seconds: float

    @property
    def rate(self) -> float:
        """Instances a second, each counted once however many theorems it was measured for."""
        return self.instances / self.seconds if self.seconds > 0 else 0.0

    @property
    def eta(self) -> float | None:
        """Seconds left at the present pace."""
        return self.seconds / self.done * (self.total - self.done) if self.done else None


def run_campaign(
    campaign: Campaign,
    ledger_path: Path | str,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    command: str = "",
) -> Summary:
    """Measure what the ledger lacks of the campaign, then summarise all of it.

    executor: any `concurrent.futures.Executor`; None means a pool of `workers` processes (None:
    one a core), ended with the campaign. progress: called after each shard. command: kept in the
    ledger for the report. InputError for an unusable ledger or unknown names, WorkerDied if a
    worker process was killed; KeyboardInterrupt passes through. The ledger survives all of them.
    """
    if workers is not None and workers < 1:
        raise InputError(f"workers is {workers}; expected at least 1")
    plan, width = Plan(campaign), workers or os.cpu_count() or 1
    with Ledger(ledger_path) as ledger:
        ledger.note_campaign(campaign.as_json(), command)
        run = _Run(plan, ledger, progress)
        try:
            if executor is not None:
                run.rounds(executor, width)
            else:
                with _pool(width) as own:
                    run.rounds(own, width)
        except BrokenExecutor as error:
            raise WorkerDied(
                f"a worker process died (killed, or out of memory); {run.done} of {run.total} "
                f"shards are kept in {ledger.path}: the same command goes on from there"
            ) from error
        return summarise(plan, ledger, seconds=monotonic() - run.started, workers=width)


class _Run:
    """The rounds of one call: what to ask for next, what came back."""

    def __init__(
        self, plan: Plan, ledger: Ledger, progress: Callable[[Progress], None] | None
    ) -> None:
        self.plan, self.ledger, self.progress = plan, ledger, progress
        self.done = self.total = self.instances = 0
        self.started = monotonic()

    def rounds(self, executor: Executor, workers: int) -> None:
        """Round after round until the plan asks for no more."""
        while keys := self.plan.advance(self._counts()):
            missing = [left for key in keys if (left := self._missing(key)).theorems]
            self.total += len(missing)
            for result in _in_flight(executor, missing, 2 * workers):
                self.ledger.record(result)
                self._report(result)

    def _counts(self) -> dict[Cell, Count]:
        return {cell: self.ledger.counts(cell_range(self.plan, cell)) for cell in self.plan.reach}

    def _missing(self, key: ShardKey) -> ShardKey:
        where = places(key, self.plan.hashes)
        left = tuple(name for name in key.theorems if not self.ledger.has(where[name]))
        return replace(key, theorems=left)

    def _report(self, result: ShardResult) -> None:
        self.done += 1
        self.instances += max(record.drawn for record in result.records)
        if self.progress:
            seconds = monotonic() - self.started
            self.progress(Progress(self.done, self.total, self.instances, seconds))


def _in_flight(executor: Executor, keys: list[ShardKey], most: int) -> Iterator[ShardResult]:
    """Results as they come, with at most `most` shards asked for at a time."""
    waiting = iter(keys)
    running: set[Future[ShardResult]] = set()
    try:
        while True:
            while len(running) < most and (key := next(waiting, None)):
                running.add(executor.submit(run_shard, key))
            if not running:
                return
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in finished)
    finally:
        for future in running:
            future.cancel()


@contextmanager
def _pool(workers: int) -> Iterator[Executor]:
    context = multiprocessing.get_context("spawn")
    executor = ProcessPoolExecutor(workers, mp_context=context, initializer=_be_a_worker)
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


def _be_a_worker() -> None:
    """Leave Ctrl-C to the parent, and end with it even if it was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.sentinel,), daemon=True).start()


def _end_with(sentinel: int) -> None:
    wait_for_end([sentinel])
    os._exit(1)
