"""Celery: transport only; whatever it drops, the sweep over the database finds."""

from kombu import Queue

from config.settings.cache import BROKER_URL
from config.settings.environment import env
from config.settings.topology import PROCESS_SET, TOPOLOGY

__all__ = [
    "CELERY_ACCEPT_CONTENT",
    "CELERY_BEAT_SCHEDULE",
    "CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP",
    "CELERY_BROKER_TRANSPORT_OPTIONS",
    "CELERY_BROKER_URL",
    "CELERY_TASK_DEFAULT_QUEUE",
    "CELERY_TASK_IGNORE_RESULT",
    "CELERY_TASK_QUEUES",
    "CELERY_TIMEZONE",
    "CELERY_WORKER_HIJACK_ROOT_LOGGER",
    "CELERY_WORKER_PREFETCH_MULTIPLIER",
    "ROLLOUT_AFTER",
    "SEAL_AFTER",
]

CELERY_BROKER_URL = BROKER_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": env.int("VISIBILITY_TIMEOUT", default=300)}
CELERY_TASK_DEFAULT_QUEUE = f"work.{PROCESS_SET}"
CELERY_TASK_QUEUES = [
    Queue(CELERY_TASK_DEFAULT_QUEUE),
    Queue(f"acks.{PROCESS_SET}"),
    *(Queue(f"events.{name}") for name in sorted(TOPOLOGY.here)),
]
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 4
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# evaluations are sealed in batches: how often, and how long after they were made (more than clocks may differ by)
SEAL_EVERY = env.float("SEAL_EVERY", default=60)
SEAL_AFTER = env.float("SEAL_AFTER", default=10)
# a roll-out's carts are counted sooner: its guards stop it
ROLLOUT_AFTER = env.float("ROLLOUT_AFTER", default=2)
# seconds from one time to the next, of tasks that run wherever their context does
_EVERY = {
    "rules": {
        "rules.clockwork": 1.0,
        "rules.post_notices": 3.0,
        "rules.prove_after_ends": 3.0,
        "rules.watch_budgets": 20.0,
    },
    "evaluation": {
        "evaluation.sweep_back_tests": 5.0,
        "evaluation.seal": SEAL_EVERY,
        "evaluation.count_rollouts": 1.0,
    },
}
_HERE = {"sagas.sweep": 5.0, "eventlog.prune": 3600.0} | {
    task: seconds
    for context, tasks in _EVERY.items()
    if context in TOPOLOGY.here
    for task, seconds in tasks.items()
}
CELERY_BEAT_SCHEDULE = {
    task: {"task": task, "schedule": seconds, "options": {"expires": seconds}}
    for task, seconds in _HERE.items()
}
