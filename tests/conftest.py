"""Tests talk to a real Postgres and Redis, as the application's role: row-level security proves nothing to a superuser."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

BASE_DIR = Path(__file__).resolve().parent.parent
# its threads would come to life in each process that a test starts, between fork and exec, and end some
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")


def pytest_configure(config: pytest.Config) -> None:
    """The controller starts the servers before any worker needs them, and stops them when all is done."""
    if "DATABASE_URL" in os.environ or hasattr(config, "workerinput"):
        return
    from shared_kernel import embedded

    running = embedded.status(BASE_DIR, "test")
    config.stash[STARTED] = not running.postgres_pid
    embedded.start(BASE_DIR, "test", durable=False)


def pytest_unconfigure(config: pytest.Config) -> None:
    if config.stash.get(STARTED, False):
        from shared_kernel import embedded

        embedded.stop(BASE_DIR, "test")


STARTED: pytest.StashKey[bool] = pytest.StashKey()

SLOW_FIRST = (
    "tests/e2e",
    "tests/integration/config",
    "tests/integration/house",
    "tests/integration/shared_kernel",
    "tests/integration",
)
"""Where files take long, the longest first: a worker that begins one of them last is waited for."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order of files is the order in which workers take them (with `--no-loadscope-reorder`)."""

    def place(item: pytest.Item) -> int:
        return next(
            (at for at, begins in enumerate(SLOW_FIRST) if item.nodeid.startswith(begins)), 9
        )

    items.sort(key=place)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker, worker_id: str) -> Iterator[None]:
    """A database of this worker's own, migrated by the owner and used by the application's role."""
    from tests.databases import migrated_database, redirect_to

    with django_db_blocker.unblock(), migrated_database(worker_id) as endpoints:
        redirect_to(endpoints)
        yield


@pytest.fixture
def tenant_id() -> UUID:
    from shared_kernel.ids import new_id

    return new_id()


@pytest.fixture
def in_tenant(tenant_id: UUID, db: None) -> Iterator[UUID]:
    """The test's own tenant, in scope."""
    from contexts.identity.services import found_tenant
    from shared_kernel.tenancy import tenant_scope

    found_tenant(tenant_id=tenant_id, slug=f"t-{tenant_id.hex[-12:]}", name="Test shop")
    with tenant_scope(tenant_id):
        yield tenant_id


@pytest.fixture(autouse=True)
def _clean_caches() -> Iterator[None]:
    yield
    from shared_kernel.cache import invalidation

    invalidation.forget_everything()
