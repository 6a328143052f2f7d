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
CELERY_BEAT_SCHEDULE = {
    "sweep sagas": {"task": "sagas.sweep", "schedule": 5.0, "options": {"expires": 5}},
    "prune inbox": {"task": "eventlog.prune", "schedule": 3600.0, "options": {"expires": 3600}},
    **(
        {
            "sweep back-tests": {
                "task": "evaluation.sweep_back_tests",
                "schedule": 5.0,
                "options": {"expires": 5},
            }
        }
        if "evaluation" in TOPOLOGY.here
        else {}
    ),
}
