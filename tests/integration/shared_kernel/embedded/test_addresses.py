from pathlib import Path

import environ
import psycopg
import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st

from shared_kernel.embedded import locate
from shared_kernel.embedded.addresses import layout_of
from shared_kernel.embedded.errors import InvalidInstanceName

LONGEST_SOCKET_PATH = 107
paths = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=400)


class TestLocate:
    @given(base=paths)
    def test_every_socket_fits_whatever_the_clone_is_called(self, base):
        layout = layout_of(Path("/", base), "a" * 24)
        for socket in (layout.sockets / ".s.PGSQL.5432", layout.redis_socket):
            assert len(str(socket).encode()) <= LONGEST_SOCKET_PATH

    @given(base=paths, other=paths)
    def test_different_clones_never_share_an_address(self, base, other):
        here, there = Path("/", base).resolve(), Path("/", other).resolve()
        assert (locate(here) == locate(there)) == (here == there)

    def test_another_user_has_other_addresses(self, tmp_path, monkeypatch):
        mine = locate(tmp_path)
        monkeypatch.setattr("os.geteuid", lambda: 12345)
        theirs = locate(tmp_path)
        assert "%2Ftmp%2Fverdict-12345%2F" in theirs.database_url
        assert theirs != mine

    @pytest.mark.parametrize("name", ["", "..", "a/b", "Main", "a" * 25, "-a", "a b", "a\n"])
    def test_a_name_that_is_no_plain_word_is_refused(self, tmp_path, name):
        with pytest.raises(InvalidInstanceName):
            locate(tmp_path, name)


class TestEveryReaderFindsTheSameSocket:
    def test_django_environ(self, tmp_path):
        config = environ.Env.db_url_config(locate(tmp_path).database_url)
        assert config["ENGINE"] == "django.db.backends.postgresql"
        assert (config["NAME"], config["USER"]) == ("verdict", "verdict_app")
        assert config["OPTIONS"]["host"] == str(layout_of(tmp_path, "main").sockets)

    def test_psycopg(self, tmp_path):
        fields = psycopg.conninfo.conninfo_to_dict(locate(tmp_path).owner_url)
        sockets = str(layout_of(tmp_path, "main").sockets)
        assert fields == {"user": "verdict_owner", "dbname": "verdict", "host": sockets}

    def test_redis(self, tmp_path):
        pool = redis.ConnectionPool.from_url(locate(tmp_path).redis_url)
        socket = str(layout_of(tmp_path, "main").redis_socket)
        assert (pool.connection_kwargs["path"], pool.connection_kwargs["db"]) == (socket, 0)

    def test_another_database_of_the_cluster(self, tmp_path):
        fields = psycopg.conninfo.conninfo_to_dict(
            locate(tmp_path).for_database("calculator").database_url
        )
        assert (fields["dbname"], fields["user"]) == ("calculator", "verdict_app")
