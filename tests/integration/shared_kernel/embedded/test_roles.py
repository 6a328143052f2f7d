from uuid import uuid4

import psycopg
import pytest

from shared_kernel.embedded import create_database, destroy, drop_database, provision, start
from shared_kernel.embedded.addresses import with_database
from shared_kernel.embedded.errors import InvalidDatabaseName, RoleAboveTheLaw
from tests.integration.shared_kernel.embedded.machine import ask

DENIED = psycopg.errors.InsufficientPrivilege


@pytest.fixture(scope="module")
def endpoints(tmp_path_factory):
    base = tmp_path_factory.mktemp("clone")
    yield start(base, durable=False)
    destroy(base)


@pytest.fixture
def ledger(endpoints):
    """A table of the owner's whose rows the application may see for one tenant only."""
    ask(
        endpoints.owner_url,
        """
        DROP TABLE IF EXISTS ledger;
        CREATE TABLE ledger (id int GENERATED ALWAYS AS IDENTITY, tenant text);
        ALTER TABLE ledger ENABLE ROW LEVEL SECURITY;
        CREATE POLICY one_tenant ON ledger USING (tenant = current_setting('app.tenant', true));
        INSERT INTO ledger (tenant) VALUES ('ours'), ('theirs');
        """,
    )
    return "ledger"


class TestTheApplicationsRole:
    def test_it_reads_and_writes_what_the_owner_made_later(self, endpoints):
        ask(endpoints.owner_url, "CREATE TABLE IF NOT EXISTS made_later (id serial, note text)")
        url = endpoints.database_url
        assert ask(url, "INSERT INTO made_later (note) VALUES ('a') RETURNING id") >= 1
        assert ask(url, "UPDATE made_later SET note = 'b' RETURNING note") == "b"
        assert ask(url, "DELETE FROM made_later RETURNING note") == "b"

    @pytest.mark.usefixtures("ledger")
    def test_row_level_security_binds_it(self, endpoints):
        assert ask(endpoints.superuser_url.replace("/postgres?", "/verdict?"), COUNT) == 2
        assert ask(endpoints.database_url, COUNT) == 0
        with psycopg.connect(endpoints.database_url) as connection:
            connection.execute("SET app.tenant = 'ours'")
            assert connection.execute("SELECT tenant FROM ledger").fetchall() == [("ours",)]

    @pytest.mark.usefixtures("ledger")
    @pytest.mark.parametrize(
        "attempt",
        [
            "TRUNCATE ledger",
            "DROP TABLE ledger",
            "CREATE TABLE mine ()",
            "CREATE SCHEMA mine",
            "CREATE TEMPORARY TABLE mine ()",
            "CREATE DATABASE mine",
            "CREATE ROLE mine",
            "ALTER TABLE ledger DISABLE ROW LEVEL SECURITY",
            "DROP POLICY one_tenant ON ledger",
            "ALTER ROLE verdict_app BYPASSRLS",
            "SET ROLE verdict_owner",
            "SET SESSION AUTHORIZATION postgres",
            "SET session_replication_role = replica",
            "COPY ledger TO PROGRAM 'cat'",
            "SELECT pg_read_file('/etc/hostname')",
            "SELECT setval('ledger_id_seq', 1)",
        ],
    )
    def test_it_has_no_way_around(self, endpoints, attempt):
        with pytest.raises(DENIED):
            ask(endpoints.database_url, attempt)

    @pytest.mark.usefixtures("ledger")
    def test_it_cannot_wave_its_own_policy_away(self, endpoints):
        with psycopg.connect(endpoints.database_url) as connection:
            connection.execute("SET row_security = off")
            with pytest.raises(DENIED, match="would be affected by row-level security"):
                connection.execute("SELECT * FROM ledger")

    @pytest.mark.parametrize("role", ["verdict_app", "verdict_owner"])
    def test_no_role_is_above_the_law(self, endpoints, role):
        query = """
            SELECT array[rolsuper, rolbypassrls, rolcreaterole, rolreplication, rolcanlogin]
            FROM pg_roles WHERE rolname = %s
        """
        assert ask(endpoints.superuser_url, query, role) == [False, False, False, False, True]

    @pytest.mark.usefixtures("ledger")
    def test_it_owns_nothing(self, endpoints):
        owned = "SELECT count(*) FROM pg_class WHERE relowner = 'verdict_app'::regrole"
        assert ask(endpoints.database_url, owned) == 0
        owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'verdict'"
        assert ask(endpoints.database_url, owner) == "verdict_owner"


class TestProvision:
    @pytest.mark.usefixtures("ledger")
    def test_repeating_it_gives_back_nothing_that_a_migration_took_away(self, endpoints):
        ask(endpoints.owner_url, "REVOKE UPDATE, DELETE ON ledger FROM verdict_app")
        provision(endpoints.superuser_url)
        assert ask(endpoints.database_url, COUNT) == 0
        with pytest.raises(DENIED):
            ask(endpoints.database_url, "DELETE FROM ledger")

    def test_a_context_that_moves_out_gets_a_database_of_its_own(self, endpoints):
        provision(endpoints.superuser_url, "calculator")
        moved = endpoints.for_database("calculator")
        ask(moved.owner_url, "CREATE TABLE sets (id int)")
        assert ask(moved.database_url, "INSERT INTO sets VALUES (7) RETURNING id") == 7
        drop_database(endpoints.owner_url, "calculator")

    def test_roles_of_another_name_cannot_enter_the_first_database(self, endpoints):
        provision(
            endpoints.superuser_url, "elsewhere", owner="other_owner", application="other_app"
        )
        url = endpoints.database_url.replace("verdict_app", "other_app")
        assert ask(with_database(url, "elsewhere"), "SELECT 1") == 1
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            ask(url, "SELECT 1")

    def test_an_administrator_who_is_no_superuser_is_enough(self, endpoints):
        """What managed PostgreSQL gives its customers: CREATEROLE and CREATEDB, nothing more."""
        ask(endpoints.superuser_url, "CREATE ROLE managed LOGIN CREATEROLE CREATEDB")
        admin = endpoints.superuser_url.replace("postgres@", "managed@")
        names = {"owner": "managed_owner", "application": "managed_app"}
        provision(admin, "managed", **names, application_password="it's % secret")
        provision(admin, "managed", **names)
        url = with_database(endpoints.database_url, "managed")
        ask(url.replace("verdict_app", "managed_owner"), "CREATE TABLE made AS SELECT 1 AS n")
        assert ask(url.replace("verdict_app", "managed_app"), "TABLE made") == 1
        kept = "SELECT rolpassword LIKE 'SCRAM-SHA-256%%' FROM pg_authid WHERE rolname = %s"
        assert ask(endpoints.superuser_url, kept, "managed_app") is True

    def test_a_role_that_already_passes_by_the_policies_is_not_taken(self, endpoints):
        ask(endpoints.superuser_url, "CREATE ROLE limited LOGIN CREATEROLE CREATEDB")
        ask(endpoints.superuser_url, "CREATE ROLE sly LOGIN BYPASSRLS")
        ask(endpoints.superuser_url, "GRANT sly TO limited WITH ADMIN TRUE")
        admin = endpoints.superuser_url.replace("postgres@", "limited@")
        with pytest.raises(RoleAboveTheLaw, match="ALTER ROLE sly NOSUPERUSER NOBYPASSRLS"):
            provision(admin, "anything", owner="limited_owner", application="sly")

    @pytest.mark.parametrize("name", ["", 'a"b', "Upper", "a b", "a;b", "1a", "a" * 64, "a\n"])
    def test_a_name_that_would_need_quoting_is_refused(self, endpoints, name):
        with pytest.raises(InvalidDatabaseName):
            provision(endpoints.superuser_url, name)


class TestCreateDatabase:
    def test_the_owner_makes_databases_in_which_the_application_may_work(self, endpoints):
        name = f"made_{uuid4().hex}"
        owner_url = create_database(endpoints.owner_url, name)
        ask(owner_url, "CREATE TABLE rows (id int)")
        assert ask(endpoints.for_database(name).database_url, "SELECT count(*) FROM rows") == 0
        drop_database(endpoints.owner_url, name)

    def test_a_template_is_copied_with_its_rows_rights_and_policies(self, endpoints):
        template, copy = f"template_{uuid4().hex}", f"copy_{uuid4().hex}"
        owner_url = create_database(endpoints.owner_url, template)
        ask(owner_url, "CREATE TABLE rows AS SELECT 5 AS id")
        create_database(endpoints.owner_url, copy, template)
        assert ask(endpoints.for_database(copy).database_url, "TABLE rows") == 5
        with pytest.raises(DENIED):
            ask(endpoints.for_database(copy).database_url, "TRUNCATE rows")
        for name in (template, copy):
            drop_database(endpoints.owner_url, name)

    def test_dropping_one_that_is_in_use_or_gone_succeeds(self, endpoints):
        name = f"dropped_{uuid4().hex}"
        with psycopg.connect(create_database(endpoints.owner_url, name)):
            drop_database(endpoints.owner_url, name)
        drop_database(endpoints.owner_url, name)
        with pytest.raises(psycopg.OperationalError, match="does not exist"):
            ask(endpoints.for_database(name).owner_url, "SELECT 1")


COUNT = "SELECT count(*) FROM ledger"
