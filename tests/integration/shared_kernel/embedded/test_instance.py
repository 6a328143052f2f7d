import subprocess
import sys
import threading
from pathlib import Path

import pytest
import redis
from kombu import Connection

from shared_kernel.embedded import destroy, locate, start, status, stop
from shared_kernel.embedded.account import current_account
from shared_kernel.embedded.addresses import layout_of
from shared_kernel.embedded.errors import ServerFailed
from tests.integration.shared_kernel.embedded.machine import ask, kill_both

REPOSITORY = Path(__file__).parents[4]


class TestStart:
    def test_both_servers_answer_at_the_addresses_that_were_known_before(self, clone):
        before = locate(clone)
        endpoints = start(clone, durable=False)
        assert endpoints == before
        assert ask(endpoints.database_url, "SELECT current_user") == "verdict_app"
        assert ask(endpoints.owner_url, "SELECT current_user") == "verdict_owner"
        assert ask(endpoints.superuser_url, "SHOW server_version_num") >= "180000"
        assert ask(endpoints.database_url, "SHOW server_encoding") == "UTF8"
        assert redis.Redis.from_url(endpoints.redis_url).ping()

    def test_the_broker_is_the_same_redis_and_another_database(self, clone):
        endpoints = start(clone, durable=False)
        with Connection(endpoints.broker_url) as broker:
            broker.SimpleQueue("tasks").put("price a cart")
        assert redis.Redis.from_url(endpoints.redis_url, db=0).keys() == []
        assert redis.Redis.from_url(endpoints.redis_url.replace("db=0", "db=1")).llen("tasks") == 1

    def test_a_running_instance_is_found_again(self, clone):
        start(clone, durable=False)
        first = status(clone)
        start(clone, durable=False)
        assert first.answers
        assert status(clone) == first

    def test_nothing_listens_to_the_network(self, clone):
        endpoints = start(clone, durable=False)
        assert ask(endpoints.superuser_url, "SHOW listen_addresses") == ""
        assert redis.Redis.from_url(endpoints.redis_url).config_get("port") == {"port": "0"}

    def test_what_was_stored_survives_a_stop_and_a_start(self, clone):
        endpoints = start(clone)
        ask(endpoints.owner_url, "CREATE TABLE kept AS SELECT 42 AS answer")
        stop(clone)
        assert not status(clone).answers
        start(clone)
        assert ask(endpoints.database_url.replace("_app", "_owner"), "TABLE kept") == 42

    def test_starters_that_race_end_with_one_and_the_same_instance(self, clone):
        command = [sys.executable, "-m", "shared_kernel.embedded", "start", "--base-dir", clone]
        racing = [
            subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
            for _ in range(4)
        ]
        told = {process.communicate(timeout=60)[0] for process in racing}
        assert [process.returncode for process in racing] == [0, 0, 0, 0]
        assert len(told) == 1
        assert ask(locate(clone).superuser_url, "SELECT count(*) FROM pg_database") == 4

    def test_threads_of_one_process_race_as_processes_do(self, clone):
        pids = []

        def begin() -> None:
            start(clone, durable=False)
            pids.append(status(clone).postgres_pid)

        threads = [threading.Thread(target=begin) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(pids) == 4
        assert len(set(pids)) == 1

    def test_a_server_that_cannot_start_is_quoted_in_the_error(self, clone):
        start(clone, durable=False)
        stop(clone)
        (layout_of(clone, "main").postgres_data / "PG_VERSION").write_text("9.6\n")
        with pytest.raises(ServerFailed, match=r"(?s)start again.*version 9\.6"):
            start(clone, durable=False)


class TestAfterAKill:
    def test_what_was_committed_is_there_again(self, clone):
        endpoints = start(clone)
        ask(endpoints.owner_url, "CREATE TABLE kept AS SELECT 42 AS answer")
        redis.Redis.from_url(endpoints.redis_url).set("queued", "task")
        kill_both(clone)
        assert not status(clone).answers
        start(clone)
        assert ask(endpoints.owner_url, "TABLE kept") == 42
        assert redis.Redis.from_url(endpoints.redis_url).get("queued") == b"task"

    def test_a_busy_backend_left_behind_does_not_keep_the_next_server_from_starting(self, clone):
        endpoints = start(clone, durable=False)
        spin = "DO $$ BEGIN LOOP PERFORM 1; END LOOP; END $$"  # never looks whether it is alone
        busy = threading.Thread(target=_ignore_errors, args=(ask, endpoints.owner_url, spin))
        busy.start()
        query = "SELECT count(*) FROM pg_stat_activity WHERE starts_with(query, %s)"
        while not ask(endpoints.superuser_url, query, "DO $$"):
            pass
        kill_both(clone)
        start(clone, durable=False)
        busy.join(timeout=10)
        assert not busy.is_alive()
        assert status(clone).answers

    @pytest.mark.parametrize("server", ["postgres", "redis"])
    def test_a_number_that_now_belongs_to_a_stranger_is_left_alone(self, clone, server):
        start(clone, durable=False)
        kill_both(clone)
        layout = layout_of(clone, "main")
        stranger = subprocess.Popen(["/bin/sleep", "60"], cwd="/", **current_account().identity())
        try:
            if server == "postgres":
                file = layout.postgres_data / "postmaster.pid"
                _, rest = file.read_text().split("\n", maxsplit=1)
                file.write_text(f"{stranger.pid}\n{rest}")
            else:
                (layout.redis_data / "redis.pid").write_text(f"{stranger.pid}\n")
            stop(clone)
            start(clone, durable=False)
            assert status(clone).answers
            assert stranger.poll() is None
        finally:
            stranger.kill()
            stranger.wait()

    def test_somebody_standing_in_the_data_directory_is_left_alone(self, clone):
        start(clone, durable=False)
        directory = layout_of(clone, "main").postgres_data
        bystander = subprocess.Popen(["/bin/sleep", "60"], cwd=directory)
        try:
            kill_both(clone)
            start(clone, durable=False)
            assert bystander.poll() is None
        finally:
            bystander.kill()
            bystander.wait()

    def test_sockets_swept_away_by_a_cleaner_of_tmp_come_back(self, clone):
        endpoints = start(clone, durable=False)
        for socket in layout_of(clone, "main").sockets.iterdir():
            socket.unlink()
        assert not status(clone).answers
        start(clone, durable=False)
        assert ask(endpoints.database_url, "SELECT 1") == 1


class TestSideBySide:
    def test_instances_and_clones_share_nothing(self, clone, tmp_path):
        neighbour = tmp_path / "another clone"
        neighbour.mkdir()
        try:
            here = [start(clone, durable=False), start(clone, "other", durable=False)]
            there = start(neighbour, durable=False)
            for number, endpoints in enumerate([*here, there]):
                ask(endpoints.owner_url, f"CREATE TABLE mine AS SELECT {number} AS number")
                redis.Redis.from_url(endpoints.redis_url).set("mine", number)
            for number, endpoints in enumerate([*here, there]):
                assert ask(endpoints.owner_url, "TABLE mine") == number
                assert redis.Redis.from_url(endpoints.redis_url).get("mine") == b"%d" % number
            stop(clone)
            assert status(clone, "other").answers
            assert status(neighbour).answers
        finally:
            destroy(neighbour)

    @pytest.mark.parametrize(
        "awkward",
        ["with spaces", 'it\'s "quoted" $HOME `x` \\', "/".join(["deep" * 10] * 5), "très/näh"],
        ids=["spaces", "shell", "deep", "accents"],
    )
    def test_a_clone_may_lie_anywhere(self, clone, awkward):
        base = clone / awkward
        base.mkdir(parents=True)
        try:
            endpoints = start(base, durable=False)
            assert ask(endpoints.database_url, "SELECT 1") == 1
            kill_both(base)
            start(base, durable=False)
            assert redis.Redis.from_url(endpoints.redis_url).ping()
        finally:
            destroy(base)

    def test_a_link_to_a_clone_is_the_clone(self, clone):
        link = clone.with_name("link")
        link.symlink_to(clone)
        assert locate(link) == locate(clone)


class TestCommandLine:
    def test_urls_are_told_without_starting_anything(self, clone):
        told = _embedded("urls", clone)
        assert told.returncode == 0
        assert f"DATABASE_URL={locate(clone).database_url}\n" in told.stdout
        assert not status(clone).answers
        assert list(clone.iterdir()) == []

    def test_status_tells_by_its_exit_code_whether_the_servers_answer(self, clone):
        assert _embedded("status", clone).returncode == 3
        start(clone, durable=False)
        assert _embedded("status", clone).returncode == 0
        assert _embedded("stop", clone).returncode == 0
        assert "postgres: stopped" in _embedded("status", clone).stdout

    def test_a_refusal_is_a_sentence_and_not_a_traceback(self, clone):
        told = _embedded("start", clone, "--name", "../up")
        assert told.returncode == 1
        assert told.stderr.startswith("An embedded instance cannot be called '../up': use")


def _embedded(action: str, base: Path, *more: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "shared_kernel.embedded", action, "--base-dir", base, *more]
    return subprocess.run(command, cwd=REPOSITORY, check=False, capture_output=True, text=True)


def _ignore_errors(action, *arguments) -> None:
    try:
        action(*arguments)
    except Exception:  # noqa: BLE001 - its server is killed on purpose
        return
