"""Databases for tests: made by the owner, used by the application's role."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

BASE_DIR = Path(__file__).resolve().parent.parent


def named(url: str, database: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"/{database}"))


@contextmanager
def migrated_database(worker: str) -> Iterator[dict[str, str]]:
    """The addresses of a fresh database with every migration applied by the owner."""
    from django.conf import settings

    from shared_kernel import embedded

    name = f"test_{worker}_{os.getpid()}"
    embedded.create_database(settings.DATABASE_OWNER_URL, name)
    urls = {
        "DATABASE_URL": named(settings.DATABASE_URL, name),
        "DATABASE_OWNER_URL": named(settings.DATABASE_OWNER_URL, name),
    }
    try:
        migrate(urls)
        yield urls
    finally:
        from django.db import connections

        connections.close_all()
        _drop(name)


def _drop(name: str) -> None:
    """As the administrator where the servers are ours: a process of a test may still be connected."""
    from django.conf import settings

    from shared_kernel import embedded

    ours = os.environ.get("VERDICT_INSTANCE") == "test"
    admin = embedded.locate(BASE_DIR, "test").superuser_url if ours else settings.DATABASE_OWNER_URL
    embedded.drop_database(admin, name)


def migrate(urls: dict[str, str], **environment: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=BASE_DIR,
        env={**os.environ, **urls, **environment, "AS_DATABASE_OWNER": "1"},
        check=True,
    )


def redirect_to(urls: dict[str, str]) -> None:
    """Let Django's connection lead to that database, and flush through the owner: the application may not TRUNCATE."""
    import environ
    from django.conf import settings
    from django.db import connections

    connection = connections["default"]
    connection.close()
    leading_there = environ.Env.db_url_config(urls["DATABASE_URL"])
    options = connection.settings_dict["OPTIONS"] | leading_there.pop("OPTIONS", {})
    connection.settings_dict.update(leading_there, OPTIONS=options)
    connection.settings_dict["ENGINE"] = "shared_kernel.tenancy.postgres"
    settings.DATABASE_URL = settings.DATABASE_CONNINFO = urls["DATABASE_URL"]
    settings.DATABASE_OWNER_URL = urls["DATABASE_OWNER_URL"]

    def flush_as_owner(sql_list: list[str]) -> None:
        with psycopg.connect(urls["DATABASE_OWNER_URL"], autocommit=True) as owner:
            for statement in sql_list:
                owner.execute(statement)

    connection.ops.execute_sql_flush = flush_as_owner
