"""How long tasks take and how they end, by name: rate, errors and duration of the worker."""

from __future__ import annotations

import time
from typing import Any

from celery.signals import task_postrun, task_prerun
from prometheus_client import Histogram

TASKS = Histogram(
    "verdict_task_seconds",
    "Tasks run, by name and outcome",
    ["task", "outcome"],
    buckets=(0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30),
)
_begun: dict[str, float] = {}


def begin(task_id: str, **facts: Any) -> None:
    del facts
    _begun[task_id] = time.perf_counter()


def end(task_id: str, task: Any, state: str, **facts: Any) -> None:
    del facts
    begun = _begun.pop(task_id, None)
    if begun is not None:
        TASKS.labels(task.name, state.lower()).observe(time.perf_counter() - begun)


def measure_tasks() -> None:
    """From now on every task of this process is measured."""
    task_prerun.connect(begin, dispatch_uid="measure begin")
    task_postrun.connect(end, dispatch_uid="measure end")
