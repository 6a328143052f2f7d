"""
The two roles and a database of theirs: in the embedded cluster and in any managed PostgreSQL.

The owner's role owns tables and migrates; the application's role reads and writes rows, is bound by
row-level security, and can neither empty a table, nor create one, nor own one.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg
from psycopg import sql

from shared_kernel.embedded.addresses import APPLICATION, DATABASE, OWNER, with_database
from shared_kernel.embedded.errors import InvalidDatabaseName, RoleAboveTheLaw

Connection = psycopg.Connection[tuple[object, ...]]

IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,62}")
MAINTENANCE = "postgres"

# No CREATEROLE, so neither role can make itself a way around the rest.
OWNER_IS = "LOGIN NOCREATEROLE CREATEDB"
APPLICATION_IS = "LOGIN NOCREATEROLE NOCREATEDB"
ONLY_A_SUPERUSER_SAYS = "NOSUPERUSER NOBYPASSRLS NOREPLICATION"

# Only for tables yet to come: a migration may take rights on its table away (an append-only log),
# and running this again must not give them back.
PRIVILEGES = """
    REVOKE ALL ON SCHEMA public FROM PUBLIC;
    GRANT USAGE ON SCHEMA public TO {application};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public
        GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {application};
    ALTER DEFAULT PRIVILEGES IN SCHEMA public
        GRANT USAGE, SELECT ON SEQUENCES TO {application};
    REVOKE ALL ON DATABASE {database} FROM PUBLIC;
    GRANT CONNECT ON DATABASE {database} TO {application};
"""


def provision(
    admin_url: str,
    database: str = DATABASE,
    *,
    owner: str = OWNER,
    application: str = APPLICATION,
    owner_password: str | None = None,
    application_password: str | None = None,
) -> None:
    """
    Make sure that both roles and their database exist with the rights they should have.

    Idempotent, and safe to repeat over a database in use. The administrator needs to be a superuser
    or, as on managed PostgreSQL, a role with CREATEROLE and CREATEDB. A password left out is left
    as it is.

    Raises:
        InvalidDatabaseName: a name would need quoting.
        RoleAboveTheLaw: a role of that name may pass by row-level security.
        psycopg.Error: the administrator may not do this, or does not reach the server.

    """
    _demand_identifiers(database, owner, application)
    with _connected(admin_url) as connection:
        _settle_role(connection, owner, OWNER_IS, owner_password)
        _settle_role(connection, application, APPLICATION_IS, application_password)
        _settle_database(connection, database, owner)
    with _connected(with_database(admin_url, database)) as connection:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(owner)))
        _grant(connection, database, application)


def create_database(
    owner_url: str, name: str, template: str | None = None, *, application: str = APPLICATION
) -> str:
    """
    Make one more database as its owner, with the application's rights in it; return its owner's URL.

    With a template, tables and rows are copied: nobody may be connected to the template meanwhile.

    Raises:
        InvalidDatabaseName: the name would need quoting.
        psycopg.errors.DuplicateDatabase: there is one of that name.

    """
    _demand_identifiers(name, application, *filter(None, [template]))
    with _connected(with_database(owner_url, MAINTENANCE)) as connection:
        source = sql.Identifier(template or "template0")
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(statement.format(sql.Identifier(name), source))
    created = with_database(owner_url, name)
    with _connected(created) as connection:
        _grant(connection, name, application)
    return created


def drop_database(owner_url: str, name: str) -> None:
    """Remove a database if it is there, and whoever is connected to it."""
    _demand_identifiers(name)
    with _connected(with_database(owner_url, MAINTENANCE)) as connection:
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        connection.execute(statement.format(sql.Identifier(name)))


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        connection.execute("SET client_min_messages = warning")
        yield connection


def _demand_identifiers(*names: str) -> None:
    for name in names:
        if not IDENTIFIER.fullmatch(name):
            raise InvalidDatabaseName(name=name)


def _settle_role(
    connection: Connection, role: str, rights: LiteralString, password: str | None
) -> None:
    name = sql.Identifier(role)
    if not _is_there(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
        connection.execute(sql.SQL("CREATE ROLE {}").format(name))
    connection.execute(sql.SQL("ALTER ROLE {} {}").format(name, sql.SQL(rights)))
    if _is_there(connection, "SELECT 1 FROM pg_roles WHERE rolname = current_user AND rolsuper"):
        limits = sql.SQL(ONLY_A_SUPERUSER_SAYS)
        connection.execute(sql.SQL("ALTER ROLE {} {}").format(name, limits))
    if password is not None:
        literal = sql.Literal(password)
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(name, literal))
    above = "SELECT 1 FROM pg_roles WHERE rolname = %s AND (rolsuper OR rolbypassrls)"
    if _is_there(connection, above, role):
        raise RoleAboveTheLaw(role=role)


def _settle_database(connection: Connection, database: str, owner: str) -> None:
    name, role = sql.Identifier(database), sql.Identifier(owner)
    if not _is_there(
        connection, "SELECT 1 FROM pg_roles WHERE rolname = current_user AND rolsuper"
    ):
        join = sql.SQL("GRANT {} TO CURRENT_USER WITH INHERIT TRUE, SET TRUE")
        connection.execute(join.format(role))
    if not _is_there(connection, "SELECT 1 FROM pg_database WHERE datname = %s", database):
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, role))
    connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, role))


def _is_there(connection: Connection, query: LiteralString, *facts: str) -> bool:
    return connection.execute(query, facts).fetchone() is not None


def _grant(connection: Connection, database: str, application: str) -> None:
    statements = sql.SQL(PRIVILEGES).format(
        application=sql.Identifier(application), database=sql.Identifier(database)
    )
    with connection.transaction():
        connection.execute(statements)
