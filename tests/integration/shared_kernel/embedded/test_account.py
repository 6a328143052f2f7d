"""Who the servers run as, who may reach them, and what is done where that user cannot go."""

import os
import shutil
import tempfile
from pathlib import Path

import psycopg
import pytest
import redis

from shared_kernel.embedded import binaries, destroy, instance, locate, start, status
from shared_kernel.embedded.account import (
    current_account,
    private_directory,
    trusted_directory,
)
from shared_kernel.embedded.addresses import layout_of
from shared_kernel.embedded.errors import NoUnprivilegedUser, UnsafeDirectory, UserWithoutName
from tests.integration.shared_kernel.embedded.machine import BYSTANDER, as_user, ask

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def open_place():
    """A directory every user can reach, which pytest's own are not."""
    place = Path(tempfile.mkdtemp(dir="/var/tmp"))
    place.chmod(0o755)
    yield place
    shutil.rmtree(place)


class TestWhoTheServersRunAs:
    def test_never_root_and_never_anybody_a_stranger_could_be(self, clone):
        start(clone, durable=False)
        found = status(clone)
        for pid in (found.postgres_pid, found.redis_pid):
            owner = Path(f"/proc/{pid}").stat().st_uid
            assert owner == current_account().uid
            assert owner != 0

    @as_root
    def test_another_user_of_the_machine_reaches_neither_server(self, clone):
        endpoints = start(clone, durable=False)

        def trespass() -> None:
            for url in (endpoints.database_url, endpoints.superuser_url):
                with pytest.raises(psycopg.OperationalError, match="Permission denied"):
                    psycopg.connect(url)
            with pytest.raises(redis.ConnectionError, match="Permission denied"):
                redis.Redis.from_url(endpoints.redis_url).ping()

        as_user(BYSTANDER, trespass)

    @as_root
    def test_not_even_the_user_the_servers_run_as_may_take_a_role(self, clone):
        endpoints = start(clone, durable=False)

        def trespass() -> None:
            with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
                psycopg.connect(endpoints.superuser_url)

        as_user(current_account().name, trespass)

    @as_root
    def test_an_ordinary_user_has_servers_of_its_own(self, open_place):
        base = open_place / "clone"
        base.mkdir()
        shutil.chown(base, BYSTANDER)

        def use() -> None:
            try:
                endpoints = start(base, durable=False)
                assert ask(endpoints.database_url, "SELECT current_user") == "verdict_app"
                assert Path(f"/proc/{status(base).postgres_pid}").stat().st_uid == os.geteuid()
                assert layout_of(base, "main").state == base / "var/embedded/main"
            finally:
                destroy(base)

        as_user(BYSTANDER, use)

    @as_root
    def test_a_user_without_a_name_is_told_so(self, monkeypatch):
        monkeypatch.setattr("os.geteuid", lambda: 54321)
        with pytest.raises(UserWithoutName, match="54321"):
            current_account()

    @as_root
    def test_a_machine_without_the_unprivileged_user_is_told_so(self, monkeypatch):
        monkeypatch.setattr("shared_kernel.embedded.account.UNPRIVILEGED_USER", "no-such-user")
        with pytest.raises(NoUnprivilegedUser, match="no-such-user"):
            current_account()


class TestBelowAClosedDirectory:
    @as_root
    def test_a_server_out_of_reach_is_copied_once_and_works(
        self, tmp_path, open_place, monkeypatch
    ):
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        (closed / "site-packages").symlink_to(binaries._wheels())
        monkeypatch.setattr(binaries, "_wheels", lambda: closed / "site-packages")
        for module in (binaries, instance):
            monkeypatch.setattr(module, "ROOT_STATE", open_place)
        tree = binaries.usable_tree(current_account())
        assert tree.is_relative_to(open_place / "servers")
        made = tree.stat().st_ino
        start(closed, durable=False)
        try:
            assert ask(locate(closed).database_url, "SELECT 1") == 1
            program = Path(f"/proc/{status(closed).postgres_pid}/exe").readlink()
            assert program.is_relative_to(tree)
            assert binaries.usable_tree(current_account()).stat().st_ino == made
        finally:
            destroy(closed)

    @as_root
    def test_no_part_of_the_copy_can_be_changed_by_others(self, open_place, monkeypatch):
        monkeypatch.setattr(binaries, "ROOT_STATE", open_place)
        tree = binaries._copied(binaries._wheels())
        for path in (tree, *tree.rglob("*")):
            found = path.lstat()
            assert found.st_uid == 0
            assert not found.st_mode & 0o022

    @as_root
    def test_a_copy_that_others_may_have_changed_is_not_run(self, open_place, monkeypatch):
        monkeypatch.setattr(binaries, "ROOT_STATE", open_place)
        binaries._copied(binaries._wheels()).chmod(0o777)
        with pytest.raises(UnsafeDirectory, match="others may write"):
            binaries._copied(binaries._wheels())


class TestDirectories:
    def test_a_private_one_is_closed_to_all_others_whatever_the_umask(self, tmp_path):
        before = os.umask(0)
        try:
            made = private_directory(tmp_path / "private", current_account())
        finally:
            os.umask(before)
        assert made.stat().st_mode & 0o777 == 0o700
        assert made.stat().st_uid == current_account().uid

    def test_one_that_stands_open_is_closed(self, tmp_path):
        account = current_account()
        private_directory(tmp_path / "private", account).chmod(0o777)
        assert private_directory(tmp_path / "private", account).stat().st_mode & 0o777 == 0o700

    def test_a_link_in_its_place_is_not_followed(self, tmp_path):
        (tmp_path / "target").mkdir()
        (tmp_path / "private").symlink_to(tmp_path / "target")
        with pytest.raises(UnsafeDirectory):
            private_directory(tmp_path / "private", current_account())

    @as_root
    def test_one_that_a_stranger_made_first_is_not_used(self, tmp_path):
        (tmp_path / "squatted").mkdir()
        shutil.chown(tmp_path / "squatted", BYSTANDER)
        for check in (trusted_directory, lambda path: private_directory(path, current_account())):
            with pytest.raises(UnsafeDirectory, match=r"belongs to user id .* Have its owner"):
                check(tmp_path / "squatted")
